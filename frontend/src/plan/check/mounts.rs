//! Mounts and outputs of a stage: one at a path, and no stub of one inside what another keeps.

use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::plan::{Base, BindMount, Mount, Plan, SecretPlace, Stage, Step, Text};
use crate::rules::Rule;
use crate::span::{Span, Spanned};

/// Something at a path of a step's root.
struct Place {
    kind: Kind,
    /// How messages name it, with its article.
    what: String,
    path: String,
    span: Span,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Output,
    Cache,
    Secret,
    Ssh,
    Bind { read_only: bool },
    Tmpfs,
}

/// `value` is what a path is taken for: as it is written, or with the values of its arguments.
pub(super) fn check(
    plan: &Plan,
    stage: &Stage,
    value: &dyn Fn(&Text) -> String,
    diagnostics: &mut Diagnostics,
) {
    let mut places: Vec<Place> = Vec::new();
    for output in stage.outputs.iter().filter(|output| !output.path.value.is_empty()) {
        let place = Place {
            kind: Kind::Output,
            what: format!("the output `{}`", output.name.value),
            path: normal(&value(&output.path.value)),
            span: output.path.span,
        };
        for other in &places {
            check_outputs(&place, other, diagnostics);
        }
        check_root(&place, diagnostics);
        places.push(place);
    }
    check_variables(stage, diagnostics);
    let place = |mount: &Spanned<Mount>| place(plan, mount, value);
    add(stage.mounts.iter().filter_map(place), &mut places, diagnostics);
    check_stubs(&places, 0, diagnostics);
    for step in &stage.steps {
        if let Step::Run(run) = &step.value {
            let of_stage = places.len();
            add(run.mounts.iter().filter_map(place), &mut places, diagnostics);
            check_stubs(&places, of_stage, diagnostics);
            places.truncate(of_stage);
        }
    }
}

fn add(mounts: impl Iterator<Item = Place>, places: &mut Vec<Place>, diagnostics: &mut Diagnostics) {
    for place in mounts {
        if let Some(other) = places.iter().find(|other| other.path == place.path) {
            let message =
                format!("{} is mounted at `{}`, where {} is already", place.what, place.path, other.what);
            let diagnostic = Diagnostic::new(Rule::MountConflict, place.span, message)
                .label(other.span, format!("{} is here", other.what))
                .help("give one of them another `target`");
            diagnostics.push(diagnostic);
        }
        check_root(&place, diagnostics);
        places.push(place);
    }
}

/// What gives a step one of its variables.
#[derive(Clone)]
struct Given<'a> {
    variable: &'a Spanned<String>,
    what: String,
}

/// A variable has one value: of two secrets in it, or a secret and an `environment` of the same step, one would be lost.
fn check_variables(stage: &Stage, diagnostics: &mut Diagnostics) {
    let of_stage: Vec<Given<'_>> = secrets(&stage.mounts).collect();
    one_for_each(&of_stage, 0, diagnostics);
    for step in &stage.steps {
        if let Step::Run(run) = &step.value {
            let written = run.environment.iter().map(|variable| Given {
                variable: &variable.name,
                what: "`environment` of the step".to_owned(),
            });
            let all: Vec<_> = of_stage.iter().cloned().chain(written).chain(secrets(&run.mounts)).collect();
            one_for_each(&all, of_stage.len(), diagnostics);
        }
    }
}

fn secrets(mounts: &[Spanned<Mount>]) -> impl Iterator<Item = Given<'_>> {
    mounts.iter().filter_map(|mount| match &mount.value {
        Mount::Secret(secret) => match &secret.place {
            SecretPlace::Variable(variable) => {
                Some(Given { variable, what: format!("the secret `{}`", secret.id) })
            }
            SecretPlace::File(_) => None,
        },
        Mount::Cache(_) | Mount::Ssh(_) | Mount::Bind(_) | Mount::Tmpfs(_) => None,
    })
}

fn one_for_each(all: &[Given<'_>], from: usize, diagnostics: &mut Diagnostics) {
    for (at, given) in all.iter().enumerate().skip(from) {
        let name = &given.variable.value;
        let Some(first) = all[..at].iter().find(|first| first.variable.value == *name) else { continue };
        let message =
            format!("{} gives the variable `{name}`, which {} gives already", given.what, first.what);
        let diagnostic = Diagnostic::new(Rule::MountConflict, given.variable.span, message)
            .label(first.variable.span, format!("{} is here", first.what))
            .help("give one of them another name");
        diagnostics.push(diagnostic);
    }
}

fn place(plan: &Plan, mount: &Spanned<Mount>, value: &dyn Fn(&Text) -> String) -> Option<Place> {
    let (kind, what, path) = match &mount.value {
        Mount::Cache(cache) => (Kind::Cache, "the cache".to_owned(), Some(&cache.target)),
        Mount::Secret(secret) => {
            let path = match &secret.place {
                SecretPlace::File(path) => Some(path),
                SecretPlace::Variable(_) => None,
            };
            (Kind::Secret, format!("the secret `{}`", secret.id), path)
        }
        Mount::Ssh(ssh) => (Kind::Ssh, "the ssh agent".to_owned(), ssh.target.as_ref()),
        Mount::Bind(bind) => {
            let kind = Kind::Bind { read_only: bind.read_only };
            (kind, bind_mount(bind), bind.target.as_ref().or_else(|| output_path(plan, bind)))
        }
        Mount::Tmpfs(tmpfs) => (Kind::Tmpfs, "the tmpfs".to_owned(), Some(&tmpfs.target)),
    };
    let path = path?;
    // The path of an output of another stage is not where this mount was written.
    let span = match &mount.value {
        Mount::Bind(bind) if bind.target.is_none() => mount.span,
        Mount::Cache(_) | Mount::Secret(_) | Mount::Ssh(_) | Mount::Bind(_) | Mount::Tmpfs(_) => path.span,
    };
    Some(Place { kind, what, path: normal(&value(&path.value)), span })
}

fn bind_mount(bind: &BindMount) -> String {
    match (&bind.from.value, &bind.output) {
        (Base::Scratch, _) => "the bind mount of `scratch`".to_owned(),
        (Base::Context, _) => "the bind mount of the context".to_owned(),
        (Base::Slipway, _) => "the bind mount of `slipway`".to_owned(),
        (Base::Stage(stage), None) => format!("the bind mount of `{stage}`"),
        (Base::Stage(stage), Some(output)) => format!("the bind mount of `{}` of `{stage}`", output.value),
        (Base::Image(image), _) => format!("the bind mount of `{image}`"),
    }
}

/// Where a bind mount of an output is without a `target`: at the output's own path.
fn output_path<'a>(plan: &'a Plan, bind: &BindMount) -> Option<&'a Spanned<Text>> {
    let Base::Stage(stage) = &bind.from.value else { return None };
    plan.stage(stage)?.output(&bind.output.as_ref()?.value).map(|output| &output.path)
}

fn check_outputs(place: &Place, other: &Place, diagnostics: &mut Diagnostics) {
    if place.path == other.path || inside(&place.path, &other.path) || inside(&other.path, &place.path) {
        let message = format!("{} and {} lie in each other", other.what, place.what);
        let diagnostic = Diagnostic::new(Rule::NestedOutputs, place.span, message)
            .label(other.span, format!("{} is here", other.what))
            .help("make one output of the two, or move one beside the other");
        diagnostics.push(diagnostic);
    }
}

fn check_root(place: &Place, diagnostics: &mut Diagnostics) {
    if place.path == "/" {
        let message = format!("{} would hide the whole stage", place.what);
        diagnostics
            .push(Diagnostic::new(Rule::InvalidPath, place.span, message).help("write a folder below `/`"));
    }
}

/// The engine makes an empty file or folder where it mounts something, and leaves it in whatever that is
/// mounted into: in an output it would be shipped, in a cache kept, and read-only it cannot be made.
fn check_stubs(places: &[Place], from: usize, diagnostics: &mut Diagnostics) {
    for (index, inner) in places.iter().enumerate() {
        if !matches!(inner.kind, Kind::Secret | Kind::Ssh | Kind::Bind { .. }) {
            continue;
        }
        let around = places.iter().enumerate().filter(|(_, outer)| inside(&inner.path, &outer.path));
        let Some((outer_index, outer)) = around.max_by_key(|(_, outer)| outer.path.len()) else { continue };
        if index.max(outer_index) < from {
            continue;
        }
        let keeps = match outer.kind {
            Kind::Output | Kind::Cache => "which keeps an empty trace of it",
            Kind::Bind { read_only: true } => "which is read-only, so that there is no place for it",
            Kind::Secret | Kind::Ssh | Kind::Bind { read_only: false } | Kind::Tmpfs => continue,
        };
        let message = format!("{} is mounted inside {}, {keeps}", inner.what, outer.what);
        let diagnostic = Diagnostic::new(Rule::MountInsideLayer, inner.span, message)
            .label(outer.span, format!("{} is here", outer.what))
            .help(format!("write a `target` outside of `{}`", outer.path));
        diagnostics.push(diagnostic);
    }
}

fn inside(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}

/// The path without empty parts and `.`.
fn normal(path: &str) -> String {
    let parts: Vec<_> = path.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
    format!("/{}", parts.join("/"))
}
