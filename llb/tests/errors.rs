//! Everything that is refused, with its words. Run with `UPDATE_GOLDEN=1` to accept.

use std::{fs, path::Path};

use buildkit_llb::{
    Blob, Device, Digest, Exec, File, Git, Graph, Http, Image, Input, Local, Location, Merge, OciLayout,
    OciStore, Output, Passthrough, Platform, Position, Reference, Result, SecretEnv, SourceFile, Ulimit,
    file, mount,
};

const SHA: &str = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

fn alpine(graph: &mut Graph) -> Result<Output> {
    Ok(graph.image(Image::new("alpine".parse()?)))
}

/// What an exec on alpine is refused for.
fn exec(change: impl FnOnce(Exec) -> Exec) -> Result<()> {
    let mut graph = Graph::new(Platform::linux_amd64());
    let root = alpine(&mut graph)?;
    graph.exec(change(Exec::new(root, ["true"]))).map(drop)
}

/// What changes to scratch are refused for.
fn changes(change: impl FnOnce(File) -> File) -> Result<()> {
    Graph::new(Platform::linux_amd64()).file(change(File::new(Input::Scratch))).map(drop)
}

fn git(url: &str, change: impl FnOnce(Git) -> Git) -> Result<()> {
    Graph::new(Platform::linux_amd64()).git(change(Git::new(url)?)).map(drop)
}

fn values() -> Vec<Result<()>> {
    let mut refused = Vec::new();
    for text in ["", "Alpine", "a..b", "x.y:z/a", "a:.", "a@sha256:1", &SHA[7..], &"a/".repeat(130)] {
        refused.push(text.parse::<Reference>().map(drop));
    }
    for text in ["linux", "linux/a b", "linux(/amd64", "linux(%)/amd64", "linux(+)/amd64"] {
        refused.push(text.parse::<Platform>().map(drop));
    }
    for text in ["e3b0", "md5:e3b0", "sha256:e3b0", &SHA.to_uppercase().replace("SHA", "sha")] {
        refused.push(text.parse::<Digest>().map(drop));
    }
    refused.push(Platform::new("linux", "", "").map(drop));
    refused.push(file::Timestamp::from_unix_seconds(u64::MAX).map(drop));
    refused.push(Position::new(0, 0).map(drop));
    refused.push(Position::new(u32::MAX, 0).map(drop));
    let file = SourceFile::new("a.yaml", "a\nb\n", "YAML");
    refused.push(file.lines(2, 1).map(drop));
    let other = SourceFile::new("b.yaml", "a\nb\n", "YAML");
    refused.push(file.line(1).and_then(|place: Location| place.and(other.line(1)?)).map(drop));
    refused
}

fn sources() -> Vec<Result<()>> {
    let tagged = || format!("a:1@{SHA}").parse::<Reference>();
    let mut refused = vec![
        Local::new("", "s").map(drop),
        Local::new("context", "").map(drop),
        Local::unique("context", "").map(drop),
        "a:1".parse().and_then(OciLayout::new).map(drop),
        "a:1".parse().and_then(|it: Reference| Blob::image(&it)).map(drop),
        tagged().and_then(|it| Blob::image(&it)).map(drop),
        tagged().and_then(|it| Blob::oci_layout(&it, OciStore::new("", ""))).map(drop),
    ];
    for url in ["ftp://a.b/c", "https:///c", "https://a.b/ c"] {
        refused.push(Http::new(url).map(drop));
    }
    for mode in [0, 0o1777] {
        let mut graph = Graph::new(Platform::linux_amd64());
        refused.push(Http::new("https://a.b/c").and_then(|it| graph.http(it.mode(mode))).map(drop));
    }
    for url in [
        "ftp://a.b/c",
        "https:///c",
        "https://a.b/ c",
        "https://a.b/c?ref=d",
        "https://é.b/c",
        "https://a.b/é",
    ] {
        refused.push(git(url, |it| it));
    }
    refused.extend([
        git("https://a.b/c#:d", Git::checkout_bundle),
        git("https://a.b/c", |it| it.ssh_agent("agent")),
        git("https://a.b/c", |it| it.checksum("main")),
        git("https://a.b/c", |it| it.checksum("")),
    ]);
    refused
}

fn execs() -> Vec<Result<()>> {
    let mut graph = Graph::new(Platform::linux_amd64());
    let none: [&str; 0] = [];
    vec![
        graph.exec(Exec::new(Input::Scratch, none)).map(drop),
        graph.exec(Exec::new(Input::Scratch, [""])).map(drop),
        graph.exec(Exec::new(Input::Scratch, ["a\0"])).map(drop),
        exec(|it| it.env("", "")),
        exec(|it| it.env("A=B", "")),
        exec(|it| it.env("A", "\0")),
        exec(|it| it.secret_env(SecretEnv::new("", "A"))),
        exec(|it| it.secret_env(SecretEnv::new("a", ""))),
        exec(|it| it.extra_host("", [127, 0, 0, 1].into())),
        exec(|it| it.ulimit(Ulimit::new("", 1, 1))),
        exec(|it| it.device(Device::new(""))),
        exec(|it| it.cwd("src")),
        exec(|it| it.mount(mount::Tmpfs::new("tmp"))),
        exec(|it| it.mount(mount::Tmpfs::new("/"))),
        exec(|it| it.mount(mount::Tmpfs::new("/a")).mount(mount::Cache::new("a", "/b/../a"))),
        exec(|it| it.mount(mount::Tmpfs::new("/a")).mount(mount::Secret::new("a", "/a"))),
        exec(|it| it.mount(mount::Cache::new("", "/a"))),
        exec(|it| it.mount(mount::Secret::new("", "/a"))),
        exec(|it| it.mount(mount::Secret::new("a", "/a").mode(0o1400))),
        exec(|it| it.mount(mount::Ssh::new("a").target("a"))),
        graph.exec(Exec::new(Input::Scratch, ["a"]).read_only_root()).and_then(|it| it.root()).map(drop),
        graph.exec(Exec::new(Input::Scratch, ["a"])).and_then(|it| it.mount("/a")).map(drop),
    ]
}

fn files() -> Vec<Result<()>> {
    let copy = || file::Copy::new(Input::Scratch, "/a", "/b");
    vec![
        changes(|it| it),
        changes(|it| it.mkdir(file::Mkdir::new("a", 0o755))),
        changes(|it| it.mkdir(file::Mkdir::new("/a", 0o1755))),
        changes(|it| it.mkdir(file::Mkdir::new("/a", 0o755).owner(file::Owner::parse("app")))),
        changes(|it| it.mkfile(file::Mkfile::new("/a\0", 0o644, ""))),
        changes(|it| it.symlink(file::Symlink::new("", "/a"))),
        changes(|it| it.symlink(file::Symlink::new("/a", "b"))),
        changes(|it| it.rm(file::Rm::new(""))),
        changes(|it| it.copy(file::Copy::new(Input::Scratch, "a", "/b"))),
        changes(|it| it.copy(file::Copy::new(Input::Scratch, "/a", "b"))),
        changes(|it| it.copy(file::Copy::new(File::new(Input::Scratch), "/a", "/b"))),
        changes(|it| it.copy(copy().require(["a"]))),
        changes(|it| it.copy(copy().symbolic_mode(""))),
        changes(|it| it.copy(copy().mode(0o10000))),
        changes(|it| it.copy(copy().owner(file::Owner::user(file::User::Name(String::new()))))),
    ]
}

fn graphs() -> Vec<Result<()>> {
    let mut graph = Graph::new(Platform::linux_amd64());
    let mut other = Graph::new(Platform::linux_amd64());
    let foreign = alpine(&mut other).expect("a valid reference");
    vec![
        graph.definition(foreign).map(drop),
        graph.merge(Merge::new([foreign])).map(drop),
        graph.passthrough(Passthrough::new("")).map(drop),
        graph.passthrough(Passthrough::new("id")).map(drop),
    ]
}

#[test]
fn words() {
    let mut text = String::new();
    for (title, refused) in [
        ("values", values()),
        ("sources", sources()),
        ("execs", execs()),
        ("files", files()),
        ("graphs", graphs()),
    ] {
        text.push_str(title);
        text.push_str(":\n");
        for result in refused {
            let error = result.expect_err(title).to_string();
            assert!(!error.ends_with('.'), "{error}");
            text.extend(["  ", error.escape_debug().to_string().as_str(), "\n"]);
        }
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/goldens/errors.txt");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&path, &text).expect("the golden can be written");
    }
    assert!(
        fs::read_to_string(&path).unwrap_or_default() == text,
        "{} differs from:\n{text}",
        path.display()
    );
}
