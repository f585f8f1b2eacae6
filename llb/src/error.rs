use std::fmt;

use crate::{Output, VertexDigest};

/// What a call of this crate returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a value or an op was refused.
///
/// Nothing that this crate refuses could ever build: either the engine would answer with an error
/// after the build has started, or it would silently do something else.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// A handle names a vertex that this graph does not hold: it was made by another graph.
    UnknownOutput(Output),
    /// A value does not follow the grammar of its kind.
    Invalid {
        /// The kind of value, as a noun phrase with its article: `an image reference`.
        kind: &'static str,
        /// The value as it was given.
        value: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// An op lacks a part that it cannot be without.
    Missing {
        /// The op: `exec`.
        op: &'static str,
        /// The part: `an argument`.
        part: &'static str,
    },
    /// Two parts of one op exclude each other.
    Conflict {
        /// The op: `exec`.
        op: &'static str,
        /// What cannot be together, as a sentence.
        reason: String,
    },
    /// The exec has no output at this mount.
    NoOutput {
        /// Where the mount was looked for.
        target: String,
        /// Why there is none.
        reason: &'static str,
    },
    /// Bytes that claim to be a definition are none.
    Definition {
        /// The vertex at fault, where one is.
        vertex: Option<VertexDigest>,
        /// What is wrong with it.
        reason: String,
    },
}

/// The reason against an empty value, where any other would do.
pub(crate) const EMPTY: &str = "it is empty";

impl Error {
    pub(crate) fn empty(kind: &'static str) -> Self {
        Self::invalid(kind, "", EMPTY)
    }

    pub(crate) fn invalid(kind: &'static str, value: impl Into<String>, reason: &'static str) -> Self {
        Self::Invalid { kind, value: value.into(), reason }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownOutput(output) => {
                write!(f, "`{output}` is not a vertex of this graph")
            }
            Self::Invalid { kind, value, reason } if value.is_empty() => {
                write!(f, "an empty text is not {kind}")?;
                if *reason == EMPTY { Ok(()) } else { write!(f, ": {reason}") }
            }
            Self::Invalid { kind, value, reason } => write!(f, "`{value}` is not {kind}: {reason}"),
            Self::Missing { op, part } => write!(f, "{op} needs {part}"),
            Self::Conflict { op, reason } => write!(f, "{op}: {reason}"),
            Self::NoOutput { target, reason } => {
                write!(f, "`{target}` has no output: {reason}")
            }
            Self::Definition { vertex: Some(vertex), reason } => {
                write!(f, "invalid definition at `{vertex}`: {reason}")
            }
            Self::Definition { vertex: None, reason } => write!(f, "invalid definition: {reason}"),
        }
    }
}

impl std::error::Error for Error {}
