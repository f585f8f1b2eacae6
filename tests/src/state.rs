//! Where the engine keeps its things: outside the checkout, shared by all checkouts.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

/// The folder of everything that engines and their registry keep.
#[derive(Debug, Clone)]
pub struct State {
    root: PathBuf,
}

impl State {
    /// `SLIPWAY_STATE`, else the place that the XDG rules give to state.
    pub fn open() -> Result<State> {
        let from = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
        let root = from("SLIPWAY_STATE")
            .map(PathBuf::from)
            .or_else(|| from("XDG_STATE_HOME").map(|home| Path::new(&home).join("slipway")))
            .or_else(|| from("HOME").map(|home| Path::new(&home).join(".local/state/slipway")))
            .context("none of `SLIPWAY_STATE`, `XDG_STATE_HOME` and `HOME` is set")?;
        std::fs::create_dir_all(&root).with_context(|| format!("making {}", root.display()))?;
        Ok(State { root })
    }

    /// The programs of one set of versions.
    pub fn tools(&self, key: &str) -> PathBuf {
        self.root.join("tools").join(key)
    }

    pub fn registry(&self) -> PathBuf {
        self.root.join("registry")
    }

    pub fn engines(&self) -> PathBuf {
        self.root.join("engines")
    }

    pub fn engine(&self, name: &str) -> PathBuf {
        self.engines().join(name)
    }

    /// Logs of commands that ran long, and scratch space.
    pub fn logs(&self) -> PathBuf {
        self.root.join("logs")
    }

    /// Takes the lock `name`, which goes with the returned file. `waiting` is told, every few
    /// seconds, how long it has been waited for.
    pub fn lock(&self, name: &str, waiting: impl Fn(Duration)) -> Result<File> {
        let path = self.root.join(format!("{name}.lock"));
        let file = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .with_context(|| format!("opening {}", path.display()))?;
        let start = Instant::now();
        let mut told = Duration::ZERO;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(file),
                Err(TryLockError::WouldBlock) => {}
                Err(TryLockError::Error(error)) => {
                    return Err(error).with_context(|| format!("locking {}", path.display()));
                }
            }
            if start.elapsed() >= told {
                waiting(start.elapsed());
                told = start.elapsed() + Duration::from_secs(5);
            }
            std::thread::sleep(Duration::from_millis(100));
        }
    }
}
