//! The members of a workspace that an app needs at run time, and what of them.

use super::framework::ASSETS;
use super::package::Package;
use super::product::Content;
use crate::facts::tree::{Tree, Value};

/// What a member has at run time, beside the packages that are installed for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Relative to the workspace.
    pub folder: String,
    pub content: Content,
}

/// Conditions of `exports` that nothing at run time asks for.
const NOT_RUN: &[&str] = &["development", "source", "types", "typings"];

/// What is built of a member: the folders that its entries are in and what it would publish. Without a build it is its source.
pub(super) fn content(package: &Package) -> Content {
    if package.script("build").is_none() {
        return Content::Source;
    }
    let mut entries = Vec::new();
    for key in ["main", "module", "exports", "bin"] {
        entries.extend(package.tree.get(&[key]).into_iter().flat_map(files));
    }
    let published = package.tree.get(&["files"]).into_iter().flat_map(files);
    let published: Vec<&str> = published.filter(|file| !file.starts_with('!')).collect();
    let folder = |file: &str| {
        let file = file.trim_start_matches("./");
        let (folder, _) = file.split_once('/')?;
        (!folder.contains(['*', '{'])).then(|| folder.to_owned())
    };
    let entries: Option<Vec<String>> =
        entries.into_iter().filter(|file| !file.ends_with("package.json")).map(folder).collect();
    let Some(mut optional) = entries.filter(|entries| !entries.is_empty()) else {
        return Content::Everything;
    };
    optional.extend(published.iter().map(|file| folder(file).unwrap_or_else(|| (*file).to_owned())));
    optional.extend(ASSETS.iter().map(|&asset| asset.to_owned()));
    optional.retain(|path| !path.contains(['*', '{']) && path != "package.json");
    optional.sort();
    optional.dedup();
    Content::Paths { wanted: vec!["package.json".to_owned()], optional }
}

/// The files below a key.
fn files(tree: &Tree) -> Vec<&str> {
    match &tree.value {
        Value::Text(file) => vec![file],
        Value::List(items) => items.iter().flat_map(files).collect(),
        Value::Table(entries) => {
            let entries = entries.iter().filter(|(condition, _)| !NOT_RUN.contains(&condition.as_str()));
            entries.flat_map(|(_, tree)| files(tree)).collect()
        }
        Value::Null | Value::Bool(_) => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::tree;

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        let tree = tree::json(text).expect("it is JSON");
        let package = Package { folder: String::new(), file: "package.json".to_owned(), tree };
        let content = content(&package);
        let found = match &content {
            Content::Paths { optional, .. } => optional.clone(),
            Content::Source | Content::Everything | Content::Standalone { .. } => vec![content.to_string()],
        };
        let found: Vec<_> = found.iter().map(String::as_str).filter(|path| !ASSETS.contains(path)).collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn what_is_built_of_a_member() {
        check(r#"{ "main": "index.js" }"#, &["source"]);
        check(r#"{ "scripts": { "build": "tsc" }, "main": "./dist/index.js" }"#, &["dist"]);
        check(r#"{ "scripts": { "build": "tsc" } }"#, &["everything"]);
        check(
            r#"{ "scripts": { "build": "tsc" }, "main": "index.js", "bin": "dist/cli.js" }"#,
            &["everything"],
        );
        check(
            r#"{ "scripts": { "build": "tsup" }, "files": ["lib/**/*.js", "!lib/x", "*.md", "schema.json"], "exports": {
              "./package.json": "./package.json",
              ".": { "types": "./src/index.ts", "import": "./dist/index.mjs", "require": ["./cjs/index.cjs"] } } }"#,
            &["cjs", "dist", "lib", "schema.json"],
        );
    }
}
