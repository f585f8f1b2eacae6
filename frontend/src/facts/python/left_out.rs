//! Folders whose names say little: what they hold tells whether they are source.

use super::source::is_test;
use crate::facts::{Item, Project};
use crate::path;

/// Folders that are not source, relative to the project's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// What tools have made.
    pub made: Vec<&'static str>,
    /// What only tests read.
    pub tests: Vec<&'static str>,
}

impl LeftOut {
    /// Where nothing was looked into.
    pub fn usual() -> Self {
        Self { made: vec!["build", "dist"], tests: vec!["tests"] }
    }

    pub(super) fn read(project: &mut Project, root: &str) -> Self {
        let Self { mut made, mut tests } = Self::usual();
        made.retain(|name| {
            !names(&project.folder(&path::join(root, name))).any(|name| name == "__init__.py")
        });
        if project.file(&path::join(root, "env/pyvenv.cfg")).is_some() {
            made.push("env");
        }
        tests.retain(|name| holds_tests(project, &path::join(root, name)));
        Self { made, tests }
    }
}

fn names(items: &[Item]) -> impl Iterator<Item = &str> {
    items.iter().map(|item| item.name.as_str())
}

/// A package of this name whose modules are no tests is an app of Django, say.
fn holds_tests(project: &mut Project, folder: &str) -> bool {
    let items = project.folder(folder);
    let modules = || names(&items).filter_map(|name| name.strip_suffix(".py"));
    let below = items.iter().filter(|item| item.is_folder).map(|item| path::join(folder, &item.name));
    // All are asked for at once.
    let below: Vec<_> = below.map(|folder| project.folder(&folder)).collect();
    let below = below.iter().flat_map(|items| names(items)).filter_map(|name| name.strip_suffix(".py"));
    modules().chain(below).any(is_test) || modules().all(|stem| stem == "__init__")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_are_source() {
        let of = |files: &[&str]| {
            let files = files.iter().map(|file| (*file, ""));
            Project::of_files(files).conclude(|project| LeftOut::read(project, ""))
        };
        assert_eq!(of(&["main.py", "tests/unit/test_it.py", "build/lib/main.py"]), LeftOut::usual());
        assert_eq!(of(&["tests/factories.py", "tests/conftest.py"]), LeftOut::usual());
        assert_eq!(of(&["tests/factories.py", "tests/unit/test_it.py"]), LeftOut::usual());
        let source = of(&["build/__init__.py", "tests/__init__.py", "tests/models.py", "env/models.py"]);
        assert_eq!(source, LeftOut { made: vec!["dist"], tests: vec![] });
        assert_eq!(of(&["env/pyvenv.cfg"]).made, ["build", "dist", "env"]);
    }
}
