use std::{fmt, str::FromStr};

use crate::{Error, Result};

/// The operating system and processor that an op is for, in containerd's normal form.
///
/// `linux/arm64/v8`, `linux/aarch64` and `linux/arm64` are one platform, and compare as equal.
///
/// ```
/// use buildkit_llb::Platform;
///
/// let platform: Platform = "linux/aarch64".parse()?;
/// assert_eq!(platform.to_string(), "linux/arm64");
/// assert_eq!("linux/arm".parse::<Platform>()?.to_string(), "linux/arm/v7");
/// # Ok::<(), buildkit_llb::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Platform {
    os: String,
    architecture: String,
    variant: String,
    os_version: String,
    os_features: Vec<String>,
}

const COMPONENTS: &str = "each part must be letters, digits, `_`, `-` and, behind the first, `.`";

impl Platform {
    /// `linux/amd64`
    pub fn linux_amd64() -> Self {
        Self::known("linux", "amd64")
    }

    /// `linux/arm64`
    pub fn linux_arm64() -> Self {
        Self::known("linux", "arm64")
    }

    fn known(os: &str, architecture: &str) -> Self {
        Self {
            os: os.to_owned(),
            architecture: architecture.to_owned(),
            variant: String::new(),
            os_version: String::new(),
            os_features: Vec::new(),
        }
    }

    /// Of its parts, as an image config or a worker names them; an empty `variant` is none.
    pub fn new(os: &str, architecture: &str, variant: &str) -> Result<Self> {
        let is_platform = is_component(os)
            && !os.contains('.')
            && is_component(architecture)
            && (variant.is_empty() || is_component(variant));
        if !is_platform {
            return Err(Error::invalid("a platform", format!("{os}/{architecture}/{variant}"), COMPONENTS));
        }
        let (architecture, variant) = normalize_architecture(architecture, variant);
        Ok(Self {
            os: normalize_os(os),
            architecture,
            variant,
            os_version: String::new(),
            os_features: Vec::new(),
        })
    }

    /// Normalised; `None` where it names no platform.
    pub(crate) fn from_pb(platform: &buildkit_proto::pb::Platform) -> Option<Self> {
        Self::new(&platform.os, &platform.architecture, &platform.variant)
            .ok()
            .map(|normal| normal.os_version(&platform.os_version).os_features(&platform.os_features))
    }

    /// Adds the version of the operating system, which Windows images are chosen by.
    #[must_use]
    pub fn os_version(mut self, version: impl Into<String>) -> Self {
        self.os_version = version.into();
        self
    }

    /// Adds features of the operating system that the image needs.
    #[must_use]
    pub fn os_features(mut self, features: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.os_features.extend(features.into_iter().map(Into::into));
        self.os_features.sort();
        self.os_features.dedup();
        self
    }

    /// The operating system: `linux`.
    pub fn os(&self) -> &str {
        &self.os
    }

    /// The processor: `amd64`.
    pub fn architecture(&self) -> &str {
        &self.architecture
    }

    /// The variant of the processor: `v7`, or empty.
    pub fn variant(&self) -> &str {
        &self.variant
    }
}

impl From<&Platform> for buildkit_proto::pb::Platform {
    fn from(platform: &Platform) -> Self {
        let Platform { os, architecture, variant, os_version, os_features } = platform.clone();
        Self { architecture, os, variant, os_version, os_features }
    }
}

impl FromStr for Platform {
    type Err = Error;

    /// Reads `os/architecture[/variant]`, where the system may carry options as containerd writes
    /// them: `windows(10.0.17763+win32k)`. What containerd would take from the host is required.
    fn from_str(text: &str) -> Result<Self> {
        let invalid = |reason| Error::invalid("a platform", text, reason);
        let mut parts = text.split('/');
        let (Some(system), Some(architecture)) = (parts.next(), parts.next()) else {
            return Err(invalid("it must be `os/architecture` or `os/architecture/variant`"));
        };
        let variant = parts.next().unwrap_or_default();
        if parts.next().is_some() || (text.ends_with('/') && text.matches('/').count() > 1) {
            return Err(invalid("it must be `os/architecture` or `os/architecture/variant`"));
        }
        let (os, options) = match system.split_once('(') {
            None => (system, ""),
            Some((os, options)) => {
                (os, options.strip_suffix(')').ok_or_else(|| invalid("a `(` is not closed"))?)
            }
        };
        let mut options = options.split('+');
        let version = options.next().unwrap_or_default();
        let platform = Self::new(os, architecture, variant).map_err(|_| invalid(COMPONENTS))?;
        let decode = |option| {
            unescape(option).ok_or_else(|| {
                invalid("an option must be letters, digits, `_`, `.`, `-` or `%` and two hexadecimal digits")
            })
        };
        let version = decode(version)?;
        let features = options.map(decode).collect::<Result<Vec<_>>>()?;
        if features.iter().any(String::is_empty) {
            return Err(invalid("a feature is empty"));
        }
        Ok(platform.os_version(version).os_features(features))
    }
}

impl fmt::Display for Platform {
    /// The platform id of a multi-platform result: containerd's `FormatAll`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.os)?;
        if !self.os_version.is_empty() || !self.os_features.is_empty() {
            write!(f, "({}", escape(&self.os_version))?;
            for feature in &self.os_features {
                write!(f, "+{}", escape(feature))?;
            }
            f.write_str(")")?;
        }
        write!(f, "/{}", self.architecture)?;
        if !self.variant.is_empty() {
            write!(f, "/{}", self.variant)?;
        }
        Ok(())
    }
}

fn is_component(part: &str) -> bool {
    !part.is_empty() && part.bytes().all(is_plain)
}

fn normalize_os(os: &str) -> String {
    match os.to_lowercase().as_str() {
        "macos" => "darwin".to_owned(),
        other => other.to_owned(),
    }
}

// containerd/platforms, database.go, normalizeArch.
fn normalize_architecture(architecture: &str, variant: &str) -> (String, String) {
    let architecture = architecture.to_lowercase();
    let variant = variant.to_lowercase();
    let (architecture, variant) = match (architecture.as_str(), variant.as_str()) {
        ("i386", _) => ("386", ""),
        ("x86_64" | "x86-64" | "amd64", "v1") => ("amd64", ""),
        ("x86_64" | "x86-64", variant) => ("amd64", variant),
        ("aarch64" | "arm64", "8" | "v8" | "v8.0") => ("arm64", ""),
        ("aarch64" | "arm64", "9" | "9.0" | "v9.0") => ("arm64", "v9"),
        ("aarch64", variant) => ("arm64", variant),
        ("armhf", _) | ("arm", "" | "7") => ("arm", "v7"),
        ("armel", _) | ("arm", "6") => ("arm", "v6"),
        ("arm", "5") => ("arm", "v5"),
        ("arm", "8") => ("arm", "v8"),
        other => other,
    };
    (architecture.to_owned(), variant.to_owned())
}

fn escape(option: &str) -> String {
    let mut escaped = String::with_capacity(option.len());
    for character in option.chars() {
        match character {
            '%' => escaped.push_str("%25"),
            '+' => escaped.push_str("%2B"),
            '(' => escaped.push_str("%28"),
            ')' => escaped.push_str("%29"),
            '/' => escaped.push_str("%2F"),
            other => escaped.push(other),
        }
    }
    escaped
}

fn unescape(option: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(option.len());
    let mut rest = option.as_bytes();
    while let [byte, tail @ ..] = rest {
        rest = tail;
        match byte {
            b'%' => {
                let [high, low, tail @ ..] = rest else {
                    return None;
                };
                let high = char::from(*high).to_digit(16)?;
                let low = char::from(*low).to_digit(16)?;
                bytes.push(u8::try_from(high << 4 | low).ok()?);
                rest = tail;
            }
            byte if is_plain(*byte) => {
                bytes.push(*byte);
            }
            _ => return None,
        }
    }
    // What `escape` does not know could be written, but not read again; upstream has such platforms.
    let known = |byte: &u8| is_plain(*byte) || b"%+()/".contains(byte);
    bytes.iter().all(known).then_some(())?;
    String::from_utf8(bytes).ok()
}

fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn normal_form() {
        for (text, normal) in [
            ("linux/amd64", "linux/amd64"),
            ("Linux/X86_64", "linux/amd64"),
            ("linux/x86-64/v2", "linux/amd64/v2"),
            ("linux/amd64/v1", "linux/amd64"),
            ("linux/i386/v3", "linux/386"),
            ("linux/aarch64", "linux/arm64"),
            ("linux/arm64/v8", "linux/arm64"),
            ("linux/arm64/v9.0", "linux/arm64/v9"),
            ("linux/arm", "linux/arm/v7"),
            ("linux/arm/6", "linux/arm/v6"),
            ("linux/armhf", "linux/arm/v7"),
            ("linux/armel", "linux/arm/v6"),
            ("macos/arm64", "darwin/arm64"),
            ("windows(10.0.17763)/amd64", "windows(10.0.17763)/amd64"),
            ("windows(10.0.17763+b+a)/amd64", "windows(10.0.17763+a+b)/amd64"),
            ("linux(+a%2Fb)/amd64", "linux(+a%2Fb)/amd64"),
        ] {
            let platform: Platform = text.parse().unwrap();
            assert_eq!(platform.to_string(), normal, "{text}");
            assert_eq!(normal.parse(), Ok(platform), "{text}");
        }
    }

    #[test]
    fn refused() {
        for text in [
            "",
            "linux",
            "linux/",
            "/amd64",
            "linux/a b",
            "linux/arm/v7/x",
            "linux/arm/",
            "a(b/amd64",
            "a(b%z)/amd64",
            "a(b%5b)/amd64",
            "é/amd64",
        ] {
            assert!(text.parse::<Platform>().is_err(), "{text}");
        }
    }
}
