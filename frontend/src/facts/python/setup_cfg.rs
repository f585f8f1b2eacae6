//! `setup.cfg`: what setuptools reads of a project that has no `pyproject.toml` of its own.
//! <https://setuptools.pypa.io/en/latest/userguide/declarative_config.html>

use std::str::FromStr;

use pep440_rs::VersionSpecifiers;

use super::manifest::{BuildSystem, Group, GroupKind, Manifest, Python};
use super::requirement::Requirement;

pub(super) fn manifest(file: &str, text: &str) -> Manifest {
    let mut manifest = Manifest { file: file.to_owned(), ..Manifest::default() };
    for Setting { section, key, lines } in settings(text) {
        let value = || lines.iter().map(|(_, text)| *text).collect::<Vec<_>>().join("\n");
        let Some(&(line, _)) = lines.first() else { continue };
        match (section, &*key) {
            ("metadata", "name") => manifest.name = Some(value()),
            ("metadata", "long_description" | "version" | "license_file" | "license_files") => {
                let files = value();
                let files = files.strip_prefix("file:").or(key.starts_with("license").then_some(&*files));
                manifest.reads.extend(files.into_iter().flat_map(paths));
            }
            ("options", "python_requires") => {
                manifest.python = Some(Python {
                    ranges: VersionSpecifiers::from_str(&value()).into_iter().collect(),
                    written: value(),
                    key: "python_requires",
                    line,
                });
            }
            ("options", "install_requires") => match value().strip_prefix("file:") {
                Some(files) => {
                    manifest.computed = Some(line);
                    manifest.needs = paths(files).collect();
                }
                None => manifest.dependencies = requirements(&lines).collect(),
            },
            ("options.extras_require", name) => manifest.development.push(Group {
                name: name.to_owned(),
                kind: GroupKind::Extra,
                wanted: requirements(&lines).collect(),
            }),
            ("options.entry_points", "console_scripts") => {
                let name = |text: &str| text.split('=').next().unwrap_or_default().trim().to_owned();
                manifest.scripts = lines.iter().map(|(line, text)| (name(text), *line)).collect();
            }
            _ => {}
        }
    }
    manifest.build = manifest.name.is_some().then(|| BuildSystem::setuptools(1));
    manifest
}

fn paths(files: &str) -> impl Iterator<Item = String> {
    files.split([',', '\n']).map(|file| file.trim().to_owned()).filter(|file| !file.is_empty())
}

/// One a line, or all on one with `;` between them.
fn requirements(lines: &[(u32, &str)]) -> impl Iterator<Item = Requirement> {
    let several = lines.len() > 1;
    lines.iter().flat_map(move |&(line, text)| {
        let parts: Vec<_> = if several { vec![text] } else { text.split(';').collect() };
        parts.into_iter().filter_map(move |part| Requirement::parse(part, line))
    })
}

/// A key of a section, with the lines of its value that say something.
struct Setting<'a> {
    section: &'a str,
    key: String,
    lines: Vec<(u32, &'a str)>,
}

/// As Python's `configparser` reads them: a line that is indented more than its key goes on with the value.
fn settings(text: &str) -> Vec<Setting<'_>> {
    let mut section = "";
    let mut settings: Vec<Setting<'_>> = Vec::new();
    let mut indent = None;
    for (line, whole) in (1..).zip(text.lines()) {
        let trimmed = whole.trim();
        if trimmed.is_empty() || trimmed.starts_with(['#', ';']) {
            continue;
        }
        let depth = whole.len() - whole.trim_start().len();
        if let (Some(key), Some(setting)) = (indent, settings.last_mut())
            && depth > key
        {
            setting.lines.push((line, trimmed));
        } else if let Some((name, _)) = trimmed.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            (section, indent) = (name, None);
        } else {
            let (key, value) = trimmed.split_once(['=', ':']).unwrap_or((trimmed, ""));
            let value = Some((line, value.trim())).filter(|(_, value)| !value.is_empty());
            let key = key.trim_end().replace('-', "_");
            settings.push(Setting { section, key, lines: value.into_iter().collect() });
            indent = Some(depth);
        }
    }
    settings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(text: &str) -> Vec<(String, u32)> {
        let manifest = manifest("setup.cfg", text);
        manifest.dependencies.into_iter().map(|one| (one.name, one.line)).collect()
    }

    #[test]
    fn a_project() {
        let text = "[metadata]\nname = shop\nlong_description = file: README.md, CHANGES.rst\n\n[options]\n\
                    python_requires = >=3.11\ninstall_requires =\n    flask>=3\n\n    # why\n    gunicorn\n\
                    [options.extras_require]\ntest =\n  pytest; python_version > '3'\n\
                    [options.entry_points]\nconsole_scripts =\n    shop = shop:main\n";
        let manifest = manifest("setup.cfg", text);
        assert_eq!(wanted(text), [("flask".to_owned(), 8), ("gunicorn".to_owned(), 11)]);
        assert_eq!(manifest.scripts, [("shop".to_owned(), 17)]);
        assert_eq!(manifest.reads, ["README.md", "CHANGES.rst"]);
        let extras = manifest.development.iter().map(|group| (&*group.name, group.wanted.len()));
        assert_eq!(extras.collect::<Vec<_>>(), [("test", 1)]);
        assert_eq!(manifest.build, Some(BuildSystem::setuptools(1)));
    }

    #[test]
    fn what_configparser_takes() {
        assert_eq!(
            wanted("[options]\ninstall-requires: a; b>=1\n"),
            [("a".to_owned(), 2), ("b".to_owned(), 2)]
        );
        assert_eq!(
            wanted("[options]\n  install_requires =\n    a\n  zip_safe = no\n"),
            [("a".to_owned(), 3)]
        );
        assert_eq!(wanted("[flake8]\ninstall_requires = a\n"), []);
        let of_file = manifest("setup.cfg", "[options]\ninstall_requires = file: base.txt\n");
        assert_eq!((of_file.computed, of_file.needs), (Some(2), vec!["base.txt".to_owned()]));
        assert_eq!(manifest("setup.cfg", "[flake8]\nname = x\n").build, None);
    }
}
