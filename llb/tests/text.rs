//! The text and the drawing of a graph that uses every op. Run with `UPDATE_GOLDEN=1` to accept.

use std::{fs, path::Path};

use buildkit_llb::{
    Build, Definition, Device, Diff, Differ, Exec, File, Graph, Http, Image, Input, LinuxResources, Local,
    Merge, Metadata, Network, Passthrough, Platform, ProgressGroup, ProxyEnv, Result, SecretEnv, Security,
    SourceFile, Ulimit, file, mount,
};

fn everything() -> Result<Definition> {
    let mut graph = Graph::new(Platform::linux_amd64());
    let manifest = SourceFile::new("app.yaml", "from: alpine\nrun: true\n", "YAML");
    let at = |line| Ok(Metadata::new().at(manifest.line(line)?));

    let alpine = graph.image(Image::new("alpine".parse()?).metadata(at(1)?));
    let context = graph.local(
        Local::new("context", "session")?
            .include(["*.go", "a b"])
            .differ(Differ::Metadata)
            .named("[internal] load build context"),
    );
    let key = graph.http(Http::new("https://a.b/key.asc")?.mode(0o644))?;
    let exec = Exec::new(alpine, ["sh", "-c", "echo \"$A\"\n"])
        .env("A", "b c")
        .env("EMPTY", "")
        .cwd("/src")
        .user("1:1")
        .hostname("host")
        .extra_host("a.b", [127, 0, 0, 1].into())
        .network(Network::None)
        .security(Security::Insecure)
        .ulimit(Ulimit::new("nofile", 1024, 2048))
        .cgroup_parent("group")
        .device(Device::new("vendor.com/gpu=0").optional())
        .valid_exit_codes([0, 3])
        .proxy(ProxyEnv { http: "http://p".to_owned(), ..ProxyEnv::default() })
        .secret_env(SecretEnv::new("token", "TOKEN").optional())
        .mount(mount::Bind::read_only(context, "/src").content_cache(mount::ContentCache::Off))
        .mount(mount::Bind::output(Input::Scratch, "/out").selector("/app"))
        .mount(mount::Bind::discard(key, "/key"))
        .mount(mount::Cache::new("go", "/cache").sharing(mount::Sharing::Locked).base(context))
        .mount(mount::Tmpfs::new("/tmp").size(4096))
        .mount(mount::Secret::new("ca", "/ca").optional())
        .mount(mount::Ssh::default())
        .resources(LinuxResources::new().memory(1 << 20).cpuset_cpus("0-1"))
        .constraint("label==a")
        .metadata(at(2)?)
        .metadata(
            Metadata::named("\"quoted\" <name> #1")
                .describe("com.example.key", " value ")
                .progress_group(ProgressGroup::new("id", "a group"))
                .ignore_cache()
                .export_cache(true),
        );
    let exec = graph.exec(exec)?;
    let made = File::new(Input::Scratch).mkdir(file::Mkdir::new("/made", 0o700));
    let files = graph.file(
        File::new(exec.root()?)
            .mkdir(file::Mkdir::new("/d", 0o755).parents().owner(file::Owner::parse("app:0")))
            .mkfile(file::Mkfile::new("/d/é", 0o644, "line\n"))
            .symlink(file::Symlink::new("../d", "/e/l"))
            .rm(file::Rm::new("/tmp/*").wildcard().allow_not_found())
            .copy(
                file::Copy::new(exec.mount("/out")?, "/app", "/usr/bin/")
                    .include(["a", "b c"])
                    .exclude(["c"])
                    .require(["a"])
                    .mode(0o755)
                    .created(file::Timestamp::from_unix_seconds(1)?)
                    .create_dest_path(),
            )
            .copy(file::Copy::new(made, "/made", "/").symbolic_mode("u+x").contents()),
    )?;
    let diff = graph.diff(Diff::new(alpine, files))?;
    let handed =
        graph.passthrough(Passthrough::new("gate").after(context).output(files).after(key).output(alpine))?;
    let built = graph.build(Build::new(handed[1]).filename("llb"))?;
    let merged = graph.merge(Merge::new([handed[0], built]).input(diff))?;
    graph.definition(merged)
}

fn check(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/goldens").join(name);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&path, text).expect("the golden can be written");
    }
    let golden = fs::read_to_string(&path).unwrap_or_default();
    assert!(golden == text, "{} differs from:\n{text}", path.display());
}

#[test]
fn text() {
    check("everything.txt", &everything().unwrap().to_text());
}

#[test]
fn mermaid() {
    check("everything.mmd", &everything().unwrap().to_mermaid());
}

#[test]
fn scratch() {
    assert_eq!(Definition::scratch().to_text(), "result scratch\n");
    assert_eq!(Definition::scratch().to_mermaid(), "flowchart TD\n  scratch[\"scratch\"]\n");
}
