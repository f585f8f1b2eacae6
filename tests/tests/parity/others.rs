//! As `tests/parity/others.go`.

use buildkit_llb::{
    Build, Diff, Exec, File, Graph, Image, Input, Local, Merge, Metadata, Network, Output, Passthrough,
    Platform, Position, ProgressGroup, Result, SourceFile, file, mount,
};

use crate::{Named, alpine, golang, image};

const YAML: &str = "from: alpine\nrun: true\ncopy: é\n";

fn manifest(name: &str) -> SourceFile {
    SourceFile::new(name, YAML, "YAML")
}

fn run(graph: &mut Graph, root: impl Into<Input>, arg: &str) -> Result<Output> {
    run_with(graph, root, arg, Metadata::new())
}

fn run_with(graph: &mut Graph, root: impl Into<Input>, arg: &str, metadata: Metadata) -> Result<Output> {
    graph.exec(Exec::new(root, [arg]).metadata(metadata))?.root()
}

fn alpine_with(graph: &mut Graph, metadata: Metadata) -> Result<Output> {
    Ok(graph.image(Image::new("alpine".parse()?).metadata(metadata)))
}

pub(crate) fn graphs() -> Vec<Named> {
    let mut all = merges_and_diffs();
    all.extend(metadata());
    all.extend(source_maps());
    all.extend(imports());
    all.extend(apps());
    all
}

fn merges_and_diffs() -> Vec<Named> {
    const SCRATCH: Input = Input::Scratch;
    vec![
        ("scratch", |_| Ok(SCRATCH)),
        ("merge", |g| {
            let layers = [alpine(g)?, golang(g)?];
            g.merge(Merge::new(layers))
        }),
        ("merge-three", |g| {
            let layers = [alpine(g)?, golang(g)?, image(g, "busybox")?];
            g.merge(Merge::new(layers).constraint("label==a"))
        }),
        ("merge-same-twice", |g| {
            let layers = [alpine(g)?, golang(g)?, alpine(g)?];
            g.merge(Merge::new(layers))
        }),
        ("merge-with-scratch", |g| {
            let layers = [SCRATCH, alpine(g)?.into(), SCRATCH, golang(g)?.into()];
            g.merge(Merge::new(layers))
        }),
        ("merge-of-one", |g| {
            let layers = [SCRATCH, alpine(g)?.into()];
            g.merge(Merge::new(layers))
        }),
        ("merge-of-none", |g| g.merge(Merge::new([SCRATCH, SCRATCH]))),
        ("merge-nested", |g| {
            let (alpine, golang) = (alpine(g)?, golang(g)?);
            let lower = g.merge(Merge::new([alpine, golang]))?;
            let upper = g.merge(Merge::new([golang, alpine]))?;
            g.merge(Merge::new([lower, upper]))
        }),
        ("diff", |g| {
            let lower = alpine(g)?;
            let upper = run(g, lower, "make")?;
            g.diff(Diff::new(lower, upper))
        }),
        ("diff-itself", |g| {
            let alpine = alpine(g)?;
            g.diff(Diff::new(alpine, alpine))
        }),
        ("diff-from-scratch", |g| {
            let alpine = alpine(g)?;
            g.diff(Diff::new(SCRATCH, alpine))
        }),
        ("diff-to-scratch", |g| {
            let alpine = alpine(g)?;
            g.diff(Diff::new(alpine, SCRATCH))
        }),
        ("diff-of-nothing", |g| g.diff(Diff::new(SCRATCH, SCRATCH))),
        ("build", |g| {
            let alpine = alpine(g)?;
            Ok(g.build(Build::new(alpine))?.into())
        }),
        ("build-filename", |g| {
            let alpine = alpine(g)?;
            let build = Build::new(alpine).filename("llb.pb").platform(Platform::linux_arm64());
            Ok(g.build(build)?.into())
        }),
        ("passthrough", |g| {
            let (alpine, golang, busybox) = (alpine(g)?, golang(g)?, image(g, "busybox")?);
            let gate = Passthrough::new("gate").output(alpine).after(golang).after(busybox);
            Ok(g.passthrough(gate)?[0].into())
        }),
        ("passthrough-outputs", |g| {
            let (alpine, golang, busybox) = (alpine(g)?, golang(g)?, image(g, "busybox")?);
            let both = Passthrough::new("id").after(golang).output(alpine).output(busybox);
            Ok(g.passthrough(both)?[1].into())
        }),
    ]
}

fn metadata() -> Vec<Named> {
    fn known(graph: &mut Graph, metadata: Metadata) -> Result<Input> {
        let alpine = alpine(graph)?;
        Ok(run_with(graph, alpine, "true", metadata)?.into())
    }
    vec![
        ("metadata-name", |g| {
            let name = Metadata::named("[1/1] RUN true")
                .describe("com.docker.dockerfile.v1.command", "RUN true")
                .describe("empty", "");
            known(g, name)
        }),
        ("metadata-ignore-cache", |g| known(g, Metadata::new().ignore_cache())),
        ("metadata-export-cache", |g| known(g, Metadata::new().export_cache(true))),
        ("metadata-no-export-cache", |g| known(g, Metadata::new().export_cache(false))),
        ("metadata-progress-group", |g| {
            let alpine = alpine(g)?;
            let group = ProgressGroup::new("id", "name");
            let a = run_with(g, alpine, "a", Metadata::new().progress_group(group.clone()))?;
            Ok(run_with(g, a, "b", Metadata::new().progress_group(group.weak()))?.into())
        }),
        ("metadata-merged", |g| {
            let one = Metadata::named("one").ignore_cache().progress_group(ProgressGroup::new("1", "one"));
            let two = Metadata::named("two")
                .export_cache(false)
                .progress_group(ProgressGroup::new("2", "two").weak());
            let a = alpine_with(g, one)?;
            let a = run(g, a, "a")?;
            let b = alpine_with(g, two)?;
            let b = run(g, b, "b")?;
            g.merge(Merge::new([a, b]))
        }),
    ]
}

fn source_maps() -> Vec<Named> {
    vec![
        ("source-map", |g| {
            let file = manifest("app.yaml");
            let alpine = alpine_with(g, Metadata::new().at(file.line(1)?))?;
            Ok(run_with(g, alpine, "true", Metadata::new().at(file.lines(2, 3)?))?.into())
        }),
        ("source-map-characters", |g| {
            let file = manifest("app.yaml");
            // The first range in bytes of the file, where `é` is two; the second by position.
            let place = file.span(18..22).and(file.range(Position::new(3, 6)?, Position::new(3, 7)?)?)?;
            assert_eq!(file.span(29..31).ranges(), &place.ranges()[1..]);
            let alpine = alpine(g)?;
            Ok(run_with(g, alpine, "true", Metadata::new().at(place))?.into())
        }),
        ("source-map-files", |g| {
            let (a, b) = (manifest("a.yaml"), manifest("b.yaml"));
            let alpine = alpine_with(g, Metadata::new().at(b.line(1)?))?;
            let both = Metadata::new().at(a.line(2)?).at(b.line(3)?);
            Ok(run_with(g, alpine, "true", both)?.into())
        }),
        ("source-map-equal-files", |g| {
            let alpine = alpine_with(g, Metadata::new().at(manifest("a.yaml").line(1)?))?;
            let place = manifest("a.yaml").line(2)?;
            Ok(run_with(g, alpine, "true", Metadata::new().at(place))?.into())
        }),
        ("source-map-equal-ops", |g| {
            let file = manifest("app.yaml");
            let a = alpine_with(g, Metadata::new().at(file.line(1)?))?;
            let b = alpine_with(g, Metadata::new().at(file.line(2)?))?;
            g.merge(Merge::new([a, b]))
        }),
        ("source-map-definition", |g| {
            let source = g.local(Local::new("dockerfile", "s")?.follow(["app.yaml"]));
            let file = manifest("app.yaml").definition(g.definition(source)?);
            let alpine = alpine(g)?;
            Ok(run_with(g, alpine, "true", Metadata::new().at(file.line(2)?))?.into())
        }),
    ]
}

fn imports() -> Vec<Named> {
    vec![
        ("import", |g| {
            let mut inner = Graph::new(Platform::linux_amd64());
            let base = alpine(&mut inner)?;
            let known = Metadata::named("inner").at(manifest("in.yaml").line(1)?);
            let step = run_with(&mut inner, base, "true", known)?;
            let imported = g.import(&inner.definition(step)?);
            let place = manifest("out.yaml").line(2)?;
            Ok(run_with(g, imported, "make", Metadata::new().at(place))?.into())
        }),
        ("import-output", |g| {
            let mut inner = Graph::new(Platform::linux_amd64());
            let base = alpine(&mut inner)?;
            let exec = Exec::new(base, ["true"]).mount(mount::Bind::output(Input::Scratch, "/out"));
            let out = inner.exec(exec)?.mount("/out")?;
            let imported = g.import(&inner.definition(out)?);
            let copy = file::Copy::new(imported, "/a", "/b");
            Ok(g.file(File::new(Input::Scratch).copy(copy))?.into())
        }),
    ]
}

fn apps() -> Vec<Named> {
    vec![
        ("deep", |g| {
            let mut step = alpine(g)?;
            for at in 0..300 {
                step = run(g, step, &format!("step {at}"))?;
            }
            Ok(step.into())
        }),
        ("wide", |g| {
            let base = alpine(g)?;
            let mut merge = Merge::new([base]);
            for at in 0..60 {
                let layer = run(g, base, &format!("layer {at}"))?;
                merge = merge.input(g.diff(Diff::new(base, layer))?);
            }
            g.merge(merge)
        }),
        ("app-go", |g| app_go(g, "linux/amd64")),
        ("app-node", app_node),
        ("app-platforms", |g| {
            let apps = [app_go(g, "linux/amd64")?, app_go(g, "linux/arm64")?];
            g.merge(Merge::new(apps))
        }),
    ]
}

/// A build on the build platform for a target platform.
fn app_go(g: &mut Graph, target: &str) -> Result<Input> {
    let file = manifest("app.yaml");
    let context = g.local(
        Local::new("context", "s")?
            .shared_key_hint("context")
            .exclude([".git", "*.md"])
            .named("[internal] load build context"),
    );
    let locks = g.local(Local::new("context", "s")?.shared_key_hint("deps").follow(["go.mod", "go.sum"]));
    let toolchain = g.image(
        Image::new("golang:1.26-bookworm".parse()?)
            .metadata(Metadata::named("[toolchain] golang").at(file.line(1)?)),
    );

    let deps = g.file(
        File::new(toolchain)
            .mkdir(file::Mkdir::new("/src", 0o755).parents())
            .copy(file::Copy::new(locks, "/go.mod", "/src/"))
            .copy(file::Copy::new(locks, "/go.sum", "/src/"))
            .named("[deps 1/2] copy"),
    )?;
    let download = g.exec(
        Exec::new(deps, ["go", "mod", "download"])
            .cwd("/src")
            .env("GOFLAGS", "-mod=mod")
            .mount(mount::Secret::new("netrc", "/run/secrets/netrc").optional())
            .mount(mount::Bind::output(Input::Scratch, "/go/pkg/mod"))
            .metadata(Metadata::named("[deps 2/2] go mod download").at(file.line(2)?)),
    )?;

    let app_dir = g.file(File::new(Input::Scratch).mkdir(file::Mkdir::new("/app", 0o755)))?;
    let modules = mount::Bind::read_only(download.mount("/go/pkg/mod")?, "/go/pkg/mod");
    let build = g.exec(
        Exec::new(toolchain, ["go", "build", "-trimpath", "-o", "/app/api", "./cmd/api"])
            .cwd("/src")
            .env("CGO_ENABLED", "0")
            .env("TARGET", target)
            .network(Network::None)
            .mount(mount::Bind::discard(context, "/src"))
            .mount(modules.content_cache(mount::ContentCache::Off))
            .mount(mount::Cache::new("go-build", "/root/.cache/go-build"))
            .mount(mount::Bind::output(app_dir, "/app").selector("/app"))
            .metadata(Metadata::named("[build] go build").at(file.line(3)?)),
    )?;

    let base = g.image(
        Image::new("gcr.io/distroless/static:nonroot".parse()?)
            .platform(target.parse()?)
            .named(format!("[{target} run] base")),
    );
    let layers = [base, build.mount("/app")?];
    g.merge(Merge::new(layers).named(format!("[{target} run] layers")))
}

fn app_node(g: &mut Graph) -> Result<Input> {
    fn npm(g: &mut Graph, root: Output, args: &[&str]) -> Result<Output> {
        let exec = Exec::new(root, ["npm"].iter().chain(args).copied())
            .cwd("/app")
            .env("NODE_ENV", "production")
            .env("npm_config_cache", "/cache")
            .mount(mount::Cache::new("npm", "/cache").sharing(mount::Sharing::Locked))
            .metadata(Metadata::new().at(manifest("app.yaml").line(2)?));
        g.exec(exec)?.root()
    }
    let node = Image::new("node:24-slim".parse()?);
    let node = g.image(node.metadata(Metadata::new().at(manifest("app.yaml").line(1)?)));
    let context = g.local(Local::new("context", "s")?.shared_key_hint("context").exclude(["node_modules"]));
    let locked = g.file(
        File::new(node)
            .copy(file::Copy::new(context, "/package.json", "/app/").create_dest_path())
            .copy(file::Copy::new(context, "/package-lock.json", "/app/")),
    )?;
    let deps = npm(g, locked, &["ci"])?;
    let production = npm(g, locked, &["ci", "--omit=dev"])?;
    let source = g.file(File::new(deps).copy(file::Copy::new(context, "/", "/app/").contents()))?;
    let built = npm(g, source, &["run", "build"])?;
    let tests = npm(g, source, &["test"])?;
    let app = g.file(
        File::new(Input::Scratch)
            .copy(
                file::Copy::new(built, "/app/dist", "/app/dist")
                    .create_dest_path()
                    .owner(file::Owner::ids(1000, 1000)),
            )
            .copy(file::Copy::new(tests, "/app/none", "/").allow_empty_wildcard()),
    )?;
    let installed = g.diff(Diff::new(locked, production))?;
    g.merge(Merge::new([node.into(), installed, app.into()]))
}
