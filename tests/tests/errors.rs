//! What a user reads when a build fails: each folder of `tests/cases/errors` is a project that cannot be built,
//! with the end of what `docker buildx build` prints in `expected.txt`.
//!
//! A case without a manifest has that of its name in `frontend/tests/manifests/broken`.
//! `args` has more arguments, one a line; `make.sh` makes files that do not belong into a repository.
//! `@REGISTRY@` stands for the engine's registry. `UPDATE_GOLDEN=1` rewrites what is expected.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::time::Duration;

use e2e::{Engine, Project};
use slipway::rules::{Rule, Severity};

/// Files of a case that are not the project's.
const ABOUT: [&str; 3] = ["args", "expected.txt", "make.sh"];

fn cases() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("cases/errors")
}

/// Manifests with one mistake each, of every rule that needs nothing else.
fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../frontend/tests/manifests/broken")
}

/// Rules of errors that no build here can break.
const NOT_OF_BUILDS: [(Rule, &str); 5] = [
    (Rule::AlreadyWritten, "of the call `init`"),
    (Rule::InvalidOp, "what the graph library refuses, and the manifest could not say before"),
    (Rule::UnsupportedStack, "of stacks that a later version has"),
    (Rule::UnsupportedFeature, "of engines that are older than that of the tests"),
    (Rule::DuplicateStage, "YAML itself refuses the key that is written twice"),
];

#[test]
fn every_rule_is_broken_by_a_case() {
    let told: String = std::fs::read_dir(cases())
        .unwrap()
        .map(|case| std::fs::read_to_string(case.unwrap().path().join("expected.txt")).unwrap_or_default())
        .collect();
    let errors = Rule::ALL.iter().filter(|rule| rule.severity() == Severity::Error);
    let missing: Vec<&str> = errors
        .filter(|rule| !NOT_OF_BUILDS.iter().any(|(excused, _)| excused == *rule))
        .map(|rule| rule.name())
        .filter(|name| !told.contains(&format!(" {name}: ")))
        .collect();
    assert!(missing.is_empty(), "no case breaks {}", missing.join(", "));
}

#[test]
fn every_mistake_is_told_as_expected() {
    let engine = Engine::connect();
    let mut names = BTreeSet::new();
    for entry in std::fs::read_dir(cases()).unwrap() {
        let entry = entry.unwrap();
        assert!(entry.file_type().unwrap().is_dir(), "{:?} is not a case", entry.path());
        names.insert(entry.file_name().into_string().unwrap());
    }
    let (rest, wrong) = (Mutex::new(names.into_iter()), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                while let Some(name) = { rest.lock().unwrap().next() } {
                    if let Err(problem) = check(&engine, &name) {
                        wrong.lock().unwrap().push(format!("== {name}: {problem}"));
                    }
                }
            });
        }
    });
    let wrong = wrong.into_inner().unwrap();
    assert!(wrong.is_empty(), "{}\n\n{} cases are wrong", wrong.join("\n\n"), wrong.len());
}

fn check(engine: &Engine, name: &str) -> Result<(), String> {
    let case = cases().join(name);
    let (project, args) = prepare(engine, &case).map_err(|error| format!("{error:#}"))?;
    let build = engine.build(project.path()).file("slipway.yaml").args(args.iter().map(String::as_str));
    let build = build.args(["--progress=plain", "--output=type=cacheonly"]).limit(Duration::from_mins(3));
    let outcome = build.run().map_err(|error| format!("{error:#}"))?;
    if outcome.ok {
        return Err("it was built".to_owned());
    }
    let told = normalised(&outcome.message, engine, project.path());
    let file = case.join("expected.txt");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&file, &told).map_err(|error| error.to_string())?;
    }
    if let Some(complaint) = complain(&told) {
        return Err(format!("{complaint}:\n{told}"));
    }
    let expected = std::fs::read_to_string(&file)
        .map_err(|error| format!("{}: {error}; UPDATE_GOLDEN=1 makes it", file.display()))?;
    if told == expected { Ok(()) } else { Err(format!("expected\n{expected}\ngot\n{told}")) }
}

fn prepare(engine: &Engine, case: &Path) -> anyhow::Result<(Project, Vec<String>)> {
    let project = Project::copy_of(case)?;
    if case.join("make.sh").exists() {
        let made = Command::new("sh").arg("make.sh").current_dir(project.path()).status()?;
        anyhow::ensure!(made.success(), "make.sh: {made}");
    }
    let broken = corpus().join(case.file_name().unwrap_or_default()).with_extension("yaml");
    if !project.path().join("slipway.yaml").exists() && broken.exists() {
        std::fs::copy(broken, project.path().join("slipway.yaml"))?;
    }
    let args = std::fs::read_to_string(case.join("args")).unwrap_or_default();
    for file in ABOUT {
        let _ = std::fs::remove_file(project.path().join(file));
    }
    if let Ok(text) = project.read("slipway.yaml") {
        let registry = engine.pushed("");
        project.write("slipway.yaml", &text.replace("@REGISTRY@", registry.trim_end_matches('/')))?;
    }
    Ok((project, args.lines().map(str::to_owned).collect()))
}

/// What no message may be like, whatever it says.
fn complain(told: &str) -> Option<&'static str> {
    let marks = |line: &str| line.contains(" | >>>");
    if !told.lines().any(|line| line.starts_with("ERROR: failed to build: failed to solve: ")) {
        return Some("it does not say what is wrong");
    }
    if told.to_lowercase().contains("dockerfile") {
        return Some("it speaks of Dockerfiles");
    }
    if told.lines().any(|line| marks(line) && line.contains("# syntax=")) {
        return Some("it blames the line that names the frontend");
    }
    None
}

/// Without progress, and without what differs from run to run.
fn normalised(stderr: &str, engine: &Engine, folder: &Path) -> String {
    let progress = |line: &&str| {
        let number = line.strip_prefix('#').map(|rest| rest.trim_start_matches(|c: char| c.is_ascii_digit()));
        // The client's log, when its session ends before the engine is done with it.
        let session = line.contains(" http2: server");
        line.is_empty() || session || number.is_some_and(|rest| rest.starts_with(' ') || rest.is_empty())
    };
    let lines = stderr.lines().filter(|line| !progress(line)).map(|line| {
        let line = line.replace(&engine.pushed(""), "@REGISTRY@/").replace(&engine.registry, "@REGISTRY@");
        let line = line.replace(&folder.display().to_string(), "@FOLDER@");
        // Which of the two words the client says depends on which of its two streams ends first.
        let line = line
            .replace("failed to build: failed to run Build function:", "failed to build: failed to solve:");
        format!("{}\n", without_digests(&without_times(&line)))
    });
    lines.collect()
}

/// The log of a step has the seconds since its start before each line, and `go test` tells of its own.
fn without_times(line: &str) -> String {
    let is_time = |word: &str| {
        let Some((whole, part)) = word.split_once('.') else { return false };
        !whole.is_empty() && [whole, part].concat().bytes().all(|c| c.is_ascii_digit())
    };
    let line = line
        .split_once(' ')
        .filter(|(first, _)| is_time(first))
        .map_or(line, |(first, _)| &line[first.len()..]);
    let between = [' ', '\t', '(', ')'];
    let words =
        line.split_inclusive(between).map(|word| match word.trim_end_matches(between).strip_suffix('s') {
            Some(time) if is_time(time) => word.replace(time, "@TIME@"),
            _ => word.to_owned(),
        });
    words.collect()
}

fn without_digests(line: &str) -> String {
    let mut parts = line.split("sha256:");
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let rest = part.trim_start_matches(|c: char| c.is_ascii_hexdigit());
        // A digest that a case made up is what its message is about.
        let is_digest = part.len() - rest.len() == 64 && !part.starts_with("0123456789");
        text += if is_digest { "sha256:@DIGEST@" } else { "sha256:" };
        text += if is_digest { rest } else { part };
    }
    text
}
