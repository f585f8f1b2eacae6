//! What `.dockerignore` hides. In a build the client leaves it out; by hand there is no client.

use buildkit_gateway::contexts::dockerignore;

/// Patterns in their order: the last one that matches a path decides.
#[derive(Clone, Debug, Default)]
pub(super) struct Ignore(Vec<String>);

impl Ignore {
    pub(super) fn parse(file: &[u8]) -> Self {
        Self(dockerignore::patterns(file))
    }

    pub(super) fn patterns(&self) -> &[String] {
        &self.0
    }

    /// Whether a path of the context is hidden, by its own name or with a folder that it is in.
    pub(super) fn hides(&self, path: &str) -> bool {
        self.0.iter().fold(false, |hidden, pattern| {
            let (shows, pattern) =
                pattern.strip_prefix('!').map_or((false, pattern.as_str()), |rest| (true, rest));
            if ancestors(path).any(|path| matches(&parts(pattern), &parts(path))) { !shows } else { hidden }
        })
    }
}

/// The path and the folders that it is in.
fn ancestors(path: &str) -> impl Iterator<Item = &str> {
    let ends = path.match_indices('/').map(|(end, _)| end);
    ends.chain([path.len()]).map(|end| &path[..end]).filter(|path| !path.is_empty())
}

fn parts(path: &str) -> Vec<&str> {
    path.trim_matches('/').split('/').collect()
}

fn matches(pattern: &[&str], path: &[&str]) -> bool {
    match (pattern, path) {
        ([], path) => path.is_empty(),
        (["**", rest @ ..], path) => (0..=path.len()).any(|taken| matches(rest, &path[taken..])),
        ([part, pattern @ ..], [name, path @ ..]) => fits(part, name) && matches(pattern, path),
        (_, []) => false,
    }
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
    fn patterns_are_those_of_dockerignore() {
        let ignore = Ignore::parse(
            b"# comment\n/a.txt\n*.log\n**/*.tmp\nout\n!out/keep\ndocs/*/draft[0-9].md\n\\!odd\nq?\n",
        );
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
