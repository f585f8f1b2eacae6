//! `slipway-helper init`: signals, exit codes, and what the program is started with. That orphans are reaped is seen only
//! where it is process 1: `tests/tests/init.rs`.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Output, Stdio};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

fn helper(words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_slipway-helper"));
    command.args(words).stdin(Stdio::null());
    command
}

fn output(words: &[&str]) -> Output {
    helper(words).output().unwrap()
}

/// Starts a line of shell that says when it is ready.
fn started(line: &str) -> Child {
    let mut child = helper(&["init", "sh", "-c", line]).stdout(Stdio::piped()).spawn().unwrap();
    let mut said = String::new();
    BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut said).unwrap();
    assert_eq!(said, "ready\n");
    child
}

fn signal(child: &Child, signal: Signal) {
    kill(Pid::from_raw(child.id().try_into().unwrap()), signal).unwrap();
}

#[test]
fn the_exit_code_is_that_of_the_program() {
    for (line, code) in [("exit 0", 0), ("exit 7", 7), ("kill -KILL $$", 137), ("kill -ABRT $$", 134)] {
        assert_eq!(output(&["init", "sh", "-c", line]).status.code(), Some(code), "{line}");
    }
}

#[test]
fn signals_reach_the_program() {
    let line = "trap 'kill $!; exit 3' TERM; trap 'kill $!; exit 4' USR1; sleep 60 & echo ready; wait";
    for (sent, code) in [(Signal::SIGTERM, 3), (Signal::SIGUSR1, 4)] {
        let mut child = started(line);
        signal(&child, sent);
        assert_eq!(child.wait().unwrap().code(), Some(code), "{sent}");
    }
}

#[test]
fn a_program_without_handlers_ends() {
    // Whoever starts tests in the background may ignore others.
    for (sent, code) in [(Signal::SIGTERM, 143), (Signal::SIGUSR2, 140)] {
        let mut child = started("echo ready; exec sleep 60");
        signal(&child, sent);
        assert_eq!(child.wait().unwrap().code(), Some(code), "{sent}");
    }
}

#[test]
fn children_that_end_are_not_the_program() {
    let run = output(&["init", "sh", "-c", "true & false & sleep 0.1; echo done; exit 5"]);
    assert_eq!((run.status.code(), &*run.stdout), (Some(5), &b"done\n"[..]));
}

/// As if it had been started directly, but for its process group.
#[test]
fn the_program_gets_what_the_helper_got() {
    let words = ["-c", "echo $0 $1 $GREETING; cat /proc/self/status", "a b", "c"];
    let said = |command: &mut Command| {
        let run = command.args(words).env("GREETING", "hello").stdin(Stdio::null()).output().unwrap();
        String::from_utf8(run.stdout).unwrap()
    };
    let (helped, direct) = (said(&mut helper(&["init", "sh"])), said(&mut Command::new("sh")));
    assert_eq!(helped.lines().next(), Some("a b c hello"));
    for mask in ["SigBlk:", "SigIgn:"] {
        let signals = |said: &str| {
            let signals = said.lines().find_map(|line| line.strip_prefix(mask)).unwrap().trim();
            // Those from 32 up are the C library's own.
            u64::from_str_radix(signals, 16).unwrap() & 0x7fff_ffff
        };
        assert_eq!(signals(&helped), signals(&direct), "{mask}");
    }
    let group = output(&["init", "sh", "-c", "echo $$ $(cut -d' ' -f5 /proc/$$/stat)"]);
    let said = String::from_utf8(group.stdout).unwrap();
    let (process, group) = said.trim().split_once(' ').unwrap();
    assert_eq!(process, group);
}

#[test]
fn a_program_that_cannot_be_started_is_named() {
    for (program, code, reason) in
        [("no-such-program", 127, "No such file or directory"), ("/", 126, "Permission denied")]
    {
        let run = output(&["init", program]);
        assert_eq!(run.status.code(), Some(code));
        let said = String::from_utf8(run.stderr).unwrap();
        assert_eq!(said, format!("slipway-helper: cannot start `{program}`: {reason}\n"));
    }
}

#[test]
fn other_words_are_answered_with_the_right_ones() {
    for words in [&[][..], &["init"], &["run", "sh"]] {
        let run = output(words);
        assert_eq!(run.status.code(), Some(2), "{words:?}");
        assert_eq!(run.stderr, b"usage: slipway-helper init PROGRAM [ARGUMENT...]\n");
    }
}
