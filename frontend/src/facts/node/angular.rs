//! `angular.json`: where the build of its project writes to.

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

/// `named` is the project that the build is told to build.
pub(super) fn output(project: &mut Project, package: &Package, named: Option<&str>) -> Option<Output> {
    let (file, tree) = settings(project, &package.folder)?;
    let (name, build) = application(&tree, named)?;
    let output = build.get(&["options", "outputPath"]);
    let base = output.and_then(|output| output.text().or_else(|| output.text_of(&["base"])));
    let base = base.map_or_else(|| format!("dist/{name}"), |base| base.trim_end_matches('/').to_owned());
    // Older builders make no folders in it.
    let builder = build.text_of(&["builder"]).unwrap_or_default();
    let is_old = builder.ends_with(":browser") || builder.ends_with(":browser-esbuild");
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

/// Where the settings leave the server out.
pub fn without_server(project: &mut Project, folder: &str) -> Option<Fact<()>> {
    let (file, tree) = settings(project, folder)?;
    let (_, build) = application(&tree, None)?;
    let mode = build.get(&["options", "outputMode"]).filter(|mode| mode.text() == Some("static"))?;
    Some(Fact::at((), "`outputMode: static` makes a page of it", file, mode.line))
}

fn settings(project: &mut Project, folder: &str) -> Option<(String, Tree)> {
    let file = path::join(folder, "angular.json");
    let tree = tree::json_with_comments(&project.file(&file)?).ok()?;
    Some((file, tree))
}

/// The project that is built, else the first that is no library, with its build.
fn application<'a>(tree: &'a Tree, named: Option<&str>) -> Option<(&'a str, &'a Tree)> {
    let named = named.or_else(|| tree.text_of(&["defaultProject"]));
    let (name, project) = tree.get(&["projects"])?.entries().min_by_key(|(name, project)| {
        (named != Some(*name), project.text_of(&["projectType"]) == Some("library"))
    })?;
    let build = project.get(&["architect", "build"]).or_else(|| project.get(&["targets", "build"]))?;
    Some((name, build))
}
