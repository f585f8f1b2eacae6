//! Paths inside a build are text with slashes, whatever the host is.

use crate::{Error, Result};

/// Absolute and cleaned, as the Go client writes it.
pub(crate) fn absolute(kind: &'static str, path: &str) -> Result<String> {
    if path.contains('\0') {
        return Err(Error::invalid(kind, path, "it contains a NUL"));
    }
    if is_windows_absolute(path) {
        return Ok(path.to_owned());
    }
    if !path.starts_with('/') {
        return Err(Error::invalid(kind, path, "it must be absolute"));
    }
    Ok(clean(path))
}

/// As [`absolute`], and a trailing `/` or `/.` stays: a copy means something else by it.
pub(crate) fn absolute_keeping_slash(kind: &'static str, path: &str) -> Result<String> {
    let mut cleaned = absolute(kind, path)?;
    if path.ends_with('/') {
        if !cleaned.ends_with('/') {
            cleaned.push('/');
        }
    } else if path.ends_with("/.") {
        if cleaned != "/" {
            cleaned.push('/');
        }
        cleaned.push('.');
    }
    Ok(cleaned)
}

/// `C:\` and `C:/`: paths of Windows containers, which nobody cleans.
fn is_windows_absolute(path: &str) -> bool {
    matches!(path.as_bytes(), [drive, b':', b'/' | b'\\', ..] if drive.is_ascii_alphabetic())
}

/// Go's `path.Clean`.
pub(crate) fn clean(path: &str) -> String {
    let rooted = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|&last| last != "..") => {
                parts.pop();
            }
            ".." if rooted => {}
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clean_as_go_does() {
        // The table of Go's own test, path/path_test.go.
        for (path, cleaned) in [
            ("", "."),
            ("abc", "abc"),
            ("abc/def", "abc/def"),
            (".", "."),
            ("..", ".."),
            ("../..", "../.."),
            ("/abc", "/abc"),
            ("/", "/"),
            ("abc/", "abc"),
            ("../../", "../.."),
            ("abc//def//ghi", "abc/def/ghi"),
            ("//abc", "/abc"),
            ("abc/./def", "abc/def"),
            ("/./abc/def", "/abc/def"),
            ("abc/def/ghi/../jkl", "abc/def/jkl"),
            ("abc/def/../..", "."),
            ("/abc/def/../..", "/"),
            ("abc/def/../../..", ".."),
            ("/abc/def/../../..", "/"),
            ("abc/def/../../../ghi/jkl/../../../mno", "../../mno"),
            ("abc/./../def", "def"),
            ("abc//./../def", "def"),
            ("abc/../../././../def", "../../def"),
        ] {
            assert_eq!(clean(path), cleaned, "{path}");
        }
    }

    #[test]
    fn a_copy_keeps_its_slash() {
        for (path, kept) in [("/a/", "/a/"), ("/a/.", "/a/."), ("/", "/"), ("/.", "/."), ("/a/b/../", "/a/")]
        {
            assert_eq!(absolute_keeping_slash("a path", path).as_deref(), Ok(kept));
        }
    }
}
