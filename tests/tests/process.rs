//! The frontend as a process: how large its image is, what it needs while it works, and what it says to whoever
//! starts it by hand.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, mpsc};
use std::time::{Duration, Instant};

use anyhow::Result;
use e2e::project::{SYNTAX, unique};
use e2e::{Engine, Image, Outcome, Project, Proxy, Run, process};
use rustix::process::{Pid, Signal, kill_process};

fn frontend(engine: &Engine) -> Image {
    let project = Project::empty().unwrap();
    project.write("Dockerfile", "FROM slipway/frontend:1\n").unwrap();
    engine.build(project.path()).args(["--provenance=false", "--pull"]).image().unwrap().0
}

#[test]
fn its_image_is_small_and_tells_what_it_is() {
    let image = frontend(&Engine::connect());
    let size = image.compressed_size();
    assert!(size <= 3_000_000, "{size} bytes, compressed");
    let paths = image.paths().unwrap();
    assert_eq!(paths.iter().collect::<Vec<_>>(), [Path::new("slipway"), Path::new("slipway-helper")]);
    let folder = tempfile::tempdir().unwrap();
    image.unpack(folder.path()).unwrap();
    let helper = folder.path().join("slipway-helper").metadata().unwrap().len();
    assert!(helper <= 1_200_000, "{helper} bytes go into an image with the helper");

    let by_hand = image.run(&Run::default(), Duration::from_secs(10)).unwrap();
    assert!(by_hand.code.is_some_and(|code| code != 0), "{by_hand:?}");
    assert_eq!(by_hand.stdout, "");
    for part in ["# syntax=slipway/frontend:1", "docker buildx build -f slipway.yaml ."] {
        assert!(by_hand.stderr.contains(part), "{by_hand:?}");
    }
}

/// The folder in `/proc` of the frontend that was given this build argument.
fn process_with(mark: &str) -> Option<PathBuf> {
    std::fs::read_dir("/proc").unwrap().flatten().map(|entry| entry.path()).find(|process| {
        // Processes come and go, and threads of the kernel have nothing to read.
        let environment = std::fs::read(process.join("environ")).unwrap_or_default();
        let command = std::fs::read(process.join("cmdline")).unwrap_or_default();
        command == b"/slipway\0" && environment.windows(mark.len()).any(|part| part == mark.as_bytes())
    })
}

/// `VmHWM: 2352 kB` of `/proc/PID/status`; see `proc_pid_status(5)`. `None` when the process is gone.
fn status(process: &Path, name: &str) -> Option<u64> {
    let status = std::fs::read_to_string(process.join("status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
    line.split_whitespace().next()?.parse().ok()
}

/// A build of the Go example that waits for its base: until the registry answers, the frontend can be looked at.
struct Waiting {
    engine: Engine,
    answer: mpsc::Sender<()>,
    project: Project,
    mark: String,
}

impl Waiting {
    fn new() -> Waiting {
        let engine = Engine::connect();
        let (answer, told) = mpsc::channel();
        let told = Mutex::new(Some(told));
        let registry = Proxy::in_front_of(&engine.registry, move |_| {
            // The first question waits, and others with it; when the test is gone nobody does.
            if let Some(told) = told.lock().unwrap().take() {
                let _ = told.recv();
            }
        });
        let project = Project::example("go").unwrap();
        let manifest = project.read("slipway.full.yaml").unwrap();
        // An image that is always in the local registry.
        let base = format!("{}/{}/slipway/frontend:1", registry.unwrap().address(), engine.names);
        let manifest = manifest.replace("from: scratch", &format!("from: {base}"));
        assert!(manifest.starts_with(SYNTAX) && manifest.contains(&base));
        project.write("slipway.yaml", &manifest).unwrap();
        Waiting { engine, answer, project, mark: unique() }
    }

    /// Builds, and does something with the frontend's process once it has come to where it waits.
    fn build<T>(&self, limit: Duration, meanwhile: impl FnOnce(&Path) -> T) -> (Result<Outcome>, T) {
        let argument = format!("--build-arg=COMMIT={}", self.mark);
        std::thread::scope(|scope| {
            let build = self.engine.build(self.project.path()).file("slipway.yaml").args([argument.as_str()]);
            let build = scope.spawn(|| build.limit(limit).run());
            let start = Instant::now();
            let process = loop {
                if let Some(process) = process_with(&self.mark) {
                    break process;
                }
                let wait = start.elapsed() < Duration::from_secs(30) && !build.is_finished();
                assert!(wait, "there is no frontend");
                std::thread::sleep(Duration::from_millis(1));
            };
            std::thread::sleep(Duration::from_millis(500));
            let seen = meanwhile(&process);
            (build.join().unwrap(), seen)
        })
    }
}

#[test]
fn it_is_one_thread_in_little_memory_and_exits_at_once() {
    let waiting = Waiting::new();
    let (outcome, (threads, peak, gone)) = waiting.build(Duration::from_mins(5), |process| {
        let threads = std::fs::read_dir(process.join("task")).unwrap().count();
        waiting.answer.send(()).unwrap();
        let (mut peak, mut gone) = (0, Instant::now());
        while let Some(kilobytes) = status(process, "VmHWM") {
            (peak, gone) = (kilobytes, Instant::now());
        }
        (threads, peak, gone)
    });
    let after = gone.elapsed();
    outcome.unwrap().success().unwrap();
    assert_eq!(threads, 1);
    assert!(peak < 10_000, "{peak} kB at most");
    assert!(peak > 500, "{peak} kB is not what it was");
    // The client ends after the frontend, and soon: nothing waits for a process that does not go.
    assert!(after < Duration::from_secs(5), "{after:?} from the end of the frontend to that of the build");
}

/// Nobody is there any more to answer to.
#[test]
fn it_goes_when_its_client_goes() {
    let waiting = Waiting::new();
    let (outcome, process) = waiting.build(Duration::from_secs(5), Path::to_path_buf);
    assert!(outcome.is_err(), "the client was to be ended: {outcome:?}");
    let start = Instant::now();
    while process.exists() {
        assert!(start.elapsed() < Duration::from_secs(5), "it is still there");
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn when_it_is_killed_the_build_ends_and_says_so() {
    let waiting = Waiting::new();
    let (outcome, ()) = waiting.build(Duration::from_mins(1), |process| {
        let pid: i32 = process.file_name().unwrap().to_str().unwrap().parse().unwrap();
        kill_process(Pid::from_raw(pid).unwrap(), Signal::KILL).unwrap();
    });
    let outcome = outcome.unwrap();
    assert!(!outcome.ok && outcome.message.contains("exit code: 137"), "{outcome:?}");
}

/// `tests/examples/panicking_frontend.rs` as an image, with the libraries of this machine that it is linked to.
fn push_panicking_frontend(engine: &Engine, tag: &str) {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["build", "--quiet", "--locked", "--package=e2e", "--example=panicking_frontend"]);
    cargo.current_dir(env!("CARGO_MANIFEST_DIR"));
    let built = process::run(&mut cargo, b"", Duration::from_mins(5)).unwrap();
    assert!(built.status.success(), "{}", built.stderr);
    // This test is in `deps` beside `examples`.
    let tests = std::env::current_exe().unwrap();
    let program = tests.parent().unwrap().with_file_name("examples/panicking_frontend");
    let linked = process::run(Command::new("ldd").arg(&program), b"", Duration::from_secs(10)).unwrap();
    let image = Project::empty().unwrap();
    for library in linked.stdout.split_whitespace().filter(|word| word.starts_with('/')) {
        let copy = image.path().join("root").join(library.trim_start_matches('/'));
        std::fs::create_dir_all(copy.parent().unwrap()).unwrap();
        std::fs::copy(library, copy).unwrap();
    }
    std::fs::copy(program, image.path().join("root/frontend")).unwrap();
    image.write("Dockerfile", "FROM scratch\nCOPY root /\nENTRYPOINT [\"/frontend\"]\n").unwrap();
    let push = engine.build(image.path()).args(["--push", "--tag", &engine.pushed(tag)]);
    push.run().unwrap().success().unwrap();
}

#[test]
fn a_bug_of_a_frontend_is_an_error_that_says_where_to_report_it() {
    let engine = Engine::connect();
    push_panicking_frontend(&engine, "slipway/panicking:1");
    let project = Project::empty().unwrap();
    project.write("slipway.yaml", "# syntax=slipway/panicking:1\n").unwrap();
    let build = engine.build(project.path()).file("slipway.yaml").limit(Duration::from_mins(1));
    let outcome = build.run().unwrap();
    let errors: Vec<_> = outcome.message.lines().filter(|line| line.starts_with("ERROR: ")).collect();
    let [error] = errors.as_slice() else { panic!("{outcome:?}") };
    let told = "this is a bug of the frontend, please report it at https://example.com/issues: \
                nobody thought of this (tests/examples/panicking_frontend.rs:";
    assert!(!outcome.ok && error.contains(told), "{outcome:?}");
}
