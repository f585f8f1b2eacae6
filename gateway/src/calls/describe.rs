use serde::Serialize;

use super::table::table;
use super::{DESCRIBE, LINT, OUTLINE, TARGETS, VERSION, reply};
use crate::Response;

/// A question that a frontend answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Call {
    name: String,
    version: String,
    r#type: &'static str,
    description: String,
    opts: Vec<Named>,
    inputs: Vec<Named>,
    metadata: Vec<Named>,
    refs: Vec<Named>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Named {
    name: String,
    description: String,
}

impl Call {
    /// A call of the frontend's own: `frontend.NAME`.
    pub fn new(name: impl Into<String>, version: impl Into<String>, description: impl Into<String>) -> Self {
        let named = |name: &str| Named { name: name.to_owned(), description: String::new() };
        Self {
            name: name.into(),
            version: version.into(),
            r#type: "rpc",
            description: description.into(),
            opts: Vec::new(),
            inputs: Vec::new(),
            metadata: vec![named("result.json"), named("result.txt")],
            refs: Vec::new(),
        }
    }

    /// [`Outline`](super::Outline).
    pub fn outline() -> Self {
        Self::new(OUTLINE, VERSION, "List all parameters current build target supports")
            .option("target", "Target build stage")
    }

    /// [`Targets`](super::Targets).
    pub fn targets() -> Self {
        Self::new(TARGETS, VERSION, "List all targets current build supports")
    }

    /// [`Lint`](super::Lint), in the frontend's own words.
    pub fn lint(description: impl Into<String>) -> Self {
        let mut call = Self::new(LINT, VERSION, description);
        call.metadata.push(Named { name: "result.statuscode".to_owned(), description: String::new() });
        call
    }

    /// Adds an option that the answer depends on.
    #[must_use]
    pub fn option(mut self, name: impl Into<String>, description: impl Into<String>) -> Self {
        self.opts.push(Named { name: name.into(), description: description.into() });
        self
    }
}

/// The answer to [`DESCRIBE`]: these calls, and this one.
pub fn describe(calls: &[Call]) -> Response {
    let own = Call::new(DESCRIBE, VERSION, "List available subrequest types");
    let calls: Vec<_> = calls.iter().chain([&own]).collect();
    let mut rows = vec![["NAME", "VERSION", "DESCRIPTION"]];
    rows.extend(calls.iter().map(|call| {
        let name = call.name.strip_prefix("frontend.").unwrap_or(&call.name);
        [name, &call.version, &call.description]
    }));
    reply(&calls, table(&rows, 1))
}
