//! Fonts that the build of Next fetches, with a mistake that names neither the network nor a way out.

use super::Project;
use super::package::Package;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::facts::{Place, numbered};
use crate::path;
use crate::rules::Rule;

/// Where an app is likely to load them, below its folder: among the files that may be asked for.
const FILES: [&str; 9] = [
    "app/layout.tsx",
    "app/layout.jsx",
    "app/layout.js",
    "src/app/layout.tsx",
    "src/app/layout.jsx",
    "src/app/layout.js",
    "pages/_app.tsx",
    "pages/_app.jsx",
    "pages/_app.js",
];

const FETCHES: [&str; 2] = ["\"next/font/google\"", "'next/font/google'"];

/// For a build without network.
pub(super) fn check(project: &mut Project, package: &Package, diagnostics: &mut Diagnostics) {
    let files = FILES.map(|file| path::join(&package.folder, file));
    // All are asked for at once.
    let texts: Vec<_> = files.iter().map(|file| project.file(file)).collect();
    for (file, text) in files.into_iter().zip(texts) {
        let Some(text) = text else { continue };
        let fetches = |text: &str| !text.starts_with("//") && FETCHES.iter().any(|name| text.contains(name));
        if let Some((line, _)) = numbered(&text).find(|(_, text)| fetches(text)) {
            let message = "the build fetches what is imported of `next/font/google`, and has no network";
            diagnostics.push(
                Diagnostic::new(Rule::NetworkInBuild, Place::File { path: file, line }, message)
                    .help("use `next/font/local`, or write `build: { network: default }`"),
            );
        }
    }
}
