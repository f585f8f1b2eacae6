//! What a program is linked with. One without C needs nothing; one with C needs a compiler for the target platform, and the
//! C library of the image that it runs in.

use super::super::Request;
use crate::facts::Fact;
use crate::facts::go::GoFacts;
use crate::manifest::App;
use crate::plan::build::words;
use crate::plan::{Base, Text};
use crate::span::Spanned;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Linking {
    /// Without C.
    Pure,
    Glibc,
    Musl,
    /// With C, for an image that has no C library.
    Static,
}

/// What Alpine's image of Go lacks.
const MUSL_COMPILER: [&str; 2] = ["gcc", "musl-dev"];

impl Linking {
    pub(super) fn of(app: &App, facts: &GoFacts) -> Self {
        if !facts.cgo.value {
            return Self::Pure;
        }
        match app.run.from.as_ref().and_then(|from| bottom(app, &from.value)) {
            Some(Base::Scratch) => Self::Static,
            Some(Base::Image(image)) => {
                let image = image.to_string();
                if ["distroless/static", "chainguard/static"].iter().any(|name| image.contains(name)) {
                    Self::Static
                } else if image.contains("alpine") {
                    Self::Musl
                } else {
                    Self::Glibc
                }
            }
            Some(Base::Context | Base::Slipway | Base::Stage(_)) | None => Self::Glibc,
        }
    }

    pub(super) fn has_c(self) -> bool {
        self != Self::Pure
    }

    /// The image that compiles.
    pub(super) fn toolchain(self, request: &Request<'_>, version: &str) -> String {
        match self {
            Self::Musl => request.toolchains.image_with_musl(version),
            Self::Pure | Self::Glibc | Self::Static => request.toolchains.image(version),
        }
    }

    /// What is installed in it.
    pub(super) fn packages(self, app: &App) -> Vec<Spanned<Text>> {
        let own = app.packages.build.iter().cloned();
        let span = app.run.from.as_ref().map(|from| from.span).unwrap_or_default();
        let compiler = MUSL_COMPILER.into_iter().filter(|_| self == Self::Musl);
        compiler.map(|name| Spanned::new(Text::literal(name), span)).chain(own).collect()
    }

    /// What the image starts from where the manifest does not say.
    pub(super) fn base(self, request: &Request<'_>) -> Fact<Base> {
        let Some(glibc) = request.toolchains.glibc.as_ref().filter(|_| self == Self::Glibc) else {
            return Fact::decided(Base::Scratch, "the app needs nothing of a base");
        };
        let (image, reason) = if request.app.packages.run.is_empty() {
            (&glibc.base, "the app needs the C library, and nothing else of a base")
        } else {
            let reason = "the app needs the C library, and a package manager for `packages.run`";
            (&glibc.base_with_packages, reason)
        };
        Fact::decided(Base::Image(Text::literal(&**image)), reason)
    }

    /// What compiles: a package that was compiled with other flags is compiled again. Tags and flags of the linker that the
    /// app has in `GOFLAGS` would be hidden by those of the command, so that they are a part of them.
    pub(super) fn compiler(self, tags: Option<String>, linker: Option<String>) -> Vec<Text> {
        let (own_tags, own_linker) = match self {
            Self::Pure | Self::Glibc | Self::Musl => (None, "-s -w"),
            // Names are looked up in Go: the C library would load what is not there.
            Self::Static => (Some("netgo,osusergo"), "-s -w -linkmode external -extldflags -static"),
        };
        let text = |text: String| Text::parse(&text).unwrap_or_else(|_| Text::literal(text));
        let mut command = words(&["go", "build", "-trimpath"]);
        if let Some(own) = own_tags {
            let tags = tags.map_or_else(|| own.to_owned(), |tags| format!("{own},{tags}"));
            command.extend([Text::literal("-tags"), text(tags)]);
        }
        let mut set = |flags: String| command.extend([Text::literal("-ldflags"), text(flags)]);
        match linker {
            None => set(own_linker.to_owned()),
            // Those of a pattern, as in `all=-s`, are for its packages instead.
            Some(flags) if flags.starts_with(|first: char| first.is_alphanumeric()) => {
                set(own_linker.to_owned());
                set(flags);
            }
            Some(flags) => set(format!("{own_linker} {flags}")),
        }
        command
    }

    /// A part of the id of the compiler's cache.
    pub(super) fn cache(self) -> &'static str {
        match self {
            Self::Musl => "-musl",
            Self::Pure | Self::Glibc | Self::Static => "",
        }
    }
}

/// What stages of the app's own stand on.
fn bottom<'a>(app: &'a App, mut base: &'a Base) -> Option<&'a Base> {
    // Stages that wait for each other have no bottom.
    for _ in 0..=app.stages.len() {
        let Base::Stage(name) = base else { return Some(base) };
        base = &app.stages.iter().find(|stage| stage.name.value == *name)?.from.value;
    }
    None
}
