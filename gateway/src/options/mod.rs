//! What the client asked for: every option that `docker buildx build`, `bake`, compose and `buildctl` send.
//!
//! Reading is lazy and typed. Everything is kept as it came, a value is read when it is asked for, and each reader
//! answers with an [`OptionError`] that names the option and what is valid. [`Options::problems`] runs them all.

mod attest;
mod cache;
mod call;
mod contexts;
mod csv;
mod error;
mod known;
mod platform;
mod predefined;
mod step;

use std::collections::BTreeMap;
use std::ffi::OsString;

use crate::gather::Gather as _;

pub use attest::{Sbom, ScanScope};
pub use cache::{CacheImport, NoCache};
pub use call::{CheckOptions, FrontendCap};
pub use error::OptionError;
pub use known::KNOWN;
pub use platform::Worker;
pub use step::Epoch;

const OPTION: &str = "BUILDKIT_FRONTEND_OPT_";
const SESSION: &str = "BUILDKIT_SESSION_ID";
const WORKERS: &str = "BUILDKIT_WORKERS";
const PRODUCT: &str = "BUILDKIT_EXPORTEDPRODUCT";

const BUILD_ARG: &str = "build-arg:";
const LABEL: &str = "label:";

/// Everything a frontend is told by its environment.
///
/// ```
/// use buildkit_gateway::Options;
///
/// let options = Options::new([("filename", "app.yaml"), ("build-arg:GREETING", "hello")]);
/// assert_eq!(options.filename(), "app.yaml");
/// assert_eq!(options.build_arg("GREETING"), Some("hello"));
/// assert_eq!(options.target(), None);
/// ```
#[derive(Debug, Clone, Default)]
pub struct Options {
    entries: BTreeMap<String, String>,
    session: String,
    product: String,
    workers: Vec<Worker>,
}

impl Options {
    /// Of options alone, without a session and without workers; for tests.
    pub fn new(entries: impl IntoIterator<Item = (impl Into<String>, impl Into<String>)>) -> Self {
        let entries = entries.into_iter().map(|(k, v)| (k.into(), v.into()));
        Self { entries: entries.gather(), ..Self::default() }
    }

    /// Of an environment. What is not UTF-8 is kept as well as it can be: no value of an environment is a reason to
    /// crash.
    pub fn from_vars(vars: impl IntoIterator<Item = (OsString, OsString)>) -> Self {
        let mut options = Self::default();
        for (name, value) in vars {
            let name = name.to_string_lossy();
            let value = value.to_string_lossy().into_owned();
            match &*name {
                SESSION => options.session = value,
                PRODUCT => options.product = value,
                WORKERS => options.workers = platform::read_workers(&value),
                _ if name.starts_with(OPTION) => {
                    let (key, value) = value.split_once('=').unwrap_or((&value, ""));
                    options.entries.insert(key.to_owned(), value.to_owned());
                }
                _ => {}
            }
        }
        options
    }

    /// The same, in the name of this session.
    #[must_use]
    pub fn with_session(mut self, session: impl Into<String>) -> Self {
        self.session = session.into();
        self
    }

    /// The same, on an engine with these workers.
    #[must_use]
    pub fn with_workers(mut self, workers: impl IntoIterator<Item = Worker>) -> Self {
        self.workers = workers.into_iter().collect();
        self
    }

    /// Any option, by the name it has on the wire.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.entries.get(key).map(String::as_str)
    }

    /// All options, as they came.
    pub fn all(&self) -> &BTreeMap<String, String> {
        &self.entries
    }

    /// The session of the client, which local directories, secrets and OCI layouts come from.
    pub fn session(&self) -> &str {
        &self.session
    }

    /// What the engine calls itself: `docker`, `buildkit`.
    pub fn product(&self) -> &str {
        &self.product
    }

    /// Who runs the graph.
    pub fn workers(&self) -> &[Worker] {
        &self.workers
    }

    /// `-f`: the manifest's name inside its source.
    pub fn filename(&self) -> &str {
        self.text("filename").unwrap_or("Dockerfile")
    }

    /// `--target`.
    pub fn target(&self) -> Option<&str> {
        self.text("target")
    }

    /// `--build-arg`, by name. An argument may be empty.
    pub fn build_args(&self) -> BTreeMap<&str, &str> {
        self.with_prefix(BUILD_ARG).gather()
    }

    /// `--build-arg NAME=...`.
    pub fn build_arg(&self, name: &str) -> Option<&str> {
        self.get(&format!("{BUILD_ARG}{name}"))
    }

    /// `--label`, by name. These win over the labels that a manifest sets.
    pub fn labels(&self) -> BTreeMap<&str, &str> {
        self.with_prefix(LABEL).gather()
    }

    /// The image this frontend was started from, as the user wrote it.
    pub fn source(&self) -> Option<&str> {
        self.text("source")
    }

    /// The words after the image in the `# syntax=` line.
    pub fn arguments(&self) -> Vec<&str> {
        let line = self.get("cmdline").unwrap_or_default();
        line.split_whitespace().skip(1).collect()
    }

    /// Clients send an option with an empty value for one that is not set.
    fn text(&self, key: &str) -> Option<&str> {
        self.get(key).filter(|value| !value.is_empty())
    }

    fn with_prefix<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.entries.iter().filter_map(move |(key, value)| Some((key.strip_prefix(prefix)?, value.as_str())))
    }

    fn boolean(&self, key: &str) -> Result<Option<bool>, OptionError> {
        let Some(value) = self.text(key) else {
            return Ok(None);
        };
        // Go's `strconv.ParseBool`.
        match value {
            "1" | "t" | "T" | "true" | "TRUE" | "True" => Ok(Some(true)),
            "0" | "f" | "F" | "false" | "FALSE" | "False" => Ok(Some(false)),
            _ => Err(OptionError::new(key, value, "it must be `true` or `false`")),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::ffi::OsStringExt;

    use super::*;

    #[test]
    fn environment() {
        let vars = [
            ("BUILDKIT_FRONTEND_OPT_1", "build-arg:A=b=c\nd"),
            ("BUILDKIT_FRONTEND_OPT_0", "target=api"),
            ("BUILDKIT_FRONTEND_OPT_17", "no-cache="),
            ("BUILDKIT_FRONTEND_OPT_18", "bare"),
            ("BUILDKIT_SESSION_ID", "s1"),
            ("BUILDKIT_EXPORTEDPRODUCT", "docker"),
            ("PATH", "/bin"),
        ];
        let mut vars: Vec<(OsString, OsString)> = vars.map(|(k, v)| (k.into(), v.into())).into();
        vars.push((OsString::from_vec(b"\xff".to_vec()), OsString::from_vec(b"\xff".to_vec())));
        vars.push(("BUILDKIT_FRONTEND_OPT_19".into(), OsString::from_vec(b"label:x=\xff".to_vec())));
        let options = Options::from_vars(vars);
        assert_eq!(options.session(), "s1");
        assert_eq!(options.product(), "docker");
        assert_eq!(options.target(), Some("api"));
        assert_eq!(options.build_arg("A"), Some("b=c\nd"));
        assert_eq!(options.get("no-cache"), Some(""));
        assert_eq!(options.get("bare"), Some(""));
        assert_eq!(options.labels(), BTreeMap::from([("x", "\u{fffd}")]));
        assert_eq!(options.all().len(), 5);
    }

    #[test]
    fn what_was_left_out() {
        let options = Options::default();
        assert_eq!(options.filename(), "Dockerfile");
        assert_eq!(options.target(), None);
        assert!(options.build_args().is_empty());
        assert!(options.arguments().is_empty());
        assert_eq!(Options::new([("cmdline", "docker.io/a/b:1  x=1 y")]).arguments(), ["x=1", "y"]);
    }
}
