//! `angular.json`: where the build of its first project writes to.

use super::package::Package;
use crate::facts::tree::{self, Tree};
use crate::facts::{Fact, Project};
use crate::path;

/// Folders, relative to the app's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Output {
    /// What the whole build is in.
    pub whole: Fact<String>,
    pub browser: String,
    pub server: String,
    /// The server needs packages that the build leaves out of it.
    pub needs_packages: bool,
}

pub(super) fn output(project: &mut Project, package: &Package) -> Option<Output> {
    let file = path::join(&package.folder, "angular.json");
    let tree = tree::json_with_comments(&project.file(&file)?).ok()?;
    let (name, app) = tree.get(&["projects"])?.entries().next()?;
    let build = app.get(&["architect", "build"]).or_else(|| app.get(&["targets", "build"]))?;
    let output = build.get(&["options", "outputPath"]);
    let base = output.and_then(|output| output.text().or_else(|| output.text_of(&["base"])));
    let base = base.map_or_else(|| format!("dist/{name}"), |base| base.trim_end_matches('/').to_owned());
    // Older builders make no folders in it.
    let is_old = build.text_of(&["builder"]).is_some_and(|builder| builder.ends_with(":browser"));
    let part = |key: &str| {
        let part = output.and_then(|output| output.text_of(&[key])).unwrap_or(key);
        path::join(&base, part)
    };
    let line = output.map_or(build.line, |output: &Tree| output.line);
    Some(Output {
        browser: if is_old { base.clone() } else { part("browser") },
        server: part("server"),
        needs_packages: build.get(&["options", "externalDependencies"]).is_some(),
        whole: Fact::at(base.clone(), "the project's `outputPath`", file, line),
    })
}
