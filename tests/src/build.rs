//! `docker buildx build` as a user types it, with a time limit and with its steps read.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result};

use crate::process::{self, Finished};
use crate::{Engine, Image, Steps};

/// What the first line of a manifest names.
pub const FRONTEND: &str = "slipway/frontend:1";

/// A build that is about to be run.
#[derive(Debug)]
pub struct Build<'a> {
    engine: &'a Engine,
    context: PathBuf,
    args: Vec<String>,
    environment: Vec<(String, String)>,
    stdin: Vec<u8>,
    ca: bool,
    limit: Duration,
}

/// What `docker buildx build` answered.
#[derive(Debug)]
pub struct Outcome {
    pub ok: bool,
    pub exit_code: Option<i32>,
    pub steps: Steps,
    /// What a person reads besides the progress display: errors with their lines, warnings.
    pub message: String,
    pub stdout: String,
    pub elapsed: Duration,
}

impl Engine {
    /// A build of this folder, or of another context that clients take: `docker buildx build CONTEXT`.
    pub fn build(&self, context: impl AsRef<Path>) -> Build<'_> {
        Build {
            engine: self,
            context: context.as_ref().to_owned(),
            args: Vec::new(),
            environment: Vec::new(),
            stdin: Vec::new(),
            ca: true,
            limit: Duration::from_mins(10),
        }
    }

    /// `buildctl build` of this folder, for what other clients do not send. Its own display leaves out a warning that comes
    /// after the step that it belongs to was shown.
    pub fn buildctl(&self, folder: &Path, args: &[&str]) -> Result<Outcome> {
        let mut command = self.command("buildctl");
        command.args([
            "build",
            "--progress=rawjson",
            "--frontend=gateway.v0",
            "--opt=source=slipway/frontend:1",
        ]);
        for local in ["context", "dockerfile"] {
            command.arg(format!("--local={local}={}", folder.display()));
        }
        command.arg("--opt=filename=slipway.yaml").args(args);
        Ok(Outcome::of(process::run(&mut command, b"", Duration::from_mins(3))?))
    }
}

impl Build<'_> {
    /// `-f`, relative to the build's folder.
    #[must_use]
    pub fn file(self, name: &str) -> Self {
        let path = self.context.join(name).display().to_string();
        self.args(["-f", &path])
    }

    #[must_use]
    pub fn args<'b>(mut self, args: impl IntoIterator<Item = &'b str>) -> Self {
        self.args.extend(args.into_iter().map(str::to_owned));
        self
    }

    /// A variable of the client's.
    #[must_use]
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    #[must_use]
    pub fn stdin(mut self, bytes: &[u8]) -> Self {
        bytes.clone_into(&mut self.stdin);
        self
    }

    /// Without the secret `ca`, which is given to all other builds: where package registries are
    /// behind a proxy with a certificate of its own, steps that fetch would fail without it.
    #[must_use]
    pub fn without_ca(mut self) -> Self {
        self.ca = false;
        self
    }

    #[must_use]
    pub fn limit(mut self, limit: Duration) -> Self {
        self.limit = limit;
        self
    }

    /// Runs the build. An error is a build that did not end; one that failed is an [`Outcome`].
    pub fn run(self) -> Result<Outcome> {
        let mut command = self.engine.command("docker");
        command.args(["buildx", "build", "--progress=rawjson"]).args(&self.args).envs(self.environment);
        if let (true, Some(bundle)) = (self.ca, host_certificates()) {
            command.arg(format!("--secret=id=ca,src={}", bundle.display()));
        }
        if self.engine.builder.is_some() {
            let layout = self.engine.frontend_layout();
            command.arg(format!("--build-context={FRONTEND}=oci-layout://{}", layout.display()));
        }
        command.arg(&self.context);
        let finished = process::run(&mut command, &self.stdin, self.limit)?;
        Ok(Outcome::of(finished))
    }

    /// Runs the build, which must succeed, and reads the text files that it leaves in a folder.
    pub fn files(self) -> Result<BTreeMap<String, String>> {
        let folder = tempfile::tempdir()?;
        let output = format!("--output=type=local,dest={}", folder.path().display());
        self.args([output.as_str()]).run()?.success()?;
        let mut files = BTreeMap::new();
        read_all(folder.path(), folder.path(), &mut files)?;
        Ok(files)
    }

    /// Runs the build, which must succeed, and reads the image that comes out.
    pub fn image(self) -> Result<(Image, Outcome)> {
        let folder = tempfile::tempdir()?;
        let archive = folder.path().join("image.tar");
        let output = format!("--output=type=oci,dest={}", archive.display());
        let outcome = self.args([output.as_str()]).run()?.success()?;
        let image = Image::open(&archive).context("reading the built image")?;
        Ok((image, outcome))
    }
}

impl Outcome {
    fn of(finished: Finished) -> Self {
        let (steps, message) = Steps::parse(&finished.stderr);
        Self {
            ok: finished.status.success(),
            exit_code: finished.status.code(),
            steps,
            message,
            stdout: finished.stdout,
            elapsed: finished.elapsed,
        }
    }

    /// Itself if the build succeeded, else an error with everything that a person needs.
    pub fn success(self) -> Result<Outcome> {
        if self.ok {
            return Ok(self);
        }
        let logs = self.steps.steps.iter().filter(|step| !step.error.is_empty());
        let logs: Vec<String> = logs.map(|step| format!("{}:\n{}", step.name, step.log)).collect();
        anyhow::bail!("the build failed:\n{}\n{}", logs.join("\n"), self.message)
    }
}

/// What is no text is read as well as it can be.
pub fn read_all(root: &Path, folder: &Path, files: &mut BTreeMap<String, String>) -> Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() && !path.is_symlink() {
            read_all(root, &path, files)?;
        } else if path.is_file() {
            let name = path.strip_prefix(root)?.display().to_string();
            files.insert(name, String::from_utf8_lossy(&std::fs::read(&path)?).into_owned());
        }
    }
    Ok(())
}

/// The machine's own certificate bundle.
pub fn host_certificates() -> Option<PathBuf> {
    let from_environment = std::env::var_os("SSL_CERT_FILE").map(PathBuf::from);
    let known =
        ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem"];
    from_environment.into_iter().chain(known.map(PathBuf::from)).find(|path| path.is_file())
}
