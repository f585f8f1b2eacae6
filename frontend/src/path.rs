//! Relative paths of the context: `/` between parts, `""` for the context itself.

/// `file` below `folder`.
pub fn join(folder: &str, file: &str) -> String {
    let file = file.trim_start_matches("./");
    match (folder, file) {
        ("", file) => file.to_owned(),
        (folder, "" | ".") => folder.to_owned(),
        (folder, file) => format!("{folder}/{file}"),
    }
}

/// Where a path written in `folder` leads; `None` when it is absolute or leaves the context.
pub fn resolve(folder: &str, written: &str) -> Option<String> {
    if written.starts_with('/') {
        return None;
    }
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in written.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// `path` as seen from `folder`, when it lies in it.
pub fn relative(folder: &str, path: &str) -> Option<String> {
    if folder.is_empty() {
        return Some(path.to_owned());
    }
    let rest = path.strip_prefix(folder)?;
    if rest.is_empty() { Some(String::new()) } else { rest.strip_prefix('/').map(str::to_owned) }
}

/// The lowest folder that holds both.
pub fn common(one: &str, other: &str) -> String {
    let parts = one.split('/').zip(other.split('/')).take_while(|(one, other)| one == other);
    parts.map(|(part, _)| part).collect::<Vec<_>>().join("/")
}

/// The folder and those above it, up to the context.
pub fn ancestors(folder: &str) -> impl Iterator<Item = String> {
    let mut next = Some(folder.to_owned());
    std::iter::from_fn(move || {
        let folder = next.take()?;
        if !folder.is_empty() {
            next = Some(folder.rsplit_once('/').map_or("", |(above, _)| above).to_owned());
        }
        Some(folder)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths() {
        assert_eq!(join("a", "./b"), "a/b");
        assert_eq!(resolve("services/api", "../../libs/x"), Some("libs/x".to_owned()));
        assert_eq!(resolve("api", "../../x"), None);
        assert_eq!(relative("a", "ab"), None);
        assert_eq!(relative("a", "a/b"), Some("b".to_owned()));
        assert_eq!(common("a/b/c", "a/bc"), "a");
        assert_eq!(ancestors("a/b").collect::<Vec<_>>(), ["a/b", "a", ""]);
    }
}
