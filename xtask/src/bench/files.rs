//! `cargo xtask bench files`: what many files cost in a build that changes nothing, against the external Dockerfile frontend
//! that takes all of them as they are. Clients send their list every time, and compare every name with what is left out.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use e2e::Engine;
use e2e::state::State;

use super::{interleaved, tell};
use crate::{engine, frontend, progress};

const FOLDERS: usize = 300;
const FILES_OF_EACH: usize = 100;

/// A project with many files, and the share of the Dockerfile frontend's time that a no-op rebuild may take.
struct Case {
    name: &'static str,
    /// What the many files are.
    many: (&'static str, &'static str),
    others: &'static [(&'static str, &'static str)],
    manifest: &'static str,
    dockerfile: &'static str,
    limit: f64,
}

const CASES: [Case; 3] = [
    Case {
        name: "explicit, a copy of the context",
        many: ("txt", "x\n"),
        others: &[],
        manifest: "stages:\n  run:\n    from: scratch\n    steps:\n      - copy: { from: context, to: /src }\n",
        dockerfile: "FROM scratch\nCOPY . /src\n",
        limit: 1.4,
    },
    Case {
        name: "go, one line",
        many: ("go", "package internal\n"),
        others: &[
            ("go.mod", "module slipway.test/files\n\ngo 1.26\n"),
            ("main.go", "package main\n\nfunc main() {}\n"),
        ],
        manifest: "",
        dockerfile: "FROM golang:1.26-bookworm\nWORKDIR /src\nCOPY . .\nRUN go build -o /app .\n",
        limit: 2.5,
    },
    Case {
        name: "node, one line",
        many: ("ts", "export {}\n"),
        others: &[
            (
                "package.json",
                r#"{ "name": "files", "version": "1.0.0", "scripts": { "start": "node index.js" } }"#,
            ),
            (
                "package-lock.json",
                r#"{ "name": "files", "version": "1.0.0", "lockfileVersion": 3, "packages": { "": { "name": "files", "version": "1.0.0" } } }"#,
            ),
            ("index.js", "console.log('here')\n"),
        ],
        manifest: "",
        dockerfile: "FROM node:24-bookworm-slim\nWORKDIR /app\nCOPY . .\nCMD [\"node\", \"index.js\"]\n",
        limit: 2.0,
    },
];

pub(super) fn run(name: &str, rounds: usize) -> Result<()> {
    let state = State::open()?;
    let _claim = engine::claim(&state, name)?;
    let engine = engine::up(&state, name)?;
    frontend::push(&engine)?;
    let folder = state.logs().join(format!("bench-files-{}", std::process::id()));
    let measured = CASES.iter().try_for_each(|case| {
        let folder = folder.join(case.many.0);
        write(&folder, case)?;
        measure(&engine, &folder, case, rounds)
    });
    fs::remove_dir_all(&folder)?;
    measured
}

fn write(folder: &Path, case: &Case) -> Result<()> {
    let (ending, content) = case.many;
    for at in 0..FOLDERS {
        let folder = folder.join(format!("packages/p{at}/internal"));
        fs::create_dir_all(&folder)?;
        for file in 0..FILES_OF_EACH {
            fs::write(folder.join(format!("file_{file}.{ending}")), content)?;
        }
    }
    for (file, content) in case.others {
        fs::write(folder.join(file), content)?;
    }
    fs::write(folder.join("slipway.yaml"), format!("# syntax=slipway/frontend:1\n{}", case.manifest))?;
    fs::write(folder.join("Dockerfile"), format!("# syntax=docker/dockerfile:1\n{}", case.dockerfile))?;
    Ok(())
}

fn measure(engine: &Engine, folder: &Path, case: &Case, rounds: usize) -> Result<()> {
    let files = ["slipway.yaml", "Dockerfile"];
    for file in files {
        progress::say(&format!("building {file} of `{}` once", case.name));
        engine.build(folder).file(file).run()?.success().with_context(|| file.to_owned())?;
    }
    let files = files.map(|file| (file, true));
    let [slipway, dockerfile] = interleaved(engine, folder, files, case.name, rounds)?;
    println!(
        "{}, {} files: slipway {slipway:.0} ms, docker/dockerfile {dockerfile:.0} ms",
        case.name,
        FOLDERS * FILES_OF_EACH
    );
    tell("of docker/dockerfile", slipway / dockerfile, case.limit);
    Ok(())
}
