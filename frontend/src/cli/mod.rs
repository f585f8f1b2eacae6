//! The calls as a command, for hooks and editors: `slipway check slipway.yaml`. The same functions answer; files
//! are read from the manifest's folder, and images are not resolved.

mod draw;
mod folder;
mod words;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use buildkit_gateway::Response;
use buildkit_gateway::contexts::dockerignore::{self, Ignore};
use buildkit_llb::{Local, Platform};

use self::words::{Command, Format, Words};
use crate::calls::{Asked, Call, Setting, ask};
use crate::catalog::Catalog;
use crate::diagnostic::Diagnostics;
use crate::gather::Gather as _;
use crate::lower::{Context, Options, Platforms};
use crate::source::Source;

/// The manifest of a project that has none.
const FIRST_LINE: &str = "# syntax=slipway/frontend:1\n";

/// How it ends: the question was answered, mistakes were found, or nothing could be asked.
const MISTAKES: u8 = 1;
const NOT_ASKED: u8 = 2;

/// Answers one question. Answers go to stdout, mistakes with their lines to stderr.
pub fn run(words: impl IntoIterator<Item = OsString>) -> ExitCode {
    let mut words = words.into_iter().peekable();
    let program = words.next();
    if words.peek().is_none() {
        tell(&words::help());
        return NOT_ASKED.into();
    }
    let answered = match words::parse(program.into_iter().chain(words)) {
        Ok(Words::Help) => say(words::help().as_bytes()).map(|()| 0),
        Ok(Words::Version) => {
            say(concat!("slipway ", env!("CARGO_PKG_VERSION"), "\n").as_bytes()).map(|()| 0)
        }
        Ok(Words::Question(command)) => command.answer(),
        Err(problem) => Err(problem),
    };
    match answered {
        Ok(code) => code.into(),
        Err(problem) => {
            tell(&format!("error: {problem}\n"));
            NOT_ASKED.into()
        }
    }
}

impl Command {
    fn answer(self) -> Result<u8, String> {
        let call = self.call;
        if let Some(answer) = call.without_manifest() {
            return print(&answer, self.format);
        }
        let bytes = if call == Call::Init && !self.manifest.exists() && !is_stdin(&self.manifest) {
            FIRST_LINE.as_bytes().to_vec()
        } else {
            read(&self.manifest)?
        };
        let name = self.manifest.file_name().unwrap_or_default().to_string_lossy();
        let mut diagnostics = Diagnostics::default();
        let shown = if is_stdin(&self.manifest) { "<stdin>".into() } else { self.manifest.to_string_lossy() };
        let source = Source::new(shown, &bytes, &mut diagnostics);
        let folder = self.context.clone().unwrap_or_else(|| parent(&self.manifest));
        let local = Local::new("context", "session").map_err(|error| error.to_string())?;
        let ignore = ignored(&self.manifest, &folder);
        let context = Context {
            source: buildkit_gateway::contexts::Context::Directory(local),
            ignore: ignore.patterns().to_vec(),
            manifest: Some(name.into_owned()),
        };
        let asked = ask(
            call,
            &source,
            self.target.as_deref(),
            &self.setting(),
            &context,
            |question| folder::answer(&folder, &ignore, question),
            diagnostics,
        );
        let Asked { response, diagnostics, project } = &asked;
        let json = self.format == Format::Json;
        // A check that is read by a program has its mistakes in the answer.
        if !(json && call == Call::Check) {
            let files = draw::Files { manifest: &source, project, context: &folder };
            tell(&draw::all(diagnostics, files, draw::Colours::of_terminal()));
        }
        match response {
            Some(_) if call == Call::Check && !json => Ok(u8::from(!diagnostics.is_empty()) * MISTAKES),
            Some(response) => print(response, self.format),
            None => Ok(MISTAKES),
        }
    }

    fn setting(&self) -> Setting {
        let build =
            Platform::new("linux", std::env::consts::ARCH, "").unwrap_or_else(|_| Platform::linux_amd64());
        Setting {
            catalog: Catalog::shipped(),
            given: self.args.iter().cloned().gather::<BTreeMap<_, _>>(),
            platforms: Platforms {
                target: self.platform.clone().unwrap_or_else(|| build.clone()),
                build,
                runnable: Vec::new(),
                several: false,
            },
            options: Options::default(),
        }
    }
}

fn read(path: &Path) -> Result<Vec<u8>, String> {
    if is_stdin(path) {
        let mut bytes = Vec::new();
        io::stdin().read_to_end(&mut bytes).map_err(|error| format!("reading stdin: {error}"))?;
        return Ok(bytes);
    }
    #[expect(clippy::disallowed_methods, reason = "the command line is where files are read")]
    let read = std::fs::read(path);
    read.map_err(|error| format!("reading `{}`: {error}", path.display()))
}

/// That of the manifest, or else of the context. One that cannot be read is none, as in a build.
#[expect(clippy::disallowed_methods, reason = "the command line is where files are read")]
fn ignored(manifest: &Path, context: &Path) -> Ignore {
    let mut own = manifest.as_os_str().to_owned();
    own.push(".dockerignore");
    let file = std::fs::read(own).or_else(|_| std::fs::read(context.join(".dockerignore")));
    file.map_or_else(|_| Ignore::default(), |file| Ignore::new(dockerignore::patterns(&file)))
}

fn is_stdin(path: &Path) -> bool {
    path == Path::new("-")
}

fn parent(manifest: &Path) -> PathBuf {
    let parent = manifest.parent().filter(|parent| !parent.as_os_str().is_empty());
    parent.unwrap_or(Path::new(".")).to_owned()
}

/// Prints an answer; what it exits with.
fn print(answer: &Response, format: Format) -> Result<u8, String> {
    let key = match format {
        Format::Text => "result.txt",
        Format::Json => "result.json",
    };
    let text = answer.get(key).unwrap_or_default();
    let end: &[u8] = if text.is_empty() || text.ends_with(b"\n") { b"" } else { b"\n" };
    say(&[text, end].concat())?;
    let code = answer.get("result.statuscode").and_then(|code| std::str::from_utf8(code).ok());
    Ok(code.and_then(|code| code.parse().ok()).unwrap_or_default())
}

fn say(text: &[u8]) -> Result<(), String> {
    match io::stdout().write_all(text) {
        // Whoever reads it has seen enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written.map_err(|error| format!("printing the answer: {error}")),
    }
}

/// Nothing is left to tell it to when stderr is gone.
fn tell(text: &str) {
    let _ = io::stderr().write_all(text.as_bytes());
}
