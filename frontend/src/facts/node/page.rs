//! What a project becomes whose build is files for a web server.

use super::package::Package;
use super::product::{Content, Packages, Product};
use crate::facts::tree::{self, Tree};
use crate::facts::{Fact, Project, numbered};
use crate::path;

/// What the web server has to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// The app routes by itself: what is no file is its page.
    pub routes: bool,
    /// A pattern for the paths of files that carry a hash of their content in their name.
    pub hashed: Option<&'static str>,
}

/// A tool whose build is a page.
struct Builder {
    name: &'static str,
    package: &'static str,
    folder: &'static str,
    /// Where it is told another folder: a file, without what it ends in, and the key.
    settings: Option<(&'static str, &'static str)>,
    page: Page,
}

/// Those that stand on others come first.
const BUILDERS: &[Builder] = &[
    builder(
        "SvelteKit",
        "@sveltejs/adapter-static",
        "build",
        Some(("svelte.config", "pages")),
        false,
        Some("^/_app/immutable/"),
    ),
    builder("Astro", "astro", "dist", Some(("astro.config", "outDir")), false, Some("^/_astro/")),
    builder("VitePress", "vitepress", ".vitepress/dist", None, false, Some("^/assets/")),
    builder("Docusaurus", "@docusaurus/core", "build", None, false, Some("^/assets/")),
    builder("Gatsby", "gatsby", "public", None, false, Some("^/static/")),
    builder("Eleventy", "@11ty/eleventy", "_site", None, false, None),
    builder("Next", "next", "out", None, false, Some("^/_next/static/")),
    builder("Angular", ANGULAR, "dist", None, true, Some(r"[-.][0-9A-Za-z]{8,20}\.(?:js|css|woff2?)$")),
    builder("Create React App", "react-scripts", "build", None, true, Some("^/static/")),
    builder(
        "Vue CLI",
        "@vue/cli-service",
        "dist",
        Some(("vue.config", "outputDir")),
        true,
        Some("^/(?:js|css|img|fonts)/"),
    ),
    builder("Rsbuild", "@rsbuild/core", "dist", None, true, Some("^/static/")),
    builder("Vite", "vite", "dist", Some(("vite.config", "outDir")), true, Some("^/assets/")),
    builder("Parcel", "parcel", "dist", None, true, None),
];

const ANGULAR: &str = "@angular/cli";

const fn builder(
    name: &'static str,
    package: &'static str,
    folder: &'static str,
    settings: Option<(&'static str, &'static str)>,
    routes: bool,
    hashed: Option<&'static str>,
) -> Builder {
    Builder { name, package, folder, settings, page: Page { routes, hashed } }
}

pub(super) fn page(project: &mut Project, package: &Package) -> (Product, Page) {
    let found = BUILDERS.iter().find_map(|builder| Some((builder, package.dependency(builder.package)?)));
    let (framework, folder, page) = match found {
        Some((builder, dependency)) => {
            let reason = format!("`{}` is a dependency", builder.package);
            let framework = Fact::at(builder.name, reason, &*package.file, dependency.line);
            let usual =
                || Fact::decided(builder.folder.to_owned(), format!("where {} writes to", builder.name));
            let folder = match builder.settings {
                Some((file, key)) => setting(project, package, file, key),
                None if builder.package == ANGULAR => angular(project, package),
                None => None,
            };
            (Some(framework), folder.unwrap_or_else(usual), builder.page.clone())
        }
        None => {
            let folder = Fact::decided("dist".to_owned(), "where most tools write to");
            (None, folder, Page { routes: false, hashed: None })
        }
    };
    let content = folder.with(Content::Standalone { folder: folder.value.clone(), beside: Vec::new() });
    let product = Product {
        framework,
        content,
        packages: Packages::Bundled,
        entrypoint: None,
        variables: Vec::new(),
        cache: None,
    };
    (product, page)
}

/// A folder that a settings file names in plain words, as in `outDir: "site"`.
fn setting(project: &mut Project, package: &Package, file: &str, key: &str) -> Option<Fact<String>> {
    let files =
        ["js", "ts", "mjs", "mts", "cjs"].map(|end| path::join(&package.folder, &format!("{file}.{end}")));
    let texts: Vec<_> = files.iter().map(|file| project.file(file)).collect();
    files.iter().zip(texts).find_map(|(file, text)| {
        numbered(&text?).find_map(|(line, text)| {
            let (_, rest) = text.split_once(key)?;
            let value = rest.trim_start().strip_prefix(':')?.trim_start();
            let quote = value.chars().next().filter(|c| matches!(c, '"' | '\'' | '`'))?;
            let folder = value.get(1..)?.split(quote).next()?;
            let folder = path::resolve("", folder).filter(|folder| !folder.is_empty())?;
            Some(Fact::at(folder, format!("`{key}` says so"), file, line))
        })
    })
}

/// `outputPath` of the first project of `angular.json`, below which newer builders make a folder for browsers.
fn angular(project: &mut Project, package: &Package) -> Option<Fact<String>> {
    let file = path::join(&package.folder, "angular.json");
    let tree = tree::json_with_comments(&project.file(&file)?).ok()?;
    let (name, app) = tree.get(&["projects"])?.entries().next()?;
    let build = app.get(&["architect", "build"]).or_else(|| app.get(&["targets", "build"]))?;
    let output = build.get(&["options", "outputPath"]);
    let base = output.and_then(|output| output.text().or_else(|| output.text_of(&["base"])));
    let base = base.map_or_else(|| format!("dist/{name}"), |base| base.trim_end_matches('/').to_owned());
    let browser = output.and_then(|output| output.text_of(&["browser"])).unwrap_or("browser");
    let is_old = build.text_of(&["builder"]).is_some_and(|builder| builder.ends_with(":browser"));
    let folder = if is_old { base } else { path::join(&base, browser) };
    let line = output.map_or(build.line, |output: &Tree| output.line);
    Some(Fact::at(folder, "the project's `outputPath`", file, line))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Diagnostics;

    fn check(files: &[(&str, &str)], folder: &str, routes: bool) {
        let found = Project::of_files(files.iter().copied()).conclude(|project| {
            let package = Package::read(project, "", &mut Diagnostics::default())?;
            Some(page(project, &package))
        });
        let (product, page) = found.expect("there is a package");
        let expected = Content::Standalone { folder: folder.to_owned(), beside: Vec::new() };
        assert_eq!((product.content.value, page.routes), (expected, routes), "{files:?}");
    }

    #[test]
    fn where_builds_write_to() {
        let of = |name: &str| format!("{{ \"devDependencies\": {{ \"{name}\": \"1\", \"vite\": \"1\" }} }}");
        check(&[("package.json", &of("react"))], "dist", true);
        let vite = "export default {\n  build: { outDir: \"./site\" },\n};";
        check(&[("package.json", &of("react")), ("vite.config.ts", vite)], "site", true);
        check(&[("package.json", &of("@sveltejs/adapter-static"))], "build", false);
        check(&[("package.json", &of("react-scripts"))], "build", true);
        let angular = |options: &str| {
            format!(
                "{{ \"projects\": {{ \"shop\": {{ \"architect\": {{ \"build\": {{ {options} }} }} }} }} }}"
            )
        };
        check(
            &[("package.json", &of("@angular/cli")), ("angular.json", &angular(""))],
            "dist/shop/browser",
            true,
        );
        let old = "\"builder\": \"@angular-devkit/build-angular:browser\", \"options\": { \"outputPath\": \"dist/\" }";
        check(&[("package.json", &of("@angular/cli")), ("angular.json", &angular(old))], "dist", true);
        check(&[("package.json", "{}")], "dist", false);
    }
}
