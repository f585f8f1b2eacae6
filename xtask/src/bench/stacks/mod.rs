//! `cargo xtask bench stacks`: the examples from their one-line manifests, and from two Dockerfiles each, which are in
//! `tests/bench/stacks/`.
//!
//! All three are built by the same engine in turn, and every build ends in the registry, as a CI job's does. No two
//! edits are the same, so that nobody finds what another has built. Fresh runners are engines of their own.

mod examples;
mod figures;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use e2e::image::Layer;
use e2e::project::unique;
use e2e::state::State;
use e2e::{Engine, Project, Run};

use self::examples::{EXAMPLES, Example};
use self::figures::{Cell, Row, Way};
use super::median;
use crate::{engine, frontend, progress, root};

pub(super) fn run(name: &str, only: &[String], rounds: usize) -> Result<()> {
    ensure!(rounds > 0, "a median needs a round");
    let known: Vec<&str> = EXAMPLES.iter().map(|example| example.name).collect();
    for name in only {
        ensure!(
            known.contains(&name.as_str()),
            "no example `{name}` is measured; there are {}",
            known.join(", ")
        );
    }
    let state = State::open()?;
    let _claim = engine::claim(&state, name)?;
    let engine = engine::up(&state, name)?;
    frontend::push(&engine)?;
    let mut rows = Vec::new();
    for example in
        EXAMPLES.iter().filter(|example| only.is_empty() || only.iter().any(|name| name == example.name))
    {
        let bench = Bench { engine: &engine, example };
        let measured = bench.measure(rounds).with_context(|| example.name)?;
        // Whoever stops it has what was measured.
        progress::say(&format!("{}\n{}", example.name, figures::table(&measured)));
        rows.extend(measured);
    }
    println!("{}\n{}", figures::table(&rows), figures::verdicts(&rows));
    Ok(())
}

struct Bench<'a> {
    engine: &'a Engine,
    example: &'static Example,
}

/// What a build took and what it made.
struct Built {
    seconds: f64,
    layers: Vec<Layer>,
}

impl Bench<'_> {
    fn measure(&self, rounds: usize) -> Result<Vec<Row>> {
        let original = Project::example(self.example.name)?;
        self.compare_answers(&original)?;
        let cold = each(0, |way| Ok(self.on_empty(&original, way, None)?.seconds))?;
        let first = each(0, |way| self.build(self.engine, &original, way, Some("to")))?;
        let mut rows = vec![self.row(Cell::Cold, cold), self.row(Cell::Size, first.each_ref().map(size))];
        let mut pushed = Vec::new();
        let mut times = [Cell::NoOp, Cell::Source, Cell::Dependency, Cell::Runner]
            .map(|cell| (cell, [(); 3].map(|()| Vec::new())));
        for round in 1..=rounds {
            progress::say(&format!("{}: round {round} of {rounds}", self.example.name));
            for (cell, times) in &mut times {
                let built = each(round, |way| self.changed(*cell, &original, way))?;
                for (times, built) in times.iter_mut().zip(&built) {
                    times.push(built.seconds);
                }
                if *cell == Cell::Source {
                    pushed.push(built);
                }
            }
        }
        rows.extend(times.map(|(cell, times)| self.row(cell, times.map(median))));
        if let Some(after) = pushed.first() {
            let [slipway, expert, typical] = [0, 1, 2].map(|way: usize| new_bytes(&first[way], &after[way]));
            rows.push(self.row(Cell::Pushed, [slipway, expert, typical]));
        }
        rows.sort_by_key(|row| row.cell);
        Ok(rows)
    }

    fn row(&self, cell: Cell, figures: [f64; 3]) -> Row {
        Row { example: self.example.name, cell, figures }
    }

    fn changed(&self, cell: Cell, original: &Project, way: Way) -> Result<Built> {
        let changed = Project::copy_of(original.path())?;
        match cell {
            Cell::Source | Cell::Runner => self.example.edit_source(&changed, &unique())?,
            Cell::Dependency => (self.example.edit_dependencies)(&changed, &unique())?,
            Cell::Cold | Cell::NoOp | Cell::Size | Cell::Pushed => {}
        }
        if cell == Cell::Runner {
            self.on_empty(&changed, way, Some("from"))
        } else {
            self.build(self.engine, &changed, way, None)
        }
    }

    fn on_empty(&self, project: &Project, way: Way, cache: Option<&str>) -> Result<Built> {
        let empty = self.engine.empty()?;
        let built = self.build(&empty, project, way, cache);
        drop(empty);
        // All that it had is removed, and whatever is built next would wait for the disk.
        ensure!(Command::new("sync").status().context("sync")?.success(), "sync failed");
        built
    }

    fn file(&self, way: Way, project: &Project) -> PathBuf {
        match way {
            Way::Slipway => project.path().join("slipway.yaml"),
            Way::Expert | Way::Typical => root()
                .join("tests/bench/stacks")
                .join(self.example.name)
                .join(format!("{}.Dockerfile", way.name())),
        }
    }

    /// `cache` is `from` or `to`.
    fn build(&self, engine: &Engine, project: &Project, way: Way, cache: Option<&str>) -> Result<Built> {
        let repository = engine.pushed(&format!("bench/{}-{}", self.example.name, way.name()));
        let mut args = vec![
            format!("--file={}", self.file(way, project).display()),
            format!("--output=type=image,name={repository}:built,push=true"),
            "--provenance=false".to_owned(),
        ];
        args.extend(cache.map(|direction| {
            let mode = if direction == "to" { ",mode=max" } else { "" };
            format!("--cache-{direction}=type=registry,ref={repository}:cache{mode}")
        }));
        let build = engine.build(project.path()).args(args.iter().map(String::as_str));
        let outcome = build.run()?.success().with_context(|| way.name())?;
        let layers = engine.layers(&format!("{repository}:built"))?;
        Ok(Built { seconds: outcome.elapsed.as_secs_f64(), layers })
    }

    /// Only images that do the same are compared.
    fn compare_answers(&self, original: &Project) -> Result<()> {
        progress::say(&format!("{}: building and asking all three", self.example.name));
        let (port, path) = self.example.question;
        let answers = each(0, |way| {
            let file = self.file(way, original).display().to_string();
            let (image, _) = self.engine.build(original.path()).args(["--file", &*file]).image()?;
            let run = Run { tmpfs: vec!["/tmp".to_owned()], ..Run::default() };
            image.start(&run)?.get(port, path, std::time::Duration::from_mins(1)).with_context(|| way.name())
        })?;
        ensure!(
            answers.iter().all(|answer| *answer == answers[0]),
            "the images answer differently: {answers:?}"
        );
        Ok(())
    }
}

/// Each way in turn, another one first in every round: what goes before a build is a part of what it meets.
fn each<T>(round: usize, mut work: impl FnMut(Way) -> Result<T>) -> Result<[T; 3]> {
    let mut done = Vec::new();
    for turn in 0..Way::ALL.len() {
        let way = Way::ALL[(round + turn) % Way::ALL.len()];
        done.push((way, work(way)?));
    }
    done.sort_by_key(|(way, _)| *way);
    let done: Vec<T> = done.into_iter().map(|(_, done)| done).collect();
    done.try_into().ok().context("three ways give three answers")
}

fn size(built: &Built) -> f64 {
    sum(built.layers.iter())
}

/// Of the layers that the registry does not have yet.
fn new_bytes(before: &Built, after: &Built) -> f64 {
    let known: BTreeSet<&str> = before.layers.iter().map(|layer| layer.digest.as_str()).collect();
    sum(after.layers.iter().filter(|layer| !known.contains(layer.digest.as_str())))
}

#[expect(clippy::cast_precision_loss, reason = "no image has so many bytes")]
fn sum<'a>(layers: impl Iterator<Item = &'a Layer>) -> f64 {
    layers.map(|layer| layer.size).sum::<u64>() as f64
}
