//! Addresses of repositories, as `util/gitutil` reads them.

use crate::{Error, Result, path};

/// The parts of an address that make the identifier and the attributes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct GitUrl {
    /// What git itself is given.
    pub(super) remote: String,
    /// Host and path, the same for all ways to reach one repository.
    pub(super) identity: String,
    pub(super) is_ssh: bool,
    /// From the fragment.
    pub(super) reference: Option<String>,
    pub(super) subdir: Option<String>,
}

const SCHEMES: [&str; 4] = ["http", "https", "ssh", "git"];

pub(super) fn parse(url: &str) -> Result<GitUrl> {
    let invalid = |reason| Error::invalid("the address of a git repository", url, reason);
    if url.chars().any(|character| character.is_control() || character == ' ') {
        return Err(invalid("it contains a blank or a control character"));
    }
    let (address, fragment) = match url.split_once('#') {
        None => (url, ""),
        Some((address, fragment)) => (address, fragment),
    };
    if address.contains('?') {
        return Err(invalid("it has a query; use the methods of `Git` instead"));
    }
    let remote = match scheme(address) {
        Some((scheme, rest)) => with_scheme(scheme, rest).map_err(invalid)?,
        None => match scp_like(address) {
            Some(remote) => remote,
            // As the Go client does for `github.com/owner/name`.
            None => with_scheme("https", address).map_err(invalid)?,
        },
    };
    let (reference, subdir) = match fragment.split_once(':') {
        None => (fragment, String::new()),
        Some((reference, subdir)) => (reference, clean_subdir(subdir)),
    };
    Ok(GitUrl {
        remote: remote.text,
        identity: remote.identity,
        is_ssh: remote.is_ssh,
        reference: (!reference.is_empty()).then(|| reference.to_owned()),
        subdir: (!subdir.is_empty()).then_some(subdir),
    })
}

/// Relative to the root of the repository, and never above it.
pub(super) fn clean_subdir(subdir: &str) -> String {
    path::clean(&format!("/{subdir}")).trim_start_matches('/').to_owned()
}

fn scheme(address: &str) -> Option<(&str, &str)> {
    address
        .split_once("://")
        .filter(|(scheme, _)| !scheme.is_empty() && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric()))
}

struct Remote {
    text: String,
    identity: String,
    is_ssh: bool,
}

fn identity(host: &str, repository: &str) -> String {
    format!("{host}{}", path::clean(&format!("/{repository}")))
}

/// `scheme://user@host:port/path`
fn with_scheme(scheme: &str, rest: &str) -> Result<Remote, &'static str> {
    let scheme = scheme.to_ascii_lowercase();
    if !SCHEMES.contains(&scheme.as_str()) {
        return Err("its scheme must be `https`, `http`, `ssh` or `git`");
    }
    let (authority, repository) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let (user, host) = match authority.rsplit_once('@') {
        None => (None, authority),
        Some((user, host)) => (Some(user), host),
    };
    if user.is_some_and(|user| !is_user(user)) {
        return Err("its user is not written as Go would write it");
    }
    if host.is_empty() {
        return Err("it has no host");
    }
    if !is_host(host) {
        return Err("its host must be a name or an address in brackets, and perhaps a port");
    }
    let repository = decode(repository)
        .ok_or("a character of its path must be written as `%` and two hexadecimal digits")?;
    let identity = identity(host, &repository);
    Ok(Remote { text: format!("{scheme}://{rest}"), identity, is_ssh: scheme == "ssh" })
}

/// `user@host:path`
fn scp_like(address: &str) -> Option<Remote> {
    let (user, rest) = address.split_once('@')?;
    let (host, repository) = rest.split_once(':')?;
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    let user_is_good = !user.is_empty() && user.bytes().all(|byte| is_name(byte) || byte == b'_');
    let host_is_good = !host.is_empty() && host.bytes().all(|byte| is_name(byte) || byte == b'.');
    (user_is_good && host_is_good).then(|| Remote {
        text: address.to_owned(),
        identity: identity(host, repository),
        is_ssh: true,
    })
}

fn is_host(host: &str) -> bool {
    let (name, port) = match host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, after)) => {
            let is_address = |byte: u8| byte.is_ascii_hexdigit() || byte == b':' || byte == b'.';
            if address.is_empty() || !address.bytes().all(is_address) {
                return false;
            }
            (None, after.strip_prefix(':').or(after.is_empty().then_some("")))
        }
        None => match host.split_once(':') {
            None => (Some(host), Some("")),
            Some((name, port)) => (Some(name), Some(port)),
        },
    };
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b".-_".contains(&byte);
    name.is_none_or(|name| !name.is_empty() && name.bytes().all(is_name))
        && port.is_some_and(|port| port.bytes().all(|byte| byte.is_ascii_digit()))
}

/// A name, or a name and a password, in the one way that Go writes them.
fn is_user(user: &str) -> bool {
    let (name, password) = user.split_once(':').unwrap_or((user, ""));
    [name, password].iter().all(|part| {
        let mut rest = part.as_bytes();
        loop {
            rest = match rest {
                [] => return true,
                [b'%', high, low, tail @ ..] => {
                    let is_digit = |digit: u8| matches!(digit, b'0'..=b'9' | b'A'..=b'F');
                    let value = |digit: u8| char::from(digit).to_digit(16).unwrap_or_default();
                    let byte = u8::try_from(value(*high) << 4 | value(*low)).unwrap_or_default();
                    if !(is_digit(*high) && is_digit(*low)) || is_user_letter(byte) {
                        return false;
                    }
                    tail
                }
                [byte, tail @ ..] if is_user_letter(*byte) => tail,
                _ => return false,
            }
        }
    })
}

fn is_user_letter(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-_.~$&+,;=".contains(&byte)
}

/// Undoes `%20` and so on. What Go would write in another way is refused: the engine would know
/// the repository under another name.
fn decode(path: &str) -> Option<String> {
    let mut decoded = Vec::with_capacity(path.len());
    let mut rest = path.as_bytes();
    while let [byte, tail @ ..] = rest {
        rest = tail;
        match byte {
            b'%' => {
                let [high, low, tail @ ..] = rest else {
                    return None;
                };
                let high = char::from(*high).to_digit(16)?;
                let low = char::from(*low).to_digit(16)?;
                decoded.push(u8::try_from(high << 4 | low).ok()?);
                rest = tail;
            }
            byte if byte.is_ascii_alphanumeric() || b"-_.~!$&'()*+,;=:@[]/".contains(byte) => {
                decoded.push(*byte);
            }
            _ => return None,
        }
    }
    String::from_utf8(decoded).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        for (url, remote, identity, is_ssh) in [
            ("https://a.b/c/d.git", "https://a.b/c/d.git", "a.b/c/d.git", false),
            ("HTTPS://a.b/c//d/", "https://a.b/c//d/", "a.b/c/d", false),
            ("http://u:p@a.b:80/c", "http://u:p@a.b:80/c", "a.b:80/c", false),
            ("git@a.b:c/d.git", "git@a.b:c/d.git", "a.b/c/d.git", true),
            ("ssh://git@a.b/c", "ssh://git@a.b/c", "a.b/c", true),
            ("github.com/c/d", "https://github.com/c/d", "github.com/c/d", false),
            ("https://a.b/c%20d", "https://a.b/c%20d", "a.b/c d", false),
            ("https://a.b", "https://a.b", "a.b/", false),
        ] {
            let parsed = parse(url).unwrap();
            assert_eq!(
                (parsed.remote.as_str(), parsed.identity.as_str(), parsed.is_ssh),
                (remote, identity, is_ssh),
                "{url}"
            );
        }
    }

    #[test]
    fn fragments() {
        for (fragment, reference, subdir) in [
            ("", None, None),
            ("#main", Some("main"), None),
            ("#main:a/../b", Some("main"), Some("b")),
            ("#:/../a", None, Some("a")),
            ("#main:", Some("main"), None),
        ] {
            let parsed = parse(&format!("https://a.b/c{fragment}")).unwrap();
            assert_eq!(
                (parsed.reference.as_deref(), parsed.subdir.as_deref()),
                (reference, subdir),
                "{fragment}"
            );
        }
    }

    #[test]
    fn refused() {
        for url in [
            "",
            "ftp://a.b/c",
            "https://",
            "https:///c",
            "https://a.b/c?d",
            "https://a b/c",
            "https://a.b/ä",
            "https://a.b/%zz",
            "https://ä.b/c",
        ] {
            assert!(parse(url).is_err(), "{url}");
        }
    }
}
