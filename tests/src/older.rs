//! Engines of the past, each started for one test and gone after it. `cargo xtask test` makes them and names their
//! folder; `eval "$(cargo xtask engine older)"` does so in a shell.

use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use tempfile::TempDir;

use crate::daemon::Daemon;
use crate::engine::{EmptyEngine, Own};
use crate::process::Finished;
use crate::state::State;
use crate::{Engine, process};

const SOON: Duration = Duration::from_secs(30);

fn folder() -> PathBuf {
    let folder = std::env::var_os("SLIPWAY_OLDER_ENGINES");
    folder
        .expect("older engines are needed: run `cargo xtask test`, or `eval \"$(cargo xtask engine older)\"` first")
        .into()
}

/// The oldest BuildKit that builds as it is. What goes for an [`Engine`] goes for it.
#[derive(Debug)]
pub struct OldestBuildkit {
    engine: EmptyEngine,
    _mirror: Mirror,
}

impl OldestBuildkit {
    pub fn start(engine: &Engine) -> Result<OldestBuildkit> {
        let mirror = Mirror::start(engine)?;
        let own = Own { buildkitd: Some(folder().join("buildkitd")), mirror: Some(mirror.address.clone()) };
        Ok(OldestBuildkit { engine: engine.beside(own)?, _mirror: mirror })
    }
}

impl std::ops::Deref for OldestBuildkit {
    type Target = Engine;

    fn deref(&self) -> &Engine {
        &self.engine
    }
}

/// The distribution's Docker Engine with its own client, which has BuildKit in it and no buildx.
#[derive(Debug)]
pub struct OldDocker {
    daemon: Daemon,
    folder: TempDir,
    _mirror: Mirror,
}

impl OldDocker {
    pub fn start(engine: &Engine) -> Result<OldDocker> {
        let mirror = Mirror::start(engine)?;
        let folder = tempfile::Builder::new().prefix("slipway-docker-").tempdir()?;
        let config = format!(r#"{{"registry-mirrors": ["http://{}"]}}"#, mirror.address);
        std::fs::write(folder.path().join("daemon.json"), &config)?;
        let path = |name: &str| folder.path().join(name).display().to_string();
        let mut dockerd = program("usr/sbin/dockerd");
        dockerd.args(["--config-file", &path("daemon.json"), "--data-root", &path("data")]);
        dockerd.args(["--exec-root", &path("exec"), "--pidfile", &path("pid")]);
        dockerd.args(["--host", &format!("unix://{}", path("docker.sock"))]);
        // Containers are not started, and the machine's firewall is none of a test's business.
        dockerd.args(["--bridge=none", "--iptables=false", "--ip6tables=false"]);
        let log = folder.path().join("dockerd.log");
        let daemon = Daemon::start(&dockerd, &log, &config)?;
        let docker = OldDocker { daemon, folder, _mirror: mirror };
        let start = Instant::now();
        while !process::run(docker.command().arg("info"), b"", SOON)?.status.success() {
            ensure!(
                docker.daemon.is_alive() && start.elapsed() < SOON,
                "dockerd does not answer:\n{}",
                std::fs::read_to_string(&log).unwrap_or_default()
            );
            std::thread::sleep(Duration::from_millis(100));
        }
        Ok(docker)
    }

    /// Loads an image that the engine has: Docker of that age does not know how base images are compressed here.
    pub fn load(&self, engine: &Engine, image: &str) -> Result<()> {
        let archive = self.folder.path().join("image.tar");
        let mut save = engine.command("docker");
        save.args(["buildx", "build", "--provenance=false", "--output"])
            .arg(format!(
                "type=docker,name={image},dest={},oci-mediatypes=false,compression=uncompressed,force-compression=true",
                archive.display()
            ))
            .arg("-");
        succeeded(process::run(&mut save, format!("FROM {image}\n").as_bytes(), SOON * 4)?)?;
        succeeded(process::run(self.command().arg("load").arg("--input").arg(&archive), b"", SOON * 4)?)?;
        Ok(())
    }

    /// `docker build FOLDER` with its `slipway.yaml`.
    pub fn build(&self, context: &Path, args: &[&str]) -> Result<Finished> {
        let mut build = self.command();
        build.args(["build", "--progress=plain", "--file"]).arg(context.join("slipway.yaml"));
        process::run(build.args(args).arg(context), b"", SOON * 4)
    }

    pub fn command(&self) -> Command {
        let mut command = program("usr/bin/docker");
        let socket = self.folder.path().join("docker.sock");
        command
            .env("DOCKER_HOST", format!("unix://{}", socket.display()))
            .env("DOCKER_CONFIG", self.folder.path())
            .env("DOCKER_BUILDKIT", "1");
        command
    }
}

impl Drop for OldDocker {
    fn drop(&mut self) {
        self.daemon.stop(SOON);
    }
}

/// What the client said, of a command that must succeed.
pub fn succeeded(finished: Finished) -> Result<String> {
    ensure!(finished.status.success(), "{}{}", finished.stdout, finished.stderr);
    Ok(finished.stdout + &finished.stderr)
}

/// A program of the unpacked packages, with its libraries and helpers.
fn program(path: &str) -> Command {
    let folder = folder().join("docker");
    let below = |parts: &[&str]| parts.iter().map(|part| folder.join(part)).collect::<Vec<_>>();
    let joined = |paths: Vec<PathBuf>| std::env::join_paths(paths).expect("folders without colons");
    let system = std::env::var_os("PATH").unwrap_or_default();
    let mut paths = below(&["usr/bin", "usr/sbin"]);
    paths.extend(std::env::split_paths(&system));
    let mut command = Command::new(folder.join(path));
    command
        .env("PATH", joined(paths))
        .env("LD_LIBRARY_PATH", joined(below(&["lib/x86_64-linux-gnu", "usr/lib/x86_64-linux-gnu"])));
    command
}

/// A registry over the files of the engine's, in which the engine's own names stand at the top: older engines know no
/// mirror that has a path.
#[derive(Debug)]
struct Mirror {
    daemon: Daemon,
    address: String,
    _folder: TempDir,
}

impl Mirror {
    fn start(engine: &Engine) -> Result<Mirror> {
        let folder = tempfile::Builder::new().prefix("slipway-mirror-").tempdir()?;
        let (data, own) = (Path::new("docker/registry/v2"), folder.path().join("docker/registry/v2"));
        let data = State::open()?.registry().join("data").join(data);
        std::fs::create_dir_all(&own)?;
        std::os::unix::fs::symlink(data.join("blobs"), own.join("blobs"))?;
        std::os::unix::fs::symlink(data.join("repositories").join(&engine.names), own.join("repositories"))?;

        let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?;
        let config = folder.path().join("config.yml");
        std::fs::write(
            &config,
            format!(
                "version: 0.1\nlog: {{ level: warn, accesslog: {{ disabled: true }} }}\n\
                 storage: {{ filesystem: {{ rootdirectory: {} }}, maintenance: {{ readonly: {{ enabled: true }} }} }}\n\
                 http: {{ addr: \"{free}\" }}\n",
                folder.path().display()
            ),
        )?;
        let mut command = Command::new("docker-registry");
        command.arg("serve").arg(&config).env("OTEL_TRACES_EXPORTER", "none");
        let daemon = Daemon::start(&command, &folder.path().join("log"), "")?;
        let mirror = Mirror { daemon, address: free.to_string(), _folder: folder };
        let start = Instant::now();
        while TcpStream::connect(free).is_err() {
            ensure!(mirror.daemon.is_alive() && start.elapsed() < SOON, "the mirror does not answer");
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(mirror)
    }
}

impl Drop for Mirror {
    fn drop(&mut self) {
        self.daemon.stop(Duration::from_secs(5));
    }
}
