//! What is started and never made.

use super::NodeFacts;
use super::package::Package;
use super::product::{Product, in_built, out_folder};
use super::script::{self, Unclear};
use crate::facts::Project;
use crate::path;

impl Product {
    /// The same where nothing is built: a file that only a build makes starts no app.
    pub(super) fn unbuilt(self, project: &mut Project, package: &Package, folder: &str) -> Self {
        let Some(Ok(started)) = script::start(package, folder) else { return self };
        let Some(file) = started.command.file() else { return self };
        let script = started.script;
        let out = out_folder(project, package);
        let is_made = in_built(file) || out.is_some_and(|out| path::relative(&out.value, file).is_some());
        let (reason, help) = match started.compiler(package).filter(|_| is_made) {
            Some(step) => (
                format!("the script `{script}` needs `{step}`, which no image runs, and there is no script `build`"),
                format!("add the script `build` with `{step}`, or write `build.command`"),
            ),
            None if is_missing(project, package, file) => (
                format!("`{file}`, which the script `{script}` starts, is not there, and nothing is built"),
                "add a script `build`, or write `build.command`; a file that is there must not be hidden by `.dockerignore`"
                    .to_owned(),
            ),
            None => return self,
        };
        let unclear = Unclear { script, line: started.line, reason, help: Some(help) };
        Self { entrypoint: None, unclear: Some(unclear), ..self }
    }
}

/// Of the names that are asked for anywhere it is known whether they are there.
fn is_missing(project: &mut Project, package: &Package, file: &str) -> bool {
    if file.starts_with('/') || file.split('/').any(|part| part == "node_modules") {
        return false;
    }
    let name = file.rsplit('/').next().unwrap_or(file);
    let is_known = |name: &str| NodeFacts::FILES.iter().any(|pattern| *pattern == format!("**/{name}"));
    let candidates = if is_known(name) {
        vec![file.to_owned()]
    } else if is_known(&format!("{name}.js")) {
        vec![format!("{file}.js"), format!("{file}/index.js"), format!("{file}/package.json")]
    } else {
        return false;
    };
    let Some(files) =
        candidates.iter().map(|file| path::resolve(&package.folder, file)).collect::<Option<Vec<_>>>()
    else {
        return false;
    };
    // All are asked for at once.
    let there = files.iter().filter(|file| project.file(file).is_some()).count();
    there == 0
}
