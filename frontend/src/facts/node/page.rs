//! What a project becomes whose build is files for a web server.

use super::package::Package;
use super::product::{Content, Packages, Product};
use super::{angular, settings};
use crate::facts::{Fact, Project};
use crate::path;
use crate::span::Spanned;

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
    builder("Next", "next", "out", Some(("next.config", "distDir")), false, Some("^/_next/static/")),
    builder("Nuxt", "nuxt", ".output/public", None, false, Some("^/_nuxt/")),
    builder("React Router", "@react-router/dev", "build/client", None, true, Some("^/assets/")),
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

/// `output` is where the manifest says that the build writes to.
pub(super) fn page(
    project: &mut Project,
    package: &Package,
    output: Option<&Spanned<String>>,
) -> (Product, Page) {
    let found = BUILDERS.iter().find_map(|builder| Some((builder, package.dependency(builder.package)?)));
    let (framework, folder, page) = match found {
        Some((builder, dependency)) => {
            let reason = format!("`{}` is a dependency", builder.package);
            let framework = Fact::at(builder.name, reason, &*package.file, dependency.line);
            let usual =
                || Fact::decided(builder.folder.to_owned(), format!("where {} writes to", builder.name));
            let folder = match builder.settings {
                Some((file, key)) => named(project, package, file, key),
                None if builder.package == ANGULAR => {
                    angular::output(project, package).map(|output| output.whole.with(output.browser))
                }
                None => None,
            };
            (Some(framework), folder.unwrap_or_else(usual), builder.page.clone())
        }
        None => {
            let folder = Fact::decided("dist".to_owned(), "where most tools write to");
            (None, folder, Page { routes: false, hashed: None })
        }
    };
    let written = |output: &Spanned<String>| Fact::written(output.value.clone(), "build.output", output.span);
    let folder = output.map_or(folder, written);
    let content = folder.with(Content::Standalone { folder: folder.value.clone(), beside: Vec::new() });
    let product = Product {
        framework,
        content,
        packages: Packages::Bundled,
        entrypoint: None,
        unclear: None,
        variables: Vec::new(),
        cache: None,
    };
    (product, page)
}

/// A folder that a settings file names, as in `outDir: "site"`.
fn named(project: &mut Project, package: &Package, file: &str, key: &str) -> Option<Fact<String>> {
    let setting = settings::setting(project, &package.folder, file, key)?;
    let folder = path::resolve("", &setting.value).filter(|folder| !folder.is_empty())?;
    Some(Fact::at(folder, format!("`{key}` says so"), setting.file, setting.line))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Diagnostics;
    use crate::span::Span;

    fn check(files: &[(&str, &str)], folder: &str, routes: bool) {
        let found = Project::of_files(files.iter().copied()).conclude(|project| {
            let package = Package::read(project, "", &mut Diagnostics::default())?;
            Some(page(project, &package, None))
        });
        let (product, page) = found.expect("there is a package");
        let expected = Content::Standalone { folder: folder.to_owned(), beside: Vec::new() };
        assert_eq!((product.content.value, page.routes), (expected, routes), "{files:?}");
    }

    #[test]
    fn the_manifest_goes_before_the_tool() {
        let written = Spanned::new("www".to_owned(), Span::default());
        let files = [("package.json", "{ \"devDependencies\": { \"vite\": \"1\" } }")];
        let content = Project::of_files(files).conclude(|project| {
            let package = Package::read(project, "", &mut Diagnostics::default())?;
            Some(page(project, &package, Some(&written)).0.content)
        });
        let content = content.expect("there is a package");
        assert_eq!((&*content.value.to_string(), &*content.reason), ("www", "`build.output` says so"));
    }

    #[test]
    fn where_builds_write_to() {
        let of = |name: &str| format!("{{ \"devDependencies\": {{ \"{name}\": \"1\", \"vite\": \"1\" }} }}");
        check(&[("package.json", &of("react"))], "dist", true);
        let vite = "export default {\n  build: { outDir: \"./site\" },\n};";
        check(&[("package.json", &of("react")), ("vite.config.ts", vite)], "site", true);
        check(&[("package.json", &of("@sveltejs/adapter-static"))], "build", false);
        check(&[("package.json", &of("react-scripts"))], "build", true);
        check(&[("package.json", &of("next"))], "out", false);
        check(&[("package.json", &of("next")), ("next.config.js", "{ distDir: 'page' }")], "page", false);
        check(&[("package.json", &of("nuxt"))], ".output/public", false);
        check(&[("package.json", &of("@react-router/dev"))], "build/client", true);
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
