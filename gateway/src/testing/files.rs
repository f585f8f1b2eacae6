//! A file system that is a list of files.

use std::collections::BTreeMap;

use buildkit_proto::fsutil::Stat;

// Go's `os.ModeDir`.
const DIRECTORY: u32 = 1 << 31;

/// Files by their path, without a slash in front.
#[derive(Debug, Default)]
pub(super) struct Files<'a>(BTreeMap<&'a str, &'a [u8]>);

impl<'a> Files<'a> {
    pub(super) fn add(&mut self, path: &'a str, data: &'a [u8]) {
        self.0.entry(path).or_insert(data);
    }

    pub(super) fn read(&self, path: &str) -> Result<&'a [u8], String> {
        match self.0.get(&*relative(path)) {
            Some(data) => Ok(data),
            None if self.is_directory(path) => Err(format!("{path} is not a regular file")),
            None => Err(missing("open", path)),
        }
    }

    pub(super) fn stat(&self, path: &str) -> Result<Stat, String> {
        let name = relative(path).rsplit('/').next().unwrap_or_default().to_owned();
        if let Some(data) = self.0.get(&*relative(path)) {
            Ok(file(name, data))
        } else if self.is_directory(path) {
            Ok(directory(name))
        } else {
            Err(missing("lstat", path))
        }
    }

    pub(super) fn list(&self, path: &str, pattern: &str) -> Result<Vec<Stat>, String> {
        if !self.is_directory(path) {
            return Err(missing("open", path));
        }
        let mut entries = BTreeMap::new();
        for (path, data) in self.inside(path) {
            match path.split_once('/') {
                Some((name, _)) => entries.insert(name, directory(name.to_owned())),
                None => entries.insert(path, file(path.to_owned(), data)),
            };
        }
        entries.retain(|name, _| pattern.is_empty() || matches(pattern.as_bytes(), name.as_bytes()));
        Ok(entries.into_values().collect())
    }

    fn is_directory(&self, path: &str) -> bool {
        relative(path).is_empty() || self.inside(path).next().is_some()
    }

    fn inside(&self, path: &str) -> impl Iterator<Item = (&'a str, &'a [u8])> {
        let path = relative(path);
        self.0.iter().filter_map(move |(file, data)| {
            let rest = match &*path {
                "" => file,
                path => file.strip_prefix(path)?.strip_prefix('/')?,
            };
            Some((rest, *data))
        })
    }
}

/// `/a/./b/` is `a/b`.
fn relative(path: &str) -> String {
    let parts: Vec<_> = path.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
    parts.join("/")
}

fn missing(doing: &str, path: &str) -> String {
    format!("{doing} {path}: no such file or directory")
}

fn file(path: String, data: &[u8]) -> Stat {
    Stat { path, mode: 0o644, size: i64::try_from(data.len()).unwrap_or(i64::MAX), ..Stat::default() }
}

fn directory(path: String) -> Stat {
    Stat { path, mode: DIRECTORY | 0o755, ..Stat::default() }
}

/// `*` and `?`.
fn matches(pattern: &[u8], name: &[u8]) -> bool {
    match (pattern, name) {
        ([], []) => true,
        ([b'*', rest @ ..], _) => (0..=name.len()).any(|skipped| matches(rest, &name[skipped..])),
        ([b'?', pattern @ ..], [_, name @ ..]) => matches(pattern, name),
        ([one, pattern @ ..], [other, name @ ..]) if one == other => matches(pattern, name),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looking_around() {
        let mut files = Files::default();
        for path in ["a.txt", "b/c.rs", "b/d/e.rs"] {
            files.add(path, path.as_bytes());
        }
        let names = |path, pattern| -> Vec<_> {
            files.list(path, pattern).unwrap().into_iter().map(|stat| stat.path).collect()
        };
        assert_eq!(names("/", ""), ["a.txt", "b"]);
        assert_eq!(names("./b/", "*.rs"), ["c.rs"]);
        assert_eq!(names("b/d", "?.rs"), ["e.rs"]);
        assert_eq!(files.read("/b/c.rs"), Ok(b"b/c.rs".as_slice()));
        assert_eq!(files.read("b").unwrap_err(), "b is not a regular file");
        assert_eq!(files.read("x").unwrap_err(), "open x: no such file or directory");
        assert_eq!(files.stat("b/d").unwrap().mode, DIRECTORY | 0o755);
        assert_eq!(files.stat("a.txt").unwrap().size, 5);
        assert!(files.stat("a").is_err());
        assert!(files.list("a.txt", "").is_err());
    }
}
