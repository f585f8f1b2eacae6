//! Every manifest under `manifests/` has beside it what is said about it: `broken/NAME.yaml` the message
//! in `NAME.txt`, `valid/NAME.yaml` its warnings and its plan in `NAME.txt`. `UPDATE_GOLDEN=1` rewrites them.

#![expect(clippy::disallowed_methods, reason = "the corpus is files")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use slipway::diagnostic::{Diagnostics, render_all};
use slipway::directives::Directives;
use slipway::manifest::{App, Manifest};
use slipway::plan::{check, print};
use slipway::source::Source;

#[test]
fn broken_manifests_say_what_is_wrong() {
    walk("broken", |name, bytes| {
        let (source, _, diagnostics) = read(name, bytes);
        render_all(&diagnostics.sorted(), &source) + "\n"
    });
}

#[test]
fn valid_manifests_are_read_and_their_plans_read_back() {
    walk("valid", |name, bytes| {
        let (source, manifest, diagnostics) = read(name, bytes);
        assert!(!diagnostics.has_errors(), "{}", diagnostics.error_message(&source));
        let warnings =
            diagnostics.warnings().iter().map(|warning| warning.render(&source) + "\n").collect::<String>();
        let app = |app: &App| {
            let name = app.name.as_ref().map_or("the app", |name| name.value.as_str());
            let stack = app.stack.as_ref().map_or("no stack", |stack| stack.value.as_str());
            let header = format!("# {name}: {stack}");
            let Some(plan) = app.explicit_plan() else { return header + "\n" };
            let printed = print(&plan, &header);
            let (source, again, diagnostics) = read("printed.yaml", printed.as_bytes());
            assert!(!diagnostics.has_errors(), "{}\n{printed}", diagnostics.error_message(&source));
            assert_eq!(again.apps[0].explicit_plan(), Some(plan), "{printed}");
            printed
        };
        warnings + &manifest.apps.iter().map(app).collect::<Vec<_>>().join("\n")
    });
}

/// Reads a manifest as the driver does, with the references of its explicit stages.
fn read(name: &str, bytes: &[u8]) -> (Source, Manifest, Diagnostics) {
    let mut diagnostics = Diagnostics::default();
    let source = Source::new(name, bytes, &mut diagnostics);
    Directives::read(&source, &mut diagnostics);
    let manifest = Manifest::parse(&source, &mut diagnostics);
    for plan in manifest.apps.iter().filter_map(App::explicit_plan) {
        check(&plan, &mut diagnostics);
    }
    (source, manifest, diagnostics)
}

/// Compares what `say` says of each manifest of a folder with the text beside it.
fn walk(folder: &str, say: impl Fn(&str, &[u8]) -> String) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/manifests").join(folder);
    let update = std::env::var_os("UPDATE_GOLDEN").is_some();
    let mut wrong = Vec::new();
    let mut golden: BTreeSet<PathBuf> = BTreeSet::new();
    let mut cases = 0;
    for path in
        files(&folder).iter().filter(|path| path.extension().is_some_and(|extension| extension == "yaml"))
    {
        cases += 1;
        let bytes = fs::read(path).unwrap();
        let said = say("slipway.yaml", &bytes);
        assert!(!said.trim().is_empty(), "{}: nothing is said about it", path.display());
        let beside = path.with_extension("txt");
        if update {
            fs::write(&beside, &said).unwrap();
        } else {
            match fs::read_to_string(&beside) {
                Ok(expected) if expected == said => {}
                Ok(expected) => wrong.push(format!("{}:\n{said}--- expected\n{expected}", path.display())),
                Err(_) => wrong.push(format!("{} is missing:\n{said}", beside.display())),
            }
        }
        golden.insert(beside);
    }
    let stray = files(&folder)
        .into_iter()
        .filter(|path| path.extension().is_none_or(|extension| extension != "yaml"));
    for path in stray.filter(|path| !golden.contains(path)) {
        wrong.push(format!("{} belongs to no manifest", path.display()));
    }
    assert!(cases > 0, "no manifests in {}", folder.display());
    assert!(wrong.is_empty(), "{}\nUPDATE_GOLDEN=1 rewrites what was expected", wrong.join("\n"));
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}
