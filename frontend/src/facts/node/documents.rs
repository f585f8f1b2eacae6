//! Markdown: documentation of most apps, and the source of some.

use super::package::Package;
use crate::facts::Fact;

/// Packages that make something of Markdown.
const READERS: &[&str] = &[
    "@11ty/eleventy",
    "@content-collections/core",
    "@docusaurus/core",
    "@mdx-js/loader",
    "@mdx-js/rollup",
    "@next/mdx",
    "@nuxt/content",
    "astro",
    "contentlayer",
    "contentlayer2",
    "front-matter",
    "fumadocs-mdx",
    "gatsby",
    "gray-matter",
    "markdown-it",
    "marked",
    "mdsvex",
    "next-mdx-remote",
    "nextra",
    "remark",
    "unplugin-vue-markdown",
    "velite",
    "vitepress",
    "vuepress",
];

/// Which package makes documents source, where one does.
pub(super) fn reader(package: &Package) -> Option<Fact<&'static str>> {
    let (reader, line) =
        READERS.iter().find_map(|reader| Some((reader, package.dependency(reader)?.line)))?;
    Some(Fact::at("source", format!("`{reader}` reads Markdown"), &*package.file, line))
}
