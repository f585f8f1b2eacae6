use std::{fmt, str::FromStr};

use crate::{Error, Result};

/// The digest of content outside the graph: of an image manifest, a blob, a download.
///
/// An algorithm and as many lower-case hexadecimal digits as that algorithm gives.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest(String);

impl Digest {
    /// As text: `sha256:` and 64 digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Digest {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let invalid = |reason| Error::invalid("a digest", text, reason);
        let (algorithm, digits) = text
            .split_once(':')
            .ok_or_else(|| invalid("it must be an algorithm, `:` and hexadecimal digits"))?;
        let length = match algorithm {
            "sha256" => 64,
            "sha384" => 96,
            "sha512" => 128,
            _ => {
                return Err(invalid("the algorithm must be `sha256`, `sha384` or `sha512`"));
            }
        };
        if digits.len() != length {
            return Err(invalid("it has the wrong number of digits for its algorithm"));
        }
        if !digits.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f')) {
            return Err(invalid("its digits must be 0 to 9 and a to f"));
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
