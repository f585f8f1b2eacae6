//! `.dockerignore`, as `github.com/moby/patternmatcher` reads and matches it.

/// What the patterns of a `.dockerignore` leave out. The engine does the same with files that it loads; this is for those
/// that are there without having come through such a filter.
///
/// ```
/// use buildkit_gateway::contexts::dockerignore::{Ignore, patterns};
///
/// let ignore = Ignore::new(patterns(b"target\n!target/keep\n**/*.log\n"));
/// assert!(ignore.hides("target/debug/app") && ignore.hides("a/b.log"));
/// assert!(!ignore.hides("target/keep/file") && !ignore.hides("src/main.rs"));
/// // Something in it is not hidden.
/// assert!(ignore.hides("target") && !ignore.hides_all_of("target") && ignore.hides_all_of("target/debug"));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ignore {
    patterns: Vec<String>,
    /// The same, taken apart once for all paths: whether it is an exception, and its names.
    parsed: Vec<(bool, Vec<String>)>,
}

impl Ignore {
    /// Of patterns as [`patterns`] gives them. The last one that matches a path decides.
    pub fn new(patterns: Vec<String>) -> Self {
        let parsed = patterns.iter().map(|pattern| {
            let (shows, pattern) = exception(pattern);
            (shows, names(pattern))
        });
        let parsed = parsed.collect();
        Self { patterns, parsed }
    }

    /// In their order.
    pub fn patterns(&self) -> &[String] {
        &self.patterns
    }

    /// Whether a path of the context is left out, by its own name or with a folder that it is in.
    pub fn hides(&self, path: &str) -> bool {
        let path: Vec<&str> = parts(path).collect();
        self.parsed.iter().fold(false, |hidden, (shows, pattern)| {
            // A pattern that would change nothing need not be looked at.
            if hidden != *shows {
                return hidden;
            }
            let matched = (1..=path.len()).any(|length| matches(pattern, &path[..length]));
            if matched { !shows } else { hidden }
        })
    }

    /// Whether nothing in a folder is there: with an exception for something in it, or one with a wildcard, there may be.
    pub fn hides_all_of(&self, folder: &str) -> bool {
        let folders: Vec<&str> = parts(folder).collect();
        let reaches = |pattern: &[String]| {
            let is_wild = pattern.iter().any(|name| name.contains(['*', '?', '[', '\\']));
            is_wild
                || pattern.len() > folders.len()
                    && pattern.iter().zip(&folders).all(|(one, other)| one == other)
        };
        self.hides(folder) && !self.parsed.iter().any(|(shows, pattern)| *shows && reaches(pattern))
    }
}

fn exception(pattern: &str) -> (bool, &str) {
    pattern.strip_prefix('!').map_or((false, pattern), |rest| (true, rest))
}

fn parts(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter(|part| !part.is_empty())
}

/// The patterns of a file, in its order and in the form that a local source takes. A `!` brings back what an earlier
/// pattern leaves out.
///
/// ```
/// use buildkit_gateway::contexts::dockerignore;
///
/// let patterns = dockerignore::patterns(b"# generated\n/target/\n!./target/keep \n");
/// assert_eq!(patterns, ["target", "!target/keep"]);
/// ```
pub fn patterns(file: &[u8]) -> Vec<String> {
    let file = file.strip_prefix(b"\xef\xbb\xbf").unwrap_or(file);
    let text = String::from_utf8_lossy(file);
    text.lines()
        // Only at the very start of a line: ` #a` is a pattern.
        .filter(|line| !line.starts_with('#'))
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .map(|line| match line.strip_prefix('!') {
            Some(pattern) => format!("!{}", normalize(pattern.trim())),
            None => normalize(line),
        })
        .collect()
}

fn normalize(pattern: &str) -> String {
    if pattern.is_empty() {
        return String::new();
    }
    let clean = clean(pattern);
    match clean.strip_prefix('/') {
        Some(relative) if !relative.is_empty() => relative.to_owned(),
        _ => clean,
    }
}

/// Go's `path.Clean`: no `.`, no `..` that can be resolved, no slash at the end.
pub(super) fn clean(path: &str) -> String {
    let rooted = path.starts_with('/');
    let mut parts = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => match parts.last() {
                Some(&last) if last != ".." => {
                    parts.pop();
                }
                _ if rooted => {}
                _ => parts.push(".."),
            },
            part => parts.push(part),
        }
    }
    let joined = parts.join("/");
    match (rooted, joined.is_empty()) {
        (true, _) => format!("/{joined}"),
        (false, true) => ".".to_owned(),
        (false, false) => joined,
    }
}

fn matches(pattern: &[String], path: &[&str]) -> bool {
    match (pattern, path) {
        ([], path) => path.is_empty(),
        ([any, rest @ ..], path) if any == "**" => {
            (0..=path.len()).any(|taken| matches(rest, &path[taken..]))
        }
        ([part, pattern @ ..], [name, path @ ..]) => fits(part, name) && matches(pattern, path),
        (_, []) => false,
    }
}

/// The names of a pattern. `**.log` is `**/*.log`, what ends so. With another wildcard, or behind a folder, it is `**/.log`.
fn names(pattern: &str) -> Vec<String> {
    let is_ending = pattern.strip_prefix("**").is_some_and(|ending| !ending.contains(['*', '?', '[', '\\']));
    let split = |name: &str| match name.strip_prefix("**") {
        Some(rest) if !rest.is_empty() && is_ending => vec!["**".to_owned(), format!("*{rest}")],
        Some(rest) if !rest.is_empty() => vec!["**".to_owned(), rest.to_owned()],
        Some(_) | None => vec![name.to_owned()],
    };
    parts(pattern).flat_map(split).collect()
}

/// Go's `filepath.Match`, of a name without slashes.
fn fits(pattern: &str, name: &str) -> bool {
    let mut letters = pattern.chars();
    let Some(letter) = letters.next() else { return name.is_empty() };
    let rest = letters.as_str();
    let mut names = name.chars();
    match letter {
        '*' => name.char_indices().map(|(at, _)| at).chain([name.len()]).any(|at| fits(rest, &name[at..])),
        '[' => {
            let (Some((class, rest)), Some(found)) = (rest.split_once(']'), names.next()) else {
                return false;
            };
            in_class(class, found) && fits(rest, names.as_str())
        }
        '?' => names.next().is_some() && fits(rest, names.as_str()),
        '\\' if !rest.is_empty() => {
            let mut rest = rest.chars();
            rest.next() == names.next() && fits(rest.as_str(), names.as_str())
        }
        _ => names.next() == Some(letter) && fits(rest, names.as_str()),
    }
}

fn in_class(class: &str, found: char) -> bool {
    let (negated, class) = class.strip_prefix('^').map_or((false, class), |rest| (true, rest));
    let letters: Vec<char> = class.chars().collect();
    let mut rest = letters.as_slice();
    let mut inside = false;
    loop {
        rest = match rest {
            [low, '-', high, rest @ ..] => {
                inside |= (*low..=*high).contains(&found);
                rest
            }
            [letter, rest @ ..] => {
                inside |= *letter == found;
                rest
            }
            [] => return inside != negated,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines() {
        let file =
            "\u{feff}# comment\r\n #not\r\n\r\n  a/b/ \n!/c/./d\n! e\n/\n!\n../x\na/../..\nq//r\n**/*.é\n";
        assert_eq!(
            patterns(file.as_bytes()),
            ["#not", "a/b", "!c/d", "!e", "/", "!", "../x", "..", "q/r", "**/*.é"]
        );
        assert!(patterns(b"").is_empty());
        assert_eq!(patterns(b"\xff"), ["\u{fffd}"]);
    }

    #[test]
    fn two_stars_before_a_name() {
        let check = |pattern: &str, hidden: &[&str], shown: &[&str]| {
            let ignore = Ignore::new(patterns(pattern.as_bytes()));
            for (path, expected) in
                hidden.iter().map(|path| (path, true)).chain(shown.iter().map(|path| (path, false)))
            {
                assert_eq!(ignore.hides(path), expected, "{pattern}: {path}");
            }
        };
        check("**.log", &["a.log", ".log", "a/b.log", "a/.log", "a.log/b"], &["a.logs", "log"]);
        check("**og/a", &["og/a", "log/a", "b/log/a"], &["log/b", "og"]);
        check("**", &["a", "a/b"], &[]);
        // As the engine has it.
        check("a/**.log", &["a/.log", "a/b/.log"], &["a/b.log"]);
        check("**.l?g", &[".log", "a/.lag"], &["a.log"]);
    }

    #[test]
    fn patterns_are_those_of_dockerignore() {
        let ignore = Ignore::new(patterns(
            b"# comment\n/a.txt\n*.log\n**/*.tmp\nout\n!out/keep\ndocs/*/draft[0-9].md\n\\!odd\nq?\n",
        ));
        let hidden = |path| ignore.hides(path);
        for path in [
            "a.txt",
            "x.log",
            "x.tmp",
            "deep/er/x.tmp",
            "out",
            "out/x",
            "out/x/y",
            "docs/a/draft1.md",
            "qa",
            "!odd",
        ] {
            assert!(hidden(path), "{path}");
        }
        for path in [
            "sub/a.txt",
            "sub/x.log",
            "out/keep",
            "out/keep/x",
            "docs/draft1.md",
            "docs/a/draftx.md",
            "q",
            "outer",
            "!od",
        ] {
            assert!(!hidden(path), "{path}");
        }
        assert!(!Ignore::default().hides("a"));
    }
}
