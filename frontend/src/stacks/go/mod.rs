//! Go: modules are a layer, the program is compiled on the build platform for the target platform, and the
//! image is the program on an empty root. What holds C is compiled on the target platform and runs on a C library.

mod flags;
mod linking;
mod standard;

use self::linking::Linking;
use super::runtime::{self, Runtime};
use super::{Expanded, Request, packages, report};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::facts::go::GoFacts;
use crate::facts::{Fact, Project};
use crate::lower::not_source::{MARKDOWN, is_documentation};
use crate::manifest::App;
use crate::path;
use crate::plan::build::{At, argument, stage_name, words};
use crate::plan::{Base, Mount, Network, SecretId, Stage, Text, Variable};
use crate::rules::Rule;
use crate::span::Spanned;

/// The download cache is asked first and filled back, so that a new module does not fetch the old ones
/// again. Archives stay out of the layer: the compiler needs what was unpacked from them. A file of the cache
/// appears by a rename, so that builds can share it; each has a name of its own before, for a shell is process 1 in every
/// step.
const DOWNLOAD: &str = r#"# download modules
set -eu
proxy=$(go env GOPROXY)
GOPROXY="file:///cache,$proxy" go mod download
cd "$(go env GOMODCACHE)/cache/download"
find . -path ./sumdb -prune -o -type f -path '*/@v/*' ! -name '*.lock' ! -name list -print | while read -r file; do
  [ -e "/cache/$file" ] && continue
  mkdir -p "/cache/${file%/*}"
  temporary=$(mktemp "/cache/$file.XXXXXX")
  cp "$file" "$temporary" && mv "$temporary" "/cache/$file"
done
find . -name '*.zip' -delete
"#;

/// Variables of `build.environment` that change what is downloaded or from where, besides those of git.
const FETCHING: &[&str] =
    &["GOPROXY", "GOPRIVATE", "GONOPROXY", "GONOSUMDB", "GOSUMDB", "GOINSECURE", "GOVCS", "GOAUTH"];

/// What only `go test` reads.
const TESTS: &str = "**/*_test.go";

/// What tools of a page beside the program keep.
const KEPT: &str = "**/node_modules";

const SOURCE: &str = "/src";
/// Where the build writes what the image has.
const PROGRAMS: &str = "/app";
const MODULES: &str = "/go/pkg/mod";
/// The compiler's cache.
const COMPILED: &str = "/root/.cache/go-build";

pub(super) fn expand(
    request: &Request<'_>,
    project: &mut Project,
    diagnostics: &mut Diagnostics,
) -> Option<Expanded> {
    let Request { app, span, toolchains, .. } = *request;
    let facts = GoFacts::read(project, app, span, toolchains, diagnostics)?;
    let linking = Linking::of(app, &facts);
    let at = At(span);
    let image = linking.toolchain(request, &facts.version.value);
    let image = super::image_of("Go", &facts.version, image, toolchains, at, diagnostics);
    let mut decisions = facts.decisions();
    decisions.push(image.decision("toolchain"));
    let toolchain = Base::Image(Text::literal(image.value));
    let entrypoint = entrypoint(app, &facts, diagnostics);
    let runtime = runtime(at, request, entrypoint, linking, &toolchain);
    runtime.check(app, diagnostics);
    decisions.extend(runtime.decisions());
    let mut stages = stages(at, app, &facts, linking, &toolchain);
    stages.extend(runtime.stages(at, app));
    Some(Expanded { stages, decisions })
}

/// The program on the least that it needs.
fn runtime(
    at: At,
    request: &Request<'_>,
    entrypoint: Option<Fact<Text>>,
    linking: Linking,
    toolchain: &Base,
) -> Runtime {
    let runtime = Runtime {
        base: linking.base(request),
        donor: toolchain.clone(),
        layers: vec![at.layer("build", "app")],
        user: Fact::decided(runtime::USER.to_owned(), "an image does not run as root unless it has to"),
        entrypoint: entrypoint.map(|program| program.with(vec![program.value.clone()])),
        environment: Vec::new(),
        working_dir: None,
        expose: Vec::new(),
        init: None,
        setup: Vec::new(),
        stop_signal: None,
    };
    runtime.of(request.app)
}

/// The program. What a command of the app's own makes is known where it says so to `go build`.
fn entrypoint(app: &App, facts: &GoFacts, diagnostics: &mut Diagnostics) -> Option<Fact<Text>> {
    if let Some(program) = &facts.program {
        return Some(Fact::decided(Text::literal(path::join(PROGRAMS, &program.name)), "what was built"));
    }
    let command = app.build.command.as_ref()?;
    if let Some(output) = output(&command.value) {
        return Some(Fact::written(output.clone(), "build.command", command.span));
    }
    if app.run.entrypoint.is_none() && !app.replaces("run") {
        let message = format!("it is not known what `build.command` writes to `{PROGRAMS}`");
        let help = format!("write `run: {{ entrypoint: [{PROGRAMS}/NAME] }}` with the name of the program");
        diagnostics.push(Diagnostic::new(Rule::NoEntrypoint, command.span, message).help(help));
    }
    None
}

/// The file that `go build -o` writes for the image.
fn output(command: &[Text]) -> Option<&Text> {
    let words: Option<Vec<&str>> = command.iter().take(2).map(Text::as_literal).collect();
    let flag = command.iter().position(|word| word.as_literal() == Some("-o"))?;
    let output = command.get(flag + 1).filter(|_| words.is_some_and(|words| words == ["go", "build"]))?;
    let file = output.as_literal()?.strip_prefix(PROGRAMS)?.strip_prefix('/')?;
    (!file.is_empty() && !file.ends_with('/')).then_some(output)
}

fn stages(at: At, app: &App, facts: &GoFacts, linking: Linking, image: &Base) -> Vec<Stage> {
    let mut stages = Vec::new();
    // Without C, one compiler compiles for all platforms.
    let platform = || if linking.has_c() { None } else { at.build_platform() };
    // Every stage of the toolchain stands on the packages that the build needs.
    let toolchain = match packages::stage(at, "toolchain", image, &linking.packages(app)) {
        Some(mut stage) => {
            stage.platform = platform();
            let base = Base::Stage(stage.name.value.clone());
            stages.push(stage);
            base
        }
        None => image.clone(),
    };
    let folder = path::join(SOURCE, &facts.module);
    let base = |name: &str, network: Network| {
        let mut stage = at.stage(stage_name(name), toolchain.clone());
        stage.platform = platform();
        stage.working_dir = Some(at.text(&folder));
        stage.network = at.network(network);
        stage
    };

    if facts.download {
        let mut deps = base("deps", Network::Default);
        if toolchain == *image {
            deps.platform = at.build_platform();
        }
        deps.outputs = vec![at.output("modules", MODULES)];
        deps.environment = fetching(app);
        let mut mounts = vec![at.cache(Text::literal("go-modules"), "/cache")];
        mounts.extend(secrets(app));
        deps.steps = vec![
            at.copy(Base::Context, &facts.folder, &facts.dependency_files, SOURCE),
            at.run(vec![Text::literal("sh"), Text::literal("-c"), Text::literal(DOWNLOAD)], mounts),
        ];
        stages.push(deps);
    }

    let sources = |left_out: &[&str], read: &[String]| {
        let mut mounts = Vec::new();
        if facts.download {
            mounts.push(at.bind_output("deps", "modules"));
        }
        // All documentation comes first, and stays in.
        let (documentation, embedded): (Vec<_>, Vec<_>) =
            facts.embedded.iter().chain(read).partition(|pattern| is_documentation(pattern));
        let left_out = left_out.iter().filter(|pattern| documentation.iter().all(|kept| kept != *pattern));
        let left_out = left_out.map(|pattern| at.text(pattern));
        let left_out = exceptions(at, &documentation).chain(left_out).chain(exceptions(at, &embedded));
        let included = app.build.include.iter().map(|pattern| pattern.clone().map(|text| text.prefixed("!")));
        mounts.push(at.context(&facts.folder, left_out.chain(included).collect(), SOURCE));
        mounts
    };
    let cache = compiler_cache(&facts.version.value, linking);
    let compiler = if standard::is_compiled_ahead(app, facts) {
        let environment = compiler_environment(at, app, linking);
        stages.push(standard::compile(base(standard::STAGE, Network::None), at, linking, environment));
        at.cache_on(cache.clone(), standard::STAGE, COMPILED)
    } else {
        at.cache(cache.clone(), COMPILED)
    };
    let mut build = base("build", app.build.reach());
    build.environment = compiler_environment(at, app, linking);
    // The compiler takes no tests, and no Markdown that nothing embeds, so that editing them builds nothing; a command of the
    // app's own may.
    build.mounts = sources(if facts.program.is_none() { &[] } else { &[TESTS, KEPT, MARKDOWN] }, &[]);
    build.outputs = vec![at.output("app", PROGRAMS)];
    let mut command = app.build.command.as_ref().map(|command| command.value.clone()).unwrap_or_default();
    if let Some(program) = &facts.program {
        command = linking.compiler(flags::value(app, "-tags"), flags::value(app, "-ldflags"));
        command.extend(words(&["-o", &path::join(PROGRAMS, &program.name)]));
        command.push(program.package.value.clone());
    }
    let mut mounts = vec![compiler];
    mounts.extend(named_secrets(app, &app.build.secrets));
    let place = app.build.command.as_ref().map(|command| command.span);
    let place = place.or(app.build.target.as_ref().map(|target| target.span)).unwrap_or(at.0);
    build.steps = vec![At(place).run(command, mounts)];

    let mut test = base("test", app.test.reach());
    test.environment.clone_from(&app.build.environment);
    super::overlay(&mut test.environment, &app.test.environment);
    test.mounts = sources(&[KEPT], &facts.embedded_in_tests);
    test.outputs = vec![report::output(at)];
    let command = app
        .test
        .command
        .as_ref()
        .map_or_else(|| words(&["go", "test", "./..."]), |command| command.value.clone());
    // `go test` compiles everything in another way.
    let mut mounts = vec![at.cache(cache, COMPILED)];
    mounts.extend(named_secrets(app, &app.test.secrets));
    let place = app.test.command.as_ref().map(|command| command.span);
    let place = place.or(app.test.gate.as_ref().map(|gate| gate.span)).unwrap_or(at.0);
    test.steps = vec![At(place).run(command, mounts)];

    build.steps.extend(runtime::gate(at, app));
    stages.push(build);
    stages.extend(report::stages(at, app, &folder, test));
    stages
}

/// Compiled for the target, without C unless the app has some.
fn compiler_environment(at: At, app: &App, linking: Linking) -> Vec<Variable> {
    let mut environment = vec![
        at.variable("CGO_ENABLED", Text::literal(if linking.has_c() { "1" } else { "0" })),
        at.variable("GOOS", argument("TARGETOS")),
        at.variable("GOARCH", argument("TARGETARCH")),
    ];
    super::overlay(&mut environment, &app.build.environment);
    environment
}

fn fetching(app: &App) -> Vec<Variable> {
    let fetches = |name: &str| FETCHING.contains(&name) || name.starts_with(super::GIT);
    let variable = |variable: &Variable| match variable.name.value.as_str() {
        flags::NAME => flags::only(variable, |flag| flag.starts_with("-mod")),
        name => fetches(name).then(|| variable.clone()),
    };
    app.build.environment.iter().filter_map(variable).collect()
}

fn compiler_cache(version: &str, linking: Linking) -> Text {
    Text::parse(&format!("go-build-{version}{}-${{TARGETOS}}-${{TARGETARCH}}", linking.cache()))
        .expect("a version has no dollar")
}

fn exceptions(at: At, patterns: &[&String]) -> impl Iterator<Item = Spanned<Text>> {
    patterns.iter().map(move |pattern| at.text(&format!("!{pattern}")))
}

/// Every declared secret is for fetching.
fn secrets(app: &App) -> Vec<Spanned<Mount>> {
    app.secrets.iter().map(super::secret_mount).collect()
}

fn named_secrets(app: &App, names: &[Spanned<SecretId>]) -> Vec<Spanned<Mount>> {
    let named = app.secrets.iter().filter(|secret| names.iter().any(|name| name.value == secret.id.value));
    named.map(super::secret_mount).collect()
}
