//! An app: the top-level keys of a manifest, or one under `apps:`.

use serde_json::{Value as Json, json};

use super::advice::advise;
use super::dollar;
use super::fit::{check_replaced, check_stack_keys, check_stackless};
use super::image::{RunKeys, argv};
use super::keys::keys;
use super::mount::patterns;
use super::read::{Key, Map, Read, Reader};
use super::schema::Schemas;
use super::secret::SecretKeys;
use super::stage::{StageKeys, stages};
use super::text::{AnyPath, Argv, ContextFolder, Environment, Pattern};
use super::{App, AppName, Build, Lock, PackageManager, Packages, StackName, Test};
use crate::diagnostic::Diagnostic;
use crate::nearest::{list, nearest};
use crate::plan::{Arg, ArgName, INHERITED, Network, PREDEFINED_ARGS, SecretId, StageName, Text};
use crate::rules::Rule;
use crate::span::{Span, Spanned};
use crate::yaml::{Node, Value};

keys! {
    /// An app. At the top of the manifest these keys describe the only app, or are the defaults of all `apps`.
    AppKeys("the manifest") {
        /// The recipe; detected from the project's files when not written.
        stack: Spanned<StackName>,
        /// The version of the language or runtime; read from the project's files when not written.
        version: Spanned<String>,
        /// The app's folder in the context; the context itself when not written.
        root: Spanned<ContextFolder>,
        /// What installs the dependencies; told by the lock file when not written.
        package_manager: Spanned<PackageManager>,
        /// `none` installs dependencies without a lock file; `required` when not written.
        lock: Spanned<Lock>,
        /// Build arguments with their defaults; one without a value is required.
        args: Map<ArgName, ArgDefault>,
        /// Secrets that fetching dependencies needs.
        secrets: Map<SecretId, SecretKeys>,
        /// System packages.
        packages: PackagesKeys,
        /// How the app is built.
        build: BuildKeys,
        /// How the app is tested.
        test: TestKeys,
        /// The image that the app becomes.
        run: RunKeys,
        /// Several apps; the other keys are their defaults.
        apps: Apps,
        /// Explicit stages: they take the place of the stack's stages of the same name, or are added.
        stages: Map<StageName, StageKeys>,
    }
}

keys! {
    /// System packages, as the base's own package manager names them.
    PackagesKeys("`packages`") {
        /// For deps, build and test.
        build: Vec<Spanned<Package>>,
        /// For the image.
        run: Vec<Spanned<Package>>,
    }
}

/// A word that apt and apk take for a package, which may say a version too: `curl=8.5.0-r0`. What else it may hold,
/// each of them has its own rules for.
#[derive(Debug)]
pub(super) struct Package(Text);

impl Read for Package {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        let package = Text::read(node, reader)?;
        let written = package.to_string();
        let words = Self::items(&written);
        let help = if written.starts_with('-') {
            "write a name that does not start with `-`".to_owned()
        } else if words.is_empty() {
            "write the name of a package, or remove it".to_owned()
        } else if words != [written.as_str()] {
            format!("write an item for each package: {}", list(words))
        } else {
            return Some(Self(package));
        };
        let message = match written.trim() {
            "" => format!("{} is empty", reader.subject()),
            written => format!("`{written}` is not the name of a package"),
        };
        reader.report(Rule::InvalidName, node.span, message, help);
        None
    }

    fn items(text: &str) -> Vec<&str> {
        // The line of a Dockerfile that installs them.
        let installs = ["apt-get install", "apt install", "apk add"]
            .iter()
            .find_map(|command| text.trim().strip_prefix(command));
        let words = installs.unwrap_or(text).split(|c: char| c.is_whitespace() || c == ',');
        words.filter(|word| !word.is_empty() && !word.starts_with('-')).collect()
    }

    fn schema(_: &mut Schemas) -> Json {
        json!({ "type": "string", "pattern": "^[^-,\\s][^,\\s]*$" })
    }
}

keys! {
    /// How the app is built.
    BuildKeys("`build`") {
        /// What runs instead of the stack's own command.
        command: Spanned<Argv>,
        /// Variables of the build.
        environment: Environment,
        /// Secrets that the build sees, out of `secrets`.
        secrets: Vec<Spanned<SecretId>>,
        /// Files that are source although they look like documentation, CI and the like.
        include: Vec<Spanned<Pattern>>,
        /// The network of the build; `none` when not written.
        network: Spanned<Network>,
        /// Stack `go`: the package of the main program, as `./cmd/api`.
        target: Spanned<Text>,
        /// Stack `static`: the folder that the build writes the page to, relative to `root`.
        output: Spanned<ContextFolder>,
    }
}

keys! {
    /// How the app is tested.
    TestKeys("`test`") {
        /// The command that runs the tests.
        command: Spanned<Argv>,
        /// Where the command writes its report: absolute, or relative to the app's folder.
        report: Spanned<AnyPath>,
        /// Whether the image exists only when the tests pass; `false` when not written.
        gate: Spanned<bool>,
        /// Variables of the tests.
        environment: Environment,
        /// Secrets that the tests see, out of `secrets`.
        secrets: Vec<Spanned<SecretId>>,
        /// The network of the tests; `none` when not written.
        network: Spanned<Network>,
    }
}

/// The default of an argument; none when it is required. One that is broken was reported; the argument is
/// kept, so that those who use it are not reported as well.
#[derive(Debug)]
pub(super) struct ArgDefault(Option<Spanned<Text>>);

impl Read for ArgDefault {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        match node.value {
            Value::Null => Some(Self(None)),
            Value::Scalar(_) | Value::Sequence(_) | Value::Mapping(_) | Value::Broken => {
                Some(Self(Spanned::read(node, reader)))
            }
        }
    }

    fn schema(_: &mut Schemas) -> Json {
        json!({ "type": ["string", "null"] })
    }
}

/// `apps:` itself is taken out before an app is read; this is its schema.
#[derive(Debug)]
pub(super) struct Apps;

impl Read for Apps {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        let message = "an app has no `apps` of its own";
        reader.report(Rule::MisplacedKey, node.span, message, "write all apps under one `apps:`");
        None
    }

    fn schema(_: &mut Schemas) -> Json {
        json!({ "type": "object", "additionalProperties": {
            "$ref": "#/$defs/App",
            "not": { "required": ["apps"] },
        } })
    }
}

/// Reads an app from its keys and the defaults that were merged into them. `own` are the keys that the app
/// wrote itself.
pub(super) fn read_app(
    name: Option<Spanned<AppName>>,
    merged: &Node,
    own: &Node,
    reader: &mut Reader<'_>,
) -> App {
    reader.uses.clear();
    let key = name.as_ref().map_or("", |name| name.value.as_str()).to_owned();
    let Some(keys) = reader.value::<AppKeys>(&key, merged) else {
        return App { name, ..App::default() };
    };
    check_stackless(&keys, own, reader);
    let args = args(keys.args, reader);
    // A broken command was reported.
    let untested = keys.test.value.as_ref().filter(|test| test.command.span.is_none());
    let gate = untested.and_then(|test| test.gate.value.filter(|gate| gate.value));
    let app = App {
        name,
        stack: keys.stack.value,
        version: keys.version.value,
        root: keys.root.value.map(|root| root.map(|root| root.0)),
        package_manager: keys.package_manager.value,
        lock: keys.lock.value,
        args,
        secrets: super::secret::secrets(keys.secrets.value, reader),
        packages: keys.packages.value.map(packages).unwrap_or_default(),
        build: keys.build.value.map(|keys| build(keys, reader)).unwrap_or_default(),
        test: keys.test.value.map(test).unwrap_or_default(),
        run: keys.run.value.map(|run| run.into_run(reader)).unwrap_or_default(),
        stages: keys.stages.value.map(|map| stages(map, reader)).unwrap_or_default(),
    };
    if let Some(gate) = gate
        // These may have tests without naming a command; of a stack that is detected nothing is known yet.
        && app.stack.as_ref().is_some_and(|stack| !matches!(stack.value, StackName::Go | StackName::Python))
        && !app.replaces("test")
    {
        let help = "add `command: [...]` beside it";
        reader.report(
            Rule::GateWithoutTest,
            gate.span,
            "`gate` waits for tests, and `test` has no `command`",
            help,
        );
    }
    dollar::check(&app.args, reader);
    if app.stack.is_some() {
        check_replaced(&app.stages, own, reader.diagnostics);
    }
    advise(&app, reader);
    check_secrets(&app, keys.secrets.span, reader);
    if let Some(stack) = &app.stack {
        check_stack_keys(&app, stack.value, reader.diagnostics);
    }
    app
}

fn packages(keys: PackagesKeys) -> Packages {
    let texts = |key: Key<Vec<Spanned<Package>>>| {
        let packages = key.value.unwrap_or_default().into_iter();
        packages.map(|package| package.map(|package| package.0)).collect()
    };
    Packages { build: texts(keys.build), run: texts(keys.run) }
}

fn build(keys: BuildKeys, reader: &mut Reader<'_>) -> Build {
    let output = keys.output.value.map(|output| output.map(|folder| folder.0));
    if let Some(output) = output.as_ref().filter(|output| output.value.is_empty()) {
        let message = "`output` is the app's own folder, and a page has a folder of its own";
        reader.report(Rule::InvalidPath, output.span, message, "write the folder that the build makes");
    }
    Build {
        command: argv(keys.command),
        environment: keys.environment.or_default(),
        secrets: keys.secrets.value.unwrap_or_default(),
        include: patterns(keys.include),
        network: keys.network.value,
        target: keys.target.value,
        output,
    }
}

fn test(keys: TestKeys) -> Test {
    Test {
        command: argv(keys.command),
        report: keys.report.value.map(|report| report.map(|report| report.0)),
        gate: keys.gate.value,
        environment: keys.environment.or_default(),
        secrets: keys.secrets.value.unwrap_or_default(),
        network: keys.network.value,
    }
}

fn args(key: Key<Map<ArgName, ArgDefault>>, reader: &mut Reader<'_>) -> Vec<Arg> {
    let mut args: Vec<Arg> = Vec::new();
    let written = key.value.map(|map| map.0).unwrap_or_default();
    let names: Vec<_> = written.iter().map(|(name, _)| name.value.clone()).collect();
    for (name, default) in written {
        if PREDEFINED_ARGS.contains(&name.value.as_str()) {
            let message = format!("`{}` is there without being declared", name.value);
            reader.report(Rule::ReservedName, name.span, message, "remove it from `args`");
        } else if name.value.as_str() == INHERITED {
            let message =
                format!("`${{{}}}` is that of the base, in the `environment` that changes it", name.value);
            reader.report(Rule::ReservedName, name.span, message, "give the argument another name");
        }
        for used in default.0.iter().flat_map(|text| text.value.args()) {
            let declared_later = names.contains(used) && args.iter().all(|arg| &arg.name.value != used);
            if let (true, Some(text)) = (declared_later, &default.0) {
                let message =
                    format!("the default of `{}` uses `{used}`, which is not declared before it", name.value);
                let help = format!("declare `{used}` first");
                reader.report(Rule::InvalidArgument, text.span, message, help);
            }
        }
        args.push(Arg { name, default: default.0.map(|text| text.value) });
    }
    args
}

fn check_secrets(app: &App, declared: Option<Span>, reader: &mut Reader<'_>) {
    let ids = || app.secrets.iter().map(|secret| secret.id.value.as_str());
    for used in app.build.secrets.iter().chain(&app.test.secrets) {
        if used.value.as_str() == "ca" {
            let message = "the secret `ca` works without being named";
            let help = "remove it from the list; every step with network has it, where it is given";
            reader.report(Rule::ReservedName, used.span, message, help);
            continue;
        }
        if ids().any(|id| id == used.value.as_str()) {
            continue;
        }
        let help = match nearest(used.value.as_str(), ids()) {
            Some(near) => format!("write `{near}`, or declare `{}` under `secrets`", used.value),
            None => format!("declare it: `secrets: {{ {}: {{ type: env, env: NAME }} }}`", used.value),
        };
        let message = format!("the secret `{}` is not declared", used.value);
        let mut diagnostic = Diagnostic::new(Rule::UnknownSecret, used.span, message).help(help);
        if let Some(span) = declared {
            diagnostic = diagnostic.label(span, "secrets are declared here");
        }
        reader.diagnostics.push(diagnostic);
    }
}
