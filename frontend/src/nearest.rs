//! The name that was meant.

/// What other tools call the same thing.
const SYNONYMS: &[(&str, &str)] = &[
    ("base", "from"),
    ("cmd", "command"),
    ("cwd", "working_dir"),
    ("dest", "to"),
    ("destination", "to"),
    ("dst", "target"),
    ("env", "environment"),
    ("envs", "environment"),
    ("files", "include"),
    ("group", "owner"),
    ("ignore", "exclude"),
    ("image", "from"),
    ("key", "id"),
    ("false", "none"),
    ("label", "labels"),
    ("link", "symlink"),
    ("name", "id"),
    ("needs", "depends_on"),
    ("path", "target"),
    ("permissions", "mode"),
    ("port", "expose"),
    ("ports", "expose"),
    ("readonly", "read_only"),
    ("rm", "remove"),
    ("script", "run"),
    ("services", "apps"),
    ("src", "source"),
    ("stopsignal", "stop_signal"),
    ("volume", "volumes"),
    ("workdir", "working_dir"),
    // Stacks.
    ("angular", "node"),
    ("csharp", "dotnet"),
    ("django", "python"),
    ("express", "node"),
    ("fastapi", "python"),
    ("flask", "python"),
    ("golang", "go"),
    ("gradle", "java"),
    ("html", "static"),
    ("javascript", "node"),
    ("js", "node"),
    ("kotlin", "java"),
    ("laravel", "php"),
    ("maven", "java"),
    ("net", "dotnet"),
    ("nextjs", "node"),
    ("nginx", "static"),
    ("nodejs", "node"),
    ("py", "python"),
    ("rails", "ruby"),
    ("react", "node"),
    ("spa", "static"),
    ("spring", "java"),
    ("ts", "node"),
    ("typescript", "node"),
    ("vue", "node"),
];

/// The valid name that is nearest to what was written, when one is near at all.
pub fn nearest<'a>(written: &str, valid: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    nearest_of(written, &mut valid.into_iter())
}

/// Once for all the iterators that there are: each would be a function of its own.
fn nearest_of<'a>(written: &str, valid: &mut dyn Iterator<Item = &'a str>) -> Option<&'a str> {
    let wanted = written.to_ascii_lowercase();
    let synonym = synonym(&wanted);
    let mut best: Option<(usize, &str)> = None;
    for name in valid {
        if Some(name) == synonym {
            return Some(name);
        }
        let distance = strsim::damerau_levenshtein(&wanted, &name.to_ascii_lowercase());
        if distance <= (name.len() / 3).max(1) && best.is_none_or(|(least, _)| distance < least) {
            best = Some((distance, name));
        }
    }
    best.map(|(_, name)| name)
}

/// What we call what other tools call like this.
pub fn synonym(written: &str) -> Option<&'static str> {
    SYNONYMS.iter().find(|(other, _)| *other == written).map(|(_, ours)| *ours)
}

/// "`a`, `b` and `c`".
pub fn list<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    list_of(&mut names.into_iter())
}

fn list_of(names: &mut dyn Iterator<Item = &str>) -> String {
    let quoted: Vec<_> = names.map(|name| format!("`{name}`")).collect();
    match quoted.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} and {last}", others.join(", ")),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_near() {
        let keys = ["command", "environment", "expose", "user", "from", "to"];
        let near = |written| nearest(written, keys);
        assert_eq!(near("comand"), Some("command"));
        assert_eq!(near("Command"), Some("command"));
        assert_eq!(near("env"), Some("environment"));
        assert_eq!(near("ports"), Some("expose"));
        assert_eq!(near("form"), Some("from"));
        assert_eq!(near("xyz"), None);
        assert_eq!(near("x"), None);
    }

    #[test]
    fn a_list_reads_as_a_sentence() {
        assert_eq!(list(["a"]), "`a`");
        assert_eq!(list(["a", "b", "c"]), "`a`, `b` and `c`");
        assert_eq!(list([]), "");
    }
}
