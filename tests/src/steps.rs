//! What the engine did in a build, from `--progress=rawjson`.

use std::collections::BTreeMap;

use base64::Engine as _;
use serde::Deserialize;

/// One line of the stream; upstream: `client/graph.go` of BuildKit, `SolveStatus`.
#[derive(Debug, Default, Deserialize)]
struct Status {
    #[serde(default)]
    vertexes: Vec<Vertex>,
    #[serde(default)]
    logs: Vec<Log>,
    #[serde(default)]
    warnings: Vec<Warning>,
}

#[derive(Debug, Deserialize)]
struct Vertex {
    digest: String,
    #[serde(default)]
    inputs: Vec<String>,
    #[serde(default)]
    name: String,
    started: Option<String>,
    completed: Option<String>,
    #[serde(default)]
    cached: bool,
    #[serde(default)]
    error: String,
}

#[derive(Debug, Deserialize)]
struct Log {
    vertex: String,
    #[serde(default)]
    data: String,
}

#[derive(Debug, Deserialize)]
struct Warning {
    /// Base64.
    #[serde(default)]
    short: String,
}

/// One vertex of the graph, after the build.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Step {
    pub digest: String,
    pub name: String,
    /// It begins from nothing: a source, or a file operation on scratch.
    pub is_source: bool,
    /// It was found in the cache, or in what was done before in this build.
    pub cached: bool,
    pub completed: bool,
    /// When it started, in a form that sorts; empty when it has not.
    pub started: String,
    pub error: String,
    pub log: String,
}

/// The steps of one build, in the order in which the engine first told of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Steps {
    pub steps: Vec<Step>,
    /// Short texts of warnings.
    pub warnings: Vec<String>,
}

impl Steps {
    /// Reads the stream; what is not JSON is handed back as text, which is what a person would have
    /// read after the progress display.
    pub fn parse(stderr: &str) -> (Steps, String) {
        let (mut steps, mut places, mut text) = (Steps::default(), BTreeMap::new(), String::new());
        for line in stderr.lines() {
            match serde_json::from_str::<Status>(line) {
                Ok(status) if line.starts_with('{') => steps.add(status, &mut places),
                _ => {
                    text.push_str(line);
                    text.push('\n');
                }
            }
        }
        (steps, text)
    }

    fn add(&mut self, status: Status, places: &mut BTreeMap<String, usize>) {
        for vertex in status.vertexes {
            let place = *places.entry(vertex.digest.clone()).or_insert_with(|| {
                self.steps.push(Step {
                    digest: vertex.digest,
                    name: vertex.name,
                    is_source: vertex.inputs.is_empty(),
                    ..Step::default()
                });
                self.steps.len() - 1
            });
            let step = &mut self.steps[place];
            step.cached |= vertex.cached;
            step.completed |= vertex.started.is_some() && vertex.completed.is_some();
            if let Some(started) = vertex.started {
                step.started = sortable(&started);
            }
            if !vertex.error.is_empty() {
                step.error = vertex.error;
            }
        }
        for log in status.logs {
            if let Some(place) = places.get(&log.vertex) {
                self.steps[*place].log.push_str(&decode(&log.data));
            }
        }
        self.warnings.extend(status.warnings.iter().map(|warning| decode(&warning.short)));
    }

    /// Names of what really ran: completed, not cached, and work on something. Sources are left out,
    /// because engines look at those in every build, and so is bookkeeping such as the export.
    ///
    /// While another build holds a step that it ran itself, the engine tells of it to builds that come
    /// later as if they had run it: what started before this build is not of this build.
    pub fn ran(&self) -> Vec<&str> {
        let start = self.find("[internal] load build definition").map_or("", |step| &step.started);
        let run = self.steps.iter().filter(|step| step.completed && !step.cached && !step.is_source);
        run.filter(|step| step.started.as_str() >= start).map(|step| step.name.as_str()).collect()
    }

    /// The first step whose name has `part` in it.
    pub fn find(&self, part: &str) -> Option<&Step> {
        self.steps.iter().find(|step| step.name.contains(part))
    }
}

/// Go writes times in UTC, without the zeros at the end of the fraction.
fn sortable(time: &str) -> String {
    let (seconds, fraction) = time.trim_end_matches('Z').split_once('.').unwrap_or((time, ""));
    format!("{}.{fraction:0<9}", seconds.trim_end_matches('Z'))
}

/// What cannot be read is dropped: it is only shown.
fn decode(base64: &str) -> String {
    let bytes = base64::engine::general_purpose::STANDARD.decode(base64).unwrap_or_default();
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ran_before_the_build_is_not_of_the_build() {
        let vertex = |name: &str, started: &str| {
            format!(
                r#"{{"vertexes":[{{"digest":"{name}","inputs":["x"],"name":"{name}","started":"{started}","completed":"t"}}]}}"#
            )
        };
        let stream = [
            vertex("[internal] load build definition from x", "2026-01-01T00:00:01.1Z"),
            vertex("before", "2026-01-01T00:00:01Z"),
            vertex("after", "2026-01-01T00:00:01.12Z"),
        ];
        let (steps, _) = Steps::parse(&stream.join("\n"));
        assert_eq!(steps.ran(), ["[internal] load build definition from x", "after"]);
    }

    #[test]
    fn steps_are_told_apart_from_text() {
        let stream = r#"{"vertexes":[{"digest":"sha256:1","name":"[internal] load x"},{"digest":"sha256:2","inputs":["sha256:1"],"name":"run a"},{"digest":"sha256:3","inputs":["sha256:1"],"name":"run b"}]}
{"vertexes":[{"digest":"sha256:1","name":"[internal] load x","started":"t","completed":"t"}]}
{"vertexes":[{"digest":"sha256:2","name":"run a","started":"t","completed":"t","cached":true}]}
{"vertexes":[{"digest":"sha256:3","name":"run b","started":"t"}],"logs":[{"vertex":"sha256:3","stream":1,"data":"aGkK"}]}
{"vertexes":[{"digest":"sha256:3","name":"run b","started":"t","completed":"t"}],"warnings":[{"vertex":"sha256:3","short":"dw=="}]}
ERROR: failed to build
"#;
        let (steps, text) = Steps::parse(stream);
        assert_eq!(steps.ran(), ["run b"]);
        assert!(steps.find("run a").unwrap().cached);
        assert_eq!(steps.find("run b").unwrap().log, "hi\n");
        assert_eq!(steps.warnings, ["w"]);
        assert_eq!(text, "ERROR: failed to build\n");
    }
}
