//! The program, started by hand.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// Runs `slipway` in the root of the checkout.
fn slipway(words: &[&str], stdin: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_slipway"))
        .args(words)
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(".."))
        .env_remove("BUILDKIT_SESSION_ID")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(stdin.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

fn check(words: &[&str], stdin: &str, code: i32, stdout: &str, stderr: &str) {
    let output = slipway(words, stdin);
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    let (out, err) = (text(output.stdout), text(output.stderr));
    assert_eq!(output.status.code(), Some(code), "{out}{err}");
    assert_eq!((out.as_str(), err.as_str()), (stdout, stderr));
}

#[test]
fn answers_go_to_stdout() {
    let golden = |path: &str| {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/calls/go").join(path);
        #[expect(clippy::disallowed_methods, reason = "the expectation is a file")]
        std::fs::read_to_string(path).unwrap()
    };
    check(&["plan", "examples/go/slipway.yaml"], "", 0, &golden("plan.txt"), "");
    check(&["explain", "--format=json", "examples/go/slipway.yaml"], "", 0, &golden("explain.json"), "");
    check(&["check", "examples/go/slipway.yaml"], "", 0, "", "");
}

#[test]
fn mistakes_are_drawn_on_stderr() {
    let manifest = "# syntax=slipway/frontend:1\nstack: go\nversion: \"1.22\"\nbuild: { tarjet: . }\n";
    let drawn = "\
error[UnknownKey]: unknown key `tarjet` in `build`
 --> <stdin>:4:10
  |
4 | build: { tarjet: . }
  |          ^^^^^^
  |
  = help: write `target`; the keys of `build` are `command`, `environment`, `secrets`, `include`, `network`, `target` and `output`

<stdin>: 1 error
";
    check(&["check", "-", "--context=examples/go"], manifest, 1, "", drawn);
    check(&["plan", "-", "--context=examples/go"], manifest, 1, "", drawn);
    let output = slipway(&["check", "-", "--format=json"], manifest);
    assert_eq!(output.status.code(), Some(1));
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(json["warnings"][0]["ruleName"], "UnknownKey");
    assert_eq!(json["warnings"][0]["location"]["ranges"][0]["start"]["character"], 9);
    assert_eq!(output.stderr, b"");
}

#[test]
fn arguments_that_nobody_declared_are_told() {
    let manifest = "args: { COMMIT: none }\nstages: { run: { from: scratch } }\n";
    let drawn = "\
warning[UnusedArgument]: `--build-arg COMIT` is not an argument of the manifest
 |
 = help: pass `--build-arg COMMIT=...`

<stdin>: 1 warning
";
    let given =
        ["--build-arg=COMIT=1", "--build-arg=COMMIT=1", "--build-arg=TARGETARCH=x", "--build-arg=no_proxy=x"];
    check(&[&["check", "-"], &given[..]].concat(), manifest, 1, "", drawn);
    // They are no mistakes, and may be silenced.
    let silenced = format!("# check=skip=UnusedArgument\n{manifest}");
    check(&[&["check", "-"], &given[..]].concat(), &silenced, 0, "", "");
}

#[test]
fn lines_of_the_project_are_drawn_too() {
    let manifest = "# syntax=slipway/frontend:1\nroot: go\n";
    let output = slipway(&["explain", "-", "--context=examples"], manifest);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("the module's `go` line (go/go.mod:3)"), "{text}");
}

#[test]
fn help_and_version() {
    let output = slipway(&["plan", "--help"], "");
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!((output.status.code(), output.stderr.is_empty()), (Some(0), true));
    for word in ["Usage: slipway CALL [MANIFEST]", "\n  dockerfile  ", "\n  --build-arg NAME=VALUE  "] {
        assert!(text.contains(word), "{text}");
    }
    check(&["-V"], "", 0, concat!("slipway ", env!("CARGO_PKG_VERSION"), "\n"), "");
}

#[test]
fn what_cannot_be_asked() {
    for (words, said) in [
        (&["plan", "nowhere.yaml"][..], "error: reading `nowhere.yaml`: No such file or directory"),
        (&["chekc"], "error: no call is called `chekc`\n  help: write `check`\n"),
        (&["--format=json"], "error: which call? `slipway --help` lists them\n"),
        (
            &["plan", "--formats", "json"],
            "error: no option is called `--formats`\n  help: write `--format`\n",
        ),
        (
            &["plan", "--format=xml"],
            "error: no format is called `xml`\n  help: there are `text` and `json`\n",
        ),
        (&["plan", "--target"], "error: missing argument for option '--target'\n"),
        (&["plan", "a.yaml", "b.yaml"], "error: unexpected argument \"b.yaml\"\n"),
        (&["plan", "--build-arg", "A"], "error: cannot parse argument \"A\": write NAME=VALUE\n"),
        (
            &["plan", "--platform", "linux"],
            "error: cannot parse argument \"linux\": `linux` is not a platform",
        ),
        (&[], "Usage: slipway"),
    ] {
        let output = slipway(words, "");
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{stderr}");
        assert!(stderr.contains(said), "{stderr}");
    }
}
