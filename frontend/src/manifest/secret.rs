//! `secrets:` of an app: what the tools of a stack need to fetch dependencies.

use serde_json::{Value as Json, json};

use super::keys::keys;
use super::mount::path;
use super::read::{Map, Read, Reader};
use super::schema::Schemas;
use super::text::{AbsolutePath, VariableName};
use super::{Secret, SecretKind};
use crate::plan::SecretId;
use crate::rules::Rule;
use crate::span::Spanned;
use crate::yaml::Node;

keys! {
    /// A secret of the client, and where tools find it.
    SecretKeys("a secret") {
        /// `netrc` for a `.netrc` where git, curl and the stack's tools look, `file` or `env`.
        r#type: Kind = required "add `type:` with `netrc`, `file` or `env`",
        /// With `type: file`: the path of the file.
        target: Spanned<AbsolutePath>,
        /// With `type: env`: the environment variable.
        env: Spanned<VariableName>,
        /// Whether the build fails without it; `true` when not written.
        required: bool,
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Netrc,
    File,
    Env,
}

const KINDS: &[(&str, Kind)] = &[("netrc", Kind::Netrc), ("file", Kind::File), ("env", Kind::Env)];

impl Read for Kind {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        reader.word(node, KINDS)
    }

    fn schema(_: &mut Schemas) -> Json {
        json!({ "type": "string", "enum": KINDS.iter().map(|(word, _)| *word).collect::<Vec<_>>() })
    }
}

pub(super) fn secrets(map: Option<Map<SecretId, SecretKeys>>, reader: &mut Reader<'_>) -> Vec<Secret> {
    let entries = map.map(|map| map.0).unwrap_or_default();
    entries.into_iter().map(|(id, keys)| secret(id, keys, reader)).collect()
}

fn secret(id: Spanned<SecretId>, keys: SecretKeys, reader: &mut Reader<'_>) -> Secret {
    let required = keys.required.value.unwrap_or(true);
    if id.value.as_str() == "ca" {
        let message = "the secret `ca` works without being declared";
        reader.report(Rule::ReservedName, id.span, message, "remove it from `secrets`");
    }
    // A broken secret was reported; it is kept, so that those that name it are not reported as well.
    let kept = |kind: Option<SecretKind>| kind.unwrap_or(SecretKind::Netrc);
    let Some(kind) = keys.r#type.value else { return Secret { id, kind: kept(None), required } };
    for (name, span, owner) in [("target", keys.target.span, Kind::File), ("env", keys.env.span, Kind::Env)] {
        match span {
            Some(span) if kind != owner => {
                let message = format!("`{name}` is not a key of a secret of this type");
                reader.report(
                    Rule::MisplacedKey,
                    span,
                    message,
                    format!("remove `{name}`, or change `type`"),
                );
            }
            None if kind == owner => {
                let what = format!("the secret `{}`", id.value);
                let example = if kind == Kind::File { "/run/secrets/NAME" } else { "NAME" };
                let message = format!("{what} has no `{name}`");
                reader.report(Rule::MissingKey, keys.span, message, format!("add `{name}: {example}`"));
            }
            _ => {}
        }
    }
    let kind = match kind {
        Kind::Netrc => Some(SecretKind::Netrc),
        Kind::File => keys.target.value.map(|target| SecretKind::File { target: path(target) }),
        Kind::Env => keys.env.value.map(|name| SecretKind::Env { name: name.map(|name| name.0) }),
    };
    Secret { id, kind: kept(kind), required }
}
