//! Projects with a `package.json`, and pages without one. Both `node` and `static` have a `package.json`: what serves
//! the app tells which.

use serde_json::Value as Json;

use super::{Sign, any_file};
use crate::facts::Place;
use crate::facts::node::{has_server, setting, without_server};
use crate::facts::{Project, line_at};
use crate::manifest::StackName;
use crate::path;

pub(super) const FILES: &[&str] = &["**/package.json", "**/index.html"];

/// Packages that serve.
const SERVERS: &[&str] = &[
    "@analogjs/platform",
    "@angular/ssr",
    "@astrojs/node",
    "@hapi/hapi",
    "@hono/node-server",
    "@nestjs/core",
    "@react-router/node",
    "@react-router/serve",
    "@remix-run/node",
    "@remix-run/serve",
    "@solidjs/start",
    "@sveltejs/adapter-node",
    "@tanstack/react-start",
    "@tanstack/solid-start",
    "express",
    "fastify",
    "koa",
    "next",
    "nuxt",
];

/// Packages whose build is files for a web server.
const PAGES: &[&str] = &[
    "@11ty/eleventy",
    "@angular/cli",
    "@docusaurus/core",
    "@rsbuild/core",
    "@sveltejs/adapter-static",
    "@vue/cli-service",
    "astro",
    "gatsby",
    "parcel",
    "react-scripts",
    VITE,
    "vitepress",
];

const VITE: &str = "vite";

const BUILD: &str = "build";

/// What a build of documentation is called where it is made by `VitePress`.
pub(in crate::stacks) const DOCUMENTATION: &str = "docs:build";

/// What a server is left out by: a package, its settings without what the file ends in, and what stands there.
const EXPORTS: &[(&str, &str, &str, &str)] = &[
    ("next", "next.config", "output", "export"),
    ("@react-router/dev", "react-router.config", "ssr", "false"),
];

/// The program of a script `build` that makes a page of an app with a server.
const GENERATORS: &[&str] = &["nuxt generate", "nuxi generate"];

pub(super) fn sign(project: &mut Project, root: &str) -> Option<Sign> {
    let file = path::join(root, "package.json");
    let is_index = project.file(&path::join(root, "index.html")).is_some();
    let text = project.file(&file)?;
    let there = Sign::of_file(StackName::Node, &file);
    // One that cannot be read is told when its facts are.
    let Ok(package) = serde_json::from_str::<Json>(&text) else { return Some(there) };
    let depends =
        |on: &str| ["dependencies", "devDependencies"].iter().any(|kind| package[*kind].get(on).is_some());
    let script = |name: &str| package["scripts"].get(name).and_then(Json::as_str);
    if let Some(build) = script(BUILD) {
        let export =
            EXPORTS.iter().filter(|(package, ..)| depends(package)).find_map(|(_, name, key, value)| {
                let setting = setting(project, root, name, key).filter(|setting| setting.value == *value)?;
                Some((setting, format!("`{key}: {value}` makes a page of it")))
            });
        if let Some((export, reason)) = export {
            return Some(Sign {
                stack: StackName::Static,
                reason,
                file: export.file,
                line: export.line,
                ..there
            });
        }
        if let Some(fact) = without_server(project, root).filter(|_| depends("@angular/ssr"))
            && let Some(Place::File { path: file, line }) = fact.place
        {
            return Some(Sign { stack: StackName::Static, reason: fact.reason, file, line, ..there });
        }
        if let Some(generator) = GENERATORS.iter().find(|generator| build.contains(**generator)) {
            let line = text.find(generator).map_or(1, |byte| line_at(&text, byte));
            let reason = format!("`{generator}` makes a page of it");
            return Some(Sign { stack: StackName::Static, reason, line, ..there });
        }
    }
    // It comes with test runners and libraries, too.
    let builds_page = |tool: &str| {
        tool != VITE
            || is_index
            || package["scripts"].as_object().is_some_and(|scripts| scripts.values().any(runs_vite))
    };
    let serves = SERVERS.iter().any(|server| depends(server)) || has_server(project, root);
    let page = PAGES.iter().find(|page| depends(page) && builds_page(page));
    let page =
        page.filter(|_| !serves && [BUILD, DOCUMENTATION].into_iter().any(|name| script(name).is_some()));
    let Some(page) = page else { return Some(there) };
    let line = text.find(&format!("\"{page}\"")).map_or(1, |byte| line_at(&text, byte));
    let reason = format!("`{page}` builds a page, and no dependency serves it");
    Some(Sign { stack: StackName::Static, reason, line, ..there })
}

fn runs_vite(script: &Json) -> bool {
    script.as_str().is_some_and(|script| script.split_whitespace().any(|word| word.trim_matches('"') == VITE))
}

/// Many projects of other stacks have such a page.
pub(super) fn page(project: &mut Project, root: &str) -> Option<Sign> {
    any_file(project, root, StackName::Static, &["index.html"]).map(Sign::alone)
}
