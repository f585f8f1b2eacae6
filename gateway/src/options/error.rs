use std::fmt;

use crate::Error;

/// An option with a value that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OptionError {
    key: String,
    value: String,
    reason: String,
}

impl OptionError {
    pub(crate) fn new(key: &str, value: &str, reason: impl Into<String>) -> Self {
        Self { key: key.to_owned(), value: value.to_owned(), reason: reason.into() }
    }

    /// The option's name on the wire: `ulimit`.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The value, as it came.
    pub fn value(&self) -> &str {
        &self.value
    }

    /// What a value of this option is.
    pub fn reason(&self) -> &str {
        &self.reason
    }
}

impl fmt::Display for OptionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { key, value, reason } = self;
        write!(f, "option `{key}` cannot be `{value}`: {reason}")
    }
}

impl std::error::Error for OptionError {}

impl From<OptionError> for Error {
    fn from(error: OptionError) -> Self {
        Self::new(error.to_string())
    }
}
