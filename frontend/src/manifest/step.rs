//! `steps:` of a stage.

use serde_json::Value as Json;

use super::dollar::Reads;
use super::keys::keys;
use super::mount::{check_output, check_source, excluded, path, patterns};
use super::read::{Read, Reader};
use super::scalar::User;
use super::schema::Schemas;
use super::text::{AbsolutePath, AnyPath, Argv, Environment, ExcludePattern, Pattern};
use crate::diagnostic::Diagnostic;
use crate::nearest::list;
use crate::plan::{
    Base, Copy, CopyMode, File, Mkdir, Mode, Mount, Network, OutputName, Remove, Run, StageName, Step,
    Symlink, Text,
};
use crate::rules::Rule;
use crate::span::Spanned;
use crate::yaml::{Node, Value};

keys! {
    /// A step: exactly one of `run`, `copy`, `file`, `mkdir`, `symlink`, `remove` and `depends_on`.
    StepKeys("a step") {
        /// A command, as a list of words; `[sh, -c, "..."]` for a line of shell.
        run: Argv,
        /// Copies files of the context, of a stage or of an image.
        copy: CopyKeys,
        /// Writes a file.
        file: FileKeys,
        /// Makes a folder, and the folders above it.
        mkdir: MkdirKeys,
        /// Makes a symbolic link.
        symlink: SymlinkKeys,
        /// Removes a file or folder.
        remove: RemoveKeys,
        /// What follows exists only when this stage succeeded.
        depends_on: Spanned<StageName>,
        /// With `run`: what the command sees besides the stage.
        mounts: Vec<Spanned<Mount>>,
        /// With `run`: variables of this command alone.
        environment: Environment,
        /// With `run`: the folder that the command starts in.
        working_dir: Spanned<AbsolutePath>,
        /// With `run`: the user of this command alone.
        user: Spanned<User>,
        /// With `run`: the network of this command alone.
        network: Spanned<Network>,
    }
}

keys! {
    /// Files that are copied with their paths.
    CopyKeys("`copy`") {
        /// `context`, a stage or an image.
        from: Spanned<Base> = required "add `from:`, the context, a stage or an image",
        /// An output of the stage.
        output: Spanned<OutputName>,
        /// The folder of `from` that the patterns start at.
        source: Spanned<AnyPath>,
        /// Only these files. Without it all files, and of the context all that is source.
        include: Vec<Spanned<Pattern>>,
        /// Not these files.
        exclude: Vec<Spanned<ExcludePattern>>,
        /// The folder that they are copied to.
        to: Spanned<AbsolutePath> = required "add `to:`, the folder that the files are copied to",
        /// The owner of the copies, `user:group`.
        owner: Spanned<User>,
        /// The mode of the copies, files and folders alike.
        mode: CopyMode,
    }
}

keys! {
    /// A file with this content.
    FileKeys("`file`") {
        /// Where the file is.
        path: Spanned<AbsolutePath> = required "add `path:`, the file to write",
        /// What is in it.
        content: Content = required "add `content:`, what the file holds",
        /// Its owner, `user:group`.
        owner: Spanned<User>,
        /// Its mode; `"0644"` when not written.
        mode: Mode,
    }
}

keys! {
    /// A folder.
    MkdirKeys("`mkdir`") {
        /// Where the folder is.
        path: Spanned<AbsolutePath> = required "add `path:`, the folder to make",
        /// Its owner, `user:group`.
        owner: Spanned<User>,
        /// Its mode; `"0755"` when not written.
        mode: Mode,
    }
}

keys! {
    /// A symbolic link.
    SymlinkKeys("`symlink`") {
        /// What the link points at.
        target: Spanned<AnyPathOrParent> = required "add `target:`, what the link points at",
        /// Where the link is.
        path: Spanned<AbsolutePath> = required "add `path:`, where the link is made",
    }
}

keys! {
    /// A file or folder that is removed. One that does not exist is fine.
    RemoveKeys("`remove`") {
        /// Where it is.
        path: Spanned<AbsolutePath> = required "add `path:`, the file or folder to remove",
    }
}

/// What is in a file. A dollar in it is for whoever reads the file.
#[derive(Debug)]
pub(super) struct Content(Text);

impl Read for Content {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        reader.for_reader(Reads::Content, node).map(Self)
    }

    fn schema(schemas: &mut Schemas) -> Json {
        Text::schema(schemas)
    }
}

/// What a link points at: any text but an empty one.
#[derive(Debug)]
pub(super) struct AnyPathOrParent(Text);

impl Read for AnyPathOrParent {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        let target = Text::read(node, reader)?;
        if target.is_empty() {
            reader.report(
                Rule::InvalidPath,
                node.span,
                "`target` is an empty path",
                "write what the link points at",
            );
            return None;
        }
        Some(Self(target))
    }

    fn schema(schemas: &mut Schemas) -> Json {
        AnyPath::schema(schemas)
    }
}

pub(super) const ACTIONS: &[&str] = &["run", "copy", "file", "mkdir", "symlink", "remove", "depends_on"];

impl Read for Step {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        let keys = StepKeys::read(node, reader)?;
        if let Value::Mapping(mapping) = &node.value
            && mapping.entries.iter().any(|entry| !StepKeys::KEYS.contains(&entry.key.value.as_str()))
        {
            // Reported; what the step was meant to do is not known.
            return None;
        }
        check_shape(&keys, reader)?;
        if let Some(argv) = keys.run.value {
            return Some(Self::Run(Run {
                argv: argv.0,
                mounts: keys.mounts.value.unwrap_or_default(),
                environment: keys.environment.or_default(),
                working_dir: keys.working_dir.value.map(path),
                user: keys.user.value.map(user),
                network: keys.network.value,
            }));
        }
        if let Some(keys) = keys.copy.value {
            return copy(keys, reader).map(Self::Copy);
        }
        if let Some(keys) = keys.file.value {
            let (path, content) = (path(keys.path.value?), keys.content.value?.0);
            return Some(Self::File(File {
                path,
                content,
                owner: keys.owner.value.map(user),
                mode: keys.mode.value,
            }));
        }
        if let Some(keys) = keys.mkdir.value {
            let owner = keys.owner.value.map(user);
            return Some(Self::Mkdir(Mkdir { path: path(keys.path.value?), owner, mode: keys.mode.value }));
        }
        if let Some(keys) = keys.symlink.value {
            let target = keys.target.value?.value.0;
            return Some(Self::Symlink(Symlink { target, path: path(keys.path.value?) }));
        }
        if let Some(keys) = keys.remove.value {
            return Some(Self::Remove(Remove { path: path(keys.path.value?) }));
        }
        keys.depends_on.value.map(Self::DependsOn)
    }

    fn schema(schemas: &mut Schemas) -> Json {
        StepKeys::schema(schemas)
    }
}

/// Exactly one action, and beside it only keys that say something about it.
fn check_shape(keys: &StepKeys, reader: &mut Reader<'_>) -> Option<()> {
    let actions = [
        keys.run.span,
        keys.copy.span,
        keys.file.span,
        keys.mkdir.span,
        keys.symlink.span,
        keys.remove.span,
        keys.depends_on.span,
    ];
    let mut written = ACTIONS.iter().zip(actions).filter_map(|(name, span)| span.map(|span| (*name, span)));
    let Some((action, place)) = written.next() else {
        let beside = keys.mounts.span.or(keys.environment.span).or(keys.working_dir.span);
        let help = match beside.or(keys.user.span).or(keys.network.span) {
            Some(_) => "write it beside a `run`, or in the stage for all of them".to_owned(),
            None => format!("write one of {}", list(ACTIONS.iter().copied())),
        };
        reader.report(Rule::InvalidStep, keys.span, "a step does nothing", help);
        return None;
    };
    for (other, span) in written {
        let message = format!("a step does one thing, and this one has `{action}` and `{other}`");
        let diagnostic = Diagnostic::new(Rule::InvalidStep, span, message)
            .label(place, format!("`{action}` is written here"))
            .help(format!("write `- {other}:` as a step of its own"));
        reader.diagnostics.push(diagnostic);
    }
    let beside = [
        ("mounts", keys.mounts.span),
        ("environment", keys.environment.span),
        ("working_dir", keys.working_dir.span),
        ("user", keys.user.span),
        ("network", keys.network.span),
    ];
    for (name, span) in beside {
        if let (Some(span), true) = (span, action != "run") {
            let message = format!("`{name}` belongs to a `run` step, and this is a `{action}` step");
            let diagnostic = Diagnostic::new(Rule::MisplacedKey, span, message)
                .label(place, format!("`{action}` is written here"))
                .help(format!("remove `{name}`"));
            reader.diagnostics.push(diagnostic);
        }
    }
    Some(())
}

fn copy(keys: CopyKeys, reader: &mut Reader<'_>) -> Option<Copy> {
    let from = keys.from.value?;
    check_output(&from, &keys.output, reader);
    check_source(&from, keys.source.value.as_ref(), reader);
    Some(Copy {
        from,
        output: keys.output.value,
        source: keys.source.value.map(|source| source.map(|source| source.0)),
        include: patterns(keys.include),
        exclude: excluded(keys.exclude),
        to: path(keys.to.value?),
        owner: keys.owner.value.map(user),
        mode: keys.mode.value,
    })
}

pub(super) fn user(user: Spanned<User>) -> Spanned<Text> {
    user.map(|user| user.0)
}
