//! Which Go a project wants.

use super::modules::{GoMod, GoWork, Line};
use crate::catalog::Toolchains;
use crate::diagnostic::{Diagnostics, Place};
use crate::facts::{Fact, Project, versions};
use crate::manifest::App;
use crate::path;
use crate::span::Span;

/// The toolchain: `version`, else what the project asks for, else the newest.
pub(super) fn version(
    project: &mut Project,
    app: &App,
    root: &str,
    go_mod: &GoMod,
    work: Option<&(String, GoWork)>,
    toolchains: &Toolchains,
    diagnostics: &mut Diagnostics,
) -> Option<Fact<String>> {
    if let Some(version) = &app.version {
        let fact = Fact::written(version.value.clone(), "version", version.span);
        return versions::known("Go", fact, &minor(&version.value), version.span, toolchains, diagnostics);
    }
    let mod_file = path::join(root, "go.mod");
    let (work_file, go_work) = match work {
        Some((folder, work)) => (path::join(folder, "go.work"), Some(work)),
        None => (String::new(), None),
    };
    let of_line = |line: &Option<Line<String>>, reason: &str, file: &str| {
        let line = line.as_ref()?;
        Some(Fact::at(line.value.clone(), reason, file, line.line))
    };
    let found = go_work
        .and_then(|work| of_line(&work.toolchain, "the workspace's `toolchain` line", &work_file))
        .or_else(|| of_line(&go_mod.toolchain, "the module's `toolchain` line", &mod_file))
        .or_else(|| go_work.and_then(|work| of_line(&work.go, "the workspace's `go` line", &work_file)))
        .or_else(|| of_line(&go_mod.go, "the module's `go` line", &mod_file))
        .or_else(|| version_file(project, root));
    let fact = found
        .unwrap_or_else(|| Fact::decided(toolchains.default.clone(), "the newest version that is known"));
    let place = fact.place.clone().unwrap_or(Place::Manifest(Span::default()));
    let release = minor(&fact.value);
    let fact = Fact { value: release.clone(), ..fact };
    versions::known("Go", fact, &release, place, toolchains, diagnostics)
}

/// What files beside the module say.
fn version_file(project: &mut Project, root: &str) -> Option<Fact<String>> {
    let own = versions::version_file(project, root, ".go-version");
    let tool = versions::version_of_tool(project, root, &["golang", "go"]);
    let fact = own.or(tool)?;
    Some(Fact { value: fact.value.trim_start_matches("go").to_owned(), ..fact })
}

/// `1.26` of `1.26.3` and of `1.26rc1`.
fn minor(version: &str) -> String {
    let mut parts = version.splitn(3, '.');
    let major = parts.next().unwrap_or_default();
    let minor: String = parts.next().unwrap_or_default().chars().take_while(char::is_ascii_digit).collect();
    if minor.is_empty() { major.to_owned() } else { format!("{major}.{minor}") }
}
