//! Frameworks whose server is made by their build: what of it is in an image, and what the image runs.

use super::product::{Content, Packages};
use super::program::Command;

/// A framework whose server is made by its build.
pub(super) struct Framework {
    pub name: &'static str,
    /// The package that it is known by.
    pub package: &'static str,
    pub content: fn() -> Content,
    pub packages: Packages,
    /// `node` with its file, or a program of a package.
    pub entry: &'static [&'static str],
    pub variables: &'static [(&'static str, &'static str)],
    pub cache: Option<&'static str>,
}

impl Framework {
    /// It is the framework's own server, perhaps with options: `next start -p 80`.
    pub fn is_run_by(&self, command: &Command) -> bool {
        let program = command.words.first().and_then(|program| program.rsplit('/').next());
        let same =
            self.entry[1].contains('/') || command.words.get(1).is_some_and(|word| word == self.entry[1]);
        program == Some(self.entry[0]) && same
    }

    /// What of the build its own server is given: `remix-serve ./build/index.js`.
    pub fn file_of<'a>(&self, command: &'a Command) -> Option<&'a str> {
        let file = command.words.get(1).filter(|_| self.entry[0] != "node" && self.is_run_by(command))?;
        self.entry[1].contains('/').then(|| file.strip_prefix("./").unwrap_or(file))
    }

    /// What of the build is in an image that runs what is in these folders.
    pub fn content_in(&self, folders: &[String]) -> Content {
        let mut content = (self.content)();
        if let Content::Paths { wanted, optional } = &mut content {
            let mut others: Vec<String> = Vec::new();
            for folder in folders.iter().filter(|folder| !wanted.contains(folder)) {
                if !others.contains(folder) {
                    others.push(folder.clone());
                }
            }
            // Settings of Next say where it writes to.
            if others.len() == folders.len() && !others.is_empty() && self.package != NEXT {
                let usual = wanted.remove(0);
                // Else what is run may be a server of the app's own, which loads what is there.
                optional.extend(Some(usual).filter(|_| self.package != NEST));
            }
            wanted.splice(..0, others);
        }
        content
    }
}

/// Folders that an app reads at run time and that no compiler makes.
pub(super) const ASSETS: &[&str] = &[
    "assets",
    "config",
    "i18n",
    "locales",
    "migrations",
    "prisma",
    "public",
    "static",
    "templates",
    "views",
];

const LISTEN: &[(&str, &str)] = &[("HOST", "0.0.0.0")];

pub(super) const NEXT: &str = "next";
pub(super) const ANGULAR: &str = "@angular/ssr";
pub(super) const NEST: &str = "@nestjs/core";

pub(super) const FRAMEWORKS: &[Framework] = &[
    Framework {
        name: "Next",
        package: NEXT,
        content: || {
            paths(
                &[".next", "package.json"],
                &["public", "next.config.js", "next.config.mjs", "next.config.ts"],
            )
        },
        packages: Packages::Installed,
        entry: &["next", "start"],
        variables: &[("NEXT_TELEMETRY_DISABLED", "1")],
        cache: Some(".next/cache"),
    },
    Framework {
        name: "Nuxt",
        package: "nuxt",
        content: || paths(&[".output"], &[]),
        packages: Packages::Gathered,
        entry: &["node", ".output/server/index.mjs"],
        variables: &[],
        cache: None,
    },
    Framework {
        name: "React Router",
        package: "@react-router/serve",
        content: || paths(&["build", "package.json"], &["public"]),
        packages: Packages::Installed,
        entry: &["react-router-serve", "./build/server/index.js"],
        variables: &[],
        cache: None,
    },
    Framework {
        name: "Remix",
        package: "@remix-run/serve",
        content: || paths(&["build", "package.json"], &["public"]),
        packages: Packages::Installed,
        entry: &["remix-serve", "./build/server/index.js"],
        variables: &[],
        cache: None,
    },
    Framework {
        name: "Astro",
        package: "@astrojs/node",
        content: || paths(&["dist", "package.json"], &[]),
        packages: Packages::Installed,
        entry: &["node", "./dist/server/entry.mjs"],
        variables: LISTEN,
        cache: None,
    },
    Framework {
        name: "SvelteKit",
        package: "@sveltejs/adapter-node",
        content: || paths(&["build", "package.json"], &[]),
        packages: Packages::Installed,
        entry: &["node", "build/index.js"],
        variables: &[],
        cache: None,
    },
    Framework {
        name: "Angular",
        package: ANGULAR,
        content: || paths(&["dist", "package.json"], &[]),
        packages: Packages::Bundled,
        entry: &["node", "dist/server/server.mjs"],
        variables: &[],
        cache: None,
    },
    Framework {
        name: "Nest",
        package: NEST,
        content: || paths(&["dist", "package.json"], ASSETS),
        packages: Packages::Installed,
        entry: &["node", "dist/main.js"],
        variables: &[],
        cache: None,
    },
];

pub(super) fn paths(wanted: &[&str], optional: &[&str]) -> Content {
    let owned = |paths: &[&str]| paths.iter().map(|&path| path.to_owned()).collect();
    Content::Paths { wanted: owned(wanted), optional: owned(optional) }
}
