//! What the head of a Go file says: its package, whether a plain build takes it, and what it embeds.

/// The head of one Go file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GoFile {
    pub package: String,
    /// `//go:build ignore`, the customary mark of a file that is run by hand.
    pub ignored: bool,
    /// Patterns of `//go:embed`, relative to the file's folder, without `all:`.
    pub embeds: Vec<String>,
}

impl GoFile {
    pub fn parse(text: &str) -> Self {
        let mut file = Self::default();
        let mut in_comment = false;
        for line in text.lines() {
            let mut line = line.trim();
            if file.package.is_empty() {
                if let Some(rest) = line.strip_prefix("//go:build ") {
                    file.ignored |= rest.split_whitespace().any(|word| word == "ignore");
                }
                line = strip_comments(line, &mut in_comment);
                if let Some(name) = line.strip_prefix("package ") {
                    let name = name.split(|c: char| !c.is_alphanumeric() && c != '_').next();
                    name.unwrap_or_default().clone_into(&mut file.package);
                }
            } else if let Some(patterns) = line.strip_prefix("//go:embed ") {
                file.embeds.extend(embed_patterns(patterns));
            }
        }
        file
    }

    pub fn is_main(&self) -> bool {
        self.package == "main" && !self.ignored
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
        patterns.push(pattern.strip_prefix("all:").unwrap_or(pattern).to_owned());
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
        assert_eq!(GoFile::parse("").package, "");
    }

    #[test]
    fn embeds() {
        let file =
            GoFile::parse("package a\n\n//go:embed README.md \"with space.md\" all:static\nvar x string\n");
        assert_eq!(file.embeds, ["README.md", "with space.md", "static"]);
    }
}
