//! Stacks: from facts and the manifest to explicit stages. A stack knows nothing of BuildKit, and does
//! nothing that a user could not write.

mod go;
mod packages;
mod rootfs;
mod runtime;

use crate::catalog::Catalog;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::facts::go::GoFacts;
use crate::facts::{Decision, Fact, Project};
use crate::manifest::{App, Secret, SecretKind, StackName};
use crate::path;
use crate::plan::build::At;
use crate::plan::{Base, Mount, SecretPlace, Stage, StageOutput, Text};
use crate::rules::Rule;
use crate::span::{Span, Spanned};

/// What a stack made of an app.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expanded {
    pub stages: Vec<Stage>,
    /// What it was concluded from.
    pub decisions: Vec<Decision>,
}

/// The files of the context that detection may ask for, as patterns.
pub fn files() -> Vec<String> {
    GoFacts::FILES.iter().map(|&pattern| pattern.to_owned()).collect()
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
    check(app, diagnostics);
    let (stack, span) = match &app.stack {
        Some(stack) => (Fact::written(stack.value, "stack", stack.span), stack.span),
        None => (detect(app, project, first_line, diagnostics)?, first_line),
    };
    match (stack.value, catalog.toolchains(stack.value.as_str())) {
        (StackName::Go, Some(toolchains)) => {
            let facts = GoFacts::read(project, app, span, toolchains, diagnostics)?;
            let image = toolchains.image(&facts.version.value);
            let mut decisions = vec![stack.decision("stack").key("stack")];
            decisions.extend(facts.decisions());
            decisions.push(Decision::new("toolchain", &*image, "the catalog's image of this version"));
            let stages = go::stages(app, &facts, &image, span);
            decisions.extend(runtime::decisions(app, &stages));
            Some(Expanded { stages, decisions })
        }
        (
            StackName::Go
            | StackName::Node
            | StackName::Static
            | StackName::Python
            | StackName::Rust
            | StackName::Java
            | StackName::Dotnet
            | StackName::Php
            | StackName::Ruby,
            _,
        ) => {
            diagnostics.push(
                Diagnostic::new(
                    Rule::UnsupportedStack,
                    span,
                    format!("this version has no stack `{}`", stack.value),
                )
                .help("write the stages under `stages:`; the stack of this version is `go`"),
            );
            None
        }
    }
}

fn detect(
    app: &App,
    project: &mut Project,
    place: Span,
    diagnostics: &mut Diagnostics,
) -> Option<Fact<StackName>> {
    let root = app.root.as_ref().map_or("", |root| root.value.as_str());
    let place = app.root.as_ref().map_or(place, |root| root.span);
    let mut files = ["go.mod", "go.work"].into_iter().map(|file| path::join(root, file));
    if let Some(file) = files.find(|file| project.file(file).is_some()) {
        return Some(Fact::at(StackName::Go, format!("`{file}` is there"), file, 1));
    }
    let folder = if root.is_empty() { "the context".to_owned() } else { format!("`{root}`") };
    diagnostics
        .push(Diagnostic::new(Rule::NoStack, place, format!("no stack was recognised in {folder}")).help(
            "set `stack`, or write the stages under `stages:`; looked for `go.mod` and `go.work` (go)",
        ));
    None
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

/// The folder of the tests' report. There is always one: waiting for the tests means looking into it, and
/// looking into a whole toolchain would take a while.
fn report(at: At, app: &App, folder: &str) -> StageOutput {
    let Some(report) = &app.test.report else { return at.output("report", "/report") };
    let written = report.value.to_string();
    let file = if written.starts_with('/') { written } else { format!("{folder}/{written}") };
    let parent = file.rsplit_once('/').map_or("", |(parent, _)| parent);
    let path = Text::parse(parent).unwrap_or_else(|_| Text::literal(parent));
    StageOutput { path: Spanned::new(path, report.span), ..at.output("report", "/report") }
}

/// What no stack of this version can do, of all that a manifest can ask for.
fn check(app: &App, diagnostics: &mut Diagnostics) {
    if let Some(init) = app.run.init.as_ref().filter(|init| init.value) {
        diagnostics.push(
            Diagnostic::new(Rule::UnsupportedKey, init.span, "this version has no `run.init`")
                .help("remove it, and start the container with an init process: `docker run --init`"),
        );
    }
    let scratch = app.run.from.as_ref().is_none_or(|from| from.value == Base::Scratch);
    if let Some(package) = app.packages.run.first().filter(|_| scratch) {
        diagnostics.push(
            Diagnostic::new(Rule::ConflictingKeys, package.span, "an empty root has no package manager")
                .help("name a base that has one, as in `run: { from: debian:bookworm-slim }`"),
        );
    }
    if let Some(user) = app.run.user.as_ref().filter(|_| scratch) {
        let ids = user.value.to_string();
        let named = ids.split(':').any(|id| !id.contains("${") && id.parse::<u32>().is_err());
        if named {
            diagnostics.push(
                Diagnostic::new(Rule::InvalidUser, user.span, format!("an empty root has no user `{ids}`"))
                    .help(format!("write numbers, as in `user: \"{}\"`", rootfs::USER)),
            );
        }
    }
}
