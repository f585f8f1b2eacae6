//! What the docs show is read, and what there is, is in the docs.

#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "tests read files, and one that cannot go on fails"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use slipway::diagnostic::{Diagnostics, render_all};
use slipway::directives::Directives;
use slipway::manifest::{App, Manifest, json_schema};
use slipway::plan::check;
use slipway::rules::Rule;
use slipway::source::Source;

fn folder(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

/// What is said about a manifest, and by which rules.
fn read(text: &str) -> (String, BTreeSet<Rule>) {
    let mut diagnostics = Diagnostics::default();
    let source = Source::new("slipway.yaml", text.as_bytes(), &mut diagnostics);
    Directives::read(&source, &mut diagnostics);
    let manifest = Manifest::parse(&source, &mut diagnostics);
    for plan in manifest.apps.iter().filter_map(App::explicit_plan) {
        check(&plan, &mut diagnostics);
    }
    let all = diagnostics.sorted();
    (render_all(&all, &source), all.iter().map(|diagnostic| diagnostic.rule).collect())
}

/// The sections of a page by their headings, at any level.
fn sections(page: &str) -> Vec<(String, String)> {
    let mut sections: Vec<(String, String)> = Vec::new();
    let mut code = false;
    for line in page.lines() {
        code ^= line.starts_with("```");
        let heading =
            line.trim_start_matches('#').strip_prefix(' ').filter(|_| line.starts_with('#') && !code);
        match (heading, sections.last_mut()) {
            (Some(heading), _) => sections.push((heading.to_owned(), String::new())),
            (None, Some((_, text))) => text.extend([line, "\n"]),
            (None, None) => {}
        }
    }
    sections
}

fn yaml_blocks(text: &str) -> Vec<String> {
    let blocks = text.split("```yaml\n").skip(1);
    blocks.map(|block| block.split_once("```").unwrap().0.to_owned()).collect()
}

#[test]
fn every_rule_has_its_section_and_every_example_breaks_it() {
    let page = fs::read_to_string(folder("docs/rules.md")).unwrap();
    let sections: BTreeMap<_, _> = sections(&page).into_iter().collect();
    for rule in Rule::ALL {
        let Some(text) = sections.get(rule.name()) else { panic!("docs/rules.md has no section for {rule}") };
        match yaml_blocks(text).as_slice() {
            [broken, mended] => {
                let (said, rules) = read(broken);
                assert!(rules.contains(rule), "the example of {rule} does not break it:\n{said}");
                let (said, rules) = read(mended);
                assert!(rules.is_empty(), "the mended example of {rule} is not mended:\n{said}");
            }
            [] => assert!(text.contains("Mend: "), "{rule} has neither an example nor a way to mend it"),
            _ => panic!("{rule} has examples beyond one that breaks it and one that is mended"),
        }
    }
    let headings = sections.keys().filter(|heading| !heading.contains(' '));
    for heading in headings.filter(|heading| *heading != "Rules" && *heading != "Advice") {
        assert!(Rule::from_name(heading).is_some(), "there is no rule {heading}");
    }
}

#[test]
fn every_rule_with_an_example_has_a_case_in_the_corpus() {
    let page = fs::read_to_string(folder("docs/rules.md")).unwrap();
    let mut messages = String::new();
    for path in
        fs::read_dir(folder("frontend/tests/manifests/broken")).unwrap().map(|entry| entry.unwrap().path())
    {
        if path.extension().is_some_and(|extension| extension == "txt") {
            messages += &fs::read_to_string(path).unwrap();
        }
    }
    for (heading, text) in sections(&page) {
        if !yaml_blocks(&text).is_empty() {
            assert!(messages.contains(&format!(" {heading}: ")), "no case of the corpus breaks {heading}");
        }
    }
}

#[test]
fn every_manifest_in_the_docs_is_valid() {
    for name in ["docs/manifest.md", "README.md"] {
        let page = fs::read_to_string(folder(name)).unwrap();
        for block in yaml_blocks(&page) {
            let (said, rules) = read(&block);
            assert!(rules.is_empty(), "{name}:\n{block}{said}");
        }
    }
}

#[test]
fn every_key_is_in_the_docs() {
    const HEADINGS: &[(&str, &str)] = &[
        ("App", "Top level"),
        ("BindMount", "`type: bind`"),
        ("CacheMount", "`type: cache`"),
        ("Layer", "`merge`"),
        ("Secret", "`secrets`"),
        ("SecretMount", "`type: secret`"),
        ("SshMount", "`type: ssh`"),
        ("Stage", "`stages`"),
        ("Step", "`steps`"),
        ("TmpfsMount", "`type: tmpfs`"),
    ];
    let page = fs::read_to_string(folder("docs/manifest.md")).unwrap();
    let sections: BTreeMap<_, _> = sections(&page).into_iter().collect();
    for (name, definition) in json_schema()["$defs"].as_object().unwrap() {
        let heading =
            HEADINGS.iter().find(|(other, _)| other == name).map(|(_, heading)| (*heading).to_owned());
        let heading = heading.unwrap_or_else(|| format!("`{}`", name.to_lowercase()));
        let Some(text) = sections.get(&heading) else { panic!("docs/manifest.md has no section {heading}") };
        let rows: BTreeSet<_> =
            text.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next()).collect();
        let keys: BTreeSet<_> =
            definition["properties"].as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(rows, keys, "the keys of {heading}");
    }
}
