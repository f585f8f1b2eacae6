//! The local registry: Debian's `docker-registry` on loopback, one for all engines.

use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use e2e::daemon::Daemon;
use e2e::state::State;

use crate::progress;

/// Below the range from which the kernel takes ports for outgoing connections.
const PORTS: std::ops::Range<u16> = 15700..15800;

/// Starts the registry unless it runs, and says where: `127.0.0.1:PORT`.
pub(crate) fn start(state: &State) -> Result<String> {
    let folder = state.registry();
    let record = folder.join("registry.json");
    if let Some(daemon) = Daemon::load(&record) {
        return Ok(daemon.config);
    }
    std::fs::create_dir_all(&folder)?;
    let port = PORTS
        .into_iter()
        .find(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok())
        .context("no free port for the registry")?;
    let address = format!("127.0.0.1:{port}");
    let config = folder.join("config.yml");
    let data = folder.join("data");
    std::fs::write(
        &config,
        format!(
            "version: 0.1\nlog: {{ level: warn, accesslog: {{ disabled: true }} }}\n\
             storage: {{ filesystem: {{ rootdirectory: {} }}, delete: {{ enabled: true }} }}\n\
             http: {{ addr: \"{address}\" }}\n",
            data.display()
        ),
    )?;
    progress::say(&format!("starting the registry at {address}"));
    let mut command = Command::new("docker-registry");
    command.arg("serve").arg(&config).env("OTEL_TRACES_EXPORTER", "none");
    let log = folder.join("registry.log");
    let daemon = Daemon::start(&command, &log, &address)?;
    daemon.save(&record)?;
    let start = Instant::now();
    while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
        if !daemon.is_alive() || start.elapsed() > Duration::from_secs(10) {
            bail!("the registry does not answer, see {}", log.display());
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok(address)
}

pub(crate) fn running(state: &State) -> Option<Daemon> {
    Daemon::load(&state.registry().join("registry.json"))
}

pub(crate) fn stop(state: &State) {
    if let Some(daemon) = running(state) {
        daemon.stop(Duration::from_secs(5));
    }
}

/// The digest of `prefix/name:tag`, if the registry has it.
pub(crate) fn digest(address: &str, prefix: &str, name: &str) -> Result<Option<String>> {
    let (repository, tag) = name.rsplit_once(':').context("a name with a tag")?;
    let url = format!("http://{address}/v2/{prefix}/{repository}/manifests/{tag}");
    let request = ureq::head(&url).header("Accept", "application/vnd.oci.image.manifest.v1+json");
    match request.call() {
        Ok(answer) => {
            let digest = answer.headers().get("Docker-Content-Digest").context("a registry tells digests")?;
            Ok(Some(digest.to_str()?.to_owned()))
        }
        Err(ureq::Error::StatusCode(404)) => Ok(None),
        Err(error) => Err(error).with_context(|| format!("asking {url}")),
    }
}
