//! Values of `${...}`.

use std::collections::BTreeMap;

use buildkit_llb::Platform;

use super::config::{DEFAULT_PATH, set_variable};
use super::{Lowering, Platforms};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::gather::Gather as _;
use crate::plan::{Arg, INHERITED, Part, Text, Variable};
use crate::rules::Rule;
use crate::span::{Span, Spanned};

/// The value of every argument of a build for one platform.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Arguments(BTreeMap<String, String>);

impl Arguments {
    /// Declared arguments have the client's value or their default; the platform's are predefined, and
    /// `--build-arg` wins over those too. A declared argument that has neither is a mistake.
    pub fn new(
        declared: &[Arg],
        given: &BTreeMap<String, String>,
        platforms: &Platforms,
        stage: &str,
        diagnostics: &mut Diagnostics,
    ) -> Self {
        let mut values = predefined(platforms);
        values.insert("TARGETSTAGE".to_owned(), stage.to_owned());
        values.insert("SOURCE_DATE_EPOCH".to_owned(), String::new());
        for (name, value) in &mut values {
            if let Some(given) = given.get(name) {
                value.clone_from(given);
            }
        }
        let mut arguments = Self(values);
        for arg in declared {
            let name = arg.name.value.as_str();
            let value = match (given.get(name), &arg.default) {
                (Some(given), _) => given.clone(),
                (None, Some(default)) => match arguments.value(default, arg.name.span) {
                    Ok(value) => value,
                    Err(mistake) => {
                        diagnostics.push(*mistake);
                        continue;
                    }
                },
                (None, None) => {
                    diagnostics.push(
                        Diagnostic::new(
                            Rule::MissingArgument,
                            arg.name.span,
                            format!("argument `{name}` has no value"),
                        )
                        .help(format!("pass `--build-arg {name}=...`, or give it a default")),
                    );
                    continue;
                }
            };
            arguments.0.insert(name.to_owned(), value);
        }
        arguments
    }

    /// By its name.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    pub fn value(&self, text: &Text, span: Span) -> Lowering<String> {
        let mut value = String::new();
        for part in text.parts() {
            match part {
                Part::Literal(literal) => value.push_str(literal),
                Part::Arg(name) => match self.0.get(name.as_str()) {
                    Some(argument) => value.push_str(argument),
                    None => {
                        return Err(Box::new(Diagnostic::new(
                            Rule::UndefinedArg,
                            span,
                            format!("argument `{name}` has no value"),
                        )));
                    }
                },
            }
        }
        Ok(value)
    }

    /// Sets a variable among those that are there. `${PATH}` in `PATH` is what it was.
    pub(super) fn set(&self, variable: &Variable, environment: &mut Vec<String>) -> Lowering<()> {
        let Variable { name, value } = variable;
        let value = if name.value == INHERITED {
            let before = environment.iter().find_map(|entry| entry.strip_prefix("PATH="));
            let before = Text::literal(before.unwrap_or(DEFAULT_PATH));
            self.value(&value.with(INHERITED, &before), name.span)?
        } else {
            self.value(value, name.span)?
        };
        set_variable(environment, &name.value, &value);
        Ok(())
    }

    pub(crate) fn of(&self, text: &Spanned<Text>) -> Lowering<String> {
        self.value(&text.value, text.span)
    }

    pub(crate) fn every(&self, texts: &[Spanned<Text>]) -> Lowering<Vec<String>> {
        texts.iter().map(|text| self.of(text)).collect()
    }

    pub(crate) fn optional(&self, text: Option<&Spanned<Text>>) -> Lowering<Option<String>> {
        text.map(|text| self.of(text)).transpose()
    }

    pub(crate) fn all<'a>(
        &self,
        texts: impl IntoIterator<Item = &'a Text>,
        span: Span,
    ) -> Lowering<Vec<String>> {
        texts.into_iter().map(|text| self.value(text, span)).collect()
    }
}

fn predefined(platforms: &Platforms) -> BTreeMap<String, String> {
    let of = |prefix: &str, platform: &Platform| {
        [
            ("PLATFORM", platform.to_string()),
            ("OS", platform.os().to_owned()),
            ("ARCH", platform.architecture().to_owned()),
            ("VARIANT", platform.variant().to_owned()),
        ]
        .map(|(name, value)| (format!("{prefix}{name}"), value))
    };
    of("BUILD", &platforms.build).into_iter().chain(of("TARGET", &platforms.target)).gather()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_goes_on_with_the_one_that_is_there() {
        let path = |value: &str| Variable {
            name: Spanned::new("PATH".to_owned(), Span::default()),
            value: Text::parse(value).expect("a text"),
        };
        let mut environment = vec!["A=1".to_owned()];
        let mut set = |value: &str| {
            Arguments::default().set(&path(value), &mut environment).expect("no arguments");
            environment.clone()
        };
        assert_eq!(set("/app/bin:${PATH}"), ["A=1".to_owned(), format!("PATH=/app/bin:{DEFAULT_PATH}")]);
        assert_eq!(set("/bin"), ["A=1", "PATH=/bin"]);
        assert_eq!(set("/a:${PATH}:/b$"), ["A=1", "PATH=/a:/bin:/b$"]);
    }
}
