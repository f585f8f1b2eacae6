//! `GOFLAGS` of `build.environment`. Flags of the linker often carry a version: they reach the build, and neither what is
//! downloaded nor the standard library, which would be made again for every version.

use crate::manifest::App;
use crate::plan::{Text, Variable};

pub(super) const NAME: &str = "GOFLAGS";

/// The variable with the flags that are wanted; none when it has none of them. A flag that is an argument may be any.
pub(super) fn only(variable: &Variable, is_wanted: fn(&str) -> bool) -> Option<Variable> {
    let written = variable.value.to_string();
    let wanted: Vec<_> =
        split(&written).into_iter().filter(|flag| flag.starts_with("${") || is_wanted(name(flag))).collect();
    let value = Text::parse(&wanted.join(" ")).ok().filter(|value| !value.is_empty())?;
    Some(Variable { name: variable.name.clone(), value })
}

/// What a flag is set to. One of the command itself hides it.
pub(super) fn value(app: &App, wanted: &str) -> Option<String> {
    let variable = app.build.environment.iter().find(|variable| variable.name.value == NAME)?;
    let written = variable.value.to_string();
    let flag = split(&written).into_iter().rfind(|flag| name(flag) == wanted)?;
    let (_, value) = flag.split_once('=')?;
    let quote = flag.chars().next().filter(|first| matches!(first, '"' | '\''));
    Some(quote.and_then(|quote| value.strip_suffix(quote)).unwrap_or(value).to_owned())
}

/// Flags have spaces between them; one in quotes may have some inside.
fn split(written: &str) -> Vec<&str> {
    let mut flags = Vec::new();
    let mut rest = written.trim_start();
    while let Some(first) = rest.chars().next() {
        let quoted = matches!(first, '"' | '\'').then(|| rest[1..].find(first)).flatten();
        let end = quoted.map_or_else(|| rest.find(char::is_whitespace), |close| Some(close + 2));
        let (flag, tail) = rest.split_at(end.unwrap_or(rest.len()));
        flags.push(flag);
        rest = tail.trim_start();
    }
    flags
}

/// `-ldflags` of `'--ldflags=-s -w'`.
fn name(flag: &str) -> &str {
    let name = flag.trim_start_matches(['"', '\'']).split('=').next().unwrap_or_default();
    if name.starts_with("--") { &name[1..] } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_in_quotes() {
        let written = " -mod=mod '-ldflags=-s -X=main.v=${V}'  --tags=a,b \"-asmflags=all=-I x\" -race";
        let names: Vec<_> = split(written).into_iter().map(name).collect();
        assert_eq!(names, ["-mod", "-ldflags", "-tags", "-asmflags", "-race"]);
        assert_eq!(split("'-open=a b"), ["'-open=a", "b"]);
    }
}
