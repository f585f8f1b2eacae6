//! Processes that outlive the command that started them, and how to end exactly those.

use std::fs::File;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process};
use serde::{Deserialize, Serialize};

/// A process that was started here. The pid alone would not do: after its end the kernel gives the
/// number to somebody else. So the start time and the boot are part of the identity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Daemon {
    pub pid: i32,
    /// Clock ticks from boot to the start of the process.
    started: u64,
    boot: String,
    /// What it was started with; another text means that it must be started anew.
    pub config: String,
}

/// Closes what the caller left open (a pipe held open would make the reader of a CI log wait for
/// ever), and leaves the caller's session. `setsid` does not fork here, so the pid stays.
const DETACH: &str = r#"
for fd in /proc/self/fd/*; do n=${fd##*/}; if [ "$n" -gt 2 ]; then eval "exec $n>&-"; fi; done
exec setsid "$@"
"#;

impl Daemon {
    /// Starts `command` with its output in `log`.
    pub fn start(command: &Command, log: &Path, config: &str) -> Result<Daemon> {
        let output = File::create(log).with_context(|| format!("making {}", log.display()))?;
        let mut detached = Command::new("bash");
        detached.args(["-c", DETACH, "detach"]).arg(command.get_program()).args(command.get_args());
        for (name, value) in command.get_envs() {
            match value {
                Some(value) => detached.env(name, value),
                None => detached.env_remove(name),
            };
        }
        let child = detached
            .current_dir("/")
            .stdin(Stdio::null())
            .stdout(output.try_clone()?)
            .stderr(output)
            .spawn()
            .with_context(|| format!("starting {}", command.get_program().display()))?;
        let pid = i32::try_from(child.id()).context("a pid fits an i32")?;
        let Some(started) = started(pid) else {
            bail!("{} ended at once, see {}", command.get_program().display(), log.display());
        };
        Ok(Daemon { pid, started, boot: boot()?, config: config.to_owned() })
    }

    /// Reads what [`Daemon::save`] wrote, if it still runs.
    pub fn load(path: &Path) -> Option<Daemon> {
        let text = std::fs::read(path).ok()?;
        let daemon: Daemon = serde_json::from_slice(&text).ok()?;
        daemon.is_alive().then_some(daemon)
    }

    pub fn save(&self, path: &Path) -> Result<()> {
        std::fs::write(path, serde_json::to_vec(self)?).with_context(|| format!("writing {}", path.display()))
    }

    pub fn is_alive(&self) -> bool {
        started(self.pid) == Some(self.started) && boot().is_ok_and(|boot| boot == self.boot)
    }

    /// Asks it to end, and ends it when it has not after `patience`.
    pub fn stop(&self, patience: Duration) {
        let Some(pid) = Pid::from_raw(self.pid) else { return };
        for (signal, patience) in [(Signal::TERM, patience), (Signal::KILL, Duration::from_secs(5))] {
            if !self.is_alive() {
                return;
            }
            // It may end by itself between the question and the signal: that is what was wanted.
            let _ = kill_process(pid, signal);
            let asked = Instant::now();
            while self.is_alive() && asked.elapsed() < patience {
                std::thread::sleep(Duration::from_millis(20));
            }
        }
    }
}

fn boot() -> Result<String> {
    let id = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").context("reading the boot id")?;
    Ok(id.trim().to_owned())
}

/// Field 22 of `/proc/PID/stat` (see proc(5)); none for a process that is gone or a zombie.
fn started(pid: i32) -> Option<u64> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The second field is the program's name in brackets, and may itself hold spaces and brackets.
    let mut fields = stat.rsplit_once(") ")?.1.split(' ');
    let state = fields.next()?;
    if state == "Z" || state == "X" { None } else { fields.nth(18)?.parse().ok() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sleeper() -> Daemon {
        let log = std::env::temp_dir().join(format!("daemon-test-{}.log", std::process::id()));
        let mut command = Command::new("sleep");
        command.arg("60");
        let daemon = Daemon::start(&command, &log, "").unwrap();
        let _ = std::fs::remove_file(log);
        daemon
    }

    #[test]
    fn a_daemon_is_ended_by_its_record() {
        let daemon = sleeper();
        assert!(daemon.is_alive());
        daemon.stop(Duration::from_secs(5));
        assert!(!daemon.is_alive());
    }

    #[test]
    fn a_pid_that_was_given_to_another_process_is_left_alone() {
        let daemon = sleeper();
        let stranger = Daemon { started: daemon.started - 1, ..daemon.clone() };
        assert!(!stranger.is_alive());
        stranger.stop(Duration::ZERO);
        assert!(daemon.is_alive());
        daemon.stop(Duration::from_secs(5));
    }
}
