//! The calls as a command, for hooks and editors: `slipway check slipway.yaml`. The same functions answer; files
//! are read from the manifest's folder, and images are not resolved.

mod draw;
mod folder;
mod ignore;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use buildkit_gateway::Response;
use buildkit_llb::{Local, Platform};
use clap::{Parser, ValueEnum};

use self::ignore::Ignore;
use crate::calls::{Asked, Call, Setting, ask};
use crate::catalog::Catalog;
use crate::diagnostic::Diagnostics;
use crate::lower::{Context, Options, Platforms};
use crate::source::Source;

/// Slipway builds container images from one declarative file. BuildKit starts it: write `# syntax=slipway/frontend:1`
/// into the first line of a `slipway.yaml` and run `docker buildx build -f slipway.yaml .`. Started by hand it answers
/// questions about such a file.
#[derive(Debug, Parser)]
#[command(name = "slipway", version, arg_required_else_help = true)]
struct Command {
    /// The question
    #[arg(value_enum)]
    call: Name,
    /// The manifest; `-` is the standard input
    #[arg(default_value = "slipway.yaml")]
    manifest: PathBuf,
    /// How the answer is printed
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// The stage, app or stage of an app that is asked about
    #[arg(long)]
    target: Option<String>,
    /// The build context; the manifest's folder when not given
    #[arg(long, value_name = "FOLDER")]
    context: Option<PathBuf>,
    /// The value of an argument, as `docker buildx build` takes it
    #[arg(long = "build-arg", value_name = "NAME=VALUE", value_parser = build_arg)]
    args: Vec<(String, String)>,
    /// The platform that is asked about
    #[arg(long, value_name = "OS/ARCH", value_parser = platform)]
    platform: Option<Platform>,
}

/// Names of calls, as they are typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Name {
    /// Everything that is wrong with the manifest, and advice
    Check,
    /// The manifest with nothing left to guess
    Plan,
    /// Every decision with its reason, file and line
    Explain,
    /// The targets that can be built
    Targets,
    /// Arguments, secrets, agents and caches of a target
    Outline,
    /// What BuildKit is given to do, as a Mermaid flow chart
    Graph,
    /// A Dockerfile that builds the same files and config
    Dockerfile,
    /// A manifest in which every decision is written out, for a project that has none
    Init,
    /// The JSON Schema of the manifest
    Schema,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
}

/// The manifest of a project that has none.
const FIRST_LINE: &str = "# syntax=slipway/frontend:1\n";

/// How it ends: the question was answered, mistakes were found, or nothing could be asked.
const MISTAKES: u8 = 1;
const NOT_ASKED: u8 = 2;

/// Answers one question. Answers go to stdout, mistakes with their lines to stderr.
pub fn run(words: impl IntoIterator<Item = OsString>) -> ExitCode {
    let command = match Command::try_parse_from(words) {
        Ok(command) => command,
        Err(error) => {
            // Help is no error; it goes to stdout.
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(NOT_ASKED));
        }
    };
    match command.answer() {
        Ok(code) => code.into(),
        Err(problem) => {
            tell(&format!("error: {problem}\n"));
            NOT_ASKED.into()
        }
    }
}

impl Command {
    fn answer(self) -> Result<u8, String> {
        let call = self.call.call();
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
            given: self.args.iter().cloned().collect::<BTreeMap<_, _>>(),
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

impl Name {
    fn call(self) -> Call {
        match self {
            Self::Check => Call::Check,
            Self::Plan => Call::Plan,
            Self::Explain => Call::Explain,
            Self::Targets => Call::Targets,
            Self::Outline => Call::Outline,
            Self::Graph => Call::Graph,
            Self::Dockerfile => Call::Dockerfile,
            Self::Init => Call::Init,
            Self::Schema => Call::Schema,
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
    file.map_or_else(|_| Ignore::default(), |file| Ignore::parse(&file))
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
    match io::stdout().write_all(&[text, end].concat()) {
        // Whoever reads it has seen enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {}
        written => written.map_err(|error| format!("printing the answer: {error}"))?,
    }
    let code = answer.get("result.statuscode").and_then(|code| std::str::from_utf8(code).ok());
    Ok(code.and_then(|code| code.parse().ok()).unwrap_or_default())
}

/// Nothing is left to tell it to when stderr is gone.
fn tell(text: &str) {
    let _ = io::stderr().write_all(text.as_bytes());
}

fn build_arg(word: &str) -> Result<(String, String), String> {
    let (name, value) = word.split_once('=').ok_or("write NAME=VALUE")?;
    Ok((name.to_owned(), value.to_owned()))
}

fn platform(word: &str) -> Result<Platform, String> {
    word.parse().map_err(|error: buildkit_llb::Error| error.to_string())
}
