//! Building and marshalling graphs, against BuildKit's Go client: `cargo xtask bench llb`.
//!
//! Both sides build the same graphs, to the digest, each in a process of its own, in turns, so that a
//! busy machine slows both. Time is from the first call of the library to the bytes of the definition, by
//! the clock and on a processor (the Go side has several threads); memory is the process's peak.

#![expect(clippy::print_stdout, reason = "a table for a person; no stream here is a wire")]

use std::{
    path::Path,
    process::{Command, ExitCode},
    time::Instant,
};

use anyhow::{Context as _, Result, bail, ensure};
use buildkit_llb::{
    Exec, File, Graph, Image, Input, Local, Merge, Metadata, Output, Platform, SourceFile, VertexDigest,
    file, mount,
};
use buildkit_proto::Message as _;

/// Shape, vertices, rounds. The Go client takes quadratic time for deep graphs, so they end earlier.
const GRAPHS: [(&str, usize, usize); 5] =
    [("wide", 1_000, 15), ("wide", 10_000, 9), ("wide", 100_000, 5), ("deep", 1_000, 9), ("deep", 5_000, 3)];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let done = match &arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => compare(),
        ["one", shape, vertices] => one(shape, vertices),
        _ => Err(anyhow::anyhow!("usage: bench_llb [one wide|deep VERTICES]")),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            println!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// What one process says of its graph.
struct Measured {
    milliseconds: f64,
    on_processor: f64,
    mebibytes: f64,
    vertices: usize,
    digest: String,
}

fn compare() -> Result<()> {
    let ours = std::env::current_exe()?;
    let theirs = go_program()?;
    println!("medians; each side in turn");
    println!(
        "{:15}{:^29}{:^29}{:^29}",
        "", "milliseconds", "milliseconds on a processor", "peak memory, MiB"
    );
    println!("shape  vertices{}", "     ours       Go      ratio".repeat(3));
    for (shape, vertices, rounds) in GRAPHS {
        let mut sides = [Vec::new(), Vec::new()];
        for _ in 0..rounds {
            let size = vertices.to_string();
            sides[0].push(measure(Command::new(&ours).args(["one", shape, &size]))?);
            sides[1].push(measure(Command::new(&theirs).args(["bench", shape, &size]))?);
        }
        let [ours, theirs] = &sides;
        ensure!(
            ours[0].digest == theirs[0].digest && ours[0].vertices == theirs[0].vertices,
            "the two sides built different graphs"
        );
        print!("{shape:5} {:9}", ours[0].vertices);
        let columns: [fn(&Measured) -> f64; 3] =
            [|it| it.milliseconds, |it| it.on_processor, |it| it.mebibytes];
        for what in columns {
            let [ours, theirs] = [median(ours, what), median(theirs, what)];
            print!("{ours:9.1}{theirs:9.1}{:11.1}", theirs / ours);
        }
        println!();
    }
    Ok(())
}

fn median(side: &[Measured], what: impl Fn(&Measured) -> f64) -> f64 {
    let mut all: Vec<f64> = side.iter().map(what).collect();
    all.sort_by(f64::total_cmp);
    all[all.len() / 2]
}

fn measure(command: &mut Command) -> Result<Measured> {
    let output = command.output().with_context(|| format!("{command:?}"))?;
    ensure!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout)?;
    let [clock, processor, kibibytes, vertices, digest] = text.split_whitespace().collect::<Vec<_>>()[..]
    else {
        bail!("{command:?} said {text:?}");
    };
    Ok(Measured {
        milliseconds: clock.parse::<f64>()? / 1e6,
        on_processor: processor.parse::<f64>()? / 1e6,
        mebibytes: kibibytes.parse::<f64>()? / 1024.0,
        vertices: vertices.parse()?,
        digest: digest.to_owned(),
    })
}

fn go_program() -> Result<std::path::PathBuf> {
    let program = std::env::current_exe()?.with_file_name("parity");
    let status = Command::new("go")
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("parity"))
        .env("CGO_ENABLED", "0")
        .args(["build", "-modfile=../engine/go.mod", "-o"])
        .args([&program, Path::new(".")])
        .status()
        .context("the comparison needs Go")?;
    ensure!(status.success(), "go build failed");
    Ok(program)
}

fn one(shape: &str, vertices: &str) -> Result<()> {
    let vertices = vertices.parse()?;
    let (start, before) = (Instant::now(), processor()?);
    let mut graph = Graph::new(Platform::linux_amd64());
    let result = match shape {
        "wide" => wide(&mut graph, vertices)?,
        "deep" => deep(&mut graph, vertices)?,
        other => bail!("unknown shape {other:?}"),
    };
    let definition = graph.definition(result)?;
    let bytes = definition.as_pb().encode_to_vec();
    let (spent, used) = (start.elapsed().as_nanos(), processor()? - before);
    ensure!(!bytes.is_empty());
    let def = &definition.as_pb().def;
    let digest = VertexDigest::of(def.last().context("a definition has a last op")?);
    println!("{spent} {used} {} {} {digest}", peak()?, def.len());
    Ok(())
}

/// How long this process has run, in nanoseconds; it has one thread.
fn processor() -> Result<u64> {
    let text = std::fs::read_to_string("/proc/self/schedstat")?;
    Ok(text.split_whitespace().next().context("a kernel that tells")?.parse()?)
}

fn peak() -> Result<String> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).context("a kernel that tells")?;
    Ok(line.trim().trim_end_matches(" kB").to_owned())
}

struct Sources {
    context: Output,
    manifest: SourceFile,
}

fn sources(graph: &mut Graph) -> Result<(Output, Sources)> {
    let base = graph.image(Image::new("alpine".parse()?));
    let context = graph.local(Local::new("context", "s")?);
    let manifest = SourceFile::new("app.yaml", "from: alpine\nrun: true\ncopy: é\n", "YAML");
    Ok((base, Sources { context, manifest }))
}

fn step(graph: &mut Graph, base: Output, sources: &Sources, at: usize) -> Result<Output> {
    let number = at.to_string();
    let run = graph.exec(
        Exec::new(base, ["make", "-C", "/src", &format!("target-{number}")])
            .cwd("/src")
            .env("CGO_ENABLED", "0")
            .env("TARGET", &number)
            .mount(mount::Bind::read_only(sources.context, "/src"))
            .mount(mount::Cache::new("cache", "/root/.cache"))
            .metadata(Metadata::named(format!("[build {number}] make")).at(sources.manifest.line(2)?)),
    )?;
    let copy = file::Copy::new(sources.context, format!("/file-{number}"), "/app/").create_dest_path();
    let known = Metadata::named(format!("[copy {number}]")).at(sources.manifest.line(3)?);
    Ok(graph.file(File::new(run.root()?).copy(copy).metadata(known))?)
}

/// Many short builds of one base, merged a hundred at a time.
fn wide(graph: &mut Graph, vertices: usize) -> Result<Input> {
    let (base, sources) = sources(graph)?;
    let mut all = Merge::new([Input::Scratch; 0]);
    let mut group = Vec::new();
    for at in 0..vertices / 2 {
        group.push(step(graph, base, &sources, at)?);
        if group.len() == 100 {
            all = all.input(graph.merge(Merge::new(std::mem::take(&mut group)))?);
        }
    }
    for rest in group {
        all = all.input(rest);
    }
    Ok(graph.merge(all)?)
}

/// One long build.
fn deep(graph: &mut Graph, vertices: usize) -> Result<Input> {
    let (mut last, sources) = sources(graph)?;
    for at in 0..vertices / 2 {
        last = step(graph, last, &sources, at)?;
    }
    Ok(last.into())
}
