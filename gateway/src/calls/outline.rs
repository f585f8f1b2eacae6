use buildkit_llb::Location;
use serde::Serialize;

use super::reply;
use super::sources::{Place, Sources};
use super::table::table;
use crate::Response;

/// What a target can be given: the answer to [`OUTLINE`](super::OUTLINE).
#[derive(Debug, Clone, Default)]
pub struct Outline {
    name: String,
    description: String,
    args: Vec<Arg>,
    secrets: Vec<Secret>,
    ssh: Vec<Ssh>,
    caches: Vec<CacheMount>,
}

/// A build argument.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Arg {
    /// As in `--build-arg NAME=...`.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// What it is when nothing is said.
    pub value: String,
    /// Where it is declared.
    pub location: Option<Location>,
}

/// A secret.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Secret {
    /// As in `--secret id=NAME`.
    pub name: String,
    /// Nothing is built without it.
    pub required: bool,
    /// Where it is used.
    pub location: Option<Location>,
}

/// An SSH agent.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Ssh {
    /// As in `--ssh NAME`.
    pub name: String,
    /// Nothing is built without it.
    pub required: bool,
    /// Where it is used.
    pub location: Option<Location>,
}

/// A cache mount.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CacheMount {
    /// What other steps know it by.
    pub id: String,
    /// Where it is used.
    pub location: Option<Location>,
}

impl Outline {
    /// A target, by its name; an empty one is the default.
    pub fn new(target: impl Into<String>) -> Self {
        Self { name: target.into(), ..Self::default() }
    }

    /// Says what the target is for.
    #[must_use]
    pub fn description(mut self, text: impl Into<String>) -> Self {
        self.description = text.into();
        self
    }

    /// Adds a build argument.
    #[must_use]
    pub fn arg(mut self, arg: Arg) -> Self {
        self.args.push(arg);
        self
    }

    /// Adds a secret.
    #[must_use]
    pub fn secret(mut self, secret: Secret) -> Self {
        self.secrets.push(secret);
        self
    }

    /// Adds an SSH agent.
    #[must_use]
    pub fn ssh(mut self, ssh: Ssh) -> Self {
        self.ssh.push(ssh);
        self
    }

    /// Adds a cache mount.
    #[must_use]
    pub fn cache(mut self, cache: CacheMount) -> Self {
        self.caches.push(cache);
        self
    }

    /// As the answer.
    pub fn response(&self) -> Response {
        let mut sources = Sources::default();
        let mut answer = Json {
            name: &self.name,
            description: &self.description,
            args: Vec::new(),
            secrets: Vec::new(),
            ssh: Vec::new(),
            cache: Vec::new(),
            sources: Vec::new(),
        };
        for Arg { name, description, value, location } in &self.args {
            let location = sources.optional_place(location.as_ref());
            answer.args.push(ArgJson { name, description, value, location });
        }
        for Secret { name, required, location } in &self.secrets {
            let location = sources.optional_place(location.as_ref());
            answer.secrets.push(NeedJson { name, required: *required, location });
        }
        for Ssh { name, required, location } in &self.ssh {
            let location = sources.optional_place(location.as_ref());
            answer.ssh.push(NeedJson { name, required: *required, location });
        }
        for CacheMount { id, location } in &self.caches {
            let location = sources.optional_place(location.as_ref());
            answer.cache.push(CacheJson { id, location });
        }
        answer.sources = sources.contents();
        reply(&answer, self.text())
    }

    fn text(&self) -> String {
        let mut text = String::new();
        if !(self.name.is_empty() && self.description.is_empty()) {
            let name = if self.name.is_empty() { "(default)" } else { &self.name };
            let mut rows = vec![["TARGET:", name]];
            if !self.description.is_empty() {
                rows.push(["DESCRIPTION:", &self.description]);
            }
            text.push_str(&table(&rows, 1));
            text.push('\n');
        }
        if !self.args.is_empty() {
            let mut rows = vec![["BUILD ARG", "VALUE", "DESCRIPTION"]];
            rows.extend(self.args.iter().map(|arg| [&*arg.name, &*arg.value, &*arg.description]));
            text.push_str(&table(&rows, 3));
            text.push('\n');
        }
        let secrets = self.secrets.iter().map(|secret| (&*secret.name, secret.required));
        text.push_str(&needs("SECRET", secrets));
        let agents = self.ssh.iter().map(|agent| (&*agent.name, agent.required));
        text.push_str(&needs("SSH", agents));
        text
    }
}

fn needs<'a>(title: &'a str, needs: impl Iterator<Item = (&'a str, bool)>) -> String {
    let mut rows = vec![[title, "REQUIRED"]];
    rows.extend(needs.map(|(name, required)| [name, if required { "true" } else { "" }]));
    match rows.len() {
        1 => String::new(),
        _ => format!("{}\n", table(&rows, 3)),
    }
}

// `frontend/subrequests/outline/outline.go`.
#[derive(Serialize)]
struct Json<'a> {
    #[serde(skip_serializing_if = "str::is_empty")]
    name: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    description: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    args: Vec<ArgJson<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    secrets: Vec<NeedJson<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    ssh: Vec<NeedJson<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    cache: Vec<CacheJson<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    sources: Vec<String>,
}

#[derive(Serialize)]
struct ArgJson<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    description: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    value: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    location: Option<Place>,
}

#[derive(Serialize)]
struct NeedJson<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    required: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    location: Option<Place>,
}

#[derive(Serialize)]
struct CacheJson<'a> {
    #[serde(rename = "ID")]
    id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    location: Option<Place>,
}
