//! Process 1 of a container. The kernel drops every signal that process 1 has no handler for, also the `SIGTERM` that is to
//! end it, and gives it all orphans, whose ends somebody must take note of. So the program is not process 1, but this is.

use std::ffi::CString;
use std::io;
use std::os::unix::ffi::OsStrExt;

use nix::errno::Errno;
use nix::spawn::{PosixSpawnAttr, PosixSpawnFileActions, PosixSpawnFlags, posix_spawnp};
use nix::sys::signal::{SigSet, Signal, kill};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::{Pid, tcsetpgrp};

use crate::tell;

/// As shells have it.
const NOT_STARTED: u8 = 126;
const NOT_FOUND: u8 = 127;
const ENDED_BY_SIGNAL: u8 = 128;

/// Runs a program to its end; what it exits with. Signals go to it and orphans are reaped meanwhile.
pub(crate) fn run(words: &[CString]) -> u8 {
    // All signals wait to be taken, from before there is somebody to pass them on to.
    let signals = SigSet::all();
    let program = match block(&signals).and_then(|before| start(words, &before)) {
        Ok(program) => program,
        Err(problem) => {
            let name = words.first().map(|word| word.to_string_lossy()).unwrap_or_default();
            tell(&format!("slipway-helper: cannot start `{name}`: {}", problem.desc()));
            return if problem == Errno::ENOENT { NOT_FOUND } else { NOT_STARTED };
        }
    };
    loop {
        match signals.wait() {
            Ok(Signal::SIGCHLD) => {
                if let Some(code) = reap(program) {
                    return code;
                }
            }
            // It may have ended just now; the next signal tells.
            Ok(signal) => drop(kill(program, signal)),
            // A real-time signal, which has no name to pass it on by.
            Err(_) => {}
        }
    }
}

/// The signals that were blocked before.
fn block(signals: &SigSet) -> nix::Result<SigSet> {
    let before = SigSet::thread_get_mask()?;
    signals.thread_set_mask()?;
    Ok(before)
}

/// Starts the program as if it had been started directly, but in a process group of its own: what is typed at a terminal
/// reaches it once, from the terminal.
fn start(words: &[CString], blocked: &SigSet) -> nix::Result<Pid> {
    let mut attributes = PosixSpawnAttr::init()?;
    attributes.set_flags(
        PosixSpawnFlags::POSIX_SPAWN_SETSIGMASK
            | PosixSpawnFlags::POSIX_SPAWN_SETSIGDEF
            | PosixSpawnFlags::POSIX_SPAWN_SETPGROUP,
    )?;
    attributes.set_sigmask(blocked)?;
    // Rust's own runtime ignores it.
    attributes.set_sigdefault(&SigSet::from(Signal::SIGPIPE))?;
    attributes.set_pgroup(Pid::from_raw(0))?;
    let actions = PosixSpawnFileActions::init()?;
    let program = words.first().ok_or(Errno::EINVAL)?;
    let environment: Vec<CString> = std::env::vars_os()
        .filter_map(|(name, value)| CString::new([name.as_bytes(), b"=", value.as_bytes()].concat()).ok())
        .collect();
    let started = posix_spawnp(program, &actions, &attributes, words, &environment)?;
    if tcsetpgrp(io::stdin(), started).is_ok() {
        // It may have been stopped because the terminal was not its own yet.
        let _ = kill(started, Signal::SIGCONT);
    }
    Ok(started)
}

/// Takes note of all processes that have ended; what the program exited with when it is among them.
fn reap(program: Pid) -> Option<u8> {
    loop {
        match waitpid(None, Some(WaitPidFlag::WNOHANG)) {
            Ok(WaitStatus::Exited(ended, code)) if ended == program => {
                return Some(u8::try_from(code).unwrap_or(u8::MAX));
            }
            Ok(WaitStatus::Signaled(ended, signal, _)) if ended == program => {
                return Some(u8::try_from(signal as i32).map_or(u8::MAX, |signal| ENDED_BY_SIGNAL + signal));
            }
            Ok(WaitStatus::StillAlive) => return None,
            // Nobody is left, and the program ended in a way that has no name: by a real-time signal.
            Err(Errno::ECHILD) => return Some(ENDED_BY_SIGNAL),
            Ok(_) | Err(_) => {}
        }
    }
}
