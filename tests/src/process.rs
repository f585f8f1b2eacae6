//! Running a command to its end, but never for ever.

use std::io::{Read, Write};
use std::os::unix::process::CommandExt;
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process_group};

/// How a command ended and what it wrote.
#[derive(Debug)]
pub struct Finished {
    pub status: ExitStatus,
    pub stdout: String,
    pub stderr: String,
    pub elapsed: Duration,
}

/// Runs `command` and everything it starts; after `limit` they are ended and that is an error.
pub fn run(command: &mut Command, stdin: &[u8], limit: Duration) -> Result<Finished> {
    let start = Instant::now();
    let mut child = command
        .process_group(0)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("starting {}", command.get_program().display()))?;
    let group = i32::try_from(child.id()).ok().and_then(Pid::from_raw).context("a process has a pid")?;
    let (mut input, mut out, mut err) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    std::thread::scope(|scope| {
        // A program that ends before it has read everything is no failure of ours.
        scope.spawn(move || input.take().map(|mut input| input.write_all(stdin)));
        let read = |pipe: &mut dyn Read| {
            let mut bytes = Vec::new();
            let _ = pipe.read_to_end(&mut bytes);
            String::from_utf8_lossy(&bytes).into_owned()
        };
        let stdout = scope.spawn(move || out.as_mut().map(|pipe| read(pipe)).unwrap_or_default());
        let stderr = scope.spawn(move || err.as_mut().map(|pipe| read(pipe)).unwrap_or_default());
        let mut late = false;
        let status = loop {
            if let Some(status) = child.try_wait()? {
                break status;
            }
            if !late && start.elapsed() > limit {
                late = true;
                kill_process_group(group, Signal::KILL)?;
            }
            std::thread::sleep(Duration::from_millis(2));
        };
        let elapsed = start.elapsed();
        let (stdout, stderr) = (stdout.join().unwrap_or_default(), stderr.join().unwrap_or_default());
        if late {
            bail!("{command:?} was not done after {} s, ended:\n{stdout}{stderr}", limit.as_secs());
        }
        Ok(Finished { status, stdout, stderr, elapsed })
    })
}
