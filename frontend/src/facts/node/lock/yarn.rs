//! `yarn.lock`, of Yarn 1 and of later versions. The one is nearly YAML and the other YAML of one shape: an entry begins at the
//! margin with all that was wanted of a package, and what it says stands below, indented by its depth.

use super::{Lock, Locked};
use crate::facts::tree::Broken;
use crate::gather::Gather as _;

/// What Yarn 1 writes down nowhere but in a comment.
const FIRST_FORMAT: &str = "1";

/// The entry of later versions that is about the file.
const ABOUT: &str = "__metadata";

#[derive(Default)]
struct Entry<'a> {
    line: u32,
    /// Names, each with what was wanted; none of what is about the file.
    wanted: Vec<(&'a str, &'a str)>,
    version: Option<&'a str>,
    /// The format does not say which packages are for some platforms only: those that choose a binary of their own among
    /// optional packages do.
    optional: bool,
}

pub(super) fn parse(text: &str) -> Result<Lock, Broken> {
    let mut lock = Lock { format: Some(FIRST_FORMAT.to_owned()), ..Lock::default() };
    let mut entries: Vec<Entry<'_>> = Vec::new();
    let mut section = "";
    for (line, text) in (1..).zip(text.lines()) {
        let trimmed = text.trim();
        if trimmed.is_empty() || trimmed.starts_with('#') {
            continue;
        }
        let depth = text.len() - text.trim_start().len();
        // YAML writes a key of more than 1024 characters on a line of its own, and its colon on the next.
        let long = trimmed.strip_prefix("? ").filter(|_| depth == 0);
        if depth == 0 && trimmed == ":" {
            continue;
        }
        if depth == 0 {
            let wanted = long.or(trimmed.strip_suffix(':')).and_then(wanted).ok_or_else(|| broken(line))?;
            entries.push(Entry { line, wanted, ..Entry::default() });
            section = "";
            continue;
        }
        let (key, value) = trimmed.split_once([':', ' ']).ok_or_else(|| broken(line))?;
        let entry = entries.last_mut().ok_or_else(|| broken(line))?;
        match (depth, key) {
            (2, "version") => entry.version = Some(value.trim().trim_matches('"')),
            (2, key) => section = key,
            _ => {}
        }
        let is_chosen = section == "dependenciesMeta" && key == "optional" && value.trim() == "true";
        entry.optional |= is_chosen || section == "optionalDependencies" && depth > 2;
    }
    let mut locked = Vec::new();
    for entry in entries {
        let version = entry.version.ok_or_else(|| broken(entry.line))?;
        match entry.wanted.first() {
            Some((name, _)) => lock.note(name, entry.optional, false),
            None => lock.format = Some(version.to_owned()),
        }
        locked.extend(entry.wanted.iter().map(|(name, wanted)| ((*name).to_owned(), (*wanted).to_owned())));
    }
    lock.locked = Locked::Wanted(locked.into_iter().gather());
    Ok(lock)
}

/// `a@^1` and `@s/b@npm:2` of `a@^1, "@s/b@npm:2"`.
fn wanted(key: &str) -> Option<Vec<(&str, &str)>> {
    if key == ABOUT {
        return Some(Vec::new());
    }
    key.split(", ").map(one).collect()
}

fn one(text: &str) -> Option<(&str, &str)> {
    let text = text.trim_matches('"');
    let (at, _) = text.char_indices().skip(1).find(|(_, c)| *c == '@')?;
    Some((&text[..at], &text[at + 1..]))
}

fn broken(line: u32) -> Broken {
    (line, "an entry begins here that is not understood".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, format: &str, expected: &[(&str, &str)], per_platform: Option<&str>) {
        let lock = parse(text).expect("it is understood");
        let expected = expected.iter().map(|(name, wanted)| ((*name).to_owned(), (*wanted).to_owned()));
        assert_eq!(lock.locked, Locked::Wanted(expected.gather()), "{text}");
        assert_eq!(
            (lock.format.as_deref(), lock.per_platform.as_deref()),
            (Some(format), per_platform),
            "{text}"
        );
    }

    #[test]
    fn both_formats() {
        let first = "# yarn lockfile v1\r\n\n\n\"@s/a@^1\", \"@s/a@>= 1 < 3\":\n  version \"1.2.0\"\n  dependencies:\n    \
                     optional \"true\"\n\nb@2:\n  version \"2.0.0\"\n  optionalDependencies:\n    c \"^1\"\n";
        check(first, "1", &[("@s/a", "^1"), ("@s/a", ">= 1 < 3"), ("b", "2")], Some("b"));
        check("# yarn lockfile v1\n\n\n", "1", &[], None);
        let later = "__metadata:\n  version: 8\n  cacheKey: 10c0\n\n\"@s/a@npm:^1, @s/a@npm:1.2\":\n  version: 1.2.0\n  \
                     resolution: \"@s/a@npm:1.2.0\"\n  bin:\n    a: ./a.js\n\n\"b@npm:2\":\n  version: 2.0.0\n  dependenciesMeta:\n    \
                     c:\n      optional: true\n  checksum: 10c0/ab\n  languageName: node\n";
        check(later, "8", &[("@s/a", "npm:^1"), ("@s/a", "npm:1.2"), ("b", "npm:2")], Some("b"));
        check("? \"a@npm:1, a@npm:2\"\n:\n  version: 1.0.0\n", "1", &[("a", "npm:1"), ("a", "npm:2")], None);
    }

    #[test]
    fn what_is_not_understood_has_a_line() {
        let cases = [
            ("\n  version 1\n", 2),
            ("a@1:\n  version 1\n\nb@\n", 4),
            ("a@1:\n  version 1\nb:\n  version 1\n", 3),
            ("a@1:\n  version 1\nb@1:\n  resolved x\n", 3),
            ("a@1:\n  version\n", 2),
            ("{\n}\n", 1),
        ];
        for (text, line) in cases {
            assert_eq!(parse(text).err().map(|(line, _)| line), Some(line), "{text}");
        }
    }
}
