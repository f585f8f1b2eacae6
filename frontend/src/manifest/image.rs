//! The config of an image: `image:` of a stage, `run:` of an app.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::Run;
use super::keys::keys;
use super::mount::path;
use super::quantity::{Count, Duration};
use super::read::{Key, Map, Name, Read, Reader};
use super::scalar::{Signal, User};
use super::schema::Schemas;
use super::step::user;
use super::text::{AbsolutePath, Argv, Environment, as_argv, reads};
use crate::diagnostic::Diagnostic;
use crate::gather::Gather as _;
use crate::plan::{Base, Healthcheck, Image, Inherit, Port, Text};
use crate::rules::Rule;
use crate::span::Spanned;
use crate::yaml::{Node, Value, quoted};

keys! {
    /// The config of an image.
    ImageKeys("`image`") {
        /// What is taken over from the base image: `all`, `environment` or `nothing`; `all` when not written.
        inherit: Inherit,
        /// What always runs.
        entrypoint: Spanned<Argv>,
        /// The words after the entrypoint, or the command when there is none.
        command: Spanned<Argv>,
        /// Variables of the container.
        environment: Environment,
        /// The user of the container, `user:group`.
        user: Spanned<User>,
        /// The folder that the container starts in.
        working_dir: Spanned<AbsolutePath>,
        /// Ports that the container listens on.
        expose: Vec<Spanned<Port>>,
        /// How the engine asks whether the container works.
        healthcheck: Healthcheck,
        /// The signal that stops the container.
        stop_signal: Spanned<Signal>,
        /// Labels of the image.
        labels: Labels,
        /// Folders that are volumes.
        volumes: Vec<Spanned<Volume>>,
    }
}

keys! {
    /// The image that an app becomes.
    RunKeys("`run`") {
        /// What the image starts from: an image, `scratch` or a stage. The stack's choice when not written.
        from: Spanned<Base>,
        /// What always runs. The stack's finding when not written.
        entrypoint: Spanned<Argv>,
        /// The words after the entrypoint.
        command: Spanned<Argv>,
        /// Variables of the container.
        environment: Environment,
        /// The user of the container, `user:group`; a numeric one that is not root when not written.
        user: Spanned<User>,
        /// The folder that the container starts in.
        working_dir: Spanned<AbsolutePath>,
        /// Ports that the container listens on.
        expose: Vec<Spanned<Port>>,
        /// How the engine asks whether the container works.
        healthcheck: Healthcheck,
        /// The signal that stops the container.
        stop_signal: Spanned<Signal>,
        /// Labels of the image.
        labels: Labels,
        /// Folders that are volumes.
        volumes: Vec<Spanned<Volume>>,
        /// Folders that are made for the user of the container.
        writable: Vec<Spanned<AbsolutePath>>,
        /// Whether the helper runs in front, reaps children and forwards signals.
        init: Spanned<bool>,
    }
}

keys! {
    /// A health check, as Compose writes it.
    HealthcheckKeys("`healthcheck`") {
        /// `[CMD, program, argument]`, or `[CMD-SHELL, "a line of shell"]`.
        test: TestWords,
        /// The time between two tests.
        interval: Duration,
        /// The time after which a test has failed.
        timeout: Duration,
        /// The time in which failures do not count.
        start_period: Duration,
        /// The time between two tests in the start period.
        start_interval: Duration,
        /// How many failures make the container unhealthy.
        retries: Count,
        /// `true`: no health check, also none of the base image.
        disable: Spanned<bool>,
    }
}

impl ImageKeys {
    pub(super) fn into_image(self) -> Image {
        Image {
            inherit: self.inherit.value.unwrap_or_default(),
            entrypoint: argv(self.entrypoint).map(|argv| argv.value),
            command: argv(self.command).map(|argv| argv.value),
            environment: self.environment.or_default(),
            user: self.user.value.map(user),
            working_dir: self.working_dir.value.map(path),
            expose: self.expose.value.unwrap_or_default(),
            healthcheck: self.healthcheck.value,
            stop_signal: self.stop_signal.value.map(|signal| signal.map(|signal| signal.0)),
            labels: self.labels.or_default(),
            volumes: volumes(self.volumes),
        }
    }
}

impl RunKeys {
    pub(super) fn into_run(self, reader: &mut Reader<'_>) -> Run {
        if let Some(from) = &self.from.value
            && let Base::Context | Base::Slipway = from.value
        {
            let message = "an image does not start from the context, nor from the frontend";
            reader.report(Rule::InvalidReference, from.span, message, "write `scratch`, a stage or an image");
        }
        Run {
            from: self.from.value,
            entrypoint: argv(self.entrypoint),
            command: argv(self.command),
            environment: self.environment.or_default(),
            user: self.user.value.map(user),
            working_dir: self.working_dir.value.map(path),
            expose: self.expose.value.unwrap_or_default(),
            healthcheck: self.healthcheck.value,
            stop_signal: self.stop_signal.value.map(|signal| signal.map(|signal| signal.0)),
            labels: self.labels.or_default(),
            volumes: volumes(self.volumes),
            writable: paths(self.writable),
            init: self.init.value,
        }
    }
}

pub(super) fn argv(key: Key<Spanned<Argv>>) -> Option<Spanned<Vec<Text>>> {
    key.value.map(|argv| argv.map(|argv| argv.0))
}

fn paths(key: Key<Vec<Spanned<AbsolutePath>>>) -> Vec<Spanned<Text>> {
    key.value.unwrap_or_default().into_iter().map(path).collect()
}

fn volumes(key: Key<Vec<Spanned<Volume>>>) -> Vec<Spanned<Text>> {
    key.value.unwrap_or_default().into_iter().map(|volume| volume.map(|volume| volume.0.0)).collect()
}

/// A folder of the image. What is mounted there is the container's, not the image's.
#[derive(Debug)]
pub(super) struct Volume(AbsolutePath);

impl Read for Volume {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        if let Value::Scalar(scalar) = &node.value
            && let Some((outside, inside)) = scalar.text.split_once(":/")
        {
            let message = format!("`{}` mounts `{outside}`, and an image has no mounts", scalar.text);
            let inside = inside.split(':').next().unwrap_or(inside);
            let help = format!("write `/{inside}` alone; `docker run --volume` mounts something there");
            reader.report(Rule::InvalidPath, node.span, message, help);
            return None;
        }
        AbsolutePath::read(node, reader).map(Self)
    }

    fn schema(schemas: &mut Schemas) -> Json {
        AbsolutePath::schema(schemas)
    }
}

/// `labels: { NAME: value }`.
#[derive(Debug)]
pub(super) struct Labels(BTreeMap<String, Text>);

impl From<Labels> for BTreeMap<String, Text> {
    fn from(labels: Labels) -> Self {
        labels.0
    }
}

#[derive(Debug)]
struct LabelName(String);

impl Name for LabelName {
    const KIND: &'static str = "the name of a label";

    fn from_text(text: &str) -> Result<Self, String> {
        if text.is_empty() || text.contains(|c: char| c.is_whitespace() || c.is_control()) {
            Err("no blanks".to_owned())
        } else {
            Ok(Self(text.to_owned()))
        }
    }
}

impl Read for Labels {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        let map = Map::<LabelName, Text>::read(node, reader)?;
        Some(Self(map.0.into_iter().map(|(name, value)| (name.value.0, value)).gather()))
    }

    fn schema(schemas: &mut Schemas) -> Json {
        Map::<LabelName, Text>::schema(schemas)
    }
}

impl Read for Healthcheck {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        let keys = HealthcheckKeys::read(node, reader)?;
        if keys.disable.value.is_some_and(|disable| disable.value) {
            if let (Some(test), Some(disable)) = (keys.test.span, keys.disable.span) {
                let diagnostic =
                    Diagnostic::new(Rule::ConflictingKeys, test, "`test` and `disable: true` contradict")
                        .label(disable, "`disable` is written here")
                        .help("remove one of the two");
                reader.diagnostics.push(diagnostic);
            }
            return Some(Self::Disabled);
        }
        if keys.test.span.is_none() {
            reader.missing(node.span, "`healthcheck`", "test", "add `test: [CMD, program, argument]`");
        }
        let test = keys.test.value?.0;
        check_test(&test, keys.test.span.unwrap_or(node.span), reader)?;
        Some(Self::Test {
            test,
            interval: keys.interval.value.map(|time| time.0),
            timeout: keys.timeout.value.map(|time| time.0),
            start_period: keys.start_period.value.map(|time| time.0),
            start_interval: keys.start_interval.value.map(|time| time.0),
            retries: keys.retries.value.map(|count| count.0),
        })
    }

    fn schema(schemas: &mut Schemas) -> Json {
        HealthcheckKeys::schema(schemas)
    }
}

/// In Compose a string is a line for a shell.
#[derive(Debug)]
pub(super) struct TestWords(Vec<Text>);

impl Read for TestWords {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        if let Value::Scalar(scalar) = &node.value {
            if scalar.text == "NONE" {
                let (message, help) = DISABLED;
                reader.report(Rule::InvalidHealthcheck, node.span, message, help);
                return None;
            }
            if reader.items_without_blank(node) {
                return None;
            }
            let message = format!("{} is a list of words, found a string", reader.subject());
            let written = reader.as_written(&format!("[CMD-SHELL, {}]", quoted(&scalar.text)));
            reader.report(Rule::CommandNotList, node.span, message, format!("write {written}"));
            return None;
        }
        reader.for_reader(reads(node, "[CMD-SHELL, ", ""), node).map(Self)
    }

    fn schema(schemas: &mut Schemas) -> Json {
        Vec::<Text>::schema(schemas)
    }
}

/// What is said of `NONE`, and what is written instead.
const DISABLED: (&str, &str) = ("`NONE` is another way to say `disable`", "write `disable: true`");

fn check_test(test: &[Text], span: crate::span::Span, reader: &mut Reader<'_>) -> Option<()> {
    let words: Vec<_> = test.iter().map(Text::to_string).collect();
    let (message, help) = match words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["CMD", _, ..] | ["CMD-SHELL", _] => return Some(()),
        ["NONE"] => (DISABLED.0, DISABLED.1.to_owned()),
        ["CMD-SHELL", ..] => {
            ("`CMD-SHELL` is followed by one line", "write `test: [CMD-SHELL, \"...\"]`".to_owned())
        }
        [] | ["CMD"] => ("`test` has no program", "write `test: [CMD, program, argument]`".to_owned()),
        other => {
            let argv = as_argv(&other.join(" "));
            let argv = argv.trim_start_matches("[sh, -c, ").trim_start_matches('[');
            let kind = if argv.starts_with('"') { "CMD-SHELL" } else { "CMD" };
            ("`test` starts with `CMD` or `CMD-SHELL`", format!("write `test: [{kind}, {argv}`"))
        }
    };
    reader.report(Rule::InvalidHealthcheck, span, message, help);
    None
}
