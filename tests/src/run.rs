//! A built image at work: run by `runc` with nothing but what the image says.

use std::fs::File;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use rustix::process::{Pid, Signal};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{Image, process};

/// How a container differs from what its image says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Run {
    /// Instead of the image's `Entrypoint` and `Cmd`.
    pub args: Option<Vec<String>>,
    /// Besides the image's, `NAME=value`.
    pub env: Vec<String>,
    /// Writable folders in memory; everything else is read-only.
    pub tmpfs: Vec<String>,
}

/// A running container. It has a network of its own, with only a loopback in it, so containers never
/// fight for a port. It ends with its owner.
#[derive(Debug)]
pub struct Container {
    folder: TempDir,
    id: String,
    runc: Child,
}

impl Image {
    /// Starts the image: its user, its entrypoint, its environment, and a read-only root.
    pub fn start(&self, run: &Run) -> Result<Container> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let id = format!("slipway-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let folder = tempfile::Builder::new().prefix("slipway-run-").tempdir()?;
        self.unpack(&folder.path().join("rootfs"))?;
        let spec = serde_json::to_vec(&self.spec(run)?)?;
        std::fs::write(folder.path().join("config.json"), spec)?;
        let output = |name: &str| File::create(folder.path().join(name));
        let child = Command::new("runc")
            .arg("--root")
            .arg(folder.path().join("runc"))
            .arg("run")
            .arg("--pid-file")
            .arg(folder.path().join("pid"))
            .arg("--bundle")
            .arg(folder.path())
            .arg(&id)
            .stdin(Stdio::null())
            .stdout(output("stdout")?)
            .stderr(output("stderr")?)
            .spawn()
            .context("starting runc")?;
        Ok(Container { folder, id, runc: child })
    }

    /// The runtime specification: what a careful operator would give the image.
    fn spec(&self, run: &Run) -> Result<Value> {
        let config = &self.config["config"];
        let user = config["User"].as_str().unwrap_or_default();
        let (uid, gid) = user.split_once(':').unwrap_or((user, user));
        let number = |text: &str| match text {
            "" => Ok(0),
            _ => text.parse::<u32>().with_context(|| format!("user `{user}` is not numeric")),
        };
        let args = match &run.args {
            Some(args) => args.clone(),
            None => [self.texts("Entrypoint"), self.texts("Cmd")].concat(),
        };
        ensure!(!args.is_empty(), "the image does not say what to run");
        let mut env = self.texts("Env");
        env.extend(run.env.clone());
        if !env.iter().any(|entry| entry.starts_with("PATH=")) {
            env.push("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin".to_owned());
        }
        let cwd = config["WorkingDir"].as_str().filter(|cwd| !cwd.is_empty()).unwrap_or("/");
        let mut mounts = vec![
            json!({"destination": "/proc", "type": "proc", "source": "proc"}),
            json!({"destination": "/dev", "type": "tmpfs", "source": "tmpfs",
                "options": ["nosuid", "strictatime", "mode=755", "size=65536k"]}),
            json!({"destination": "/dev/shm", "type": "tmpfs", "source": "shm",
                "options": ["nosuid", "noexec", "nodev", "mode=1777", "size=65536k"]}),
            json!({"destination": "/sys", "type": "sysfs", "source": "sysfs",
                "options": ["nosuid", "noexec", "nodev", "ro"]}),
        ];
        for folder in &run.tmpfs {
            mounts.push(json!({"destination": folder, "type": "tmpfs", "source": "tmpfs",
                "options": ["nosuid", "nodev", "mode=1777"]}));
        }
        let namespaces = ["pid", "mount", "ipc", "uts", "network"].map(|kind| json!({"type": kind}));
        Ok(json!({
            "ociVersion": "1.0.2",
            "process": {"user": {"uid": number(uid)?, "gid": number(gid)?}, "args": args, "env": env,
                "cwd": cwd, "noNewPrivileges": true, "capabilities": {}},
            "root": {"path": "rootfs", "readonly": true},
            "hostname": "slipway",
            "mounts": mounts,
            "linux": {"namespaces": namespaces},
        }))
    }

    /// Runs the image to its end.
    pub fn run(&self, run: &Run, limit: Duration) -> Result<Exit> {
        let mut container = self.start(run)?;
        let start = Instant::now();
        loop {
            if let Some(status) = container.runc.try_wait()? {
                return Ok(Exit {
                    code: status.code(),
                    stdout: container.stdout(),
                    stderr: container.stderr(),
                });
            }
            if start.elapsed() > limit {
                bail!("the container was not done after {} s:\n{}", limit.as_secs(), container.stderr());
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

/// How a container ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exit {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Container {
    /// Asks the container by HTTP until it answers; the answer's body. An answer that says no
    /// (status 400 and above) is an error.
    pub fn get(&mut self, port: u16, path: &str, limit: Duration) -> Result<String> {
        self.until_answered(&["--fail-with-body"], port, path, limit)
    }

    /// The status line and headers of the answer to a browser, whatever it says.
    pub fn headers(&mut self, port: u16, path: &str, limit: Duration) -> Result<String> {
        self.until_answered(&["--head", "--header", "Accept-Encoding: gzip"], port, path, limit)
    }

    fn until_answered(&mut self, options: &[&str], port: u16, path: &str, limit: Duration) -> Result<String> {
        let start = Instant::now();
        loop {
            if let Some(status) = self.runc.try_wait()? {
                bail!("the container ended with {status}:\n{}{}", self.stdout(), self.stderr());
            }
            let problem = match self.ask(options, port, path) {
                Ok(answer) => return Ok(answer),
                Err(problem) => problem,
            };
            if start.elapsed() > limit {
                bail!("no answer after {} s: {problem:#}\n{}", limit.as_secs(), self.stderr());
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    fn ask(&self, options: &[&str], port: u16, path: &str) -> Result<String> {
        let pid = self.pid()?;
        let mut command = Command::new("nsenter");
        command
            .args(["--target", &pid.to_string(), "--net", "curl", "--silent", "--show-error"])
            .args(options)
            // What listens on 127.0.0.1 alone does not answer there, and nobody outside of the container could reach it.
            .args(["--max-time", "10", "--noproxy", "*", "--connect-to", "::127.0.0.2:"])
            .arg(format!("http://127.0.0.1:{port}{path}"));
        let finished = process::run(&mut command, b"", Duration::from_secs(15))?;
        ensure!(finished.status.success(), "{}{}", finished.stderr, finished.stdout);
        Ok(finished.stdout)
    }

    /// The pid of the container's first process, as the host sees it.
    pub fn pid(&self) -> Result<i32> {
        let path = self.folder.path().join("pid");
        let text = std::fs::read_to_string(path).context("the container has not started")?;
        text.trim().parse().with_context(|| format!("`{text}` is no pid"))
    }

    pub fn stdout(&self) -> String {
        self.read("stdout")
    }

    pub fn stderr(&self) -> String {
        self.read("stderr")
    }

    /// The unpacked files of the image.
    pub fn rootfs(&self) -> PathBuf {
        self.folder.path().join("rootfs")
    }

    fn read(&self, name: &str) -> String {
        let bytes = std::fs::read(self.folder.path().join(name)).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    fn runc(&self, args: &[&str]) -> Command {
        let mut command = Command::new("runc");
        command.arg("--root").arg(self.folder.path().join("runc")).args(args);
        command
    }

    /// Sends the signal that stops a service, and waits; how it ended.
    pub fn stop(mut self, limit: Duration) -> Result<Exit> {
        if let Some(pid) = Pid::from_raw(self.pid()?) {
            rustix::process::kill_process(pid, Signal::TERM)?;
        }
        let start = Instant::now();
        while start.elapsed() < limit {
            if let Some(status) = self.runc.try_wait()? {
                return Ok(Exit { code: status.code(), stdout: self.stdout(), stderr: self.stderr() });
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        bail!("the container did not stop within {} s", limit.as_secs())
    }
}

impl Drop for Container {
    fn drop(&mut self) {
        if self.runc.try_wait().is_ok_and(|ended| ended.is_none()) {
            // `--force` kills it first. It may end by itself meanwhile: then there is nothing to delete.
            let id = self.id.clone();
            let _ = process::run(&mut self.runc(&["delete", "--force", &id]), b"", Duration::from_secs(15));
            let _ = self.runc.kill();
        }
        let _ = self.runc.wait();
    }
}
