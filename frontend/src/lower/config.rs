//! The config of an image: read from the base, changed by the plan, written for the exporter. Fields are
//! those of the OCI image configuration and Docker's extensions to it.

#![expect(clippy::zero_sized_map_values, reason = "Docker writes its sets so")]

use std::collections::BTreeMap;

use buildkit_llb::Platform;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// `PATH` where a base image sets none: what the engine itself would use.
pub const DEFAULT_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

const ON_BUILD: &str = "OnBuild";

/// An image configuration. What this version does not know is kept as it is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ImageConfig {
    #[serde(default)]
    pub architecture: String,
    #[serde(default)]
    pub os: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variant: Option<String>,
    #[serde(default)]
    pub config: Runtime,
    #[serde(default = "no_layers")]
    pub rootfs: Value,
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "null_is_default")]
    pub history: Vec<Value>,
    #[serde(flatten)]
    pub other: BTreeMap<String, Value>,
}

fn no_layers() -> Value {
    serde_json::json!({ "type": "layers", "diff_ids": [] })
}

/// `config`: what a container of the image runs with.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Runtime {
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub user: String,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty", deserialize_with = "null_is_default")]
    pub exposed_ports: BTreeMap<String, Empty>,
    #[serde(default, deserialize_with = "null_is_default")]
    pub env: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "null_is_default")]
    pub entrypoint: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "null_is_default")]
    pub cmd: Vec<String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty", deserialize_with = "null_is_default")]
    pub volumes: BTreeMap<String, Empty>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub working_dir: String,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty", deserialize_with = "null_is_default")]
    pub labels: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub stop_signal: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub healthcheck: Option<Health>,
    #[serde(flatten)]
    pub other: BTreeMap<String, Value>,
}

/// `{}`, the value that Docker's sets are written with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Empty {}

/// Durations are nanoseconds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Health {
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "null_is_default")]
    pub test: Vec<String>,
    #[serde(default, skip_serializing_if = "is_zero")]
    pub interval: u64,
    #[serde(default, skip_serializing_if = "is_zero")]
    pub timeout: u64,
    #[serde(default, skip_serializing_if = "is_zero")]
    pub start_period: u64,
    #[serde(default, skip_serializing_if = "is_zero")]
    pub start_interval: u64,
    #[serde(default, skip_serializing_if = "is_zero")]
    pub retries: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// Go writes empty lists and maps as `null`.
fn null_is_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: serde::Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

impl ImageConfig {
    /// The config of an empty image.
    pub fn scratch() -> Self {
        Self { rootfs: no_layers(), ..Self::default() }
    }

    /// Whether it is for a platform, or does not say for which.
    pub fn is_for(&self, platform: &Platform) -> bool {
        self.architecture.is_empty()
            || (self.os.as_str(), self.architecture.as_str()) == (platform.os(), platform.architecture())
    }

    pub fn parse(bytes: &[u8]) -> Result<Self, serde_json::Error> {
        serde_json::from_slice(bytes)
    }

    /// Its `ONBUILD` instructions, which `docker/dockerfile` runs right after a `FROM`.
    pub fn on_build(&self) -> Vec<&str> {
        let written = self.config.other.get(ON_BUILD).and_then(Value::as_array);
        written.into_iter().flatten().filter_map(Value::as_str).collect()
    }

    /// As the exporter takes it: without the base's time of creation and without `ONBUILD`.
    pub fn to_json(&self) -> Vec<u8> {
        let mut written = self.clone();
        written.other.remove("created");
        written.config.other.remove(ON_BUILD);
        serde_json::to_vec(&written).expect("the keys of every map are strings")
    }

    /// As it was read.
    pub fn unchanged(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("the keys of every map are strings")
    }

    /// Only the environment is kept.
    pub fn keep_environment(&mut self) {
        self.config = Runtime { env: std::mem::take(&mut self.config.env), ..Runtime::default() };
    }
}

/// Sets `name` in place, so that the order of the author is kept.
pub fn set_variable(env: &mut Vec<String>, name: &str, value: &str) {
    let entry = format!("{name}={value}");
    match env.iter_mut().find(|old| old.split_once('=').map_or(old.as_str(), |(key, _)| key) == name) {
        Some(old) => *old = entry,
        None => env.push(entry),
    }
}

pub fn has_variable(env: &[String], name: &str) -> bool {
    env.iter().any(|entry| entry.split_once('=').is_some_and(|(key, _)| key == name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_known_survives_and_time_does_not() {
        let base =
            br#"{"created":"2026-01-01T00:00:00Z","architecture":"amd64","os":"linux","os.features":["x"],
            "config":{"Env":["PATH=/bin"],"Cmd":null,"OnBuild":["RUN x"],"ArgsEscaped":true,"Volumes":null},
            "rootfs":{"type":"layers","diff_ids":["sha256:a"]},"history":[{"created_by":"x"}]}"#;
        let written: Value =
            serde_json::from_slice(&ImageConfig::parse(base).expect("valid").to_json()).expect("JSON");
        assert_eq!(
            written,
            serde_json::json!({"architecture":"amd64","os":"linux","os.features":["x"],
                "config":{"Env":["PATH=/bin"],"ArgsEscaped":true},
                "rootfs":{"type":"layers","diff_ids":["sha256:a"]},"history":[{"created_by":"x"}]})
        );
    }

    #[test]
    fn variables_keep_their_place() {
        let mut env = vec!["A=1".to_owned(), "PATH=/bin".to_owned()];
        set_variable(&mut env, "A", "2=3");
        set_variable(&mut env, "AB", "4");
        assert_eq!(env, ["A=2=3", "PATH=/bin", "AB=4"]);
        assert!(has_variable(&env, "AB") && !has_variable(&env, "B"));
    }
}
