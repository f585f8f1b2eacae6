//! What was marshalled once comes back byte for byte.

use buildkit_llb::{
    Definition, Error, Exec, File, Graph, Image, Input, LinuxResources, Merge, Metadata, Platform,
    ProgressGroup, SourceFile, file, mount,
};
use buildkit_proto::pb;

fn definition() -> Definition {
    let mut graph = Graph::new(Platform::linux_amd64());
    let image = Image::new("alpine".parse().expect("a valid reference"));
    let alpine = graph.image(image.platform(Platform::linux_arm64()));
    let manifest = SourceFile::new("app.yaml", "from: alpine\n", "YAML")
        .definition(graph.definition(alpine).expect("a known output"));
    let known = Metadata::named("[1/2] RUN true")
        .at(manifest.line(1).expect("a line"))
        .progress_group(ProgressGroup::new("g", "Group").weak())
        .export_cache(false)
        .ignore_cache();
    let exec = Exec::shell(alpine, "true")
        .metadata(known)
        .resources(LinuxResources::new().memory(1 << 30).unlimited_swap())
        .mount(mount::Bind::output(Input::Scratch, "/out"));
    let outputs = graph.exec(exec).expect("a valid exec");
    let out = outputs.mount("/out").expect("an output");
    let copy = File::new(alpine).copy(file::Copy::new(out, "/a", "/b"));
    let copy = graph.file(copy).expect("a valid copy");
    let merged = graph.merge(Merge::new([out, copy])).expect("known outputs");
    graph.definition(merged).expect("a known output")
}

#[test]
fn the_same_bytes() {
    let definition = definition();
    let mut graph = Graph::new(Platform::linux_amd64());
    let input = graph.import(&definition);
    assert_eq!(graph.definition(input), Ok(definition.clone()));

    // Again: nothing new.
    let vertices = graph.len();
    assert_eq!(graph.import(&definition), input);
    assert_eq!(graph.len(), vertices);
    assert_eq!(graph.definition(input), Ok(definition));
}

#[test]
fn what_stands_on_it_has_its_platform() {
    let mut graph = Graph::new(Platform::linux_amd64());
    let input = graph.import(&definition());
    let exec = graph.exec(Exec::shell(input, "true")).unwrap();
    let text = graph.definition(exec.root().unwrap()).unwrap().to_text();
    assert!(text.ends_with("  platform linux/arm64\nresult 5\n"), "{text}");
}

#[test]
fn scratch() {
    let mut graph = Graph::new(Platform::linux_amd64());
    let scratch = graph.definition(Input::Scratch).unwrap();
    assert_eq!(graph.import(&scratch), Input::Scratch);
    assert_eq!(Definition::try_from(pb::Definition::default()), Ok(scratch));
}

#[test]
fn any_order_is_put_right() {
    let definition = definition();
    let mut shuffled = definition.as_pb().clone();
    let last = shuffled.def.len() - 1;
    shuffled.def[..last].reverse();
    assert_ne!(&shuffled, definition.as_pb());
    let sorted = Definition::try_from(shuffled).unwrap();
    let mut graph = Graph::new(Platform::linux_amd64());
    let input = graph.import(&sorted);
    assert_eq!(graph.definition(input), Ok(definition));
}

type Spoil = fn(&mut pb::Definition);

#[test]
fn refused() {
    let good = definition().into_pb();
    let cases: [(&str, Spoil); 5] = [
        ("no terminal op", |it| drop(it.def.pop())),
        ("an input is missing", |it| drop(it.def.remove(0))),
        ("not an op", |it| it.def[0] = vec![0xff]),
        ("no file", |it| it.source.as_mut().expect("a source").infos.clear()),
        ("no file below", |it| {
            let source = it.source.as_mut().expect("a source");
            source.infos[0].definition.as_mut().expect("a definition").def.truncate(1);
        }),
    ];
    for (name, spoil) in cases {
        let mut spoiled = good.clone();
        spoil(&mut spoiled);
        let error = Definition::try_from(spoiled).expect_err(name);
        assert!(matches!(error, Error::Definition { .. }), "{name}: {error}");
    }
}
