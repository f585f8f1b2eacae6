use std::env::consts::ARCH;

use buildkit_llb::Platform;
use serde::Deserialize;

use super::{OptionError, Options};

/// Someone who runs the graph.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Worker {
    /// What it can run. The first is its own, the others are emulated.
    pub platforms: Vec<Platform>,
    /// The version of BuildKit, `v0.32.2`; empty where it does not say.
    pub buildkit_version: String,
}

// `client.WorkerInfo` as Go writes it.
#[derive(Deserialize)]
struct WorkerJson {
    #[serde(default)]
    platforms: Option<Vec<PlatformJson>>,
    #[serde(default, rename = "buildkitVersion")]
    buildkit_version: VersionJson,
}

#[derive(Deserialize)]
struct PlatformJson {
    #[serde(default)]
    architecture: String,
    #[serde(default)]
    os: String,
    #[serde(default)]
    variant: String,
    #[serde(default, rename = "os.version")]
    os_version: String,
}

#[derive(Deserialize, Default)]
struct VersionJson {
    #[serde(default)]
    version: String,
}

/// What cannot be read is left out: a frontend can do without.
pub(super) fn read_workers(json: &str) -> Vec<Worker> {
    let workers: Vec<WorkerJson> = serde_json::from_str(json).unwrap_or_default();
    workers
        .into_iter()
        .map(|worker| Worker {
            platforms: worker
                .platforms
                .unwrap_or_default()
                .iter()
                .filter_map(|platform| {
                    let parts = Platform::new(&platform.os, &platform.architecture, &platform.variant);
                    Some(parts.ok()?.os_version(platform.os_version.as_str()))
                })
                .collect(),
            buildkit_version: worker.buildkit_version.version,
        })
        .collect()
}

impl Options {
    /// The platform that the engine runs on, where steps are fastest.
    pub fn build_platform(&self) -> Platform {
        let first = self.workers.first().and_then(|worker| worker.platforms.first());
        first.cloned().unwrap_or_else(own_platform)
    }

    /// `--platform`, in its order. None is the engine's own, and then an image keeps its base image's.
    pub fn platforms(&self) -> Result<Vec<Platform>, OptionError> {
        let Some(list) = self.text("platform") else {
            return Ok(Vec::new());
        };
        list.split(',')
            .map(|platform| {
                read_platform(platform).ok_or_else(|| OptionError::new("platform", platform, NOT_A_PLATFORM))
            })
            .collect()
    }

    /// The platforms to build for: those of `--platform`, or else the engine's own.
    pub fn target_platforms(&self) -> Result<Vec<Platform>, OptionError> {
        let mut platforms = self.platforms()?;
        if platforms.is_empty() {
            platforms.push(self.build_platform());
        }
        Ok(platforms)
    }

    /// Whether the result has a file system for each platform, even when there is one platform alone.
    pub fn multi_platform(&self) -> Result<bool, OptionError> {
        let several = self.platforms()?.len() > 1;
        for key in ["build-arg:BUILDKIT_MULTI_PLATFORM", "multi-platform"] {
            match self.boolean(key)? {
                Some(false) if several => {
                    return Err(OptionError::new(key, "false", "more than one platform is asked for"));
                }
                Some(multi) => return Ok(multi),
                None => {}
            }
        }
        Ok(several)
    }
}

const NOT_A_PLATFORM: &str = "it must be a list of platforms such as `linux/amd64` or `linux/arm/v7`";

// `buildctl` sends what the user wrote, and containerd fills `arm64` and `linux` up from the host.
fn read_platform(text: &str) -> Option<Platform> {
    const SYSTEMS: [&str; 5] = ["linux", "windows", "darwin", "macos", "freebsd"];
    if text.contains('/') {
        return text.parse().ok();
    }
    let own = own_platform();
    let system = text.split('(').next().unwrap_or_default();
    if SYSTEMS.contains(&system.to_lowercase().as_str()) {
        return format!("{text}/{}", own.architecture()).parse().ok();
    }
    let platform: Platform = format!("{}/{text}", own.os()).parse().ok()?;
    ARCHITECTURES.contains(&platform.architecture()).then_some(platform)
}

const ARCHITECTURES: [&str; 10] =
    ["386", "amd64", "arm", "arm64", "loong64", "mips64le", "ppc64le", "riscv64", "s390x", "wasm"];

fn own_platform() -> Platform {
    // Rust's names are among those that the normal form is made from.
    Platform::new("linux", ARCH, "").unwrap_or_else(|_| Platform::linux_amd64())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn platforms(list: &str) -> Vec<String> {
        let options = Options::new([("platform", list)]);
        let platforms = options.platforms().unwrap();
        platforms.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn lists() {
        assert!(platforms("").is_empty());
        assert_eq!(platforms("linux/amd64"), ["linux/amd64"]);
        assert_eq!(
            platforms("linux/arm64/v8,linux/arm,Linux/x86_64"),
            ["linux/arm64", "linux/arm/v7", "linux/amd64"]
        );
        assert_eq!(platforms("aarch64,riscv64"), ["linux/arm64", "linux/riscv64"]);
        assert_eq!(platforms("linux"), [own_platform().to_string()]);
        for list in ["linux/", "linux/amd64,", "toaster", "*/*", "a/b/c/d"] {
            let error = Options::new([("platform", list)]).platforms().unwrap_err();
            assert_eq!(error.key(), "platform", "{list}");
        }
    }

    #[test]
    fn several() {
        let check = |entries: &[(&str, &str)]| {
            let options = Options::new(entries.iter().copied());
            options.multi_platform().map_err(|error| error.to_string())
        };
        let two = ("platform", "linux/amd64,linux/arm64");
        let one = ("platform", "linux/amd64");
        assert_eq!(check(&[]), Ok(false));
        assert_eq!(check(&[one]), Ok(false));
        assert_eq!(check(&[two]), Ok(true));
        assert_eq!(check(&[one, ("multi-platform", "true")]), Ok(true));
        assert_eq!(
            check(&[one, ("multi-platform", "false"), ("build-arg:BUILDKIT_MULTI_PLATFORM", "1")]),
            Ok(true)
        );
        assert_eq!(
            check(&[two, ("multi-platform", "false")]),
            Err("option `multi-platform` cannot be `false`: more than one platform is asked for".to_owned())
        );
        assert_eq!(
            check(&[("multi-platform", "si")]),
            Err("option `multi-platform` cannot be `si`: it must be `true` or `false`".to_owned())
        );
    }

    #[test]
    fn workers() {
        let json = r#"[{"id":"x","labels":{},"platforms":[{"architecture":"arm64","os":"linux"},
            {"architecture":"arm","os":"linux","variant":"v7"},{"os":"","architecture":"?"}],
            "gcPolicy":null,"buildkitVersion":{"package":"github.com/moby/buildkit","version":"v0.32.2"}}]"#;
        let options = Options::from_vars([("BUILDKIT_WORKERS".into(), json.into())]);
        let [worker] = options.workers() else {
            panic!("one worker");
        };
        assert_eq!(worker.platforms.len(), 2);
        assert_eq!(worker.buildkit_version, "v0.32.2");
        assert_eq!(options.build_platform().to_string(), "linux/arm64");
        assert!(read_workers("not json").is_empty());
        assert!(read_workers(r#"[{"platforms":null}]"#)[0].platforms.is_empty());
    }
}
