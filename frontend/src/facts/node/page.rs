//! What a project becomes whose build is files for a web server.

use super::package::Package;
use super::product::{Content, Packages, Product};
use super::{angular, settings};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::facts::tree::Tree;
use crate::facts::{Fact, Project};
use crate::path;
use crate::rules::Rule;
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
    /// The same in a script: its program, and the option.
    option: Option<(&'static str, &'static str)>,
    page: Page,
}

const PLAIN: Builder = Builder {
    name: "",
    package: "",
    folder: "dist",
    settings: None,
    option: None,
    page: Page { routes: false, hashed: None },
};

/// For apps that route by themselves.
const fn app(hashed: Option<&'static str>) -> Page {
    Page { routes: true, hashed }
}

const fn pages(hashed: Option<&'static str>) -> Page {
    Page { routes: false, hashed }
}

const VITE: &str = "vite";
const VITEPRESS: &str = "vitepress";
const ANGULAR: &str = "@angular/cli";
const SVELTE: &str = "@sveltejs/adapter-static";

/// One of them says what the build of `SvelteKit` makes.
const ADAPTERS: &str = "@sveltejs/adapter-";

/// Those that stand on others come first.
const BUILDERS: &[Builder] = &[
    Builder {
        name: "SvelteKit",
        package: SVELTE,
        folder: "build",
        settings: Some(("svelte.config", "pages")),
        page: pages(Some("^/_app/immutable/")),
        ..PLAIN
    },
    Builder {
        name: "Astro",
        package: "astro",
        settings: Some(("astro.config", "outDir")),
        option: Some(("astro", "--outDir")),
        page: pages(Some("^/_astro/")),
        ..PLAIN
    },
    Builder {
        name: "VitePress",
        package: VITEPRESS,
        folder: ".vitepress/dist",
        option: Some((VITEPRESS, "--outDir")),
        page: pages(Some("^/assets/")),
        ..PLAIN
    },
    Builder {
        name: "Docusaurus",
        package: "@docusaurus/core",
        folder: "build",
        option: Some(("docusaurus", "--out-dir")),
        page: pages(Some("^/assets/")),
        ..PLAIN
    },
    Builder { name: "Gatsby", package: "gatsby", folder: "public", page: pages(Some("^/static/")), ..PLAIN },
    Builder {
        name: "Eleventy",
        package: "@11ty/eleventy",
        folder: "_site",
        option: Some(("eleventy", "--output")),
        ..PLAIN
    },
    Builder {
        name: "Next",
        package: "next",
        folder: "out",
        settings: Some(("next.config", "distDir")),
        page: pages(Some("^/_next/static/")),
        ..PLAIN
    },
    Builder {
        name: "Nuxt",
        package: "nuxt",
        folder: ".output/public",
        page: pages(Some("^/_nuxt/")),
        ..PLAIN
    },
    Builder {
        name: "React Router",
        package: "@react-router/dev",
        folder: "build/client",
        page: app(Some("^/assets/")),
        ..PLAIN
    },
    Builder {
        name: "Angular",
        package: ANGULAR,
        option: Some(("ng", "--output-path")),
        page: app(Some(r"[-.][0-9A-Za-z]{8,20}\.(?:js|css|woff2?)$")),
        ..PLAIN
    },
    Builder {
        name: "Create React App",
        package: "react-scripts",
        folder: "build",
        page: app(Some("^/static/")),
        ..PLAIN
    },
    Builder {
        name: "Vue CLI",
        package: "@vue/cli-service",
        settings: Some(("vue.config", "outputDir")),
        option: Some(("vue-cli-service", "--dest")),
        page: app(Some("^/(?:js|css|img|fonts)/")),
        ..PLAIN
    },
    Builder { name: "Rsbuild", package: "@rsbuild/core", page: app(Some("^/static/")), ..PLAIN },
    Builder {
        name: "Vite",
        package: VITE,
        settings: Some(("vite.config", "outDir")),
        option: Some((VITE, "--outDir")),
        page: app(Some("^/assets/")),
        ..PLAIN
    },
    Builder {
        name: "Parcel",
        package: "parcel",
        option: Some(("parcel", "--dist-dir")),
        page: app(None),
        ..PLAIN
    },
];

/// `output` is where the manifest says that the build writes to. `None` when a mistake was found.
pub(super) fn page(
    project: &mut Project,
    package: &Package,
    output: Option<&Spanned<String>>,
    diagnostics: &mut Diagnostics,
) -> Option<(Product, Page)> {
    let found = BUILDERS.iter().find_map(|builder| Some((builder, package.dependency(builder.package)?)));
    let framework = found.map(|(builder, dependency)| {
        let reason = format!("`{}` is a dependency", builder.package);
        Fact::at(builder.name, reason, &*package.file, dependency.line)
    });
    let folder = match (output, found) {
        (Some(output), _) => Fact::written(output.value.clone(), "build.output", output.span),
        (None, Some((builder, _))) => match folder(project, package, builder) {
            Ok(folder) => folder,
            Err(mistake) => {
                diagnostics.push(*mistake);
                return None;
            }
        },
        (None, None) => Fact::decided(PLAIN.folder.to_owned(), "where most tools write to"),
    };
    let mut page = found.map_or(PLAIN.page, |(builder, _)| builder.page.clone());
    if found.is_some_and(|(builder, _)| builder.package == SVELTE) {
        let fallback = settings::setting(project, &package.folder, "svelte.config", "fallback");
        page.routes = fallback.is_some_and(|fallback| fallback.value == "index.html");
    }
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
    Some((product, page))
}

/// Where a tool writes to: a script says it, else its settings, else it is where it always does.
fn folder(
    project: &mut Project,
    package: &Package,
    builder: &Builder,
) -> Result<Fact<String>, Box<Diagnostic>> {
    if let Some(adapter) = package.dependencies().find(|dependency| dependency.name.starts_with(ADAPTERS))
        && builder.package == VITE
    {
        let message = format!("`{}` makes neither a server for Node nor a page", adapter.name);
        return Err(Box::new(Diagnostic::new(Rule::NoOutput, package.place(adapter.line), message).help(
            "use `@sveltejs/adapter-node` or `@sveltejs/adapter-static`, or write `build: { output: dist }` with its folder",
        )));
    }
    let (line, words) = builder.option.map(|(program, _)| invocation(package, program)).unwrap_or_default();
    let first = words.first().map(String::as_str).filter(|word| !word.starts_with('-'));
    let base = match builder.package {
        VITE => match settings::setting(project, &package.folder, "vite.config", "root") {
            Some(root) => root.folder("").ok_or_else(|| Box::new(root.no_folder("root")))?,
            None => first.and_then(|folder| path::resolve("", folder)).unwrap_or_default(),
        },
        VITEPRESS => first.and_then(|folder| path::resolve("", folder)).unwrap_or_default(),
        _ => String::new(),
    };
    let given = builder.option.and_then(|(_, option)| given(&words, option));
    if let Some(folder) = given.and_then(|folder| path::resolve(&base, folder)) {
        return Ok(Fact::at(folder, "a script says so", &*package.file, line));
    }
    if let Some((file, key)) = builder.settings
        && let Some(setting) = settings::setting(project, &package.folder, file, key)
    {
        let folder = setting.folder(&base).filter(|folder| !folder.is_empty());
        let folder = folder.ok_or_else(|| Box::new(setting.no_folder(key)))?;
        return Ok(Fact::at(folder, format!("`{key}` says so"), setting.file, setting.line));
    }
    if builder.package == ANGULAR
        && let Some(output) = angular::output(project, package, first)
    {
        return Ok(output.whole.with(output.browser));
    }
    Ok(Fact::decided(path::join(&base, builder.folder), format!("where {} writes to", builder.name)))
}

/// What the scripts that build give to a program, and the line.
fn invocation(package: &Package, program: &str) -> (u32, Vec<String>) {
    let scripts = package.tree.get(&["scripts"]).into_iter().flat_map(Tree::entries);
    let scripts: Vec<_> = scripts.filter(|(name, _)| name.contains("build")).collect();
    // The script `build` itself comes first.
    let (first, others): (Vec<_>, Vec<_>) = scripts.into_iter().partition(|(name, _)| *name == "build");
    let found = first.into_iter().chain(others).find_map(|(_, script)| {
        script.text()?.split("&&").find_map(|command| {
            let mut words =
                shlex::split(command)?.into_iter().skip_while(|word| word != program).skip(1).peekable();
            words.next_if(|word| word == "build");
            words.peek()?;
            Some((script.line, words.collect()))
        })
    });
    found.unwrap_or_default()
}

/// The value of an option.
fn given<'a>(words: &'a [String], option: &str) -> Option<&'a str> {
    let mut words = words.iter();
    let word = words.find_map(|word| word.strip_prefix(option))?;
    if word.is_empty() { words.next().map(String::as_str) } else { word.strip_prefix('=') }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::span::Span;

    fn check(files: &[(&str, &str)], folder: &str, routes: bool) {
        let found = Project::of_files(files.iter().copied()).conclude(|project| {
            let package = Package::read(project, "", &mut Diagnostics::default())?;
            page(project, &package, None, &mut Diagnostics::default())
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
            Some(page(project, &package, Some(&written), &mut Diagnostics::default())?.0.content)
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
