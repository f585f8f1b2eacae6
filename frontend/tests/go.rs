//! The Go example, from its one-line manifest to a graph.

use std::collections::BTreeMap;

use buildkit_llb::{Platform, SourceFile};
use slipway::catalog::Catalog;
use slipway::diagnostic::Diagnostics;
use slipway::expand::{default_target, expand};
use slipway::facts::Project;
use slipway::lower::config::ImageConfig;
use slipway::lower::{
    Arguments, Build, Context, ContextSource, Options, Platforms, ResolvedImage, images, lower,
};
use slipway::manifest::App;
use slipway::span::Span;

#[test]
fn one_line() {
    let files = Project::of_files([
        ("go.mod", include_str!("../../examples/go/go.mod")),
        ("go.sum", include_str!("../../examples/go/go.sum")),
        ("main.go", include_str!("../../examples/go/main.go")),
    ]);
    let catalog = Catalog::shipped();
    let (expanded, diagnostics) = files.conclude(|project| {
        let mut diagnostics = Diagnostics::default();
        (expand(&App::default(), project, &catalog, Span::new(0, 10), &mut diagnostics), diagnostics)
    });
    assert_eq!(diagnostics, Diagnostics::default());
    let plan = expanded.expect("a plan").plan;
    let platform = Platform::linux_amd64();
    let platforms = Platforms {
        target: platform.clone(),
        build: platform.clone(),
        runnable: vec![platform],
        several: false,
    };
    let mut diagnostics = Diagnostics::default();
    let target = default_target(&plan).expect("a stage").clone();
    let args = Arguments::new(&plan.args, &BTreeMap::new(), &platforms, target.as_str(), &mut diagnostics);
    let needs = images(&plan, &target, &args, &platforms, &mut diagnostics);
    let resolved = needs
        .into_iter()
        .map(|need| {
            let image = ResolvedImage { reference: need.reference.clone(), config: ImageConfig::scratch() };
            ((need.reference, need.platform), image)
        })
        .collect();
    let context = Context {
        source: ContextSource::Local { session: "session".into() },
        ignore: Vec::new(),
        manifest: Some("slipway.yaml".into()),
    };
    let source = SourceFile::new("slipway.yaml", "# syntax=slipway/frontend:1\n", "YAML");
    let build = Build {
        catalog: &catalog,
        args: &args,
        images: &resolved,
        context: &context,
        source: &source,
        platforms: &platforms,
        options: &Options { can_merge: true, ..Options::default() },
    };
    let lowered = lower(&plan, &target, &build, &mut diagnostics);
    assert_eq!(diagnostics, Diagnostics::default());
    let lowered = lowered.expect("a graph");
    let definition = lowered.graph.definition(lowered.result).expect("a definition");
    for vertex in definition.vertices() {
        let metadata = &definition.as_pb().metadata[&vertex.to_string()];
        println!("{:?}", metadata.description);
    }
    println!("{}", String::from_utf8_lossy(&lowered.config.to_json()));
}
