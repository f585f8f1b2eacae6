//! Stacks: from facts and the manifest to explicit stages. A stack knows nothing of BuildKit, and does
//! nothing that a user could not write.

mod detect;
mod documents;
mod go;
mod nginx;
mod node;
mod packages;
mod page;
mod python;
mod report;
mod rootfs;
mod runtime;

use std::collections::BTreeSet;

use crate::catalog::{Catalog, Toolchains};
use crate::diagnostic::{Diagnostic, Diagnostics, Place};
use crate::facts::go::GoFacts;
use crate::facts::node::{NodeFacts, settings_files};
use crate::facts::python::PythonFacts;
use crate::facts::{Decision, Fact, Project, versions};
use crate::gather::Gather as _;
use crate::manifest::{App, Secret, SecretKind, StackName, check_stack_keys};
use crate::nearest::list;
use crate::plan::build::At;
use crate::plan::{INHERITED, Mount, SecretPlace, Stage, Text, Variable};
use crate::rules::Rule;
use crate::span::{Span, Spanned};

/// What a stack made of an app.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expanded {
    pub stages: Vec<Stage>,
    /// What it was concluded from.
    pub decisions: Vec<Decision>,
}

/// The stacks of this version.
const SUPPORTED: &[StackName] = &[StackName::Go, StackName::Node, StackName::Static, StackName::Python];

/// The files of the context that detection may ask for, as patterns: names where it can be, as a client is slow with others
/// ([`NOT_SOURCE`](crate::lower::not_source::NOT_SOURCE)).
pub fn files() -> Vec<String> {
    let facts = [GoFacts::FILES, NodeFacts::FILES, page::FILES, PythonFacts::FILES, versions::FILES]
        .into_iter()
        .flatten()
        .copied();
    let files = detect::files().chain(facts).map(str::to_owned).chain(settings_files());
    let files: BTreeSet<String> = files.gather();
    files.into_iter().collect()
}

/// What a stack is asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Request<'a> {
    pub app: &'a App,
    /// The place that stands for all that nobody wrote.
    pub span: Span,
    /// The stack's own part of the catalog.
    pub toolchains: &'a Toolchains,
    pub catalog: &'a Catalog,
}

/// The app's stages; `None` when a mistake was found, or while the project asks for more of its files.
/// `first_line` is the place of what nobody wrote.
pub fn expand(
    app: &App,
    project: &mut Project,
    catalog: &Catalog,
    first_line: Span,
    diagnostics: &mut Diagnostics,
) -> Option<Expanded> {
    let (stack, span) = match &app.stack {
        Some(stack) => (Fact::written(stack.value, "stack", stack.span), stack.span),
        None => (detect::detect(app, project, first_line, diagnostics)?, first_line),
    };
    check_stack_keys(app, stack.value, diagnostics);
    let Some(toolchains) = catalog.toolchains(stack.value.as_str()) else {
        diagnostics.push(unsupported(&stack));
        return None;
    };
    let request = Request { app, span, toolchains, catalog };
    let mut expanded = match stack.value {
        StackName::Go => go::expand(&request, project, diagnostics)?,
        StackName::Node => node::expand(&request, project, diagnostics)?,
        StackName::Static => page::expand(&request, project, diagnostics)?,
        StackName::Python => python::expand(&request, project, diagnostics)?,
        StackName::Rust | StackName::Java | StackName::Dotnet | StackName::Php | StackName::Ruby => {
            diagnostics.push(unsupported(&stack));
            return None;
        }
    };
    expanded.decisions.insert(0, stack.decision("stack").key("stack"));
    Some(expanded)
}

/// The apps that one without a name is, where its project holds several programs. Each is a target, called like its program.
pub(crate) fn split(app: &App, project: &mut Project, first_line: Span) -> Vec<App> {
    if app.stack.is_none() && !app.stages.is_empty() {
        return Vec::new();
    }
    let stack = match &app.stack {
        Some(stack) => Some(stack.value),
        // What is wrong is told when the app is expanded.
        None => {
            detect::detect(app, project, first_line, &mut Diagnostics::default()).map(|stack| stack.value)
        }
    };
    let names = if stack == Some(StackName::Go) { GoFacts::programs(project, app) } else { Vec::new() };
    let apps: Option<Vec<App>> = names.iter().map(|name| app.named(name)).collect();
    // A name that no target can have: then the manifest has to say more.
    apps.unwrap_or_default()
}

fn unsupported(stack: &Fact<StackName>) -> Diagnostic {
    let message = match &stack.place {
        Some(Place::File { .. }) => {
            format!("this looks like a `{0}` project, and this version has no stack `{0}`", stack.value)
        }
        Some(Place::Manifest(_)) | None => format!("this version has no stack `{}`", stack.value),
    };
    let place = stack.place.clone().unwrap_or(Place::Manifest(Span::default()));
    let stacks = list(SUPPORTED.iter().map(|stack| stack.as_str()));
    Diagnostic::new(Rule::UnsupportedStack, place, message)
        .help(format!("write the stages under `stages:`; this version has stacks for {stacks}"))
}

/// The catalog's image of a version. Where it has none, the version is newer than the catalog, and its images are likely to be
/// called as those before.
fn image_of(
    language: &str,
    version: &Fact<String>,
    image: String,
    toolchains: &Toolchains,
    at: At,
    diagnostics: &mut Diagnostics,
) -> Fact<String> {
    if !toolchains.is_ahead(&toolchains.release(&version.value)) {
        return Fact::decided(image, "the catalog's image of this version");
    }
    let place = version.place.clone().unwrap_or(Place::Manifest(at.0));
    let message = format!(
        "{language} `{}` is newer than all that this frontend knows: its image is assumed to be `{image}`",
        version.value
    );
    let help = format!("use a newer frontend, or {}", versions::choices(toolchains));
    diagnostics.push(Diagnostic::new(Rule::NewerVersion, place, message).help(help));
    Fact::decided(image, "assumed, for the catalog has no such version")
}

/// What variables of git begin with: from where it fetches, and how.
const GIT: &str = "GIT_";

fn git_variables(app: &App) -> impl Iterator<Item = &Variable> {
    app.build.environment.iter().filter(|variable| variable.name.value.starts_with(GIT))
}

/// The history is for what builds, and in no image.
fn is_history(pattern: &Text) -> bool {
    let pattern = pattern.to_string();
    let path = pattern.trim_start_matches('!');
    path == ".git" || path.starts_with(".git/")
}

/// Variables of `own` go before those of the same name, and `${PATH}` in theirs is the one before.
fn overlay(environment: &mut Vec<Variable>, own: &[Variable]) {
    for own in own {
        let before = environment.iter().position(|variable| variable.name.value == own.name.value);
        let mut own = own.clone();
        if let Some(before) = before.map(|at| environment.remove(at)).filter(|_| own.name.value == INHERITED)
        {
            own.value = own.value.with(INHERITED, &before.value);
        }
        environment.push(own);
    }
}

/// Where the tools of a step find a declared secret.
fn secret_mount(secret: &Secret) -> Spanned<Mount> {
    let at = At(secret.id.span);
    let place = match &secret.kind {
        SecretKind::Netrc => SecretPlace::File(at.text("/root/.netrc")),
        SecretKind::File { target } => SecretPlace::File(target.clone()),
        SecretKind::Env { name } => SecretPlace::Variable(name.clone()),
    };
    at.secret(secret.id.value.clone(), place, secret.required)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Text;

    #[test]
    fn what_is_written_goes_before_the_stacks_own_and_a_path_goes_on_with_it() {
        let variables = |all: &[(&str, &str)]| -> Vec<Variable> {
            let variable = |(name, value): &(&str, &str)| {
                At(Span::default()).variable(name, Text::parse(value).expect("a text"))
            };
            all.iter().map(variable).collect()
        };
        let mut environment = variables(&[("PATH", "/venv/bin:/bin"), ("A", "1"), ("B", "2")]);
        overlay(&mut environment, &variables(&[("PATH", "/x:${PATH}"), ("A", "${B}")]));
        assert_eq!(environment, variables(&[("B", "2"), ("PATH", "/x:/venv/bin:/bin"), ("A", "${B}")]));
    }
}
