use std::{fmt, str::FromStr};

use crate::{Digest, Error, Result};

/// The name of an image, in the normal form that BuildKit hashes.
///
/// Reading one follows the grammar of `distribution/reference`, as Docker does: what has no
/// registry is on Docker Hub, and what has neither tag nor digest has the tag `latest`.
///
/// ```
/// use buildkit_llb::Reference;
///
/// let reference: Reference = "alpine".parse()?;
/// assert_eq!(reference.to_string(), "docker.io/library/alpine:latest");
/// assert_eq!(reference.familiar(), "alpine:latest");
/// # Ok::<(), buildkit_llb::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Reference {
    domain: String,
    path: String,
    tag: Option<String>,
    digest: Option<Digest>,
}

const HUB: &str = "docker.io";
const OFFICIAL: &str = "library/";

impl Reference {
    /// The registry: `docker.io`.
    pub fn domain(&self) -> &str {
        &self.domain
    }

    /// The repository within the registry: `library/alpine`.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The registry and the repository: `docker.io/library/alpine`.
    pub fn name(&self) -> String {
        format!("{}/{}", self.domain, self.path)
    }

    /// The tag.
    pub fn tag(&self) -> Option<&str> {
        self.tag.as_deref()
    }

    /// The digest.
    pub fn digest(&self) -> Option<&Digest> {
        self.digest.as_ref()
    }

    /// The same name and tag, pinned to this digest.
    #[must_use]
    pub fn with_digest(mut self, digest: Digest) -> Self {
        self.digest = Some(digest);
        self
    }

    /// As short as a person writes it: `alpine:latest`.
    pub fn familiar(&self) -> String {
        let path = match self.path.strip_prefix(OFFICIAL) {
            Some(rest) if !rest.contains('/') => rest,
            _ => &self.path,
        };
        let name = if self.domain == HUB { path.to_owned() } else { self.name() };
        format!("{name}{}", Suffix(self))
    }
}

struct Suffix<'a>(&'a Reference);

impl fmt::Display for Suffix<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(tag) = &self.0.tag {
            write!(f, ":{tag}")?;
        }
        if let Some(digest) = &self.0.digest {
            write!(f, "@{digest}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}{}", self.domain, self.path, Suffix(self))
    }
}

impl FromStr for Reference {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let invalid = |reason| Error::invalid("an image reference", text, reason);
        if text.is_empty() {
            return Err(invalid("it is empty"));
        }
        if text.len() == 64 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')) {
            return Err(invalid("64 hexadecimal digits are an image id, not a name"));
        }
        let (rest, digest) = match text.split_once('@') {
            None => (text, None),
            Some((rest, digest)) => {
                let digest = digest.parse().map_err(|_| invalid("its digest is malformed"))?;
                (rest, Some(digest))
            }
        };
        let (domain, remainder) = split_domain(rest);
        let (path, tag) = match remainder.split_once(':') {
            None => (remainder.as_str(), None),
            Some((path, tag)) => (path, Some(tag)),
        };
        if path.bytes().any(|byte| byte.is_ascii_uppercase()) {
            return Err(invalid("the repository must be lower case"));
        }
        if !is_domain(&domain) {
            return Err(invalid("the registry must be a host name and an optional port"));
        }
        if !path.split('/').all(is_path_component) {
            return Err(invalid(
                "each part of the repository must be letters and digits, joined by `.`, `_`, `__` or dashes",
            ));
        }
        if tag.is_some_and(|tag| !is_tag(tag)) {
            return Err(invalid(
                "the tag must be up to 128 letters, digits, `_`, `.` or `-`, and start with none of the last two",
            ));
        }
        if domain.len() + 1 + path.len() > 255 {
            return Err(invalid("the name is longer than 255 bytes"));
        }
        let tag = match (tag, &digest) {
            (None, None) => Some("latest"),
            (tag, _) => tag,
        };
        Ok(Self { path: path.to_owned(), tag: tag.map(ToOwned::to_owned), domain, digest })
    }
}

// distribution/reference, normalize.go, splitDockerDomain.
fn split_domain(name: &str) -> (String, String) {
    let Some((first, rest)) = name.split_once('/') else {
        return (HUB.to_owned(), format!("{OFFICIAL}{name}"));
    };
    let (domain, rest) = if first == "index.docker.io" {
        (HUB, rest)
    } else if first == "localhost" || first.contains(['.', ':']) || first.chars().any(char::is_uppercase) {
        (first, rest)
    } else {
        (HUB, name)
    };
    if domain == HUB && !rest.contains('/') {
        (domain.to_owned(), format!("{OFFICIAL}{rest}"))
    } else {
        (domain.to_owned(), rest.to_owned())
    }
}

fn is_domain(domain: &str) -> bool {
    let (host, port) = if let Some(bracketed) = domain.strip_prefix('[') {
        let Some((address, after)) = bracketed.split_once(']') else {
            return false;
        };
        if address.is_empty() || !address.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b':') {
            return false;
        }
        let port = match after.strip_prefix(':') {
            None if after.is_empty() => None,
            None => return false,
            port => port,
        };
        (None, port)
    } else {
        match domain.split_once(':') {
            None => (Some(domain), None),
            Some((host, port)) => (Some(host), Some(port)),
        }
    };
    let host_is_good = host.is_none_or(|host| {
        host.split('.').all(|part| {
            !part.is_empty()
                && !part.starts_with('-')
                && !part.ends_with('-')
                && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        })
    });
    let port_is_good =
        port.is_none_or(|port| !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()));
    host_is_good && port_is_good
}

fn is_path_component(component: &str) -> bool {
    let is_letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let bytes = component.as_bytes();
    let (Some(&first), Some(&last)) = (bytes.first(), bytes.last()) else {
        return false;
    };
    is_letter(first)
        && is_letter(last)
        && component.split(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit()).all(|separator| {
            matches!(separator, "" | "." | "_" | "__") || separator.bytes().all(|byte| byte == b'-')
        })
}

fn is_tag(tag: &str) -> bool {
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    (1..=128).contains(&tag.len())
        && tag.bytes().next().is_some_and(is_word)
        && tag.bytes().all(|byte| is_word(byte) || matches!(byte, b'.' | b'-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHA: &str = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    #[test]
    fn normal_form() {
        let pinned = format!("a/b:1@{SHA}");
        let digest_only = format!("a/b@{SHA}");
        for (text, normal) in [
            ("alpine", "docker.io/library/alpine:latest".to_owned()),
            ("alpine:3.20", "docker.io/library/alpine:3.20".to_owned()),
            ("docker.io/alpine", "docker.io/library/alpine:latest".to_owned()),
            ("index.docker.io/a/b", "docker.io/a/b:latest".to_owned()),
            ("a/b", "docker.io/a/b:latest".to_owned()),
            ("a__b/c---d:x", "docker.io/a__b/c---d:x".to_owned()),
            ("localhost/a", "localhost/a:latest".to_owned()),
            ("localhost:5000/a:b", "localhost:5000/a:b".to_owned()),
            ("a.b/c", "a.b/c:latest".to_owned()),
            ("A/c", "A/c:latest".to_owned()),
            ("[::1]:5000/c", "[::1]:5000/c:latest".to_owned()),
            (&pinned, format!("docker.io/a/b:1@{SHA}")),
            (&digest_only, format!("docker.io/a/b@{SHA}")),
        ] {
            let reference: Reference = text.parse().unwrap();
            assert_eq!(reference.to_string(), normal, "{text}");
            assert_eq!(normal.parse(), Ok(reference.clone()), "{text}");
            assert_eq!(reference.familiar().parse(), Ok(reference), "{text}");
        }
    }

    #[test]
    fn refused() {
        for text in [
            "",
            "Alpine",
            "a/B",
            "-a",
            "a..b",
            "a___b",
            "a:",
            "a:.x",
            "a@sha256:1",
            "a@",
            "/a",
            "a//b",
            "a/",
            "é",
            "a b",
            "x.y:z/a",
            "[::1/a",
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        ] {
            assert!(text.parse::<Reference>().is_err(), "{text}");
        }
    }
}
