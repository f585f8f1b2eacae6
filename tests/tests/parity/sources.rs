//! As `tests/parity/sources.go`.

use buildkit_llb::{
    Blob, Differ, Git, GitMtime, GitSignature, Graph, Http, Image, Input, Local, OciLayout, OciStore,
    Platform, RecordType, ResolveMode, Result,
};

use crate::Named;

const SHA: &str = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

fn image(graph: &mut Graph, change: impl FnOnce(Image) -> Image) -> Result<Input> {
    let image = Image::new("alpine".parse()?);
    Ok(graph.image(change(image)).into())
}

fn named(graph: &mut Graph, reference: &str) -> Result<Input> {
    Ok(graph.image(Image::new(reference.parse()?)).into())
}

fn local(graph: &mut Graph, change: impl FnOnce(Local) -> Local) -> Result<Input> {
    Ok(graph.local(change(Local::new("context", "s1")?)).into())
}

fn git(graph: &mut Graph, url: &str, change: impl FnOnce(Git) -> Git) -> Result<Input> {
    Ok(graph.git(change(Git::new(url)?))?.into())
}

fn http(graph: &mut Graph, change: impl FnOnce(Http) -> Http) -> Result<Input> {
    Ok(graph.http(change(Http::new("https://a.b/c")?))?.into())
}

fn at(name: &str) -> String {
    format!("{name}@{SHA}")
}

pub(crate) fn graphs() -> Vec<Named> {
    let mut all = images();
    all.extend(blobs());
    all.extend(locals());
    all.extend(gits());
    all.extend(https());
    all
}

fn images() -> Vec<Named> {
    vec![
        ("image", |g| named(g, "alpine")),
        ("image-tag", |g| named(g, "golang:1.26-bookworm")),
        ("image-digest", |g| named(g, &at("alpine"))),
        ("image-tag-digest", |g| named(g, &at("ghcr.io/a/b:c"))),
        ("image-registry-port", |g| named(g, "localhost:5000/a/b")),
        ("image-hub-owner", |g| named(g, "index.docker.io/a/b:1")),
        ("image-arm64", |g| image(g, |it| it.platform(Platform::linux_arm64()))),
        ("image-armv7", |g| {
            let arm: Platform = "linux/arm".parse()?;
            image(g, |it| it.platform(arm))
        }),
        ("image-windows", |g| {
            let windows: Platform = "windows(10.0.17763+win32k+a)/amd64".parse()?;
            image(g, |it| it.platform(windows))
        }),
        ("image-resolve-pull", |g| image(g, |it| it.resolve_mode(ResolveMode::ForcePull))),
        ("image-resolve-local", |g| image(g, |it| it.resolve_mode(ResolveMode::PreferLocal))),
        ("image-resolve-default", |g| image(g, |it| it.resolve_mode(ResolveMode::Default))),
        ("image-internal", |g| image(g, |it| it.record_type(RecordType::Internal))),
        ("image-frontend", |g| image(g, |it| it.record_type(RecordType::Frontend))),
        ("image-layer-limit", |g| image(g, |it| it.layer_limit(2))),
        ("image-checksum", |g| {
            let digest = SHA.parse()?;
            image(g, |it| it.checksum(digest))
        }),
        ("image-constraint", |g| image(g, |it| it.constraint("label==a").constraint("label==b"))),
    ]
}

fn blobs() -> Vec<Named> {
    vec![
        ("oci-layout", |g| Ok(g.oci_layout(OciLayout::new(at("a").parse()?)?).into())),
        ("oci-layout-store", |g| {
            let layout = OciLayout::new(at("a").parse()?)?
                .store(OciStore::new("session", "store"))
                .layer_limit(3)
                .platform(Platform::linux_arm64());
            Ok(g.oci_layout(layout).into())
        }),
        ("blob", |g| Ok(g.blob(Blob::image(&at("a.b/c").parse()?)?)?.into())),
        ("blob-file", |g| {
            let blob = Blob::image(&at("alpine").parse()?)?.filename("f").mode(0o640).owner(1, 2);
            Ok(g.blob(blob)?.into())
        }),
        ("blob-oci", |g| {
            let store = OciStore::new("session", "store");
            Ok(g.blob(Blob::oci_layout(&at("a.b/c").parse()?, store)?)?.into())
        }),
    ]
}

fn locals() -> Vec<Named> {
    vec![
        ("local-session", |g| local(g, |it| it)),
        ("local-unique", |g| Ok(g.local(Local::unique("context", "u1")?).into())),
        ("local-manifest", |g| {
            let local = Local::new("dockerfile", "s1")?
                .follow(["app.yaml", "app.yaml.dockerignore"])
                .shared_key_hint("dockerfile")
                .differ(Differ::None)
                .named("[internal] load build definition from app.yaml");
            Ok(g.local(local).into())
        }),
        ("local-patterns", |g| local(g, |it| it.include(["**/*.go", "go.mod"]).exclude(["!a", "b"]))),
        ("local-escapes", |g| {
            local(g, |it| it.include(["<a>&\"b\\c", "\u{8}\u{c}\n\r\t\0\u{1f}\u{7f}", "é\u{2028}\u{2029}😀"]))
        }),
        ("local-differ-required", |g| local(g, |it| it.require_differ(Differ::Metadata))),
        ("local-metadata-only", |g| local(g, |it| it.metadata_only([""; 0]))),
        ("local-metadata-only-except", |g| local(g, |it| it.metadata_only(["*.go"]))),
    ]
}

fn gits() -> Vec<Named> {
    vec![
        ("git", |g| git(g, "https://github.com/a/b.git", |it| it)),
        ("git-reference-subdir", |g| git(g, "https://github.com/a/b.git#main:x", |it| it)),
        ("git-reference", |g| git(g, "https://github.com/a/b.git", |it| it.reference("v1"))),
        ("git-subdir", |g| git(g, "https://github.com/a/b.git", |it| it.subdir("/x/../y"))),
        ("git-no-scheme", |g| git(g, "github.com/a/b#main", |it| it)),
        ("git-port-and-user", |g| git(g, "http://u:p@a.b:8080/c//d/", |it| it)),
        ("git-escaped-path", |g| git(g, "https://a.b/c%20d.git", |it| it)),
        ("git-scp", |g| {
            git(g, "git@github.com:a/b.git#main", |it| {
                it.known_ssh_host("a ssh-rsa AAAA\n").known_ssh_host("b")
            })
        }),
        ("git-ssh-agent", |g| git(g, "ssh://git@a.b/c.git", |it| it.known_ssh_host("a").ssh_agent("agent"))),
        ("git-keep-git-dir", |g| git(g, "https://a.b/c.git", Git::keep_git_dir)),
        ("git-checksum-mtime", |g| {
            git(g, "https://a.b/c.git#main", |it| it.checksum(COMMIT).mtime(GitMtime::Commit))
        }),
        ("git-mtime-checkout", |g| git(g, "https://a.b/c.git", |it| it.mtime(GitMtime::Checkout))),
        ("git-skip-submodules", |g| git(g, "https://a.b/c.git", Git::skip_submodules)),
        ("git-fetch-by-commit", |g| git(g, "https://a.b/c.git#main", |it| it.fetch_by_commit(COMMIT))),
        ("git-bundle", |g| {
            let bundle = Blob::image(&at("a.b/c").parse()?)?;
            git(g, "https://a.b/c.git", |it| it.bundle(bundle, COMMIT))
        }),
        ("git-bundle-oci", |g| {
            let store = OciStore::new("session", "store");
            let bundle = Blob::oci_layout(&at("a.b/c").parse()?, store)?;
            git(g, "https://a.b/c.git", |it| it.bundle(bundle, COMMIT))
        }),
        ("git-checkout-bundle", |g| git(g, "https://a.b/c.git#main", Git::checkout_bundle)),
        ("git-auth", |g| {
            git(g, "https://a.b/c.git", |it| it.auth_token_secret("token").auth_header_secret("header"))
        }),
        ("git-signature", |g| {
            let signature =
                GitSignature::by("KEY").reject_expired_keys().require_signed_tag().ignore_signed_tag();
            git(g, "https://a.b/c.git", |it| it.verify_signature(signature))
        }),
    ]
}

fn https() -> Vec<Named> {
    vec![
        ("http", |g| Ok(g.http(Http::new("https://a.b/c.tar.gz")?)?.into())),
        ("http-file", |g| {
            let http = Http::new("http://a.b/c?d=e#f")?.filename("g").mode(0o755).owner(3, 4);
            Ok(g.http(http)?.into())
        }),
        ("http-checksum", |g| {
            let digest = SHA.parse()?;
            http(g, |it| it.checksum(digest))
        }),
        ("http-headers", |g| {
            http(g, |it| it.auth_header_secret("header").accept("text/plain").user_agent("agent"))
        }),
        ("http-signature", |g| http(g, |it| it.verify_signature("KEY", "SIGNATURE"))),
    ]
}
