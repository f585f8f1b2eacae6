//! Whether keys stand beside the stack, or the stages, that read them.

use super::app::AppKeys;
use super::read::Reader;
use super::{App, StackName};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::nearest::list;
use crate::plan::Stage;
use crate::rules::Rule;
use crate::span::Span;
use crate::yaml::{Node, Value};

/// Keys that only a stack reads, for an app that has stages of its own and no stack.
pub(super) fn check_stackless(keys: &AppKeys, own: &Node, reader: &mut Reader<'_>) {
    let (None, Some(stages), Value::Mapping(own)) = (keys.stack.span, keys.stages.span, &own.value) else {
        return;
    };
    for name in ["version", "root", "package_manager", "lock", "secrets", "packages", "build", "test", "run"]
    {
        let Some(entry) = own.get(name) else { continue };
        let help = match name {
            "run" => "write them under `stages.run.image`, or add `stack:`".to_owned(),
            "build" | "test" => format!("write it as steps of `stages.{name}`, or add `stack:`"),
            _ => format!("remove `{name}`, or add `stack:`"),
        };
        let message = format!("`{name}` tells a stack what to do, and with `stages` alone there is none");
        let diagnostic = Diagnostic::new(Rule::NeedsStack, entry.key.span, message)
            .label(stages, "`stages` is written here")
            .help(help);
        reader.diagnostics.push(diagnostic);
    }
}

/// Keys that are read by one stage of a stack alone, where a stage of the app's own stands in its place.
pub(super) fn check_replaced(stages: &[Stage], own: &Node, diagnostics: &mut Diagnostics) {
    let entries = |node: &Node| match &node.value {
        Value::Mapping(mapping) => mapping.entries.clone(),
        Value::Null | Value::Scalar(_) | Value::Sequence(_) | Value::Broken => Vec::new(),
    };
    let keys = entries(own).into_iter().flat_map(|section| {
        entries(&section.value).into_iter().map(move |entry| (section.key.value.clone(), entry))
    });
    for (section, entry) in keys {
        let (of, help) = match (section.as_str(), entry.key.value.as_str()) {
            ("build" | "test", "command") => (&*section, format!("write it as a step of `stages.{section}`")),
            ("build" | "test", "secrets") => (&*section, format!("write `mounts` under `stages.{section}`")),
            ("build" | "test", "network") | ("test", "environment") => {
                (&*section, format!("write it under `stages.{section}`"))
            }
            ("test", "report") => {
                ("test", "have a step of `stages.test` write to one of its `outputs`".to_owned())
            }
            ("test", "gate") if matches!(&entry.value.value, Value::Scalar(yes) if yes.text == "true") => {
                ("build", "end `stages.build` with the step `depends_on: test`, and remove `gate`".to_owned())
            }
            ("run", "init") => ("run", "remove it".to_owned()),
            ("run", key) if !["from", "writable"].contains(&key) => {
                ("run", "write it under `stages.run.image`".to_owned())
            }
            _ => continue,
        };
        let Some(stage) = stages.iter().find(|stage| stage.name.value.as_str() == of) else { continue };
        let key = &entry.key.value;
        let message = format!("`{section}.{key}` is for the stack's stage `{of}`, which is replaced");
        diagnostics.push(
            Diagnostic::new(Rule::ConflictingKeys, entry.key.span, message)
                .label(stage.name.span, "by this stage")
                .help(help),
        );
    }
}

/// Reports keys of another stack. The stack is the one that was written, or the one that was detected.
pub fn check_stack_keys(app: &App, stack: StackName, diagnostics: &mut Diagnostics) {
    let key = |key: &'static str, stack: &'static [StackName], span: Option<Span>| {
        span.map(|span| (key, format!("`build.{key}` is a key"), stack, span))
    };
    let target = key("target", &[StackName::Go], app.build.target.as_ref().map(|key| key.span));
    let output = key("output", &[StackName::Static], app.build.output.as_ref().map(|key| key.span));
    let manager = app.package_manager.as_ref().map(|key| {
        ("package_manager", format!("`{}` is a package manager", key.value), key.value.stacks(), key.span)
    });
    for (key, what, stacks, span) in target.into_iter().chain(output).chain(manager) {
        if !stacks.contains(&stack) {
            let of = list(stacks.iter().map(|stack| stack.as_str()));
            let message = format!("{what} of the stack {of}, and this app's stack is `{stack}`");
            diagnostics
                .push(Diagnostic::new(Rule::WrongStackKey, span, message).help(format!("remove `{key}`")));
        }
    }
}
