//! Plain progress lines with the time since the start: readable on a terminal and in a CI log.

use std::fs::File;
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

static START: LazyLock<Instant> = LazyLock::new(Instant::now);

/// How long a command may run before it is said that it still does.
const SILENCE: Duration = Duration::from_secs(5);

/// Says what begins now.
pub(crate) fn say(text: &str) {
    let elapsed = START.elapsed().as_secs_f64();
    eprintln!("[{elapsed:6.1}s] {text}");
}

/// Runs a command whose output nobody needs to see while it works. Its output goes to `log`; the end
/// of that is shown when it fails.
pub(crate) fn run(what: &str, command: &mut Command, log: &Path, limit: Duration) -> Result<()> {
    say(what);
    if let Some(folder) = log.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let output = File::create(log).with_context(|| format!("making {}", log.display()))?;
    command.stdin(Stdio::null()).stdout(output.try_clone()?).stderr(output);
    let status = wait(what, command, limit, || last_line(log))?;
    if status.success() {
        return Ok(());
    }
    let text = std::fs::read_to_string(log).unwrap_or_default();
    let from = text.lines().count().saturating_sub(30);
    let tail: Vec<&str> = text.lines().skip(from).collect();
    bail!("{what}: {status}; the end of {}:\n{}", log.display(), tail.join("\n"))
}

/// Waits for a command, saying every few seconds that it still runs, and ends it at its limit.
pub(crate) fn wait(
    what: &str,
    command: &mut Command,
    limit: Duration,
    detail: impl Fn() -> String,
) -> Result<ExitStatus> {
    let mut child =
        command.spawn().with_context(|| format!("starting {}", command.get_program().display()))?;
    let start = Instant::now();
    let mut said = start;
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        if start.elapsed() > limit {
            child.kill()?;
            child.wait()?;
            bail!("{what}: not done after {} s, ended", limit.as_secs());
        }
        if said.elapsed() > SILENCE {
            said = Instant::now();
            let detail = detail();
            say(&format!(
                "  ... {what}, {} s{}{detail}",
                start.elapsed().as_secs(),
                if detail.is_empty() { "" } else { ": " }
            ));
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn last_line(log: &Path) -> String {
    let text = std::fs::read(log).unwrap_or_default();
    let text = String::from_utf8_lossy(&text[text.len().saturating_sub(400)..]).into_owned();
    let line = text.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or_default();
    line.trim().chars().take(100).collect()
}
