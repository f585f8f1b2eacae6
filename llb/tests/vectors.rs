//! Bytes and digests that the Go client of BuildKit v0.32.2 gives for the same graphs.

use buildkit_llb::{
    Differ, Exec, File, Graph, Image, Input, Local, Merge, Metadata, Output, Platform, SourceFile, file,
    mount,
};

fn graph() -> Graph {
    Graph::new(Platform::linux_amd64())
}

fn alpine(graph: &mut Graph) -> Output {
    graph.image(Image::new("alpine".parse().expect("a valid reference")))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
}

/// The last vertex's bytes are found by its digest: what `Definition.def` holds is what is hashed.
fn check(graph: &Graph, output: Output, digest: &str) -> String {
    assert_eq!(output.vertex().to_string(), digest);
    let definition = graph.definition(output).expect("a known output");
    assert_eq!(definition.vertices().last(), Some(&output.vertex()));
    let def = &definition.as_pb().def;
    assert!(def.iter().all(|bytes| {
        definition.as_pb().metadata.contains_key(&buildkit_llb::VertexDigest::of(bytes).to_string())
    }));
    hex(&def[def.len() - 2])
}

#[test]
fn image() {
    let mut graph = graph();
    let alpine = alpine(&mut graph);
    let bytes =
        check(&graph, alpine, "sha256:a7f9733e307dd352c82d43053b783dd17bb2ec2c36214908ce393e41545c8b51");
    let identifier = hex(b"docker-image://docker.io/library/alpine:latest");
    assert_eq!(bytes, format!("520e0a05616d64363412056c696e75785a001a300a2e{identifier}"));
}

#[test]
fn manifest_source() {
    let mut graph = graph();
    let local = Local::new("dockerfile", "s1")
        .unwrap()
        .follow(["app.yaml", "app.yaml.dockerignore"])
        .shared_key_hint("dockerfile")
        .differ(Differ::None);
    let source = graph.local(local.named("[internal] load build definition from app.yaml"));
    check(&graph, source, "sha256:35d06fdb23ba0a013bbbce428d9764a2b8c3f1f3ae94d167df7c5a02bbb81599");
    let definition = graph.definition(source).unwrap();
    let terminal = "sha256:1fc1afdf1e71d5e440a5bced6e5f72e10a2dca7876b73bafd9edbd6feff36544";
    let caps: Vec<_> = definition.as_pb().metadata[terminal].caps.keys().collect();
    assert_eq!(caps, ["constraints", "meta.description", "platform"]);
}

#[test]
fn exec() {
    let mut graph = graph();
    let root = alpine(&mut graph);
    let exec = Exec::shell(root, "true")
        .env("A", "b")
        .cwd("/w")
        .mount(mount::Secret::new("t", "/run/secrets/t"))
        .mount(mount::Cache::new("/c", "/c").sharing(mount::Sharing::Locked));
    let outputs = graph.exec(exec).unwrap();
    let bytes = check(
        &graph,
        outputs.root().unwrap(),
        "sha256:56c46989dd473a19a129d00b9e3160c99a768cbae82ea71c0737320baa13f23d",
    );
    // In the notes' listing, the exec's arguments are one line; these are the bytes of the lot.
    assert!(bytes.ends_with("aa01060a0174208002"), "{bytes}");
    assert!(outputs.mount("/c").is_err());
}

#[test]
fn file_on_scratch() {
    let mut graph = graph();
    let output = graph
        .file(
            File::new(Input::Scratch)
                .mkdir(file::Mkdir::new("/d", 0o755).parents())
                .mkfile(file::Mkfile::new("/d/f", 0o644, "x")),
        )
        .unwrap();
    check(&graph, output, "sha256:d64544010a82fb8fed8941d468544cdf8094864659870b542202216a62d8e50e");
}

#[test]
fn copy_and_merge() {
    let mut graph = graph();
    let alpine = alpine(&mut graph);
    let copy =
        graph.file(File::new(Input::Scratch).copy(file::Copy::new(alpine, "/etc/passwd", "/p"))).unwrap();
    check(&graph, copy, "sha256:d70322af31c12ab8b3be4de60c4a637271449c0958260a91e82b991a5d6b28b3");
    let merged = graph.merge(Merge::new([alpine, copy])).unwrap().output().unwrap();
    check(&graph, merged, "sha256:7078371c30377891f6790875f4878f7cd1b451a8e4d68ab71775f545a4fe2142");
}

#[test]
fn equal_ops_share_a_vertex_and_their_metadata() {
    let mut graph = graph();
    let manifest = SourceFile::new("app.yaml", "from: alpine\nrun: é true\n", "YAML");
    let alpine = alpine(&mut graph);
    let step = |metadata| Exec::shell(alpine, "true").metadata(metadata);
    let first = Metadata::named("first").at(manifest.line(1).unwrap());
    let again = Metadata::named("again").at(manifest.span(18..25)).ignore_cache();
    let one = graph.exec(step(first)).unwrap();
    let two = graph.exec(step(again.clone())).unwrap();
    graph.exec(step(again)).unwrap();
    assert_eq!(one, two);
    assert_eq!(graph.len(), 2);

    let definition = graph.definition(one.root().unwrap()).unwrap().into_pb();
    let digest = one.vertex().to_string();
    let metadata = &definition.metadata[&digest];
    assert_eq!(metadata.description["llb.customname"], "again");
    assert!(metadata.ignore_cache);
    let source = definition.source.unwrap();
    assert_eq!(source.infos.len(), 1);
    let ranges: Vec<_> = source.locations[&digest]
        .locations
        .iter()
        .flat_map(|location| &location.ranges)
        .map(|range| (range.start.unwrap(), range.end.unwrap()))
        .map(|(start, end)| (start.line, start.character, end.line, end.character))
        .collect();
    assert_eq!(ranges, [(1, 0, 1, 0), (2, 5, 2, 11)]);
}

#[test]
fn a_handle_of_another_graph_is_an_equal_op_or_an_error() {
    let mut one = graph();
    let mut other = graph();
    let output = alpine(&mut one);
    assert!(other.exec(Exec::shell(output, "true")).is_err());
    assert!(other.definition(output).is_err());
    assert_eq!(alpine(&mut other), output);
    assert!(other.exec(Exec::shell(output, "true")).is_ok());
}
