//! `mounts:` of a stage or a step.

use serde_json::{Value as Json, json};

use super::keys::keys;
use super::quantity::Size;
use super::read::{Key, Read, Reader};
use super::schema::Schemas;
use super::text::{AbsolutePath, AnyPath, ExcludePattern, Pattern, VariableName};
use crate::diagnostic::Diagnostic;
use crate::plan::{
    Base, BindMount, CacheBase, CacheMount, Mode, Mount, OutputName, SecretId, SecretMount, SecretPlace,
    Sharing, SshMount, Text, TmpfsMount,
};
use crate::rules::Rule;
use crate::span::Spanned;
use crate::yaml::Node;

#[derive(Clone, Copy, Debug)]
enum Kind {
    Cache,
    Secret,
    Ssh,
    Bind,
    Tmpfs,
}

const KINDS: &[(&str, Kind)] = &[
    ("cache", Kind::Cache),
    ("secret", Kind::Secret),
    ("ssh", Kind::Ssh),
    ("bind", Kind::Bind),
    ("tmpfs", Kind::Tmpfs),
];

keys! {
    /// A folder that the engine keeps between builds and that may vanish.
    CacheMountKeys("a cache mount") {
        /// `cache`.
        r#type: TypeWord<0>,
        /// Mounts with the same id share their content; the target when not written.
        id: Spanned<Text>,
        /// Where the step sees it.
        target: Spanned<AbsolutePath> = required "add `target:`, the folder where the step sees the cache",
        /// Whether steps that run at once share it (`shared`), wait for each other (`locked`) or get one each (`private`).
        sharing: Sharing,
        /// The mode of the folder when it is new and empty.
        mode: Mode,
        /// What is in it when it is new: a stage or an image.
        from: Spanned<Base>,
        /// An output of the stage.
        output: Spanned<OutputName>,
        /// The folder of `from`; all of it when not written.
        source: Spanned<AnyPath>,
    }
}

keys! {
    /// A secret of the client, for this step alone.
    SecretMountKeys("a secret mount") {
        /// `secret`.
        r#type: TypeWord<1>,
        /// The id in `--secret id=ID`.
        id: SecretId = required "add `id:`, the id in `--secret id=ID,src=FILE`",
        /// The file that holds it; `/run/secrets/ID` when neither this nor `env` is written.
        target: Spanned<AbsolutePath>,
        /// The environment variable that holds it.
        env: Spanned<VariableName>,
        /// Whether the build fails without it; `true` when not written.
        required: bool,
        /// The mode of the file; `"0400"` when not written.
        mode: Mode,
    }
}

keys! {
    /// The client's ssh agent.
    SshMountKeys("an ssh mount") {
        /// `ssh`.
        r#type: TypeWord<2>,
        /// The id in `--ssh ID`; `default` when not written.
        id: SecretId,
        /// The socket; one that `SSH_AUTH_SOCK` names when not written.
        target: Spanned<AbsolutePath>,
        /// Whether the build fails without it; `true` when not written.
        required: bool,
        /// The mode of the socket.
        mode: Mode,
    }
}

keys! {
    /// Files of the context, of a stage or of an image. What the step writes to them is thrown away.
    BindMountKeys("a bind mount") {
        /// `bind`.
        r#type: TypeWord<3>,
        /// `context`, a stage or an image.
        from: Spanned<Base> = required "add `from:`, the context, a stage or an image",
        /// An output of the stage.
        output: Spanned<OutputName>,
        /// The folder of `from`; all of it when not written.
        source: Spanned<AnyPath>,
        /// Where the step sees it; the output's own path when not written.
        target: Spanned<AbsolutePath>,
        /// Only these files, with `from: context`.
        include: Vec<Spanned<Pattern>>,
        /// Not these files, with `from: context`.
        exclude: Vec<Spanned<ExcludePattern>>,
        /// Whether the step may not write to it; `false` when not written.
        read_only: bool,
        /// Whether the step is keyed by the content of the files; `true` when not written.
        content_cache: bool,
    }
}

keys! {
    /// An empty folder in memory.
    TmpfsMountKeys("a tmpfs mount") {
        /// `tmpfs`.
        r#type: TypeWord<4>,
        /// Where the step sees it.
        target: Spanned<AbsolutePath> = required "add `target:`, the folder where the step sees it",
        /// How much it may hold, as `64m`.
        size: Size,
    }
}

/// The word of the kind at this index, which was looked at before.
#[derive(Debug)]
pub(super) struct TypeWord<const KIND: usize>;

impl<const KIND: usize> Read for TypeWord<KIND> {
    fn read(_: &Node, _: &mut Reader<'_>) -> Option<Self> {
        Some(Self)
    }

    fn schema(_: &mut Schemas) -> Json {
        json!({ "const": KINDS[KIND].0 })
    }
}

impl Read for Mount {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        let mapping = reader.mapping(node, "write `{ type: cache, target: /path }` or another type")?;
        let Some(written) = mapping.get("type") else {
            reader.missing(
                node.span,
                "a mount",
                "type",
                "add `type:` with `cache`, `secret`, `ssh`, `bind` or `tmpfs`",
            );
            return None;
        };
        match reader.value::<KindWord>("type", &written.value)?.0 {
            Kind::Cache => cache(CacheMountKeys::read(node, reader)?, reader),
            Kind::Secret => secret(SecretMountKeys::read(node, reader)?, reader),
            Kind::Ssh => ssh(SshMountKeys::read(node, reader)?),
            Kind::Bind => bind(BindMountKeys::read(node, reader)?, reader),
            Kind::Tmpfs => tmpfs(TmpfsMountKeys::read(node, reader)?),
        }
    }

    fn schema(schemas: &mut Schemas) -> Json {
        json!({ "oneOf": [
            CacheMountKeys::schema(schemas),
            SecretMountKeys::schema(schemas),
            SshMountKeys::schema(schemas),
            BindMountKeys::schema(schemas),
            TmpfsMountKeys::schema(schemas),
        ] })
    }
}

struct KindWord(Kind);

impl Read for KindWord {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        reader.word(node, KINDS).map(Self)
    }

    fn schema(_: &mut Schemas) -> Json {
        json!({ "enum": KINDS.iter().map(|(word, _)| *word).collect::<Vec<_>>() })
    }
}

pub(super) fn path(path: Spanned<AbsolutePath>) -> Spanned<Text> {
    path.map(|path| path.0)
}

fn cache(keys: CacheMountKeys, reader: &mut Reader<'_>) -> Option<Mount> {
    let base = match keys.from.value {
        Some(from) => {
            if from.value == Base::Context {
                let message =
                    "a cache cannot hold what changes with every edit: it would be a new one each time";
                let help = "name a stage or an image in `from`, or mount the context beside the cache";
                reader.report(Rule::MisplacedKey, from.span, message, help);
            }
            if let Some(mode) = keys.mode.span {
                let message = "`mode` is the mode of an empty folder, and `from` says what is in this one";
                let diagnostic = Diagnostic::new(Rule::ConflictingKeys, mode, message)
                    .label(from.span, "`from` is written here")
                    .help("remove `mode`");
                reader.diagnostics.push(diagnostic);
            }
            check_output(&from, &keys.output, reader);
            check_source(&from, keys.source.value.as_ref(), reader);
            Some(CacheBase {
                from,
                output: keys.output.value,
                source: keys.source.value.map(|source| source.map(|source| source.0)),
            })
        }
        None => {
            let parts = [("output", keys.output.span), ("source", keys.source.span)];
            for (key, span) in parts.into_iter().filter_map(|(key, span)| Some((key, span?))) {
                let message = format!("`{key}` names a part of `from`, which is not written");
                reader.report(Rule::MisplacedKey, span, message, "add `from:`, a stage or an image");
            }
            None
        }
    };
    Some(Mount::Cache(CacheMount {
        id: keys.id.value.map(|id| id.value),
        target: path(keys.target.value?),
        sharing: keys.sharing.value.unwrap_or_default(),
        mode: keys.mode.value,
        base,
    }))
}

fn secret(keys: SecretMountKeys, reader: &mut Reader<'_>) -> Option<Mount> {
    if let (Some(target), Some(env)) = (keys.target.span, keys.env.span) {
        let message = "a secret is a file at `target` or a variable in `env`, not both";
        let diagnostic = Diagnostic::new(Rule::ConflictingKeys, env, message)
            .label(target, "`target` is written here")
            .help("write two mounts of the same `id`");
        reader.diagnostics.push(diagnostic);
    }
    if let (Some(mode), Some(_)) = (keys.mode.span, keys.env.span) {
        let message = "`mode` is the mode of a file, and this secret is a variable";
        reader.report(Rule::MisplacedKey, mode, message, "remove `mode`");
    }
    let id = keys.id.value?;
    let place = match (keys.env.value, keys.target.value) {
        (Some(name), _) => SecretPlace::Variable(name.map(|name| name.0)),
        (None, Some(target)) => SecretPlace::File(path(target)),
        (None, None) if keys.env.span.or(keys.target.span).is_some() => return None,
        (None, None) => {
            let default = Text::literal(format!("/run/secrets/{id}"));
            SecretPlace::File(Spanned::new(default, keys.span))
        }
    };
    let required = keys.required.value.unwrap_or(true);
    Some(Mount::Secret(SecretMount { id, place, required, mode: keys.mode.value }))
}

fn ssh(keys: SshMountKeys) -> Option<Mount> {
    let id = match (keys.id.value, keys.id.span) {
        (Some(id), _) => id,
        (None, Some(_)) => return None,
        (None, None) => SecretId::new("default").ok()?,
    };
    let target = keys.target.value.map(path);
    Some(Mount::Ssh(SshMount {
        id,
        target,
        required: keys.required.value.unwrap_or(true),
        mode: keys.mode.value,
    }))
}

fn bind(keys: BindMountKeys, reader: &mut Reader<'_>) -> Option<Mount> {
    let from = keys.from.value?;
    check_output(&from, &keys.output, reader);
    check_source(&from, keys.source.value.as_ref(), reader);
    if from.value != Base::Context {
        only_with_context("include", &keys.include, reader);
        only_with_context("exclude", &keys.exclude, reader);
    }
    if keys.target.span.is_none() && keys.output.span.is_none() {
        reader.missing(
            keys.span,
            "a bind mount",
            "target",
            "add `target:`, the folder where the step sees it",
        );
        return None;
    }
    if keys.target.span.is_some() && keys.target.value.is_none() {
        return None;
    }
    Some(Mount::Bind(BindMount {
        from,
        output: keys.output.value,
        source: keys.source.value.map(|source| source.map(|source| source.0)),
        include: patterns(keys.include),
        exclude: excluded(keys.exclude),
        target: keys.target.value.map(path),
        read_only: keys.read_only.value.unwrap_or(false),
        content_cache: keys.content_cache.value.unwrap_or(true),
    }))
}

fn tmpfs(keys: TmpfsMountKeys) -> Option<Mount> {
    Some(Mount::Tmpfs(TmpfsMount {
        target: path(keys.target.value?),
        size: keys.size.value.map(|size| size.0),
    }))
}

pub(super) fn patterns(key: Key<Vec<Spanned<Pattern>>>) -> Vec<Spanned<Text>> {
    key.value.unwrap_or_default().into_iter().map(|pattern| pattern.map(|pattern| pattern.0)).collect()
}

pub(super) fn excluded(key: Key<Vec<Spanned<ExcludePattern>>>) -> Vec<Spanned<Text>> {
    key.value.unwrap_or_default().into_iter().map(|pattern| pattern.map(|pattern| pattern.0)).collect()
}

/// `output` names a part of a stage, so only a stage has one.
pub(super) fn check_output(from: &Spanned<Base>, output: &Key<Spanned<OutputName>>, reader: &mut Reader<'_>) {
    if let (Some(output), false) = (output.span, matches!(from.value, Base::Stage(_))) {
        let diagnostic = Diagnostic::new(Rule::MisplacedKey, output, "`output` names a part of a stage")
            .label(from.span, "this is not a stage")
            .help("remove `output`, or write the stage in `from`");
        reader.diagnostics.push(diagnostic);
    }
}

/// A folder of the context is relative to it, one of a stage or image is absolute.
pub(super) fn check_source(from: &Spanned<Base>, source: Option<&Spanned<AnyPath>>, reader: &mut Reader<'_>) {
    let Some(source) = source else { return };
    let written = source.value.0.to_string();
    let absolute = written.starts_with('/');
    if from.value == Base::Context && absolute {
        let message = format!("`source` is a folder of the context, found `{written}`");
        let help = format!("write `source: {}`", written.trim_start_matches('/'));
        reader.report(Rule::InvalidPath, source.span, message, help);
    } else if from.value != Base::Context && !absolute {
        let message = format!("`source` is an absolute path in a stage or an image, found `{written}`");
        let help = format!("write `source: /{}`", written.trim_start_matches("./"));
        reader.report(Rule::InvalidPath, source.span, message, help);
    }
}

fn only_with_context<T>(name: &str, key: &Key<T>, reader: &mut Reader<'_>) {
    if let Some(span) = key.span {
        let message = format!("a bind mount has `{name}` only with `from: context`");
        let help = "write a `copy` step in a stage of its own, and mount that stage";
        reader.report(Rule::MisplacedKey, span, message, help);
    }
}
