//! `.dockerignore`, as `github.com/moby/patternmatcher/ignorefile` reads it.

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
}
