//! What is kept of a build: the lines of its script that fill the output.

use super::build::{SETTINGS, TESTS};
use super::{Kit, SOURCE, below};
use crate::facts::node::{Content, HOME, NodeImage, Packages};

/// What is written into packages before it is known to be needed at run time. Tools keep their caches there too.
const STARTED: &str = "/tmp/started";
const CACHES: &[&str] = &[".cache", ".vite*", ".tmp"];

impl Kit<'_> {
    /// What of the project's is generated into packages has to be looked for there.
    pub(super) fn generates(&self) -> bool {
        let facts = &self.facts;
        let may = facts.generates || !facts.scripts.is_empty();
        may && facts.product.packages == Packages::Installed && self.development().is_some()
    }

    /// Before anything is generated.
    pub(super) fn start(&self) -> Option<String> {
        // The `find` of Alpine knows no time shorter than a second.
        let alpine = NodeImage::wanted(self.app).is_some_and(|image| image.value.is_alpine());
        let wait = if alpine { "\nsleep 1" } else { "" };
        self.generates().then(|| format!("touch {STARTED}{wait}"))
    }

    /// From the folder of the app to the output.
    pub(super) fn capture(&self) -> Vec<String> {
        let facts = &self.facts;
        let mut lines = of_folder(&facts.product.content.value, &facts.home());
        if let Some(cache) = &facts.product.cache {
            // What one build keeps is for the next one. The server writes there as well, whoever runs it.
            let cache = quoted(&crate::path::join(&facts.home(), cache));
            lines.extend([format!("rm -rf {cache}"), format!("install -d -m 1777 {cache}")]);
        }
        if facts.product.packages == Packages::Installed {
            for member in &facts.members {
                lines.push(format!("cd {}", quoted(&below(SOURCE, &member.folder))));
                lines.extend(of_folder(&member.content, &below(HOME, &member.folder)));
            }
        }
        if self.generates() {
            let trees = self.production_folders();
            let trees: Vec<_> =
                trees.map(|folder| quoted(&crate::path::join(folder, "node_modules"))).collect();
            let caches: Vec<_> =
                CACHES.iter().map(|name| format!("-name {} -prune -o", quoted(name))).collect();
            lines.push(format!("cd {SOURCE}"));
            lines.push(format!(
                "find {} {} -type f -newer {STARTED} -exec cp --parents {{}} {HOME} \\;",
                trees.join(" "),
                caches.join(" ")
            ));
        }
        lines
    }
}

/// From the folder where the script is to that of the image.
fn of_folder(content: &Content, home: &str) -> Vec<String> {
    let home = quoted(home);
    let mut lines = vec![format!("mkdir -p {home}")];
    let optional = |paths: &[String]| {
        let paths: Vec<_> = paths.iter().map(|path| quoted(path)).collect();
        let copy = format!("  if [ -e \"$path\" ]; then cp -R --parents \"$path\" {home}; fi");
        let lines = [format!("for path in {}; do", paths.join(" ")), copy, "done".to_owned()];
        if paths.is_empty() { Vec::new() } else { lines.to_vec() }
    };
    match content {
        Content::Paths { wanted, optional: others } => {
            let wanted: Vec<_> = wanted.iter().map(|path| quoted(path)).collect();
            lines.push(format!("cp -R --parents {} {home}", wanted.join(" ")));
            lines.extend(optional(others));
        }
        Content::Standalone { folder, beside } => {
            lines.push(format!("cp -R {}/. {HOME}", quoted(folder)));
            lines.extend(optional(beside));
        }
        Content::Source | Content::Everything => {
            let tests: &[&str] = if *content == Content::Source { &["./test", "./tests"] } else { &[] };
            let left_out = TESTS.iter().chain(SETTINGS).chain(&["node_modules", "./.git"]).chain(tests);
            let left_out =
                left_out.map(|pattern| quoted(&format!("--exclude={}", pattern.trim_start_matches("**/"))));
            let left_out: Vec<_> = left_out.collect();
            lines.push(format!("tar -cf - {} . | tar -xf - -C {home}", left_out.join(" ")));
        }
    }
    lines
}

pub(super) fn quoted(word: &str) -> String {
    // A name that holds what a shell cannot quote is no path of the project's.
    shlex::try_quote(word).map_or_else(|_| "''".to_owned(), std::borrow::Cow::into_owned)
}
