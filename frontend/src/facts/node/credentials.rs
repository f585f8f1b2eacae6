//! Credentials that stand in the settings of a package manager, where a name of a secret belongs.

use crate::diagnostic::{Diagnostic, Diagnostics, Place};
use crate::facts::{Project, numbered};
use crate::rules::Rule;

/// What is kept secret in `.npmrc`, for all registries or behind the address of one; and in `.yarnrc.yml`.
const OF_NPM: &[&str] = &["_auth", "_authToken", "_password"];
const OF_YARN: &[&str] = &["npmAuthIdent", "npmAuthToken"];

/// Looks into those of these files that are such settings.
pub(super) fn check<'a>(
    project: &mut Project,
    files: impl IntoIterator<Item = &'a String>,
    diagnostics: &mut Diagnostics,
) {
    for file in files {
        let (keys, sign, instead) = match file.rsplit('/').next() {
            Some(".npmrc") => (OF_NPM, '=', "${NPM_TOKEN}"),
            // Yarn ends where a variable has no value, also in steps that fetch nothing.
            Some(".yarnrc.yml") => (OF_YARN, ':', "${NPM_TOKEN:-}"),
            Some(_) | None => continue,
        };
        let Some(text) = project.file(file) else { continue };
        for (line, text) in numbered(&text).filter(|(_, line)| !line.starts_with(['#', ';'])) {
            let Some((name, value)) = text.split_once(sign) else { continue };
            let name = name.rsplit(':').next().unwrap_or(name).trim();
            if !keys.contains(&name) || value.contains("${") || value.trim().is_empty() {
                continue;
            }
            let place = Place::File { path: file.clone(), line };
            let message = format!("`{name}` stands in `{file}`, and so in the cache of every build");
            diagnostics.push(Diagnostic::new(Rule::SecretInFile, place, message).help(format!(
                "write `{instead}` there, declare `secrets: {{ npm: {{ type: env, env: NPM_TOKEN }} }}`, and revoke this one"
            )));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The lines of a file that hold credentials.
    fn check(file: &str, text: &str, expected: &[u32]) {
        let files = [file.to_owned()];
        let diagnostics = Project::of_files([(file, text)]).conclude(|project| {
            let mut diagnostics = Diagnostics::default();
            super::check(project, &files, &mut diagnostics);
            diagnostics
        });
        let lines: Vec<u32> = diagnostics
            .sorted()
            .iter()
            .filter_map(|diagnostic| match &diagnostic.labels[0].place {
                Place::File { line, .. } => Some(*line),
                Place::Manifest(_) => None,
            })
            .collect();
        assert_eq!(lines, expected, "{text}");
    }

    #[test]
    fn credentials_of_registries() {
        check(".npmrc", "//r.example/:_authToken=${NPM_TOKEN}\nsave-exact=true\n; _auth=x\n", &[]);
        check("a/.npmrc", "é=1\n//r.example:80/:_authToken=npm_x\n_auth = \"eA==\"\n_password=\n", &[2, 3]);
        check(".yarnrc.yml", "nodeLinker: node-modules\nnpmAuthToken: \"${NPM_TOKEN:-}\"\n", &[]);
        check(".yarnrc.yml", "npmRegistries:\n  //r.example:\n    npmAuthToken: npm_x\n", &[3]);
    }
}
