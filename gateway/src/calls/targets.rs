use buildkit_llb::Location;
use serde::Serialize;

use super::reply;
use super::sources::{Place, Sources};
use super::table::table;
use crate::Response;

/// Which targets there are: the answer to [`TARGETS`](super::TARGETS).
#[derive(Debug, Clone, Default)]
pub struct Targets {
    targets: Vec<Target>,
}

/// Something that can be built: `--target NAME`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Target {
    name: String,
    default: bool,
    description: String,
    base: String,
    platform: String,
    location: Option<Location>,
}

impl Target {
    /// A target, by its name.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), ..Self::default() }
    }

    /// This one is built when none is named.
    #[must_use]
    pub fn by_default(mut self) -> Self {
        self.default = true;
        self
    }

    /// Says what it is.
    #[must_use]
    pub fn description(mut self, text: impl Into<String>) -> Self {
        self.description = text.into();
        self
    }

    /// Says which image it stands on.
    #[must_use]
    pub fn base(mut self, image: impl Into<String>) -> Self {
        self.base = image.into();
        self
    }

    /// Says which platform it is always for.
    #[must_use]
    pub fn platform(mut self, platform: impl Into<String>) -> Self {
        self.platform = platform.into();
        self
    }

    /// Says where it is declared.
    #[must_use]
    pub fn at(mut self, location: Location) -> Self {
        self.location = Some(location);
        self
    }
}

impl Targets {
    /// These targets, in their order.
    pub fn new(targets: impl IntoIterator<Item = Target>) -> Self {
        Self { targets: targets.into_iter().collect() }
    }

    /// As the answer.
    pub fn response(&self) -> Response {
        let mut sources = Sources::default();
        let targets = self
            .targets
            .iter()
            .map(|target| TargetJson {
                name: &target.name,
                default: target.default,
                description: &target.description,
                base: &target.base,
                platform: &target.platform,
                location: sources.optional_place(target.location.as_ref()),
            })
            .collect();
        let answer = Json { targets, sources: sources.contents() };
        reply(&answer, self.text())
    }

    fn text(&self) -> String {
        let name = |target: &Target| match (&*target.name, target.default) {
            ("", true) => "(default)".to_owned(),
            (name, true) => format!("{name} (default)"),
            (name, false) => name.to_owned(),
        };
        let names: Vec<_> = self.targets.iter().map(name).collect();
        let mut rows = vec![["TARGET", "DESCRIPTION"]];
        rows.extend(names.iter().zip(&self.targets).map(|(name, target)| [&**name, &*target.description]));
        table(&rows, 1)
    }
}

// `frontend/subrequests/targets/targets.go`.
#[derive(Serialize)]
struct Json<'a> {
    targets: Vec<TargetJson<'a>>,
    sources: Vec<String>,
}

#[derive(Serialize)]
struct TargetJson<'a> {
    #[serde(skip_serializing_if = "str::is_empty")]
    name: &'a str,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    default: bool,
    #[serde(skip_serializing_if = "str::is_empty")]
    description: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    base: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    platform: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    location: Option<Place>,
}
