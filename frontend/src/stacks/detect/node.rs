//! Projects with a `package.json`, and pages without one. Both `node` and `static` have a `package.json`: what serves
//! the app tells which.

use serde_json::Value as Json;

use super::{Sign, any_file};
use crate::facts::{Project, line_at};
use crate::manifest::StackName;
use crate::path;

pub(super) const FILES: &[&str] = &["**/package.json", "**/index.html"];

/// Packages that serve.
const SERVERS: &[&str] = &[
    "@angular/ssr",
    "@astrojs/node",
    "@hapi/hapi",
    "@hono/node-server",
    "@nestjs/core",
    "@react-router/node",
    "@react-router/serve",
    "@remix-run/node",
    "@remix-run/serve",
    "@sveltejs/adapter-node",
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
    "vite",
    "vitepress",
];

pub(super) fn sign(project: &mut Project, root: &str) -> Option<Sign> {
    let file = path::join(root, "package.json");
    let text = project.file(&file)?;
    let there = Sign::of_file(StackName::Node, &file);
    // One that cannot be read is told when its facts are.
    let Ok(package) = serde_json::from_str::<Json>(&text) else { return Some(there) };
    let depends =
        |on: &str| ["dependencies", "devDependencies"].iter().any(|kind| package[*kind].get(on).is_some());
    let script = |name: &str| package["scripts"].get(name).and_then(Json::as_str);
    let serves = SERVERS.iter().any(|server| depends(server))
        || script("start").is_some_and(|start| start.split_whitespace().next() == Some("node"));
    let page = PAGES.iter().find(|page| depends(page)).filter(|_| !serves && script("build").is_some());
    let Some(page) = page else { return Some(there) };
    let line = text.find(&format!("\"{page}\"")).map_or(1, |byte| line_at(&text, byte));
    let reason = format!("`{page}` builds a page, and no dependency serves it");
    Some(Sign { stack: StackName::Static, reason, line, ..there })
}

/// Many projects of other stacks have such a page.
pub(super) fn page(project: &mut Project, root: &str) -> Option<Sign> {
    any_file(project, root, StackName::Static, &["index.html"]).map(Sign::alone)
}
