//! Every kind of context, as clients ask for them.

#![allow(clippy::unwrap_used, reason = "a test says what went wrong by failing")]

use buildkit_gateway::capabilities::gateway;
use buildkit_gateway::contexts::{Context, Contexts, DOCKERIGNORE};
use buildkit_gateway::testing::{Fake, Outcome};
use buildkit_gateway::{Code, Error, Gateway, Image, Options, Response, Result};
use buildkit_llb::{Definition, Graph, Input, Local, Platform, Reference, ResolveMode};
use buildkit_proto::{Message as _, pb};

/// Reads the manifest, and gives back the main context as it is.
async fn build(gateway: Gateway) -> Result<Response> {
    let contexts = Contexts::load(&gateway).await?;
    let manifest = contexts.manifest("YAML").await?;
    let excludes = contexts.excludes(&manifest).await?;
    let mut graph = Graph::new(Platform::linux_amd64());
    let files = add(&mut graph, contexts.main(), excludes)?;
    let files = gateway.solve(graph.definition(files)?).await?.single()?;
    let text = String::from_utf8_lossy(manifest.file().data()).into_owned();
    Ok(Response::image(Image::new(Platform::linux_amd64(), files, text)))
}

fn add(graph: &mut Graph, context: &Context, excludes: Vec<String>) -> Result<Input> {
    match context {
        Context::Directory(local) => Ok(graph.local(local.clone().exclude(excludes)).into()),
        Context::Remote(remote) => remote.add(graph),
    }
}

/// The vertices of the only image, a line each.
fn vertices(outcome: &Outcome) -> Vec<String> {
    assert!(outcome.error().is_none(), "{:?}", outcome.error());
    describe(&outcome.definition(None).unwrap())
}

fn describe(definition: &Definition) -> Vec<String> {
    let ops = definition.as_pb().def.iter().map(|bytes| pb::Op::decode(bytes.as_slice()).unwrap());
    ops.filter_map(|op| {
        Some(match op.op? {
            pb::op::Op::Source(source) => {
                let attrs: Vec<_> =
                    source.attrs.iter().map(|(key, value)| format!("{key}={value}")).collect();
                [source.identifier, attrs.join(" ")].join(" ").trim_end().to_owned()
            }
            pb::op::Op::File(file) => format!("{} file actions", file.actions.len()),
            pb::op::Op::Exec(_)
            | pb::op::Op::Build(_)
            | pb::op::Op::Merge(_)
            | pb::op::Op::Diff(_)
            | pb::op::Op::Passthrough(_) => "something else".to_owned(),
        })
    })
    .collect()
}

#[test]
fn directory() {
    let outcome = Fake::new(Options::new([("filename", "app.yaml")]))
        .directory("dockerfile", [("app.yaml", "hello")])
        .directory("context", [(".dockerignore", "# no\n/target\n!target/x\n")])
        .run(build);
    assert_eq!(
        vertices(&outcome),
        [
            r#"local://context local.excludepatterns=["target","!target/x"] local.session=s1 local.sharedkeyhint=context"#
        ]
    );
    assert_eq!(outcome.metadata("containerimage.config"), Some("hello"));
    let solved: Vec<_> = outcome.solved().values().collect();
    assert_eq!(
        describe(&solved[0].definition.clone().unwrap().try_into().unwrap()),
        [
            r#"local://dockerfile local.differ=none local.followpaths=["app.yaml","app.yaml.dockerignore"] local.session=s1 local.sharedkeyhint=dockerfile"#
        ]
    );
    assert_eq!(
        describe(&solved[1].definition.clone().unwrap().try_into().unwrap()),
        [
            r#"local://context local.differ=none local.followpaths=[".dockerignore"] local.session=s1 local.sharedkeyhint=context-.dockerignore"#
        ]
    );
}

#[test]
fn ignore_file_beside_the_manifest() {
    let outcome = Fake::new(
        Options::new([("filename", "d/app.yaml"), ("local-sessionid:context", "s2")]).with_session("s1"),
    )
    .directory("dockerfile", [("d/app.yaml", ""), ("d/app.yaml.dockerignore", "a\n")])
    .directory("context", [(".dockerignore", "b\n")])
    .run(build);
    assert_eq!(
        vertices(&outcome),
        [r#"local://context local.excludepatterns=["a"] local.session=s2 local.sharedkeyhint=context"#]
    );
    // The context's own was asked for with the manifest, and is not even loaded.
    assert!(!outcome.calls().iter().any(|call| call == "ReadFile .dockerignore"), "{:?}", outcome.calls());
    assert_eq!(outcome.solved().len(), 3);
}

#[test]
fn nothing_is_asked_for_ahead_of_an_old_engine() {
    let outcome = Fake::new(Options::new([("filename", "app.yaml")]))
        .directory("dockerfile", [("app.yaml", ""), ("app.yaml.dockerignore", "a\n")])
        .without(gateway::SOURCE_META_RESOLVER)
        .run(build);
    assert!(outcome.error().is_none(), "{:?}", outcome.error());
    assert_eq!(outcome.solved().len(), 2);
}

#[test]
fn ignore_file_among_files_that_are_loaded_anyway() {
    async fn build(gateway: Gateway) -> Result<Response> {
        let contexts = Contexts::load(&gateway).await?;
        let manifest = contexts.manifest("YAML").await?;
        let Context::Directory(local) = contexts.main() else { panic!("a directory") };
        let mut graph = Graph::new(Platform::linux_amd64());
        let files = graph.local(local.clone().include(["*.json"]).follow([DOCKERIGNORE]));
        let files = gateway.solve(graph.definition(files)?).await?.single()?;
        assert_eq!(contexts.excludes_among(&files, &manifest).await, ["a"]);
        assert_eq!(contexts.excludes(&manifest).await?, ["a"]);
        Ok(Response::image(Image::new(Platform::linux_amd64(), files, String::new())))
    }
    let outcome = Fake::new(Options::new([("filename", "app.yaml")]))
        .directory("dockerfile", [("app.yaml", "")])
        .directory("context", [(".dockerignore", "a\n")])
        .run(build);
    assert!(outcome.error().is_none(), "{:?}", outcome.error());
    // The file alone was asked for ahead, and is not loaded.
    let read = outcome.calls().iter().filter(|call| *call == "ReadFile .dockerignore").count();
    assert_eq!((read, outcome.solved().len()), (1, 3));
}

#[test]
fn spelling_of_dockerfile() {
    let fake = Fake::new(Options::default()).directory("dockerfile", [("dockerfile", "lower")]);
    let outcome = fake.run(build);
    assert_eq!(outcome.metadata("containerimage.config"), Some("lower"));
    let outcome = Fake::new(Options::default()).run(build);
    assert_eq!(
        outcome.error().unwrap().message(),
        "cannot read the manifest: open Dockerfile: no such file or directory"
    );
}

#[test]
fn git() {
    let identifier = "git://example.com/a/b.git#main:docs";
    let outcome = Fake::new(Options::new([
        ("filename", "app.yaml"),
        ("context", "https://example.com/a/b.git#main:docs"),
        ("build-arg:SOURCE_DATE_EPOCH", "context"),
        ("build-arg:BUILDKIT_CONTEXT_KEEP_GIT_DIR", "true"),
    ]))
    .source(identifier, [("app.yaml", "from git"), (".dockerignore", "a")])
    .run(build);
    assert_eq!(outcome.metadata("containerimage.config"), Some("from git"));
    let [vertex] = &vertices(&outcome)[..] else {
        panic!("one vertex");
    };
    assert!(vertex.starts_with(identifier), "{vertex}");
    assert!(vertex.contains("git.keepgitdir=true") && vertex.contains("git.mtime=commit"), "{vertex}");
    assert_eq!(outcome.solved().len(), 2, "no .dockerignore is looked for");
}

#[test]
fn manifest_of_the_client_for_a_remote_context() {
    let outcome = Fake::new(Options::new([
        ("filename", "app.yaml"),
        ("context", "git@example.com:a/b"),
        ("dockerfilekey", "dockerfile"),
        ("contextsubdir", "sub"),
    ]))
    .directory("dockerfile", [("app.yaml", "from stdin")])
    .run(build);
    assert_eq!(outcome.metadata("containerimage.config"), Some("from stdin"));
    assert_eq!(vertices(&outcome)[1..], ["1 file actions"]);
}

#[test]
fn web() {
    let run = |url: &str, data: &[u8]| {
        Fake::new(Options::new([("filename", "app.yaml"), ("context", url)]))
            .source(url, [("context", data), ("app.yaml", b"in the archive")])
            .run(build)
    };
    let outcome = run("https://example.com/app.yaml", b"itself");
    assert_eq!(outcome.metadata("containerimage.config"), Some("itself"));
    assert_eq!(vertices(&outcome), ["https://example.com/app.yaml http.filename=context"]);

    let outcome = run("http://buildkit-session/abc", b"\x1f\x8b\x08rest");
    assert_eq!(outcome.metadata("containerimage.config"), Some("in the archive"));
    assert_eq!(vertices(&outcome), ["http://buildkit-session/abc http.filename=context", "1 file actions"]);
}

fn local(name: &str) -> Definition {
    let mut graph = Graph::new(Platform::linux_amd64());
    let output = graph.local(Local::new(name, "s9").unwrap());
    graph.definition(output).unwrap()
}

#[test]
fn inputs() {
    let outcome = Fake::new(Options::new([("filename", "app.yaml")]))
        .input("context", local("x"))
        .input("dockerfile", local("y"))
        .directory("y", [("app.yaml", "from y")])
        .run(build);
    assert_eq!(outcome.metadata("containerimage.config"), Some("from y"));
    assert_eq!(vertices(&outcome), ["local://x local.session=s9"]);

    let old = Fake::new(Options::new([("filename", "app.yaml")]))
        .input("context", local("x"))
        .fail("Inputs", Error::with_code(Code::Unimplemented, "unknown method Inputs"))
        .directory("dockerfile", [("app.yaml", "")])
        .run(build);
    assert_eq!(vertices(&old), ["local://context local.session=s1 local.sharedkeyhint=context"]);
}

/// What the named context `base` becomes.
fn named(value: &str, more: &[(&str, &str)], fake: impl FnOnce(Fake) -> Fake) -> Outcome {
    let entries = [("context:base::linux/arm64", "local:never"), ("context:base", value)];
    let options = Options::new(entries.into_iter().chain(more.iter().copied()));
    fake(Fake::new(options)).run(async |gateway| {
        let contexts = Contexts::load(&gateway).await?;
        let platform = Platform::linux_amd64();
        assert!(contexts.named("other", &platform, ResolveMode::Default).await?.is_none());
        assert!(contexts.named("scratch", &platform, ResolveMode::Default).await?.is_none());
        let named = contexts.named("base", &platform, ResolveMode::Default).await?.unwrap();
        assert_eq!(named.name(), "base");
        let mut graph = Graph::new(platform.clone());
        let files = add(&mut graph, named.context(), Vec::new())?;
        let files = gateway.solve(graph.definition(files)?).await?.single()?;
        Ok(Response::image(Image::new(platform, files, named.image_config().unwrap_or_default())))
    })
}

#[test]
fn named_images() {
    let alpine: Reference = "alpine".parse().unwrap();
    let outcome = named("docker-image://alpine", &[], |fake| fake.image(&alpine, "config"));
    assert_eq!(outcome.metadata("containerimage.config"), Some("config"));
    let [vertex] = &vertices(&outcome)[..] else {
        panic!("one vertex");
    };
    assert!(vertex.starts_with("docker-image://docker.io/library/alpine:latest@sha256:"), "{vertex}");

    let outcome = named("docker-image://scratch", &[], |fake| fake);
    assert!(vertices(&outcome).is_empty());

    let outcome = named("docker-image://alpine", &[], |fake| {
        fake.replace("docker-image://docker.io/library/alpine:latest", "https://example.com/rootfs.tar")
    });
    assert_eq!(vertices(&outcome), ["https://example.com/rootfs.tar http.filename=context"]);

    let itself = "docker-image://docker.io/library/alpine:latest";
    let outcome = named("docker-image://alpine", &[], |fake| fake.replace(itself, "input:nope"));
    assert_eq!(outcome.error().unwrap().message(), "context `base`: the client hands over no input `nope`");
}

#[test]
fn named_layouts() {
    let digest = format!("sha256:{}", "a".repeat(64));
    let reference: Reference = format!("base@{digest}").parse().unwrap();
    let value = format!("oci-layout://store1@{digest}");
    let outcome = named(&value, &[], |fake| fake.image(&reference, "config"));
    assert_eq!(
        vertices(&outcome),
        [format!("oci-layout://docker.io/library/base@{digest} oci.session=s1 oci.store=store1")]
    );
    assert_eq!(outcome.metadata("containerimage.config"), Some("config"));
}

#[test]
fn named_directories() {
    let outcome = named("local:base", &[("sharedkey:localdir:base", "key")], |fake| {
        fake.directory("base", [(".dockerignore", "x\n")])
    });
    assert_eq!(
        vertices(&outcome),
        [r#"local://base local.excludepatterns=["x"] local.session=s1 local.sharedkeyhint=context:base-key"#]
    );
    let ignore = outcome.solved().values().find(|solve| solve.evaluate).unwrap();
    assert_eq!(
        describe(&ignore.definition.clone().unwrap().try_into().unwrap()),
        [
            r#"local://base local.differ=none local.followpaths=[".dockerignore"] local.session=s1 local.sharedkeyhint=context:base-.dockerignore"#
        ]
    );
}

#[test]
fn named_others() {
    let outcome = named("https://example.com/x.git#v1", &[], |fake| fake);
    assert!(vertices(&outcome)[0].starts_with("git://example.com/x.git#v1"));
    let outcome = named("https://example.com/x", &[], |fake| fake);
    assert_eq!(vertices(&outcome), ["https://example.com/x http.filename=context"]);
    let metadata = ("input-metadata:k", r#"{"containerimage.config":"e30="}"#);
    let outcome = named("input:k", &[metadata], |fake| fake.input("k", local("z")));
    assert_eq!(vertices(&outcome), ["local://z local.session=s9"]);
    assert_eq!(outcome.metadata("containerimage.config"), Some("{}"));
    let outcome = named("target:x", &[], |fake| fake);
    assert_eq!(
        outcome.error().unwrap().message(),
        "context `base`: `target:x` is a context of an unknown kind"
    );
}
