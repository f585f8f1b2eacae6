//! Names: each has one constructor that checks it.

use std::fmt;

/// Why a name was refused: what such a name may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidName {
    pub allowed: &'static str,
}

impl fmt::Display for InvalidName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a name holds {}", self.allowed)
    }
}

impl std::error::Error for InvalidName {}

fn starts_and_holds(name: &str, start: impl Fn(char) -> bool, rest: impl Fn(char) -> bool) -> bool {
    let mut chars = name.chars();
    name.len() <= 128 && chars.next().is_some_and(start) && chars.all(rest)
}

macro_rules! name {
    ($(#[$doc:meta])* $name:ident, $allowed:literal, $start:expr, $rest:expr) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            pub fn new(name: impl Into<String>) -> Result<Self, InvalidName> {
                let name = name.into();
                if starts_and_holds(&name, $start, $rest) {
                    Ok(Self(name))
                } else {
                    Err(InvalidName { allowed: $allowed })
                }
            }

            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

name!(
    /// A stage: `deps`, `build`, `test`, `run`, or the user's own.
    StageName,
    "small letters, digits, `-`, `_` and `.`, and starts with a letter",
    |c| c.is_ascii_lowercase(),
    |c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_' | '.')
);
name!(
    /// An output of a stage.
    OutputName,
    "small letters, digits, `-` and `_`, and starts with a letter",
    |c| c.is_ascii_lowercase(),
    |c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_')
);
name!(
    /// A build argument.
    ArgName,
    "letters, digits and `_`, and does not start with a digit",
    |c| c.is_ascii_alphabetic() || c == '_',
    |c| c.is_ascii_alphanumeric() || c == '_'
);
name!(
    /// The id of a secret or of an ssh agent, as `--secret id=ID` writes it.
    SecretId,
    "letters, digits, `-`, `_`, `.`, and starts with a letter or digit",
    |c| c.is_ascii_alphanumeric(),
    |c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')
);

/// Arguments that are there without being declared.
pub const PREDEFINED_ARGS: &[&str] = &[
    "BUILDPLATFORM",
    "BUILDOS",
    "BUILDARCH",
    "BUILDVARIANT",
    "TARGETPLATFORM",
    "TARGETOS",
    "TARGETARCH",
    "TARGETVARIANT",
    "TARGETSTAGE",
    "SOURCE_DATE_EPOCH",
];

/// The variable whose value may go on with the one that is there: `environment: { PATH: "/app/bin:${PATH}" }`.
pub const INHERITED: &str = "PATH";
