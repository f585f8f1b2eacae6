//! The words of the command line, and its help.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::path::PathBuf;

use buildkit_llb::Platform;
use lexopt::{Arg, Parser, ValueExt as _};

use crate::calls::Call;
use crate::nearest::{list, nearest};

/// What was typed.
#[derive(Debug)]
pub(super) enum Words {
    Help,
    Version,
    Question(Box<Command>),
}

#[derive(Debug)]
pub(super) struct Command {
    pub call: Call,
    pub manifest: PathBuf,
    pub format: Format,
    pub target: Option<String>,
    pub context: Option<PathBuf>,
    pub args: Vec<(String, String)>,
    pub platform: Option<Platform>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Text,
    Json,
}

/// As they are typed.
const CALLS: &[(&str, Call)] = &[
    ("check", Call::Check),
    ("plan", Call::Plan),
    ("explain", Call::Explain),
    ("targets", Call::Targets),
    ("outline", Call::Outline),
    ("graph", Call::Graph),
    ("dockerfile", Call::Dockerfile),
    ("init", Call::Init),
    ("schema", Call::Schema),
];

const FORMATS: &[(&str, Format)] = &[("text", Format::Text), ("json", Format::Json)];

const OPTIONS: &[(&str, &str)] = &[
    ("--format FORMAT", "How the answer is printed: `text`, which is the default, or `json`"),
    ("--target TARGET", "The stage, app or stage of an app that is asked about"),
    ("--context FOLDER", "The build context; the manifest's folder when not given"),
    ("--build-arg NAME=VALUE", "The value of an argument, as `docker buildx build` takes it"),
    ("--platform OS/ARCH", "The platform that is asked about"),
    ("-h, --help", "This text"),
    ("-V, --version", "The version"),
];

const ABOUT: &str = "\
Slipway builds container images from one declarative file. BuildKit starts it: write
`# syntax=slipway/frontend:1` into the first line of a `slipway.yaml` and run
`docker buildx build -f slipway.yaml .`. Started by hand it answers questions about such a file.

Usage: slipway CALL [MANIFEST] [OPTION...]

The manifest is `slipway.yaml` when not given; `-` is the standard input.
";

pub(super) fn help() -> String {
    let mut text = ABOUT.to_owned();
    let calls = CALLS.iter().map(|(name, call)| (*name, call.about()));
    for (title, lines) in [("Calls", calls.collect()), ("Options", OPTIONS.to_vec())] {
        let _ = writeln!(text, "\n{title}:");
        for (word, about) in lines {
            let _ = writeln!(text, "  {word:<22}  {about}");
        }
    }
    text
}

/// `words` begin with the name of the program.
pub(super) fn parse(words: impl IntoIterator<Item = OsString>) -> Result<Words, String> {
    read(&mut Parser::from_iter(words)).map_err(|problem| problem.to_string())
}

fn read(parser: &mut Parser) -> Result<Words, lexopt::Error> {
    let mut call = None;
    let mut manifest = None;
    let mut format = Format::Text;
    let (mut target, mut context, mut args, mut platform) = (None, None, Vec::new(), None);
    while let Some(word) = parser.next()? {
        match word {
            Arg::Short('h') | Arg::Long("help") => return Ok(Words::Help),
            Arg::Short('V') | Arg::Long("version") => return Ok(Words::Version),
            Arg::Long("format") => format = one_of("format", FORMATS, &parser.value()?.string()?)?,
            Arg::Long("target") => target = Some(parser.value()?.string()?),
            Arg::Long("context") => context = Some(parser.value()?.into()),
            Arg::Long("build-arg") => args.push(parser.value()?.parse_with(build_arg)?),
            Arg::Long("platform") => platform = Some(parser.value()?.parse()?),
            Arg::Value(word) if call.is_none() => call = Some(one_of("call", CALLS, &word.string()?)?),
            Arg::Value(word) if manifest.is_none() => manifest = Some(word.into()),
            Arg::Long(name) => {
                let known = OPTIONS.iter().filter_map(|(option, _)| option.split(' ').find_map(long));
                return Err(unknown("option", &format!("--{name}"), known.map(|name| format!("--{name}"))));
            }
            Arg::Short(_) | Arg::Value(_) => return Err(word.unexpected()),
        }
    }
    let call = call.ok_or("which call? `slipway --help` lists them")?;
    let manifest = manifest.unwrap_or_else(|| "slipway.yaml".into());
    let command = Command { call, manifest, format, target, context, args, platform };
    Ok(Words::Question(Box::new(command)))
}

fn long(word: &str) -> Option<&str> {
    word.strip_prefix("--")
}

fn one_of<T: Copy>(what: &str, known: &[(&str, T)], word: &str) -> Result<T, lexopt::Error> {
    let found = known.iter().find(|(name, _)| *name == word).map(|(_, value)| *value);
    found.ok_or_else(|| unknown(what, word, known.iter().map(|(name, _)| (*name).to_owned())))
}

fn unknown(what: &str, word: &str, known: impl Iterator<Item = String>) -> lexopt::Error {
    let known: Vec<String> = known.collect();
    let names = || known.iter().map(String::as_str);
    let help = match nearest(word, names()) {
        Some(near) => format!("write `{near}`"),
        None => format!("there are {}", list(names())),
    };
    format!("no {what} is called `{word}`\n  help: {help}").into()
}

fn build_arg(word: &str) -> Result<(String, String), &'static str> {
    let (name, value) = word.split_once('=').ok_or("write NAME=VALUE")?;
    Ok((name.to_owned(), value.to_owned()))
}
