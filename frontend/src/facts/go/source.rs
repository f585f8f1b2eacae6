//! What the head of a Go file says: its package, whether a plain build takes it, and what it embeds.

use crate::facts::{line_at, numbered};

/// The head of one Go file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GoFile {
    pub package: String,
    /// A build constraint keeps it out of a plain build for Linux: `ignore`, `windows`, tags of tools.
    pub left_out: bool,
    /// Patterns of `//go:embed`, relative to the file's folder, without `all:`.
    pub embeds: Vec<String>,
    /// What it imports, with the line. `C` is among them.
    pub imports: Vec<(String, u32)>,
    /// What it reads from where the program runs, with the line.
    pub reads: Vec<(String, u32)>,
}

/// Operating systems that file names and build constraints name.
const OTHER_SYSTEMS: &[&str] = &[
    "aix",
    "android",
    "darwin",
    "dragonfly",
    "freebsd",
    "illumos",
    "ios",
    "js",
    "netbsd",
    "openbsd",
    "plan9",
    "solaris",
    "wasip1",
    "windows",
];

const ARCHITECTURES: &[&str] = &[
    "386", "amd64", "arm", "arm64", "loong64", "mips", "mips64", "mips64le", "mipsle", "ppc64", "ppc64le",
    "riscv64", "s390x", "wasm",
];

/// `clock_windows.go` and `clock_windows_amd64.go` are not; `clock_js_app.go` is, as only the last words of a name count.
pub(super) fn is_for_linux(file: &str) -> bool {
    let name = file.rsplit('/').next().unwrap_or(file);
    let stem = name.strip_suffix(".go").unwrap_or(name);
    let mut words = stem.strip_suffix("_test").unwrap_or(stem).split('_').skip(1).collect::<Vec<_>>();
    words.pop_if(|word| ARCHITECTURES.contains(word));
    words.last().is_none_or(|word| !OTHER_SYSTEMS.contains(word))
}

impl GoFile {
    pub fn parse(text: &str) -> Self {
        let mut file = Self { reads: reads(text).collect(), ..Self::default() };
        let mut in_comment = false;
        let mut part = Part::Head;
        for (number, mut line) in numbered(text) {
            if file.package.is_empty() {
                if let Some(rest) = line.strip_prefix("//go:build ") {
                    file.left_out = !Constraint(rest).holds();
                }
                line = strip_comments(line, &mut in_comment);
                if let Some(name) = line.strip_prefix("package ") {
                    let name = name.split(|c: char| !c.is_alphanumeric() && c != '_').next();
                    name.unwrap_or_default().clone_into(&mut file.package);
                }
            } else if let Some(patterns) = line.strip_prefix("//go:embed ") {
                file.embeds.extend(embed_patterns(patterns));
            } else if part != Part::Rest {
                let line = strip_comments(line, &mut in_comment);
                part = part.behind(line);
                file.imports.extend(part.imported(line).map(|path| (path.to_owned(), number)));
            }
        }
        file
    }

    /// Where a plain build imports this.
    pub fn import(&self, path: &str) -> Option<u32> {
        self.imports
            .iter()
            .filter(|_| !self.left_out)
            .find(|(import, _)| import == path)
            .map(|(_, line)| *line)
    }

    pub fn is_main(&self) -> bool {
        self.package == "main" && !self.left_out
    }
}

/// What reads files by their names, in the standard library and in frameworks.
const READERS: &[&str] =
    &["LoadHTMLGlob(", "LoadHTMLFiles(", ".ParseGlob(", ".ParseFiles(", "http.Dir(", "os.DirFS(", ".Static("];

/// `http.Dir("./public")` and `r.Static("/static", "public")`; an absolute path is not the project's.
fn reads(text: &str) -> impl Iterator<Item = (String, u32)> {
    let calls = READERS.iter().flat_map(|reader| text.match_indices(reader).map(move |(at, _)| (reader, at)));
    calls.filter_map(|(reader, at)| {
        let line = text[..at].rsplit('\n').next().unwrap_or_default();
        let rest = text[at + reader.len()..].lines().next().unwrap_or_default();
        let mut literals = rest.split('"').skip(1).step_by(2);
        // The first is an address.
        if *reader == ".Static(" && !literals.next()?.starts_with('/') || line.trim_start().starts_with("//")
        {
            return None;
        }
        let read = literals.next()?;
        let name = read.trim_start_matches("./");
        let is_of_project = name.starts_with(|first: char| first.is_alphanumeric()) && !name.contains(':');
        is_of_project.then(|| (read.to_owned(), line_at(text, at)))
    })
}

/// Imports come first in a file, behind its package.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Head,
    /// Between parentheses.
    Block,
    Rest,
}

impl Part {
    /// Where a line leads to.
    fn behind(self, line: &str) -> Self {
        match (self, line.strip_prefix("import")) {
            (Self::Block, _) if line.starts_with(')') => Self::Head,
            (Self::Head, Some(rest)) if rest.trim_start().starts_with('(') && !rest.contains(')') => {
                Self::Block
            }
            (Self::Head, None) if !line.is_empty() => Self::Rest,
            (part, _) => part,
        }
    }

    /// What a line of it imports: `import "a"`, `b "x/b"`, `import "a"; import "b"`.
    fn imported(self, line: &str) -> impl Iterator<Item = &str> {
        let parts = line.split(';').filter(move |_| self != Self::Rest);
        parts.filter_map(|part| {
            let at = part.find(['"', '`'])?;
            part[at + 1..].split(['"', '`']).next()
        })
    }
}

/// What follows `//go:build`: tags with `!`, `&&`, `||` and parentheses.
struct Constraint<'a>(&'a str);

impl Constraint<'_> {
    /// Whether a build for Linux with C may take the file.
    fn holds(mut self) -> bool {
        self.any()
    }

    fn any(&mut self) -> bool {
        let mut holds = self.all();
        while self.takes("||") {
            holds |= self.all();
        }
        holds
    }

    fn all(&mut self) -> bool {
        let mut holds = self.one();
        while self.takes("&&") {
            holds &= self.one();
        }
        holds
    }

    fn one(&mut self) -> bool {
        if self.takes("!") {
            return !self.one();
        }
        if self.takes("(") {
            let holds = self.any();
            self.takes(")");
            return holds;
        }
        let rest = self.0.trim_start();
        let end = rest.find(|c: char| !c.is_alphanumeric() && !"_.".contains(c)).unwrap_or(rest.len());
        let (tag, rest) = rest.split_at(end);
        self.0 = rest;
        matches!(tag, "linux" | "unix" | "cgo" | "gc" | "amd64" | "arm64") || tag.starts_with("go1.")
    }

    fn takes(&mut self, sign: &str) -> bool {
        let rest = self.0.trim_start().strip_prefix(sign);
        self.0 = rest.unwrap_or(self.0);
        rest.is_some()
    }
}

/// The line without the comments that start or end in it.
fn strip_comments<'a>(mut line: &'a str, in_comment: &mut bool) -> &'a str {
    loop {
        if *in_comment {
            match line.split_once("*/") {
                Some((_, rest)) => {
                    *in_comment = false;
                    line = rest.trim_start();
                }
                None => return "",
            }
        } else if let Some(rest) = line.strip_prefix("/*") {
            *in_comment = true;
            line = rest;
        } else if line.starts_with("//") {
            return "";
        } else {
            return line;
        }
    }
}

/// `//go:embed a "b c" all:d`: words, some of them quoted as Go strings.
fn embed_patterns(text: &str) -> Vec<String> {
    let mut patterns = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let (pattern, tail) = if matches!(first, '"' | '`') {
            rest[1..].split_once(first).unwrap_or((&rest[1..], ""))
        } else {
            rest.split_once(char::is_whitespace).unwrap_or((rest, ""))
        };
        let pattern = pattern.strip_prefix("all:").unwrap_or(pattern);
        // Others are a mistake that the compiler tells.
        if pattern.split('/').all(|part| !matches!(part, "" | "." | "..")) {
            patterns.push(pattern.to_owned());
        }
        rest = tail.trim_start();
    }
    patterns
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn package_behind_comments() {
        assert!(GoFile::parse("// Copyright\n\n/* a\n b */ package main // x\nfunc main() {}\n").is_main());
        assert_eq!(GoFile::parse("/* package main */\npackage shop\n").package, "shop");
        assert!(!GoFile::parse("//go:build ignore\n\npackage main\n").is_main());
        assert!(GoFile::parse("//go:build linux\n\npackage main\n").is_main());
        assert!(!GoFile::parse("//go:build mage\n\npackage main\n").is_main());
        assert_eq!(GoFile::parse("").package, "");
    }

    #[test]
    fn embeds() {
        let file =
            GoFile::parse("package a\n\n//go:embed README.md \"with space.md\" all:static\nvar x string\n");
        assert_eq!(file.embeds, ["README.md", "with space.md", "static"]);
        assert_eq!(GoFile::parse("package a\n//go:embed /a ../b . all: c/ \"\"\n").embeds, [""; 0]);
    }

    #[test]
    fn imports() {
        let of = |text: &str| GoFile::parse(text).imports;
        let text = "package a\n\n// import \"x\"\nimport (\n\t\"C\" // libm\n\tb \"x/b\"\n\t_ `x/c`\n)\nimport . \"x/d\"; import \"e\"\n\n\
                    var x = \"C\"\nimport \"late\"\n";
        let found = [("C", 5), ("x/b", 6), ("x/c", 7), ("x/d", 9), ("e", 9)];
        assert_eq!(of(text), found.map(|(path, line)| (path.to_owned(), line)));
        assert_eq!(of("package a\nimport (\"x\")\nfunc f() { g(\"C\") }\n"), [("x".to_owned(), 2)]);
    }

    #[test]
    fn imports_of_c() {
        for (text, line) in [
            ("package a\n\n/*\n#include <math.h>\n*/\nimport \"C\"\n", Some(6)),
            ("//go:build linux && cgo\npackage a\nimport \"C\"\n", Some(3)),
            ("//go:build !(windows || darwin)\npackage a\nimport \"C\"\n", Some(3)),
            ("//go:build darwin || (linux && !cgo)\npackage a\nimport \"C\"\n", None),
            ("//go:build ignore\npackage a\nimport \"C\"\n", None),
            ("//go:build ((((\npackage a\nimport \"C\"\n", None),
            ("package a\nimport \"Cx\"\n// import \"C\"\nvar x = \"C\"\n", None),
        ] {
            assert_eq!(GoFile::parse(text).import("C"), line, "{text}");
        }
    }

    #[test]
    fn what_is_read_at_run_time() {
        for (text, read) in [
            ("r.LoadHTMLGlob(\"templates/*\")", Some("templates/*")),
            ("t := template.Must(template.ParseFiles(\"./web/a.html\"))", Some("./web/a.html")),
            ("http.FileServer(http.Dir(\"public\"))", Some("public")),
            ("e.Static(\"/\", \"public\")", Some("public")),
            ("e.Static(\"public\")", None),
            ("http.Dir(\"/srv\"); http.Dir(\".\"); http.Dir(folder)", None),
            ("// http.Dir(\"public\")", None),
            ("template.ParseFS(files, \"templates/*\")", None),
        ] {
            let found = GoFile::parse(&format!("package a\n\t{text}\n")).reads;
            assert_eq!(
                found,
                read.map(|read| (read.to_owned(), 2)).into_iter().collect::<Vec<_>>(),
                "{text}"
            );
        }
    }

    #[test]
    fn files_of_other_systems() {
        assert!(
            is_for_linux("a/clock.go") && is_for_linux("clock_linux_arm64.go") && is_for_linux("windows.go")
        );
        assert!(!is_for_linux("a/clock_windows.go") && !is_for_linux("clock_darwin_amd64.go"));
        assert!(!is_for_linux("clock_windows_test.go") && is_for_linux("serve_js_app.go"));
    }
}
