//! What is detected in each of the small projects of `detection.txt`: its stack, version and package manager with
//! their reasons, or the diagnostic; and what is planned for each of `python.txt`. `UPDATE_GOLDEN=1` rewrites what was expected.
//!
//! A project is a block of lines. `= NAME` begins it; `PATH` or `PATH: TEXT` is a file, `\n` in the text a new line and `\t` a tab;
//! `slipway.yaml` is the manifest below its first line, and `?` asks for more than is always told: decisions and stages by
//! their names, and `exclude` for what is left out of the context. `->` is what is expected, and `!` what is said about
//! mistakes. Every plan is a manifest that says the same.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]
#![allow(clippy::disallowed_methods, reason = "tests read files")]

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use buildkit_gateway::contexts::dockerignore::Ignore;
use slipway::catalog::Catalog;
use slipway::diagnostic::{Diagnostics, Place};
use slipway::expand::{Expanded, expand};
use slipway::facts::{Decision, Project};
use slipway::manifest::Manifest;
use slipway::plan::{Base, BindMount, Mount, Plan, Stage, Step, Text, print};
use slipway::source::Source;
use slipway::span::Spanned;
use slipway::stacks;

const TOLD: &[&str] = &["stack", "version", "package_manager"];

struct Tree {
    name: String,
    files: Vec<(String, String)>,
    /// What is told besides.
    asked: Vec<String>,
}

/// The trees with the lines between them, as they stand in the file.
fn trees(text: &str) -> Vec<(Tree, String)> {
    let mut trees: Vec<(Tree, String)> = Vec::new();
    for line in text.lines() {
        if let Some(name) = line.strip_prefix("= ") {
            trees.push((Tree { name: name.to_owned(), files: Vec::new(), asked: Vec::new() }, String::new()));
        }
        let Some((tree, written)) = trees.last_mut() else { continue };
        if line.starts_with("->") || line.starts_with('!') || line.is_empty() {
            continue;
        }
        writeln!(written, "{line}").unwrap();
        if let Some(asked) = line.strip_prefix("? ") {
            tree.asked.extend(asked.split(", ").map(str::to_owned));
        } else if !line.starts_with("= ") {
            let (path, text) = line.split_once(": ").unwrap_or((line, ""));
            tree.files.push((path.to_owned(), text.replace("\\n", "\n").replace("\\t", "\t")));
        }
    }
    trees
}

/// What a tree becomes, and what is said about it, a line each.
fn expanded(tree: &Tree) -> (Option<Expanded>, Vec<String>) {
    let manifest = tree.files.iter().find(|(path, _)| path == "slipway.yaml").map_or("", |(_, text)| text);
    let mut diagnostics = Diagnostics::default();
    let manifest = format!("# syntax=slipway/frontend:1\n{manifest}\n");
    let source = Source::new("slipway.yaml", manifest.as_bytes(), &mut diagnostics);
    let manifest = Manifest::parse(&source, &mut diagnostics);
    assert!(!diagnostics.has_errors(), "{}: {}", tree.name, diagnostics.error_message(&source));
    let conclude = |is_there: &dyn Fn(&str) -> bool| {
        let files = tree.files.iter().filter(|(path, _)| is_there(path));
        let project = Project::of_files(files.map(|(path, text)| (path.as_str(), text.as_str())));
        project.conclude(|project| {
            let mut diagnostics = Diagnostics::default();
            let catalog = Catalog::shipped();
            let expanded =
                expand(&manifest.apps[0], project, &catalog, source.first_line(), &mut diagnostics);
            (expanded, diagnostics)
        })
    };
    let (expanded, diagnostics) = conclude(&|_| true);
    // The command line sees all files, an engine loads those that detection may ask for.
    let loaded =
        ["**".to_owned()].into_iter().chain(stacks::files().into_iter().map(|file| format!("!{file}")));
    let loaded = Ignore::new(loaded.collect());
    let (of_engine, said_of_engine) = conclude(&|path| !loaded.hides(path));
    assert_eq!(diagnostics, said_of_engine, "{}", tree.name);
    let (all, some) = (expanded.as_ref(), of_engine.as_ref());
    assert_eq!(all.map(|all| &all.plan), some.map(|some| &some.plan), "{}", tree.name);
    assert!(expanded.is_some() || diagnostics.has_errors(), "{}: an app or a mistake", tree.name);
    let said =
        diagnostics.sorted().into_iter().map(|diagnostic| diagnostic.render(&source)).collect::<Vec<_>>();
    let said = said.iter().flat_map(|said| said.lines()).map(|line| format!("! {line}"));
    (expanded, said.collect())
}

fn detected(tree: &Tree) -> Vec<String> {
    let (expanded, said) = expanded(tree);
    let plan = expanded.as_ref().map(|expanded| printed(tree, &expanded.plan)).unwrap_or_default();
    let excluded = expanded.as_ref().filter(|_| tree.asked.iter().any(|name| name == "exclude"));
    let excluded = excluded.map(|expanded| left_out(&expanded.plan)).unwrap_or_default();
    let decisions = expanded.map(|expanded| expanded.decisions).unwrap_or_default();
    let told = TOLD.iter().copied().chain(tree.asked.iter().map(String::as_str));
    let told = told.filter_map(|name| decisions.iter().find(|decision| decision.name == name));
    let told = told.map(|Decision { name, value, reason, place, .. }| match place {
        Some(Place::File { path, line }) => format!("-> {name} {value}: {reason} ({path}:{line})"),
        Some(Place::Manifest(_)) => format!("-> {name} {value}: {reason} (slipway.yaml)"),
        None => format!("-> {name} {value}: {reason}"),
    });
    let stages = tree.asked.iter().flat_map(|name| stage(&plan, name)).map(|line| format!("-> {line}"));
    told.chain(stages).chain(excluded).chain(said).collect()
}

/// The plan as a manifest, which is the same plan when it is read.
fn printed(tree: &Tree, plan: &Plan) -> String {
    let mut diagnostics = Diagnostics::default();
    let printed = print(plan, "");
    let source = Source::new("slipway.yaml", printed.as_bytes(), &mut diagnostics);
    let again = Manifest::parse(&source, &mut diagnostics).apps[0].explicit_plan();
    assert!(!diagnostics.has_errors(), "{}: {}", tree.name, diagnostics.error_message(&source));
    assert_eq!(again.as_ref(), Some(plan), "{}", tree.name);
    printed
}

/// The lines of a stage in a printed plan.
fn stage<'a>(plan: &'a str, name: &str) -> Vec<&'a str> {
    let first = format!("  {name}:");
    let mut lines = plan.lines().skip_while(|line| *line != first);
    let first = lines.next();
    first.into_iter().chain(lines.take_while(|line| line.starts_with("   "))).collect()
}

/// What each stage leaves out of the context.
fn left_out(plan: &Plan) -> Vec<String> {
    let line = |stage: &Stage, patterns: &[Spanned<Text>]| {
        let patterns: Vec<_> = patterns.iter().map(|pattern| pattern.value.to_string()).collect();
        format!("-> exclude in {}: {}", stage.name.value.as_str(), patterns.join(" "))
    };
    let of = |stage: &Stage| {
        let mounts = stage.mounts.iter().filter_map(|mount| {
            let Mount::Bind(bind) = &mount.value else { return None };
            (bind.from.value == Base::Context).then(|| line(stage, &bind.exclude))
        });
        let steps = stage.steps.iter().filter_map(|step| {
            let Step::Copy(copy) = &step.value else { return None };
            (copy.from.value == Base::Context).then(|| line(stage, &copy.exclude))
        });
        mounts.chain(steps).collect::<Vec<_>>()
    };
    plan.stages.iter().flat_map(of).collect()
}

/// The stages that install, build and test, a line for what each sees and for each of its steps.
fn planned(tree: &Tree) -> Vec<String> {
    let (expanded, said) = expanded(tree);
    let mut lines = Vec::new();
    for decision in expanded.iter().flat_map(|expanded| &expanded.decisions) {
        if matches!(decision.name, "entrypoint" | "project" | "static_files") {
            lines.push(format!("-> {}: {}", decision.name, decision.value));
        }
    }
    for stage in expanded.iter().flat_map(|expanded| &expanded.plan.stages) {
        let name = stage.name.value.as_str();
        if matches!(name, "build-system" | "run") {
            continue;
        }
        let working_dir = stage.working_dir.as_ref().map(|folder| folder.value.to_string());
        let told = ["PYTHONPATH", "PIP_INDEX_URL", "UV_DEFAULT_INDEX", "UV_INDEX", "UV_INDEX_STRATEGY"];
        let variables = stage.environment.iter().filter(|one| told.contains(&one.name.value.as_str()));
        let variables: Vec<_> = variables.map(|one| format!("{}={}", one.name.value, one.value)).collect();
        if name == "tools" && variables.is_empty() {
            continue;
        }
        let told: Vec<_> = working_dir.into_iter().chain(variables).collect();
        lines.push(format!("-> {name}: in {}", told.join(" ")));
        for mount in &stage.mounts {
            if let Mount::Bind(BindMount { from, source, include, exclude, target: Some(to), .. }) =
                &mount.value
            {
                let source = source.as_ref().map(|folder| format!("/{}", folder.value)).unwrap_or_default();
                let patterns = patterns(include, exclude);
                lines.push(format!("-> {name}: sees {}{source}{patterns} at {}", from.value, to.value));
            }
        }
        for step in &stage.steps {
            lines.push(match &step.value {
                Step::Run(run) => {
                    let words = run.argv.iter().map(ToString::to_string);
                    let words = words.map(|word| word.lines().next().unwrap_or_default().to_owned());
                    format!("-> {name}: run {}", words.collect::<Vec<_>>().join(" "))
                }
                Step::Copy(copy) => {
                    format!("-> {name}: copy{} to {}", patterns(&copy.include, &copy.exclude), copy.to.value)
                }
                Step::DependsOn(other) => format!("-> {name}: after {}", other.value),
                Step::File(_) | Step::Mkdir(_) | Step::Symlink(_) | Step::Remove(_) => continue,
            });
        }
    }
    lines.extend(said);
    lines
}

/// Those that say something of one project.
fn patterns(include: &[Spanned<Text>], exclude: &[Spanned<Text>]) -> String {
    let words = |list: &[Spanned<Text>]| list.iter().map(|text| text.value.to_string()).collect::<Vec<_>>();
    let excluded = words(exclude).into_iter().take_while(|pattern| *pattern != "uv.lock");
    let excluded = excluded.map(|pattern| format!("-{pattern}"));
    let all = words(include).into_iter().chain(excluded).filter(|pattern| !pattern.contains("**/"));
    let all: Vec<_> = all.map(|pattern| format!(" {pattern}")).collect();
    all.concat()
}

#[test]
fn every_project_is_what_it_looks_like() {
    walk("detection.txt", detected);
}

#[test]
fn every_project_of_python_is_built_as_it_says() {
    walk("python.txt", planned);
}

fn walk(name: &str, say: impl Fn(&Tree) -> Vec<String>) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(name);
    let expected = fs::read_to_string(&file).unwrap();
    let trees = trees(&expected);
    let names: BTreeSet<&str> = trees.iter().map(|(tree, _)| tree.name.as_str()).collect();
    assert_eq!(names.len(), trees.len(), "two projects have one name");
    let mut said = String::new();
    for (tree, written) in &trees {
        let found = say(tree);
        assert!(!found.is_empty(), "{}: nothing is said", tree.name);
        writeln!(said, "{written}{}\n", found.join("\n")).unwrap();
    }
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&file, &said).unwrap();
    } else if said != expected {
        let pairs = said.split("\n\n").zip(expected.split("\n\n"));
        let wrong: Vec<_> = pairs.filter(|(said, expected)| said != expected).map(|(said, _)| said).collect();
        panic!("{}\n\nUPDATE_GOLDEN=1 rewrites what was expected", wrong.join("\n\n"));
    }
}
