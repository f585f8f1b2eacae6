use std::{cmp::Ordering, fmt};

use sha2::{Digest as _, Sha256};

/// The identity of a vertex: the SHA-256 of its canonical bytes.
///
/// It prints as BuildKit writes it, `sha256:` and 64 hexadecimal digits. This is the digest that
/// the engine reports in progress, in errors and in provenance, and that a gateway `Warn` names.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct VertexDigest([u8; 32]);

impl VertexDigest {
    /// Of the bytes of an op, as they stand in `Definition.def`.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// Reads what it prints; anything else is `None`.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix("sha256:")?.as_bytes();
        if digits.len() != 64 {
            return None;
        }
        let mut bytes = [0; 32];
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            *byte = hex_value(pair[0])? << 4 | hex_value(pair[1])?;
        }
        Some(Self(bytes))
    }

    /// The digest without its algorithm, as bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    pub(crate) fn to_text(self) -> String {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let mut text = *b"sha256:0000000000000000000000000000000000000000000000000000000000000000";
        for (pair, byte) in text[7..].chunks_exact_mut(2).zip(self.0) {
            pair[0] = DIGITS[usize::from(byte >> 4)];
            pair[1] = DIGITS[usize::from(byte & 15)];
        }
        // They are digits: nothing is ever lost.
        String::from_utf8(text.to_vec()).unwrap_or_default()
    }

    fn prefix(self) -> u64 {
        self.0.first_chunk().map_or(0, |bytes| u64::from_be_bytes(*bytes))
    }
}

/// The order of the text. Nearly always the first bytes decide, and comparing them as one number is what
/// makes the lookups of a large graph quick.
impl Ord for VertexDigest {
    fn cmp(&self, other: &Self) -> Ordering {
        self.prefix().cmp(&other.prefix()).then_with(|| self.0.cmp(&other.0))
    }
}

impl PartialOrd for VertexDigest {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

// Upper case is refused: the daemon compares digests as text.
fn hex_value(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    }
}

impl fmt::Display for VertexDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_text())
    }
}

impl fmt::Debug for VertexDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A handle to one file system that a vertex of a [`Graph`](crate::Graph) produces.
///
/// Handles are made by the graph's methods only, and are plain values: copy them as you like.
/// A handle is the vertex's content, not its place, so one from another graph either names an
/// equal op here or is refused with [`Error::UnknownOutput`](crate::Error::UnknownOutput).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Output {
    pub(crate) vertex: VertexDigest,
    pub(crate) index: u32,
}

impl Output {
    pub(crate) fn new(vertex: VertexDigest, index: u32) -> Self {
        Self { vertex, index }
    }

    /// The vertex that produces it.
    pub fn vertex(self) -> VertexDigest {
        self.vertex
    }

    /// Which of the vertex's outputs it is, from 0.
    pub fn index(self) -> u32 {
        self.index
    }
}

impl fmt::Display for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.vertex, self.index)
    }
}

/// What an op starts from or reads: the output of a vertex, or the empty file system.
///
/// Every builder takes `impl Into<Input>`, so that an [`Output`] can be passed as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Input {
    /// The empty file system.
    Scratch,
    /// What a vertex produced.
    Output(Output),
}

impl Input {
    /// The handle, or `None` for scratch.
    pub fn output(self) -> Option<Output> {
        match self {
            Self::Scratch => None,
            Self::Output(output) => Some(output),
        }
    }

    /// Whether it is the empty file system.
    pub fn is_scratch(self) -> bool {
        self == Self::Scratch
    }
}

impl From<Output> for Input {
    fn from(output: Output) -> Self {
        Self::Output(output)
    }
}

impl fmt::Display for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Scratch => f.write_str("scratch"),
            Self::Output(output) => fmt::Display::fmt(output, f),
        }
    }
}
