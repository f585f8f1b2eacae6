//! One BuildKit engine: where it is, how it is started, and how a client reaches it.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use serde::{Deserialize, Serialize};

use crate::daemon::Daemon;
use crate::{Proxy, process};

/// The buildx builder that points at the engine.
const BUILDER: &str = "slipway";

/// In the name of an engine that a test starts, after that of the engine that it is beside.
pub const BESIDE: &str = "-beside-";

/// What a client must know; written by `cargo xtask engine up` and read by tests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Engine {
    pub name: String,
    /// The engine's folder: root, socket, log, client configuration.
    pub dir: PathBuf,
    /// The folder of `buildkitd`, `buildctl`, `buildx`.
    pub tools: PathBuf,
    /// The local registry, `127.0.0.1:PORT`.
    pub registry: String,
    /// The repository prefix under which this engine finds `docker.io` in that registry. Engines of
    /// two checkouts can run side by side, each with its own `slipway/frontend:1`.
    pub names: String,
    /// Nothing, but of engines that a test starts for itself.
    #[serde(default)]
    pub own: Own,
    /// Of an engine that is not the project's: the buildx builder that one already has. It has no registry of the
    /// project's to look into, so the frontend's image comes to it as [`Engine::frontend_layout`].
    #[serde(default)]
    pub builder: Option<String>,
}

/// What an engine has in the place of what all others have.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Own {
    /// Instead of that of the tools.
    pub buildkitd: Option<PathBuf>,
    /// Where it finds `docker.io`, instead of below its names in the registry: `127.0.0.1:PORT/PATH`.
    pub mirror: Option<String>,
}

impl Engine {
    /// The engine that `cargo xtask` named in `SLIPWAY_ENGINE_DIR`.
    ///
    /// # Panics
    /// When there is none: an end-to-end test cannot do without.
    pub fn connect() -> Engine {
        let dir = std::env::var("SLIPWAY_ENGINE_DIR")
            .expect("end-to-end tests need an engine: run `cargo xtask test`, or `eval \"$(cargo xtask engine env)\"` first");
        Engine::load(Path::new(&dir)).expect("SLIPWAY_ENGINE_DIR names the folder of an engine")
    }

    pub fn load(dir: &Path) -> Result<Engine> {
        let path = dir.join("engine.json");
        let text = std::fs::read(&path).with_context(|| format!("reading {}", path.display()))?;
        serde_json::from_slice(&text).with_context(|| format!("reading {}", path.display()))
    }

    pub fn save(&self) -> Result<()> {
        Ok(std::fs::write(self.dir.join("engine.json"), serde_json::to_vec_pretty(self)?)?)
    }

    pub fn socket(&self) -> PathBuf {
        self.dir.join("buildkitd.sock")
    }

    pub fn log(&self) -> PathBuf {
        self.dir.join("buildkitd.log")
    }

    fn record(&self) -> PathBuf {
        self.dir.join("buildkitd.json")
    }

    /// `unix:///.../buildkitd.sock`
    pub fn address(&self) -> String {
        format!("unix://{}", self.socket().display())
    }

    pub fn docker_config(&self) -> PathBuf {
        self.dir.join("docker")
    }

    /// A buildx builder of the user's, which is there and started by itself.
    pub fn of_builder(builder: &str, dir: PathBuf) -> Engine {
        Engine {
            name: builder.to_owned(),
            dir,
            tools: PathBuf::new(),
            // Names that are nowhere, so that a test that needs the registry says so.
            registry: "registry.invalid".to_owned(),
            names: builder.to_owned(),
            own: Own::default(),
            builder: Some(builder.to_owned()),
        }
    }

    /// The folder with the frontend's image for a builder that one already has.
    pub fn frontend_layout(&self) -> PathBuf {
        self.dir.join("frontend")
    }

    /// Where `name` of `docker.io` (`slipway/frontend:1`, `library/debian:bookworm-slim`) must be
    /// pushed for this engine to find it.
    pub fn pushed(&self, name: &str) -> String {
        format!("{}/{}/{name}", self.registry, self.names)
    }

    /// The digest of an image, named as for [`Engine::pushed`]: in the local registry, else where it comes from.
    pub fn digest(&self, name: &str) -> Result<String> {
        let mut problem = String::new();
        for name in [self.pushed(name), name.to_owned()] {
            let mut inspect = self.command("docker");
            inspect.args(["buildx", "imagetools", "inspect", "--format={{.Manifest.Digest}}", &name]);
            let finished = process::run(&mut inspect, b"", Duration::from_mins(1))?;
            if finished.status.success() {
                return Ok(finished.stdout.trim().to_owned());
            }
            problem = finished.stderr;
        }
        bail!("the digest of {name}: {problem}")
    }

    /// The environment in which plain `docker buildx build` and `buildctl` use this engine.
    pub fn env(&self) -> Vec<(&'static str, String)> {
        if let Some(builder) = &self.builder {
            let dir = self.dir.display().to_string();
            return vec![("BUILDX_BUILDER", builder.clone()), ("SLIPWAY_ENGINE_DIR", dir)];
        }
        let path = std::env::var("PATH").unwrap_or_default();
        let tools = self.tools.display().to_string();
        // Last, so that a `docker` of the machine's own goes before the stand-in.
        let path = if path.split(':').any(|entry| entry == tools) { path } else { format!("{path}:{tools}") };
        vec![
            ("DOCKER_CONFIG", self.docker_config().display().to_string()),
            ("BUILDX_BUILDER", BUILDER.to_owned()),
            ("BUILDKIT_HOST", self.address()),
            ("SLIPWAY_ENGINE_DIR", self.dir.display().to_string()),
            ("SLIPWAY_REGISTRY", format!("{}/{}", self.registry, self.names)),
            ("PATH", path),
        ]
    }

    /// `program` in the environment of [`Engine::env`].
    pub fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.envs(self.env());
        command
    }

    pub fn running(&self) -> Option<Daemon> {
        Daemon::load(&self.record())
    }

    /// Starts `buildkitd` unless it runs with this very configuration, and waits until it answers.
    pub fn start(&self) -> Result<()> {
        let config = self.config();
        let program = self.own.buildkitd.clone().unwrap_or_else(|| self.tools.join("buildkitd"));
        let started_with = format!("{}\n{config}", self.tools.display());
        match self.running() {
            Some(daemon) if daemon.config == started_with => return Ok(()),
            Some(daemon) => daemon.stop(Duration::from_secs(20)),
            None => {}
        }
        std::fs::create_dir_all(&self.dir)?;
        let file = self.dir.join("buildkitd.toml");
        std::fs::write(&file, config)?;
        let mut command = Command::new(program);
        command.arg("--config").arg(&file);
        let daemon = Daemon::start(&command, &self.log(), &started_with)?;
        daemon.save(&self.record())?;
        self.wait(&daemon)?;
        self.write_client_config()?;
        self.save()
    }

    pub fn stop(&self) {
        if let Some(daemon) = self.running() {
            daemon.stop(Duration::from_secs(20));
        }
        // Gone already is what was wanted.
        let _ = std::fs::remove_file(self.record());
    }

    /// An engine with nothing in it, beside this one: same registry, same names. For what only an
    /// engine that has never seen the project can show.
    pub fn empty(&self) -> Result<EmptyEngine> {
        self.beside(Own::default())
    }

    /// As [`Engine::empty`], with a proxy between it and the registry.
    pub fn behind(&self, proxy: &Proxy) -> Result<EmptyEngine> {
        let mirror = format!("{}/{}", proxy.address(), self.names);
        self.beside(Own { mirror: Some(mirror), ..Own::default() })
    }

    pub(crate) fn beside(&self, own: Own) -> Result<EmptyEngine> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        ensure!(self.builder.is_none(), "this test needs an engine of the project's own");
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("{}{BESIDE}{}-{number}", self.name, std::process::id());
        let dir = self.dir.with_file_name(&name);
        let engine = EmptyEngine(Engine { name, dir, own, ..self.clone() });
        engine.0.start()?;
        Ok(engine)
    }

    fn config(&self) -> String {
        let Engine { dir, registry, names, .. } = self;
        let (dir, address) = (dir.display(), self.address());
        let mirror = self.own.mirror.clone().unwrap_or_else(|| format!("{registry}/{names}"));
        // Steps share the host's network unless they have none: that works wherever the host's
        // does, and needs no bridge, no firewall rules and no plugins.
        format!(
            r#"root = "{dir}/root"
insecure-entitlements = ["network.host", "security.insecure"]

[grpc]
address = ["{address}"]

[otel]
socketPath = "{dir}/otel.sock"

[worker.oci]
enabled = true
networkMode = "host"
gc = true
maxUsedSpace = "40GB"
minFreeSpace = "5GB"

[worker.containerd]
enabled = false

[registry."docker.io"]
mirrors = ["{mirror}"]

[registry."gcr.io"]
mirrors = ["{registry}/{names}/gcr.io"]

[registry."{registry}"]
http = true
"#
        )
    }

    fn wait(&self, daemon: &Daemon) -> Result<()> {
        let start = Instant::now();
        loop {
            let answer = self
                .command(&self.tools.join("buildctl").display().to_string())
                .args(["--timeout", "2", "debug", "workers"])
                .stdin(Stdio::null())
                .output()
                .context("running buildctl")?;
            if answer.status.success() {
                return Ok(());
            }
            if !daemon.is_alive() || start.elapsed() > Duration::from_secs(30) {
                let log = std::fs::read_to_string(self.log()).unwrap_or_default();
                let from = log.lines().count().saturating_sub(15);
                let tail: Vec<&str> = log.lines().skip(from).collect();
                bail!("buildkitd does not answer; the end of {}:\n{}", self.log().display(), tail.join("\n"));
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// A `DOCKER_CONFIG` of the engine's own: the user's is not touched.
    fn write_client_config(&self) -> Result<()> {
        let plugin = self.docker_config().join("cli-plugins/docker-buildx");
        std::fs::create_dir_all(self.docker_config().join("cli-plugins"))?;
        if std::fs::read_link(&plugin).ok() != Some(self.tools.join("buildx")) {
            let _ = std::fs::remove_file(&plugin);
            std::os::unix::fs::symlink(self.tools.join("buildx"), &plugin)?;
        }
        if !self.docker_config().join("buildx/instances").join(BUILDER).exists() {
            let create = self
                .command("docker")
                .env_remove("BUILDX_BUILDER")
                .args(["buildx", "create", "--use", "--name", BUILDER, "--driver", "remote"])
                .arg(self.address())
                .stdin(Stdio::null())
                .output()
                .context("running docker")?;
            ensure!(
                create.status.success(),
                "docker buildx create: {}",
                String::from_utf8_lossy(&create.stderr)
            );
        }
        Ok(())
    }
}

/// Ends with its owner, and leaves nothing.
#[derive(Debug)]
pub struct EmptyEngine(Engine);

impl std::ops::Deref for EmptyEngine {
    type Target = Engine;

    fn deref(&self) -> &Engine {
        &self.0
    }
}

impl Drop for EmptyEngine {
    fn drop(&mut self) {
        self.0.stop();
        // What stays, if anything, is removed by the next `cargo xtask engine down`.
        let _ = std::fs::remove_dir_all(&self.0.dir);
    }
}
