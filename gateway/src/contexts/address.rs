use buildkit_llb::{Digest, Reference};

use super::GitRef;
use crate::{Error, Result};

/// The value of `--build-context NAME=...`, as it is on the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ContextAddress {
    /// `docker-image://scratch`
    Scratch,
    /// `docker-image://...`
    Image(Reference),
    /// `oci-layout://store@sha256:...`
    OciLayout {
        /// The name under which the client offers the layout.
        store: String,
        /// Which of its images.
        digest: Digest,
    },
    /// A git repository.
    Git(GitRef),
    /// A file on a web server.
    Http(String),
    /// `local:NAME`: a directory of the client's.
    Directory(String),
    /// `input:NAME`: a graph of the client's.
    Input(String),
}

impl ContextAddress {
    /// Reads what follows `NAME=`.
    pub fn parse(value: &str) -> Result<Self> {
        let (scheme, rest) = value
            .split_once(':')
            .ok_or_else(|| Error::new(format!("`{value}` is no address of a context")))?;
        let rest_of_url = rest.strip_prefix("//").unwrap_or(rest);
        // As Docker ever did, `git@host:path` is an address without a scheme.
        let scheme = if scheme.starts_with("git@") { "git" } else { scheme };
        match scheme {
            "docker-image" if rest_of_url == "scratch" => Ok(Self::Scratch),
            "docker-image" => Ok(Self::Image(rest_of_url.parse()?)),
            "oci-layout" => Self::oci_layout(rest_of_url),
            "git" | "ssh" | "http" | "https" => match GitRef::parse(value)? {
                Some(git) => Ok(Self::Git(git)),
                None if scheme.starts_with("http") => Ok(Self::Http(value.to_owned())),
                None => Err(Error::new(format!("`{value}` is no git repository"))),
            },
            "local" => Ok(Self::Directory(rest.to_owned())),
            "input" => Ok(Self::Input(rest.to_owned())),
            _ => Err(Error::new(format!("`{value}` is a context of an unknown kind"))),
        }
    }

    fn oci_layout(address: &str) -> Result<Self> {
        let (name, digest) = address.rsplit_once('@').ok_or_else(|| {
            Error::new(format!("`oci-layout://{address}` has no digest, and a tag alone is not enough"))
        })?;
        let store = match name.rsplit_once(':') {
            Some((store, tag)) if !tag.contains('/') => store,
            _ => name,
        };
        if store.is_empty() {
            return Err(Error::new(format!("`oci-layout://{address}` has no name")));
        }
        Ok(Self::OciLayout { store: store.to_owned(), digest: digest.parse()? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        let digest = format!("sha256:{}", "0".repeat(64));
        let layout = |store: &str| ContextAddress::OciLayout {
            store: store.to_owned(),
            digest: digest.parse().unwrap(),
        };
        let image = ContextAddress::Image("docker.io/library/alpine:latest".parse().unwrap());
        for (value, expected) in [
            ("docker-image://scratch", ContextAddress::Scratch),
            ("docker-image://alpine", image.clone()),
            ("docker-image:alpine", image),
            (&format!("oci-layout://abc@{digest}"), layout("abc")),
            (&format!("oci-layout:a.b/c:tag@{digest}"), layout("a.b/c")),
            ("local:alpine", ContextAddress::Directory("alpine".to_owned())),
            ("input:x::linux/amd64", ContextAddress::Input("x::linux/amd64".to_owned())),
            ("https://a.b/c.tar", ContextAddress::Http("https://a.b/c.tar".to_owned())),
        ] {
            assert_eq!(ContextAddress::parse(value).unwrap(), expected, "{value}");
        }
        for value in ["https://a.b/c.git#x", "git@a.b:c", "git://a.b/c", "ssh://a.b/c"] {
            let address = ContextAddress::parse(value).unwrap();
            assert!(matches!(address, ContextAddress::Git(_)), "{value}");
        }
    }

    #[test]
    fn refused() {
        for (value, problem) in [
            ("alpine", "`alpine` is no address of a context"),
            ("target:base", "`target:base` is a context of an unknown kind"),
            ("git:x", "`git:x` is no git repository"),
            ("oci-layout://a:b", "`oci-layout://a:b` has no digest, and a tag alone is not enough"),
        ] {
            assert_eq!(ContextAddress::parse(value).unwrap_err().to_string(), problem);
        }
        for value in
            ["docker-image://A", "oci-layout://a@sha256:0", "oci-layout://@sha256:0", "https://a.b/c.git?x=1"]
        {
            assert!(ContextAddress::parse(value).is_err(), "{value}");
        }
    }
}
