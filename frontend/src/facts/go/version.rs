//! Which Go a project wants.

use super::local::Workspace;
use super::modules::{GoMod, Line};
use crate::catalog::Toolchains;
use crate::diagnostic::{Diagnostic, Diagnostics, Place};
use crate::facts::{Fact, Project, versions};
use crate::manifest::App;
use crate::path;
use crate::rules::Rule;
use crate::span::Span;

/// The toolchain: `version`, else the release of what the project asks for, else the default of the catalog.
pub(super) fn version(
    project: &mut Project,
    app: &App,
    root: &str,
    go_mod: &GoMod,
    workspace: Option<&Workspace>,
    toolchains: &Toolchains,
    diagnostics: &mut Diagnostics,
) -> Option<Fact<String>> {
    let mod_file = path::join(root, "go.mod");
    let work_file = workspace.map(Workspace::file).unwrap_or_default();
    let work = workspace.map(|workspace| &workspace.work);
    let of_line = |line: &Option<Line<String>>, reason: &str, file: &str| {
        let line = line.as_ref()?;
        Some(Fact::at(line.value.clone(), reason, file, line.line))
    };
    let minimum = work
        .and_then(|work| of_line(&work.go, "the workspace's `go` line", &work_file))
        .or_else(|| of_line(&go_mod.go, "the module's `go` line", &mod_file));
    let release = |version: &str| toolchains.release(version);
    if let Some(version) = &app.version {
        let fact = Fact::written(version.value.clone(), "version", version.span);
        let fact = versions::known("Go", fact, version.span, toolchains, diagnostics)?;
        if let Some(minimum) = minimum.filter(|minimum| least(&minimum.value) > numbers(&fact.value)) {
            let message = format!("Go `{}` is older than what the project asks for", fact.value);
            let mut older = Diagnostic::new(Rule::UnknownVersion, version.span, message)
                .help(format!("remove `version`, or write `version: \"{}\"`", release(&minimum.value)));
            if let Some(place) = minimum.place {
                older = older.label(place, format!("`go {}` is here", minimum.value));
            }
            diagnostics.push(older);
            return None;
        }
        return Some(fact);
    }
    let known = toolchains.known();
    let is_older = |one: &str, other: &str| numbers(one) < numbers(other);
    // The line is a minimum: where it is older than all that is known, the default will do.
    let minimum = minimum.map(|minimum| {
        if known.iter().all(|known| is_older(&release(&minimum.value), known)) {
            let reason = format!("the default, for {} is older than all known", minimum.reason);
            Fact { value: toolchains.default.clone(), reason, ..minimum }
        } else {
            minimum
        }
    });
    let found = work
        .and_then(|work| of_line(&work.toolchain, "the workspace's `toolchain` line", &work_file))
        .or_else(|| of_line(&go_mod.toolchain, "the module's `toolchain` line", &mod_file))
        .or(minimum)
        .or_else(|| version_file(project, root));
    let fact = found.unwrap_or_else(|| Fact::decided(toolchains.default.clone(), "nothing says which"));
    let fact = versions::release(fact, toolchains);
    let place = fact.place.clone().unwrap_or(Place::Manifest(Span::default()));
    let release = &fact.value;
    let is_newer = known.iter().all(|known| is_older(known, release));
    if versions::is_version(release) && is_newer && !toolchains.is_ahead(release) {
        let message = format!("Go `{release}` is newer than all that this version of Slipway knows");
        let help = format!("use a newer frontend, or ask for Go {} here", toolchains.default);
        diagnostics.push(Diagnostic::new(Rule::UnknownVersion, place, message).help(help));
        return None;
    }
    versions::known("Go", fact, place, toolchains, diagnostics)
}

/// What files beside the module say.
fn version_file(project: &mut Project, root: &str) -> Option<Fact<String>> {
    let own = versions::version_file(project, root, ".go-version");
    let tool = versions::version_of_tool(project, root, &["golang", "go"]);
    let fact = own.or(tool)?;
    Some(Fact { value: fact.value.trim_start_matches("go").to_owned(), ..fact })
}

/// For comparisons. A version without a patch is its newest one, as the tag of an image is.
fn numbers(version: &str) -> [u32; 3] {
    parts(version, u32::MAX)
}

/// As a `go` line means it: without a patch any will do.
fn least(version: &str) -> [u32; 3] {
    parts(version, 0)
}

fn parts(version: &str, missing: u32) -> [u32; 3] {
    let digits = |part: &str| part.chars().take_while(char::is_ascii_digit).collect::<String>();
    let mut parts = version.splitn(3, '.').map(|part| digits(part).parse().unwrap_or(missing));
    [(); 3].map(|()| parts.next().unwrap_or(missing))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn which_is_newer() {
        assert!(numbers("1.26") > numbers("1.26.3") && numbers("1.9") < numbers("1.10"));
        assert!(least("1.26") <= numbers("1.26.0") && least("1.26.4") > numbers("1.26.3"));
    }
}
