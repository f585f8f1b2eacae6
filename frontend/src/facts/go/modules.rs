//! `go.mod`, `go.work` and `go.sum`, as far as a build depends on them. The grammar is that of the Go
//! modules reference: one directive a line, or a block of lines in parentheses.

use std::collections::BTreeSet;

use crate::gather::Gather as _;

/// A word or two of a file and the line (1-based) where they stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line<T> {
    pub value: T,
    pub line: u32,
}

/// What `go.mod` says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GoMod {
    pub module: Option<Line<String>>,
    /// The `go` line, without `go`.
    pub go: Option<Line<String>>,
    /// The `toolchain` line, without `go` in front: `1.26.1`.
    pub toolchain: Option<Line<String>>,
    /// Module path and version.
    pub require: Vec<Line<(String, String)>>,
    pub replace: Vec<Replace>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replace {
    pub old: String,
    /// Every version when there is none.
    pub old_version: Option<String>,
    pub new: String,
    /// None: `new` is a folder.
    pub new_version: Option<String>,
    pub line: u32,
}

/// What `go.work` says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GoWork {
    pub go: Option<Line<String>>,
    pub toolchain: Option<Line<String>>,
    pub uses: Vec<Line<String>>,
    pub replace: Vec<Replace>,
}

impl GoMod {
    pub fn parse(text: &str) -> Self {
        let mut parsed = Self::default();
        for (line, words) in directives(text) {
            let mut words = words.into_iter();
            let keyword = words.next().unwrap_or_default();
            let words: Vec<String> = words.collect();
            match (keyword.as_str(), words.as_slice()) {
                ("module", [path, ..]) => parsed.module = Some(Line { value: path.clone(), line }),
                ("go", [version, ..]) => parsed.go = Some(Line { value: version.clone(), line }),
                ("toolchain", [name, ..]) => parsed.toolchain = toolchain(name, line),
                ("require", [path, version, ..]) => {
                    parsed.require.push(Line { value: (path.clone(), version.clone()), line });
                }
                ("replace", words) => parsed.replace.extend(replace(words, line)),
                _ => {}
            }
        }
        parsed
    }

    /// What the module's own packages import: `go mod tidy` marks the rest as `// indirect`.
    pub fn direct<'a>(&'a self, text: &'a str) -> impl Iterator<Item = (&'a str, u32)> {
        let is_indirect = move |line: u32| {
            let text = text.lines().nth(line.saturating_sub(1) as usize);
            text.and_then(|text| text.split_once("//"))
                .is_some_and(|(_, comment)| comment.trim() == "indirect")
        };
        let direct = self.require.iter().filter(move |require| !is_indirect(require.line));
        direct.map(|require| (require.value.0.as_str(), require.line))
    }

    /// What a required module is built from: its replacement, or itself. `None`: a folder of the project.
    pub fn resolved(&self, module: &str, version: &str) -> Option<(String, String)> {
        let replaced = self
            .replace
            .iter()
            .filter(|replace| replace.old == module)
            .filter(|replace| replace.old_version.as_deref().is_none_or(|old| old == version))
            .max_by_key(|replace| replace.old_version.is_some());
        match replaced {
            None => Some((module.to_owned(), version.to_owned())),
            Some(Replace { new, new_version, .. }) => {
                new_version.clone().map(|version| (new.clone(), version))
            }
        }
    }
}

impl GoWork {
    pub fn parse(text: &str) -> Self {
        let mut parsed = Self::default();
        for (line, words) in directives(text) {
            match words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
                ["go", version, ..] => parsed.go = Some(Line { value: (*version).to_owned(), line }),
                ["toolchain", name, ..] => parsed.toolchain = toolchain(name, line),
                ["use", folder, ..] => parsed.uses.push(Line { value: (*folder).to_owned(), line }),
                ["replace", ..] => parsed.replace.extend(replace(&words[1..], line)),
                _ => {}
            }
        }
        parsed
    }
}

/// The modules whose `go.mod` a `go.sum` vouches for, as `path version`.
pub fn sums(text: &str) -> BTreeSet<String> {
    text.lines()
        .filter_map(|line| {
            let mut words = line.split_whitespace();
            let path = words.next()?;
            let version = words.next()?.strip_suffix("/go.mod")?;
            Some(format!("{path} {version}"))
        })
        .gather()
}

fn toolchain(name: &str, line: u32) -> Option<Line<String>> {
    let version = name.strip_prefix("go")?;
    // A toolchain may carry a suffix: `go1.26.1-custom`.
    let version = version.split('-').next().unwrap_or(version);
    Some(Line { value: version.to_owned(), line })
}

fn replace(words: &[String], line: u32) -> Option<Replace> {
    let arrow = words.iter().position(|word| word == "=>")?;
    let (old, new) = (&words[..arrow], &words[arrow + 1..]);
    Some(Replace {
        old: old.first()?.clone(),
        old_version: old.get(1).cloned(),
        new: new.first()?.clone(),
        new_version: new.get(1).cloned(),
        line,
    })
}

/// Every directive with its line, blocks unfolded.
fn directives(text: &str) -> Vec<(u32, Vec<String>)> {
    let mut found = Vec::new();
    let mut block: Option<String> = None;
    for (line, text) in (1_u32..).zip(text.lines()) {
        let words = words(text);
        match (words.as_slice(), &block) {
            ([], _) => {}
            ([close, ..], Some(_)) if close == ")" => block = None,
            ([keyword, open], None) if open == "(" => block = Some(keyword.clone()),
            (_, Some(keyword)) => {
                found.push((line, std::iter::once(keyword.clone()).chain(words).collect()));
            }
            (_, None) => found.push((line, words)),
        }
    }
    found
}

/// The words of a line up to its comment; a word may be quoted.
fn words(line: &str) -> Vec<String> {
    let line = line.split("//").next().unwrap_or_default();
    // `require(` is written without a space too.
    line.replace('(', " ( ").split_whitespace().map(|word| word.trim_matches(['"', '`']).to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const GO_MOD: &str = "\
module example.com/shop // the shop

go 1.26

toolchain go1.26.3

require github.com/one/two v1.2.3
require (
\tgithub.com/a/b v0.1.0 // indirect
\tgithub.com/c/d v2.0.0+incompatible
)

replace github.com/a/b => ./libs/b
replace (
\tgithub.com/c/d v2.0.0+incompatible => github.com/fork/d v2.0.1
)
";

    #[test]
    fn directives_and_blocks() {
        let parsed = GoMod::parse(GO_MOD);
        assert_eq!(parsed.module, Some(Line { value: "example.com/shop".into(), line: 1 }));
        assert_eq!(parsed.go, Some(Line { value: "1.26".into(), line: 3 }));
        assert_eq!(parsed.toolchain, Some(Line { value: "1.26.3".into(), line: 5 }));
        assert_eq!(parsed.require.iter().map(|r| r.line).collect::<Vec<_>>(), [7, 9, 10]);
        assert_eq!(parsed.resolved("github.com/a/b", "v0.1.0"), None);
        assert_eq!(
            parsed.resolved("github.com/c/d", "v2.0.0+incompatible"),
            Some(("github.com/fork/d".into(), "v2.0.1".into()))
        );
        assert_eq!(parsed.resolved("x", "v1"), Some(("x".into(), "v1".into())));
    }

    #[test]
    fn workspaces() {
        let parsed = GoWork::parse("go 1.26\nuse (\n\t./api\n\t./lib\n)\nuse ./tools\n");
        assert_eq!(
            parsed.uses.iter().map(|u| u.value.as_str()).collect::<Vec<_>>(),
            ["./api", "./lib", "./tools"]
        );
        assert_eq!(parsed.uses[2].line, 6);
    }

    #[test]
    fn sums_of_modules() {
        let sums = sums("github.com/a/b v0.1.0 h1:x=\ngithub.com/a/b v0.1.0/go.mod h1:y=\n");
        assert!(sums.contains("github.com/a/b v0.1.0"));
        assert_eq!(sums.len(), 1);
    }

    #[test]
    fn what_is_imported() {
        let text = "module m\nrequire (\n\ta.example/b v1.0.0\n\ta.example/c v1.0.0 // indirect\n\ta.example/d v1.0.0 // pinned\n)\n";
        let direct = GoMod::parse(text);
        let direct: Vec<_> = direct.direct(text).collect();
        assert_eq!(direct, [("a.example/b", 3), ("a.example/d", 5)]);
    }
}
