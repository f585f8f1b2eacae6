//! Laws of the way from a manifest to a graph, on the manifests of the examples.

use std::collections::BTreeMap;

use buildkit_gateway::contexts as gateway;
use buildkit_llb::{Definition, Local, Platform, SourceFile};
use slipway::catalog::Catalog;
use slipway::diagnostic::Diagnostics;
use slipway::expand::{Expanded, default_target, expand};
use slipway::facts::Project;
use slipway::lower::config::ImageConfig;
use slipway::lower::{
    Arguments, Build, Context, ImageSource, Lowered, Options, Platforms, ResolvedImage, images, lower,
};
use slipway::manifest::Manifest;
use slipway::plan::{Plan, StageName, check, print};
use slipway::source::Source;

const GO: &[(&str, &str)] = &[
    ("go.mod", include_str!("../../examples/go/go.mod")),
    ("go.sum", include_str!("../../examples/go/go.sum")),
    ("main.go", include_str!("../../examples/go/main.go")),
];

const MANIFESTS: &[&str] = &[
    include_str!("../../examples/go/slipway.yaml"),
    include_str!("../../examples/go/slipway.full.yaml"),
    "# syntax=slipway/frontend:1\nsecrets: { github: { type: netrc } }\nbuild: { secrets: [github], include: [README.md] }\n",
    "# syntax=slipway/frontend:1\nrun: { from: debian:bookworm-slim, writable: [/data], environment: { A: '$$x ${TARGETARCH}' } }\npackages: { build: [libpq-dev], run: [libpq5] }\ntest: { report: out/report.xml, gate: true }\n",
];

fn plan(manifest: &str) -> Plan {
    let (plan, mistakes) = planned(manifest);
    assert_eq!(mistakes, "");
    plan
}

/// The plan, and what is wrong with it.
fn planned(manifest: &str) -> (Plan, String) {
    let mut diagnostics = Diagnostics::default();
    let source = Source::new("slipway.yaml", manifest.as_bytes(), &mut diagnostics);
    let parsed = Manifest::parse(&source, &mut diagnostics);
    let catalog = Catalog::shipped();
    let (expanded, found): (Option<Expanded>, Diagnostics) =
        Project::of_files(GO.iter().copied()).conclude(|project| {
            let mut found = Diagnostics::default();
            (expand(&parsed.apps[0], project, &catalog, source.first_line(), &mut found), found)
        });
    diagnostics.extend(found);
    assert!(!diagnostics.has_errors(), "{}", diagnostics.error_message(&source));
    let plan = expanded.expect("a plan").plan;
    check(&plan, &mut diagnostics);
    (plan, diagnostics.error_message(&source))
}

fn graph(plan: &Plan, target: &StageName, session: &str, text: &str) -> (Definition, Vec<u8>) {
    let (lowered, diagnostics) = lowered(plan, target, session, text);
    assert_eq!(diagnostics, Diagnostics::default());
    let lowered = lowered.expect("a graph");
    (lowered.graph.definition(lowered.result).expect("a definition"), lowered.config.to_json())
}

fn lowered(plan: &Plan, target: &StageName, session: &str, text: &str) -> (Option<Lowered>, Diagnostics) {
    let platform: Platform = "linux/arm64".parse().expect("a platform");
    let build = Platform::linux_amd64();
    let platforms = Platforms {
        target: platform.clone(),
        build: build.clone(),
        runnable: vec![build, platform],
        several: false,
    };
    let mut diagnostics = Diagnostics::default();
    let args = Arguments::new(&plan.args, &BTreeMap::new(), &platforms, target.as_str(), &mut diagnostics);
    let resolved = images(plan, target, &args, &platforms, None, &mut diagnostics)
        .into_iter()
        .map(|need| {
            let image = ResolvedImage {
                source: ImageSource::Image(need.reference.clone()),
                config: ImageConfig::scratch(),
            };
            ((need.reference, need.platform), image)
        })
        .collect();
    let context = Context {
        source: gateway::Context::Directory(Local::new("context", session).expect("a session")),
        ignore: Vec::new(),
        manifest: Some("slipway.yaml".into()),
    };
    let build = Build {
        app: None,
        catalog: &Catalog::shipped(),
        args: &args,
        images: &resolved,
        context: &context,
        source: &SourceFile::new("slipway.yaml", text, "YAML"),
        platforms: &platforms,
        options: &Options::default(),
        scan: None,
    };
    (lower(plan, target, &build, &mut diagnostics), diagnostics)
}

#[test]
fn law_1_the_plan_is_a_manifest() {
    for manifest in MANIFESTS {
        let first = plan(manifest);
        let printed = print(&first, "# syntax=slipway/frontend:1");
        let second = plan(&printed);
        assert_eq!(first, second, "{printed}");
        assert_eq!(printed, print(&second, "# syntax=slipway/frontend:1"));
        for stage in &first.stages {
            let target = &stage.name.value;
            let (one, one_config) = graph(&first, target, "session", manifest);
            let (other, other_config) = graph(&second, target, "session", &printed);
            assert_eq!(one.as_pb().def, other.as_pb().def, "{target} of {printed}");
            assert_eq!(one.as_pb().metadata, other.as_pb().metadata, "{target} of {printed}");
            assert_eq!(one_config, other_config);
        }
    }
}

#[test]
fn law_8_same_input_same_bytes() {
    for manifest in MANIFESTS {
        let plan = plan(manifest);
        let target = default_target(&plan).expect("a stage");
        let again = || graph(&plan, target, "session", manifest);
        assert_eq!(again().0.as_pb(), again().0.as_pb());
    }
}

#[test]
fn law_5_an_argument_leads_no_secret_into_an_output() {
    let manifest = "# syntax=slipway/frontend:1\nargs: { D: app }\nstages:\n  a:\n    from: debian:bookworm-slim\n    \
                    outputs: { app: /app }\n    steps:\n      - run: [a]\n        \
                    mounts: [{ type: secret, id: npm, target: \"/${D}/.npmrc\" }]\n";
    let plan = plan(manifest);
    let (lowered, diagnostics) = lowered(&plan, default_target(&plan).expect("a stage"), "session", manifest);
    assert!(lowered.is_none());
    let source = Source::new("slipway.yaml", manifest.as_bytes(), &mut Diagnostics::default());
    assert_eq!(
        diagnostics.error_message(&source),
        "slipway.yaml:9:51 MountInsideLayer: the secret `npm` is mounted inside the output `app`, which keeps an empty trace \
         of it\n  slipway.yaml:6:21 the output `app` is here\n  help: write a `target` outside of `/app`"
    );
}

#[test]
fn law_7_a_base_is_wrong_where_it_is_written() {
    let (_, mistakes) = planned("# syntax=slipway/frontend:1\nrun: { from: alpine }\n");
    assert_eq!(
        mistakes,
        "slipway.yaml:2:14 UnknownStage: the stage `run` starts from `alpine`, and there is no such stage\n  help: \
         write the name of a stage; an image needs a tag or a digest, as `alpine:TAG`"
    );
}

/// A definition says where each of its vertices comes from.
#[test]
fn law_7_every_step_has_a_place() {
    for manifest in MANIFESTS {
        let plan = plan(manifest);
        let (definition, _) = graph(&plan, default_target(&plan).expect("a stage"), "session", manifest);
        let places = &definition.as_pb().source.as_ref().expect("a source map").locations;
        for vertex in definition.vertices() {
            let name = definition.as_pb().metadata[&vertex.to_string()].description.get("llb.customname");
            let step = name.is_some_and(|name| !name.starts_with("[internal]"));
            assert!(!step || places.contains_key(&vertex.to_string()), "{name:?}");
        }
    }
}
