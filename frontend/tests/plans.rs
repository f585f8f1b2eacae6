//! Law 1, the half of it that is text: a plan that is printed and read again is the same plan.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;
use slipway::diagnostic::Diagnostics;
use slipway::manifest::Manifest;
use slipway::plan::{
    Arg, ArgName, Base, BindMount, CacheBase, CacheMount, Copy, CopyMode, File, Healthcheck, Image, Inherit,
    Layer, Mkdir, Mode, Mount, Network, OutputName, Part, Plan, Port, Protocol, Remove, Run, SecretId,
    SecretMount, SecretPlace, Sharing, SshMount, Stage, StageName, StageOutput, Step, Symlink, Text,
    TmpfsMount, Variable, print,
};
use slipway::source::Source;
use slipway::span::{Span, Spanned};

const HEADER: &str = "# syntax=slipway/frontend:1";

fn read(text: &str) -> Plan {
    let mut diagnostics = Diagnostics::default();
    let source = Source::new("slipway.yaml", text.as_bytes(), &mut diagnostics);
    let manifest = Manifest::parse(&source, &mut diagnostics);
    assert!(!diagnostics.has_errors(), "{}\n{text}", diagnostics.error_message(&source));
    manifest.apps[0].explicit_plan().unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_printed_plan_is_the_same_plan(plan in plan()) {
        let text = print(&plan, HEADER);
        prop_assert_eq!(&read(&text), &plan, "{}", text);
        prop_assert_eq!(print(&read(&text), HEADER), text);
    }
}

#[test]
fn strings_that_yaml_takes_for_something_else_survive() {
    let words = [
        "yes",
        "No",
        "on",
        "off",
        "y",
        "n",
        "~",
        "null",
        "true",
        "False",
        "3.10",
        "1:2",
        "10001:10001",
        "0755",
        "0o7",
        "0x1F",
        "1_000",
        "1e3",
        ".5",
        "-1",
        "+1",
        ".inf",
        ".NaN",
        "2001-01-01",
        "a #b",
        "#a",
        "a: b",
        "a:",
        ":a",
        "- a",
        "-",
        "--",
        "---",
        "...",
        "-- a",
        "?",
        "? a",
        "a,b",
        "[a]",
        "{a}",
        "*a",
        "&a",
        "!a",
        "%a",
        "@a",
        "`a",
        "|",
        ">",
        "'a'",
        "\"a\"",
        "\\",
        "<<",
        "=",
        " a",
        "a ",
        "",
        "a\nb",
        "a\nb\n",
        "a\nb\n\n",
        "\na",
        " a\nb",
        "a\n b",
        "a\n\nb",
        "a\n ",
        "\n",
        "a\tb",
        "\ta\nb",
        "a\n\tb\nc",
        "a\r\nb",
        "é",
        "日本\nb",
        "\u{feff}a",
        "\u{2028}",
        "\u{85}",
        "\0",
        "\u{7f}",
        "🦀",
        "$",
        "$x",
        "$$x",
        "${x",
        "a$",
        "set -e\necho $HOME ${x}\n",
    ];
    let literals = words.iter().map(|word| Text::literal(*word));
    let mut argv = vec![Text::literal("sh")];
    argv.extend(literals.clone());
    let mut stage = empty("a", Base::Scratch);
    let run = Run { argv, mounts: vec![], environment: vec![], working_dir: None, user: None, network: None };
    stage.steps.push(spanned(Step::Run(run)));
    for content in literals {
        let step = File { path: spanned(Text::literal("/a")), content, owner: None, mode: None };
        stage.steps.push(spanned(Step::File(step)));
    }
    let labels = words.iter().filter(|word| !word.is_empty() && !word.contains(char::is_whitespace));
    let labels = labels.filter(|word| !word.contains(char::is_control));
    let labels = labels.map(|word| ((*word).to_owned(), Text::literal(*word))).collect();
    stage.image = Some(Image { labels, ..Image::default() });
    let plan = Plan { args: vec![], stages: vec![stage] };
    let text = print(&plan, HEADER);
    assert_eq!(read(&text), plan, "{text}");
}

fn spanned<T>(value: T) -> Spanned<T> {
    Spanned::new(value, Span::default())
}

fn empty(name: &str, from: Base) -> Stage {
    Stage {
        name: spanned(StageName::new(name).unwrap()),
        from: spanned(from),
        platform: None,
        merge: vec![],
        working_dir: None,
        environment: vec![],
        user: None,
        network: None,
        mounts: vec![],
        outputs: vec![],
        steps: vec![],
        image: None,
    }
}

fn plan() -> impl Strategy<Value = Plan> {
    let arg = (option::of(any_text()), Just(())).prop_map(|(default, ())| default);
    (vec(arg, 2), btree_map("[a-z][a-z0-9_.-]{0,6}", stage(), 1..4)).prop_map(|(defaults, stages)| Plan {
        args: ["A_1", "B"]
            .iter()
            .zip(defaults)
            .map(|(name, default)| Arg {
                name: spanned(ArgName::new(*name).unwrap()),
                // A default that uses an argument uses one that is declared before it.
                default: default.filter(|text| text.args().next().is_none()),
            })
            .collect(),
        stages: stages
            .into_iter()
            .filter(|(name, _)| !matches!(name.as_str(), "scratch" | "context" | "slipway"))
            .map(|(name, stage)| Stage { name: spanned(StageName::new(name).unwrap()), ..stage })
            .chain([empty("last", Base::Scratch)])
            .collect(),
    })
}

fn stage() -> impl Strategy<Value = Stage> {
    let head = (
        base(),
        option::of(word()),
        option::of(path()),
        environment(),
        option::of(user()),
        option::of(network()),
    );
    let layer = (stage_name(), option::of(output_name().prop_map(spanned)))
        .prop_map(|(from, output)| spanned(Layer { from, output }));
    let outputs = btree_map("[a-z][a-z0-9_-]{0,6}", path(), 0..3);
    let body = (
        vec(layer, 0..3),
        vec(mount().prop_map(spanned), 0..3),
        outputs,
        vec(step(), 0..5),
        option::of(image()),
    );
    (head, body).prop_map(|(head, body)| Stage {
        from: spanned(head.0),
        platform: head.1.map(spanned),
        working_dir: head.2,
        environment: head.3,
        user: head.4,
        network: head.5.map(spanned),
        merge: body.0,
        mounts: body.1,
        outputs: body
            .2
            .into_iter()
            .map(|(name, path)| StageOutput { name: spanned(OutputName::new(name).unwrap()), path })
            .collect(),
        steps: body.3.into_iter().map(spanned).collect(),
        image: body.4,
        ..empty("replaced", Base::Scratch)
    })
}

fn step() -> impl Strategy<Value = Step> {
    let run = (
        argv(),
        vec(mount().prop_map(spanned), 0..3),
        environment(),
        option::of(path()),
        option::of(user()),
        option::of(network()),
    );
    let run = run.prop_map(|(argv, mounts, environment, working_dir, user, network)| {
        Step::Run(Run { argv, mounts, environment, working_dir, user, network: network.map(spanned) })
    });
    let copy = (source(), patterns(), patterns(), path(), option::of(user()), option::of(copy_mode()));
    let copy = copy.prop_map(|((from, output, source), include, exclude, to, owner, mode)| {
        Step::Copy(Copy { from: spanned(from), output, source, include, exclude, to, owner, mode })
    });
    let file = (path(), any_text(), option::of(user()), option::of(mode()));
    prop_oneof![
        run,
        copy,
        file.prop_map(|(path, content, owner, mode)| Step::File(File { path, content, owner, mode })),
        (path(), option::of(user()), option::of(mode())).prop_map(|(path, owner, mode)| Step::Mkdir(Mkdir {
            path,
            owner,
            mode
        })),
        (word(), path()).prop_map(|(target, path)| Step::Symlink(Symlink { target, path })),
        path().prop_map(|path| Step::Remove(Remove { path })),
        stage_name().prop_map(|stage| Step::DependsOn(spanned(stage))),
    ]
}

fn mount() -> impl Strategy<Value = Mount> {
    let sharing = prop_oneof![Just(Sharing::Shared), Just(Sharing::Private), Just(Sharing::Locked)];
    let content = prop_oneof![
        option::of(mode()).prop_map(|mode| (None, mode)),
        source()
            .prop_filter("no cache begins with the context", |(from, ..)| *from != Base::Context)
            .prop_map(|(from, output, source)| {
                (Some(CacheBase { from: spanned(from), output, source }), None)
            }),
    ];
    let cache =
        (option::of(any_text()), path(), sharing, content).prop_map(|(id, target, sharing, (base, mode))| {
            Mount::Cache(CacheMount { id, target, sharing, mode, base })
        });
    let place = prop_oneof![
        (path(), option::of(mode())).prop_map(|(path, mode)| (SecretPlace::File(path), mode)),
        "[A-Z_][A-Z0-9_]{0,6}".prop_map(|name| (SecretPlace::Variable(spanned(name)), None)),
    ];
    let secret = (secret_id(), place, any::<bool>())
        .prop_map(|(id, (place, mode), required)| Mount::Secret(SecretMount { id, place, required, mode }));
    let ssh = (secret_id(), option::of(path()), any::<bool>(), option::of(mode()))
        .prop_map(|(id, target, required, mode)| Mount::Ssh(SshMount { id, target, required, mode }));
    let bind = (source(), path(), any::<bool>(), patterns(), patterns(), any::<bool>(), any::<bool>());
    let bind =
        bind.prop_map(|((from, output, source), target, own, include, exclude, read_only, content_cache)| {
            let context = from == Base::Context;
            Mount::Bind(BindMount {
                target: (output.is_none() || own).then_some(target),
                include: if context { include } else { vec![] },
                exclude: if context { exclude } else { vec![] },
                from: spanned(from),
                output,
                source,
                read_only,
                content_cache,
            })
        });
    let tmpfs = (path(), option::of(any::<u64>())).prop_map(|(target, size)| {
        Mount::Tmpfs(TmpfsMount { target, size: size.map(|size| size >> (size % 64)) })
    });
    prop_oneof![cache, secret, ssh, bind, tmpfs]
}

fn image() -> impl Strategy<Value = Image> {
    let inherit = prop_oneof![Just(Inherit::All), Just(Inherit::Environment), Just(Inherit::Nothing)];
    let protocol = prop_oneof![Just(Protocol::Tcp), Just(Protocol::Udp), Just(Protocol::Sctp)];
    let port = (1_u16.., protocol).prop_map(|(number, protocol)| spanned(Port { number, protocol }));
    let time = || option::of(0_u64..1 << 50);
    let test = (argv(), time(), time(), time(), time(), option::of(1_u32..));
    let test =
        test.prop_map(|(argv, interval, timeout, start_period, start_interval, retries)| Healthcheck::Test {
            test: [Text::literal("CMD")].into_iter().chain(argv).collect(),
            interval,
            timeout,
            start_period,
            start_interval,
            retries,
        });
    let healthcheck = prop_oneof![Just(Healthcheck::Disabled), test];
    let first = (
        inherit,
        option::of(argv()),
        option::of(argv()),
        environment(),
        option::of(user()),
        option::of(path()),
    );
    let labels = btree_map("[a-z][a-z.0-9é]{0,9}", any_text(), 0..3);
    let signal = option::of(Just(spanned(Text::literal("SIGTERM"))));
    let second = (vec(port, 0..3), option::of(healthcheck), signal, labels, vec(path(), 0..3));
    (first, second).prop_map(|(first, second)| Image {
        inherit: first.0,
        entrypoint: first.1,
        command: first.2,
        environment: first.3,
        user: first.4,
        working_dir: first.5,
        expose: second.0,
        healthcheck: second.1,
        stop_signal: second.2,
        labels: second.3,
        volumes: second.4,
    })
}

/// What is copied from or mounted: with an output only of a stage, and a folder as each wants it.
fn source() -> impl Strategy<Value = (Base, Option<Spanned<OutputName>>, Option<Spanned<Text>>)> {
    (base(), option::of(output_name()), option::of(path())).prop_map(|(from, output, source)| {
        let output = output.filter(|_| matches!(from, Base::Stage(_))).map(spanned);
        let source = source.map(|source| match from {
            Base::Context => spanned(Text::parse(source.value.to_string().trim_start_matches('/')).unwrap()),
            Base::Scratch | Base::Slipway | Base::Stage(_) | Base::Image(_) => source,
        });
        (from, output, source)
    })
}

fn base() -> impl Strategy<Value = Base> {
    prop_oneof![
        Just(Base::Scratch),
        Just(Base::Context),
        Just(Base::Slipway),
        stage_name().prop_map(Base::Stage),
        "([a-z.]{1,6}\\.io(:50)?/)?[a-z]{1,4}(/[a-z]{1,4})?:v[a-z0-9.]{0,4}"
            .prop_map(|name| Base::Image(Text::literal(name))),
        Just(Base::Image(Text::parse("golang:${A_1}-alpine@${B}").unwrap())),
    ]
}

fn stage_name() -> impl Strategy<Value = StageName> {
    prop_oneof![Just("build"), Just("last"), Just("no"), Just("y")]
        .prop_map(|name| StageName::new(name).unwrap())
}

fn output_name() -> impl Strategy<Value = OutputName> {
    prop_oneof![Just("app"), Just("null")].prop_map(|name| OutputName::new(name).unwrap())
}

fn secret_id() -> impl Strategy<Value = SecretId> {
    "[a-zA-Z0-9][a-zA-Z0-9_.-]{0,5}".prop_map(|id| SecretId::new(id).unwrap())
}

fn mode() -> impl Strategy<Value = Mode> {
    (0_u16..=0o777).prop_map(|bits| Mode::new(bits).unwrap())
}

fn copy_mode() -> impl Strategy<Value = CopyMode> {
    (0_u16..=0o7777).prop_map(|bits| CopyMode::new(bits).unwrap())
}

fn network() -> impl Strategy<Value = Network> {
    prop_oneof![Just(Network::Default), Just(Network::None), Just(Network::Host)]
}

fn environment() -> impl Strategy<Value = Vec<Variable>> {
    let variables = btree_map("[A-Za-z_][A-Za-z0-9_.-]{0,5}", any_text(), 0..3);
    variables.prop_map(|variables| {
        variables.into_iter().map(|(name, value)| Variable { name: spanned(name), value }).collect()
    })
}

fn argv() -> impl Strategy<Value = Vec<Text>> {
    (word(), vec(any_text(), 0..6))
        .prop_map(|(program, arguments)| [program].into_iter().chain(arguments).collect())
}

fn user() -> impl Strategy<Value = Spanned<Text>> {
    "[a-z0-9]{1,5}(:[a-z0-9]{1,5})?".prop_map(|user| spanned(Text::literal(user)))
}

fn patterns() -> impl Strategy<Value = Vec<Spanned<Text>>> {
    vec("[a-z*#: é'\"-]{0,6}[a-z*]".prop_map(|pattern| spanned(Text::literal(pattern))), 0..3)
}

fn path() -> impl Strategy<Value = Spanned<Text>> {
    word().prop_map(|word| spanned(Text::parse(&format!("/{word}")).unwrap()))
}

fn word() -> impl Strategy<Value = Text> {
    "[a-z0-9:#, é-]{0,8}[a-z]".prop_map(Text::literal)
}

/// Any text at all, with what YAML and arguments make difficult more often than chance would.
fn any_text() -> impl Strategy<Value = Text> {
    let piece = prop_oneof![
        "[ -~]{0,9}",
        "[ \n\ta-z:#-]{0,12}",
        any::<String>(),
        Just("${".to_owned()),
        Just("\n".to_owned()),
        "(yes|no|null|~|1:2|3.10|0755|true|- |# |: )",
    ];
    let parts = prop_oneof![
        4 => piece.prop_map(Part::Literal),
        1 => prop_oneof![Just("A_1"), Just("TARGETARCH")].prop_map(|name| Part::Arg(ArgName::new(name).unwrap())),
    ];
    vec(parts, 0..4).prop_map(|parts| {
        let written: String = parts
            .into_iter()
            .map(|part| match part {
                Part::Literal(text) => Text::literal(text).to_string().replace('$', "$$"),
                Part::Arg(name) => format!("${{{name}}}"),
            })
            .collect();
        Text::parse(&written).unwrap_or_default()
    })
}
