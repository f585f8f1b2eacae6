//! The members of a workspace, which its root names by patterns.

use std::collections::BTreeSet;

use super::Project;
use crate::gather::Gather as _;
use crate::path;

/// How deep `**` looks.
const DEEPEST: usize = 6;

/// The folders below `folder` that match, relative to the context, as far as this file is in them. A pattern that begins
/// with `!` is an exception.
pub fn folders(project: &mut Project, folder: &str, patterns: &[String], file: &str) -> BTreeSet<String> {
    let (exceptions, wanted): (Vec<_>, Vec<_>) =
        patterns.iter().partition(|pattern| pattern.starts_with('!'));
    let mut found = BTreeSet::new();
    for pattern in wanted {
        expand(project, folder, &parts(pattern), DEEPEST, &mut found);
    }
    found.retain(|member| {
        let relative = path::relative(folder, member).unwrap_or_default();
        let names: Vec<&str> = relative.split('/').collect();
        !exceptions.iter().any(|pattern| matches(&parts(pattern.trim_start_matches('!')), &names))
    });
    // All are asked for at once.
    let there: Vec<_> =
        found.iter().map(|member| project.file(&path::join(member, file)).is_some()).collect();
    found.into_iter().zip(there).filter_map(|(member, there)| there.then_some(member)).gather()
}

fn parts(pattern: &str) -> Vec<&str> {
    pattern.split('/').filter(|part| !matches!(*part, "" | ".")).collect()
}

fn expand(
    project: &mut Project,
    folder: &str,
    pattern: &[&str],
    deepest: usize,
    found: &mut BTreeSet<String>,
) {
    let Some((part, rest)) = pattern.split_first() else {
        found.insert(folder.to_owned());
        return;
    };
    if !part.contains('*') {
        return expand(project, &path::join(folder, part), rest, deepest, found);
    }
    let Some(deeper) = deepest.checked_sub(1) else { return };
    if *part == "**" {
        expand(project, folder, rest, deepest, found);
    }
    let items = project.folder(folder);
    for item in items.iter().filter(|item| item.is_folder && item.name != "node_modules") {
        let below = path::join(folder, &item.name);
        if *part == "**" {
            expand(project, &below, pattern, deeper, found);
        } else if fits(part, &item.name) {
            expand(project, &below, rest, deeper, found);
        }
    }
}

/// Whether names match a pattern's parts.
fn matches(pattern: &[&str], names: &[&str]) -> bool {
    match (pattern, names) {
        ([], []) => true,
        (["**", rest @ ..], _) => {
            matches(rest, names) || names.split_first().is_some_and(|(_, names)| matches(pattern, names))
        }
        ([part, rest @ ..], [name, names @ ..]) => fits(part, name) && matches(rest, names),
        _ => false,
    }
}

/// `*` stands for anything in a name.
fn fits(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == name,
        Some((before, after)) => name.strip_prefix(before).is_some_and(|rest| {
            rest.char_indices()
                .map(|(at, _)| at)
                .chain([rest.len()])
                .any(|at| rest.get(at..).is_some_and(|rest| fits(after, rest)))
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_of_members() {
        let of = |pattern, name: &str| matches(&parts(pattern), &name.split('/').collect::<Vec<_>>());
        assert!(
            of("packages/*", "packages/a")
                && !of("packages/*", "packages/a/b")
                && !of("packages/*", "packages")
        );
        assert!(of("apps/**", "apps/a/b") && of("**", "a") && of("**/test/**", "a/test/b"));
        assert!(of("lib-*-x", "lib-é-x") && !of("lib-*-x", "lib-"));
    }
}
