//! What an app becomes: what of it is in the image, and what the image runs.

use std::fmt;

use super::framework::{ANGULAR, ASSETS, FRAMEWORKS, Framework, NEST, NEXT, paths};
use super::package::Package;
use super::program::Command;
use super::script::{self, Started, Unclear};
use super::{HOME, angular, settings};
use crate::facts::tree::{self, Tree};
use crate::facts::{Fact, Project};
use crate::path;

/// What of the app is in the image. Paths are relative to the app's folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// The source: nothing is built.
    Source,
    /// All that is there after the build.
    Everything,
    /// These of what is there after the build.
    Paths { wanted: Vec<String>, optional: Vec<String> },
    /// A folder of what is there after the build stands for the app, with others put into it.
    Standalone { folder: String, beside: Vec<String> },
}

/// What an image needs of the packages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Packages {
    /// The tree of production, beside the app.
    Installed,
    /// Those that the build gathered.
    Gathered,
    /// None: what was built is for browsers.
    Bundled,
}

impl fmt::Display for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Source => f.write_str("source"),
            Self::Everything => f.write_str("everything"),
            Self::Paths { wanted, .. } => f.write_str(&wanted.join(", ")),
            Self::Standalone { folder, .. } => f.write_str(folder),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Product {
    /// What it is built with, where that decides anything.
    pub framework: Option<Fact<&'static str>>,
    pub content: Fact<Content>,
    /// Where the packages are that it needs at run time.
    pub packages: Packages,
    pub entrypoint: Option<Fact<Vec<String>>>,
    /// Why nothing of the project's scripts is the entrypoint.
    pub unclear: Option<Unclear>,
    pub variables: Vec<(String, String)>,
    /// What the build keeps between two runs, relative to the app's folder.
    pub cache: Option<String>,
}

/// Folders that are known to hold what was built.
const BUILT: &[&str] = &["dist", "build", "out", "lib", ".output", "dist-server", "output"];

/// Files that are an app's entry when nothing says which it is.
const CONVENTIONAL: &[&str] = &[
    "server.js",
    "index.js",
    "app.js",
    "main.js",
    "server.mjs",
    "index.mjs",
    "src/server.js",
    "src/index.js",
    "src/app.js",
    "src/main.js",
];

/// What the compiler makes an entry of, when nothing says which it is.
const COMPILED: &[&str] = &["index", "main", "server", "app"];

/// `folder` is where the app is in the image, `builds` whether it has a build, `written` the entrypoint of the manifest.
pub(super) fn product(
    project: &mut Project,
    package: &Package,
    folder: &str,
    builds: bool,
    written: Option<Vec<String>>,
) -> Product {
    let framework =
        FRAMEWORKS.iter().find(|framework| builds && package.dependency(framework.package).is_some());
    let Some(framework) = framework else { return plain(project, package, folder, builds, written) };
    // The build of Nest is that of the compiler.
    let out = Some(framework).filter(|framework| framework.package == NEST);
    let out = out.and_then(|_| out_folder(project, package));
    let product = of_framework(framework, package, folder, out.as_ref(), written);
    match framework.package {
        NEXT => next(project, package, product),
        ANGULAR => {
            let Some(output) = angular::output(project, package, None) else { return product };
            let entry = format!("{}/server.mjs", output.server);
            Product {
                content: output.whole.with(paths(&[&output.whole.value, "package.json"], &[])),
                packages: if output.needs_packages { Packages::Installed } else { Packages::Bundled },
                entrypoint: Some(output.whole.with(words(&["node", &entry]))),
                ..product
            }
        }
        _ => product,
    }
}

/// Whether a member of a workspace says what starts it.
pub(super) fn starts(package: &Package) -> bool {
    let builds = package.script("build").is_some();
    script::start(package, HOME).is_some_and(|started| started.is_ok())
        || FRAMEWORKS.iter().any(|framework| builds && package.dependency(framework.package).is_some())
}

/// Its settings say where it writes to, and what is needed of that.
fn next(project: &mut Project, package: &Package, product: Product) -> Product {
    const CONFIG: &str = "next.config";
    const FOLDER: &str = ".next";
    let output = settings::setting(project, &package.folder, CONFIG, "output");
    let dist = settings::setting(project, &package.folder, CONFIG, "distDir");
    let loads = settings::loads(project, &package.folder, CONFIG);
    let folder = dist.as_ref().map_or_else(|| Some(FOLDER.to_owned()), |dist| dist.folder(""));
    let Some(folder) = folder else {
        let reason = "`distDir` does not say in plain words where the build writes to";
        return Product { content: Fact::decided(Content::Everything, reason), cache: None, ..product };
    };
    let cache = Some(format!("{folder}/cache"));
    if let Some(output) = output.filter(|output| output.value == "standalone") {
        let reason = "`output: standalone` gathers what the server needs";
        let content = Content::Standalone {
            folder: format!("{folder}/standalone"),
            beside: vec![format!("{folder}/static"), "public".to_owned()],
        };
        // No program of a package is looked for.
        let others = product.variables.into_iter().filter(|(name, _)| name != "PATH");
        return Product {
            content: Fact::at(content, reason, output.file, output.line),
            packages: Packages::Gathered,
            entrypoint: Some(Fact::decided(words(&["node", "server.js"]), reason)),
            variables: [owned(("HOSTNAME", "0.0.0.0"))].into_iter().chain(others).collect(),
            cache,
            ..product
        };
    }
    let mut content = product.content;
    if let Content::Paths { wanted, .. } = &mut content.value {
        wanted.iter_mut().filter(|path| *path == FOLDER).for_each(|path| path.clone_from(&folder));
        // The server reads its settings again.
        content = loads.map_or(content, |loads| loads.with(Content::Everything));
    }
    Product { content, cache, ..product }
}

fn owned((name, value): (&str, &str)) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|&word| word.to_owned()).collect()
}

fn of_framework(
    framework: &Framework,
    package: &Package,
    folder: &str,
    out: Option<&Fact<String>>,
    written: Option<Vec<String>>,
) -> Product {
    let line = package.dependency(framework.package).map_or(1, |dependency| dependency.line);
    let reason = format!("`{}` is a dependency", framework.package);
    let mut variables: Vec<_> = framework.variables.iter().copied().map(owned).collect();
    // A server of the app's own goes before the framework's, and so do the options that a script gives to that.
    let started = script::start(package, folder).and_then(Result::ok);
    let own = started.filter(|Started { command, .. }| {
        framework.packages == Packages::Installed
            && (command.file().is_some() || framework.is_run_by(command))
    });
    let written = written.map(|words| Command { words, ..Command::default() });
    let runs = written.as_ref().or(own.as_ref().map(|own| &own.command));
    let mut files = runs.map(Command::files).unwrap_or_default();
    files.extend(runs.and_then(|command| framework.file_of(command)));
    let built = |file: &&str| match out {
        Some(out) if path::relative(&out.value, file).is_some() => Some(out.value.clone()),
        Some(_) | None => file.split('/').next().filter(|_| in_built(file)).map(str::to_owned),
    };
    let content = match files.iter().map(built).collect::<Option<Vec<_>>>() {
        Some(folders) => {
            let folders =
                if folders.is_empty() { out.iter().map(|out| out.value.clone()).collect() } else { folders };
            Fact::decided(
                framework.content_in(&folders),
                format!("what the build of {} makes", framework.name),
            )
        }
        None => Fact::decided(Content::Everything, "the app has a server of its own"),
    };
    let mut entry = Command::of(framework.entry);
    if let Some(out) = out {
        entry.words = words(&["node", &path::join(&out.value, "main.js")]);
    }
    let (entrypoint, unclear) = match own {
        Some(started) => {
            let reason = started.reason(package, true);
            let Started { line, command, .. } = started;
            variables.extend(command.variables);
            (Some(Fact::at(command.words, reason, &*package.file, line)), None)
        }
        None => match entry.into_entrypoint(package, folder) {
            Ok(entry) => {
                variables.extend(entry.variables);
                (Some(Fact::decided(entry.words, format!("the server of {}", framework.name))), None)
            }
            Err(reason) => (None, Some(Unclear { script: "start", line, reason, help: None })),
        },
    };
    Product {
        framework: Some(Fact::at(framework.name, reason, &*package.file, line)),
        content,
        packages: framework.packages,
        entrypoint,
        unclear,
        variables,
        cache: framework.cache.map(str::to_owned),
    }
}

/// An app without a framework that decides anything.
fn plain(
    project: &mut Project,
    package: &Package,
    folder: &str,
    builds: bool,
    written: Option<Vec<String>>,
) -> Product {
    let out = out_folder(project, package).filter(|_| builds);
    let (mut entrypoint, mut variables, mut unclear) = (None, Vec::new(), None);
    match script::start(package, folder) {
        Some(Ok(started)) => {
            let reason = started.reason(package, builds);
            let Started { line, command, .. } = started;
            entrypoint = Some(Fact::at(command.words, reason, &*package.file, line));
            variables = command.variables;
        }
        Some(Err(reason)) => unclear = Some(reason),
        None => entrypoint = named(package).or_else(|| conventional(project, package, out.as_ref())),
    }
    let words = written.or_else(|| entrypoint.as_ref().map(|entry| entry.value.clone()));
    let command = words.map(|words| Command { words, ..Command::default() });
    let files = command.as_ref().map(Command::files).unwrap_or_default();
    let in_out = |file: &str| out.as_ref().is_some_and(|out| path::relative(&out.value, file).is_some());
    let content = match files.as_slice() {
        _ if !builds => Fact::decided(Content::Source, "nothing is built"),
        [_, ..] if files.iter().all(|file| in_built(file) || in_out(file)) => {
            let of_out = out.as_ref().filter(|_| files.iter().any(|file| in_out(file)));
            let mut wanted: Vec<&str> = of_out.map(|out| out.value.as_str()).into_iter().collect();
            for file in files.iter().filter(|file| of_out.is_none() || !in_out(file)) {
                wanted.extend(file.split('/').next().filter(|folder| !wanted.contains(folder)));
            }
            let optional: Vec<&str> = ASSETS.iter().copied().filter(|path| !wanted.contains(path)).collect();
            let reason = of_out.map_or("what was built is there", |out| &*out.reason).to_owned();
            wanted.push("package.json");
            Fact::decided(paths(&wanted, &optional), reason)
        }
        _ => Fact::decided(Content::Everything, "what the image runs is not in a folder of the build's own"),
    };
    Product {
        framework: None,
        content,
        packages: Packages::Installed,
        entrypoint,
        unclear,
        variables,
        cache: None,
    }
}

pub(super) fn in_built(file: &str) -> bool {
    // `node build` runs the `index.js` that is in it.
    file.split('/').next().is_some_and(|folder| BUILT.contains(&folder))
}

/// `outDir` of `tsconfig.json` or of the one that builds use.
pub(super) fn out_folder(project: &mut Project, package: &Package) -> Option<Fact<String>> {
    let files = ["tsconfig.build.json", "tsconfig.json"].map(|name| path::join(&package.folder, name));
    let texts: Vec<_> = files.iter().map(|file| project.file(file)).collect();
    files.iter().zip(texts).find_map(|(file, text)| {
        let tree = tree::json_with_comments(&text?).ok()?;
        let out = tree.get(&["compilerOptions", "outDir"])?;
        let folder = path::resolve("", out.text()?).filter(|folder| !folder.is_empty())?;
        Some(Fact::at(folder, "`outDir` of the compiler", file, out.line))
    })
}

/// `main` or `bin` of `package.json`.
fn named(package: &Package) -> Option<Fact<Vec<String>>> {
    let file = |key: &str, value: &Tree| {
        let file = value.text()?.trim_start_matches("./").to_owned();
        // `npm init` writes this one for everybody, whether it is there or not.
        let is_default = key == "main" && file == "index.js";
        let fact = || {
            Fact::at(
                vec!["node".to_owned(), file.clone()],
                format!("`{key}` says so"),
                &*package.file,
                value.line,
            )
        };
        (!is_default && !file.is_empty()).then(fact)
    };
    let main = package.tree.get(&["main"]).and_then(|main| file("main", main));
    main.or_else(|| {
        let bin = package.tree.get(&["bin"])?;
        let mut entries = bin.entries().map(|(_, value)| value);
        let only = entries.next().filter(|_| entries.next().is_none());
        file("bin", only.unwrap_or(bin))
    })
}

/// A file of a usual name.
fn conventional(
    project: &mut Project,
    package: &Package,
    out: Option<&Fact<String>>,
) -> Option<Fact<Vec<String>>> {
    let there =
        |project: &mut Project, name: &str| project.file(&path::join(&package.folder, name)).is_some();
    let compiled: Vec<(String, String)> = COMPILED
        .iter()
        .flat_map(|name| {
            ["src/", ""].map(|folder| format!("{folder}{name}.ts")).map(|file| (file, format!("{name}.js")))
        })
        .collect();
    // All are asked for at once.
    let sources: Vec<_> = CONVENTIONAL.iter().map(|&name| (name, there(project, name))).collect();
    let compiled: Vec<_> =
        compiled.into_iter().map(|(source, file)| (there(project, &source), source, file)).collect();
    let source = sources.into_iter().find_map(|(name, there)| there.then_some(name));
    let fact = |file: &str, source: &str| {
        let reason = format!("`{source}` is there, and nothing says what starts the app");
        Fact::at(vec!["node".to_owned(), file.to_owned()], reason, path::join(&package.folder, source), 1)
    };
    let of_compiler = out.and_then(|out| {
        let (_, source, file) = compiled.into_iter().find(|(there, ..)| *there)?;
        Some(fact(&path::join(&out.value, &file), &source))
    });
    of_compiler.or_else(|| source.map(|name| fact(name, name)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Diagnostics;

    /// What of a project with a build is in the image, and what the image runs, with the packages that it needs.
    fn check(files: &[(&str, &str)], content: &str, entrypoint: &str, packages: Packages) {
        let found = Project::of_files(files.iter().copied()).conclude(|project| {
            let package = Package::read(project, "", &mut Diagnostics::default())?;
            Some(product(project, &package, "/app", true, None))
        });
        let product = found.expect("there is a package");
        let found = product.entrypoint.map(|entrypoint| entrypoint.value.join(" "));
        assert_eq!(
            (product.content.value.to_string().as_str(), found.as_deref(), product.packages),
            (content, Some(entrypoint), packages),
            "{files:?}"
        );
    }

    #[test]
    fn what_frameworks_become() {
        let of = |name: &str| format!(r#"{{ "dependencies": {{ "{name}": "1", "express": "1" }} }}"#);
        let next = of("next");
        check(
            &[("package.json", &next)],
            ".next, package.json",
            "/app/node_modules/.bin/next start",
            Packages::Installed,
        );
        let standalone = "export default {\n  // output: 'export',\n  output: 'standalone',\n};";
        check(
            &[("package.json", &next), ("next.config.ts", standalone)],
            ".next/standalone",
            "node server.js",
            Packages::Gathered,
        );
        check(
            &[("package.json", &of("nuxt"))],
            ".output",
            "node .output/server/index.mjs",
            Packages::Gathered,
        );
        check(
            &[("package.json", &of("@sveltejs/adapter-node"))],
            "build, package.json",
            "node build/index.js",
            Packages::Installed,
        );
        let own =
            r#"{ "scripts": { "start": "node server.js" }, "dependencies": { "@remix-run/serve": "2" } }"#;
        check(&[("package.json", own)], "everything", "node server.js", Packages::Installed);
    }

    #[test]
    fn what_is_run_is_where_a_framework_writes_to() {
        let check = |name: &str, start: &str, settings: &str, content: &str, entrypoint: &str| {
            let package = format!(
                r#"{{ "scripts": {{ "start": "{start}" }}, "dependencies": {{ "{name}": "1", "express": "1" }} }}"#
            );
            let files = [("package.json", package.as_str()), ("tsconfig.json", settings)];
            check(&files, content, entrypoint, Packages::Installed);
        };
        let nest = "@nestjs/core";
        let to = |folder: &str| format!(r#"{{ "compilerOptions": {{ "outDir": "{folder}" }} }}"#);
        check(nest, "node build/main", &to("./build"), "build, package.json", "node build/main");
        check(nest, "node build/main", "{}", "build, package.json", "node build/main");
        check(nest, "node release/main", &to("release"), "release, package.json", "node release/main");
        check(nest, "nest start", &to("build"), "build, package.json", "node build/main.js");
        check(nest, "nest start", &to("../../build"), "dist, package.json", "node dist/main.js");
        check("@sveltejs/adapter-node", "node dist", "{}", "dist, package.json", "node dist");
        let serve = "remix-serve dist/server/index.js";
        let program = format!("/app/node_modules/.bin/{serve}");
        check("@remix-run/serve", serve, "{}", "dist, package.json", &program);
        // A server of its own, which loads what Next makes.
        check("next", "node dist/server.js", &to("dist"), "dist, .next, package.json", "node dist/server.js");
    }

    #[test]
    fn the_server_of_angular_is_below_its_output_path() {
        let package = r#"{ "scripts": { "start": "ng serve" }, "dependencies": { "@angular/ssr": "20" } }"#;
        let check = |build: &str, content: &str, entrypoint: &str, packages| {
            let settings = format!(
                r#"{{ "projects": {{ "shop": {{ "architect": {{ "build": {{ "options": {{ {build} }} }} }} }} }} }}"#
            );
            check(&[("package.json", package), ("angular.json", &settings)], content, entrypoint, packages);
        };
        let bundled = Packages::Bundled;
        check("", "dist/shop, package.json", "node dist/shop/server/server.mjs", bundled);
        check(
            r#""outputPath": { "base": "out", "server": "api" }"#,
            "out, package.json",
            "node out/api/server.mjs",
            bundled,
        );
        check(
            r#""externalDependencies": ["sharp"]"#,
            "dist/shop, package.json",
            "node dist/shop/server/server.mjs",
            Packages::Installed,
        );
    }
}
