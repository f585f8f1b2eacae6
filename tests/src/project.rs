//! A folder to build, which a test may change.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, ensure};
use tempfile::TempDir;

/// The first line of every manifest.
pub const SYNTAX: &str = "# syntax=slipway/frontend:1\n";

/// A folder of the test's own. It goes with its owner.
#[derive(Debug)]
pub struct Project(TempDir);

impl Project {
    /// A copy of `examples/NAME`.
    pub fn example(name: &str) -> Result<Project> {
        Project::copy_of(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples").join(name))
    }

    pub fn copy_of(folder: &Path) -> Result<Project> {
        let project = Project::empty()?;
        copy(folder, project.path())?;
        Ok(project)
    }

    /// `slipway.yaml` with the syntax line and this text, and nothing else.
    pub fn of_manifest(text: &str) -> Result<Project> {
        let project = Project::empty()?;
        project.write("slipway.yaml", &format!("{SYNTAX}{text}"))?;
        Ok(project)
    }

    pub fn empty() -> Result<Project> {
        Ok(Project(tempfile::Builder::new().prefix("slipway-project-").tempdir()?))
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }

    pub fn read(&self, file: &str) -> Result<String> {
        std::fs::read_to_string(self.path().join(file)).with_context(|| format!("reading {file}"))
    }

    /// Writes a file, and the folders above it.
    pub fn write(&self, file: &str, text: &str) -> Result<()> {
        let path = self.path().join(file);
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        std::fs::write(path, text).with_context(|| format!("writing {file}"))
    }

    /// Adds to the end of a file, which may be new.
    pub fn append(&self, file: &str, text: &str) -> Result<()> {
        let old = if self.path().join(file).exists() { self.read(file)? } else { String::new() };
        self.write(file, &format!("{old}{text}"))
    }

    /// Runs git in the folder, as nobody in particular.
    pub fn git(&self, args: &[&str]) -> Result<()> {
        let mut git = Command::new("git");
        git.current_dir(self.path()).args(["-c", "user.name=x", "-c", "user.email=x"]).args(args);
        let status = git.stdout(Stdio::null()).status().context("running git")?;
        ensure!(status.success(), "git {args:?}: {status}");
        Ok(())
    }

    /// Puts `new` for `old`, which must be there once.
    pub fn replace(&self, file: &str, old: &str, new: &str) -> Result<()> {
        let text = self.read(file)?;
        ensure!(text.matches(old).count() == 1, "`{old}` is not once in {file}:\n{text}");
        self.write(file, &text.replace(old, new))
    }
}

/// A word that no run before had: what is made from it is in no cache.
pub fn unique() -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos());
    format!("unique-{now}-{}", std::process::id())
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    for entry in std::fs::read_dir(from).with_context(|| format!("reading {}", from.display()))? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            std::fs::create_dir_all(&target)?;
            copy(&entry.path(), &target)?;
        } else {
            std::fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
