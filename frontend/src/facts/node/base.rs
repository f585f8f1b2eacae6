//! The image that an app asks to run on. What is compiled for Node is for its version and its C library, so where that is an
//! image of Node everything is made in it.

use crate::manifest::App;
use crate::plan::Base;
use crate::span::Spanned;

/// An image of Node by any registry, `node:24-alpine`; or one of distroless, `nodejs24-debian12`, in which nothing can be
/// installed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NodeImage<'a> {
    reference: &'a str,
    /// None for distroless.
    tag: Option<&'a str>,
    /// `24`, `24.3.1`, `lts`, or another word.
    pub version: &'a str,
}

/// The packages of Alpine that compile others.
pub const COMPILERS_OF_ALPINE: &[&str] = &["g++", "make", "python3"];

impl<'a> NodeImage<'a> {
    /// `None` where the app does not say, or names another image.
    pub fn wanted(app: &'a App) -> Option<Spanned<Self>> {
        let from = app.run.from.as_ref()?;
        let Base::Image(image) = &from.value else { return None };
        Some(Spanned::new(Self::parse(image.as_literal()?)?, from.span))
    }

    fn parse(reference: &'a str) -> Option<Self> {
        let name = reference.rsplit_once('/').map_or(reference, |(_, name)| name);
        let (name, _digest) = name.split_once('@').unwrap_or((name, ""));
        let (name, tag) = name.split_once(':').unwrap_or((name, ""));
        if let Some(rest) = name.strip_prefix("nodejs") {
            let version = rest.split('-').next().filter(|version| !version.is_empty())?;
            return Some(Self { reference, tag: None, version });
        }
        let version = tag.split('-').next().unwrap_or_default();
        (name == "node" && !tag.is_empty()).then_some(Self { reference, tag: Some(tag), version })
    }

    /// What everything is made in; none where that has to be another image.
    pub fn toolchain(&self) -> Option<&'a str> {
        self.tag.map(|_| self.reference)
    }

    pub fn is_alpine(&self) -> bool {
        self.tag.is_some_and(|tag| tag.split('-').any(|part| part.starts_with("alpine")))
    }

    /// The image of the same tag that has compilers too. On Alpine there is none.
    pub fn with_compilers(&self) -> Option<String> {
        let tag = self.tag.filter(|_| !self.is_alpine())?;
        let Some(whole) = tag.strip_suffix("-slim") else { return Some(self.reference.to_owned()) };
        let (name, _) = self.reference.split_once(&format!(":{tag}"))?;
        Some(format!("{name}:{whole}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(reference: &str, version: Option<&str>, toolchain: Option<&str>, compilers: Option<&str>) {
        let image = NodeImage::parse(reference);
        assert_eq!(image.map(|image| image.version), version, "{reference}");
        assert_eq!(image.and_then(|image| image.toolchain()), toolchain, "{reference}");
        assert_eq!(image.and_then(|image| image.with_compilers()).as_deref(), compilers, "{reference}");
    }

    #[test]
    fn images_of_node() {
        let alpine = "localhost:5000/mirror/node:20.11-alpine3.19@sha256:ab";
        check(alpine, Some("20.11"), Some(alpine), None);
        check("node:24", Some("24"), Some("node:24"), Some("node:24"));
        let slim = "docker.io/library/node:24-bookworm-slim@sha256:ab";
        check(slim, Some("24"), Some(slim), Some("docker.io/library/node:24-bookworm"));
        check("node:lts-alpine", Some("lts"), Some("node:lts-alpine"), None);
        check("gcr.io/distroless/nodejs22-debian12:nonroot", Some("22"), None, None);
        check("debian:bookworm-slim", None, None, None);
        check("registry/node-exporter:1", None, None, None);
    }
}
