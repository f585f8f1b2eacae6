//! Addresses of git repositories, as `frontend/dockerfile/dfgitutil` reads them.

use std::fmt::Write as _;

use buildkit_llb::{Git, GitMtime};

use crate::{Error, Result};

/// What an address of a git repository says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct GitRef {
    /// The repository, without what follows `?` and `#`.
    pub remote: String,
    /// A branch, a tag or a commit; none is the default branch.
    pub reference: Option<String>,
    /// The directory of the repository that is meant.
    pub subdir: Option<String>,
    /// The commit it must be, or the first digits of it.
    pub checksum: Option<String>,
    /// Whether `.git` is kept.
    pub keep_git_dir: Option<bool>,
    /// Whether submodules are fetched; they are when nothing is said.
    pub submodules: Option<bool>,
    /// What the modification times of the files are.
    pub mtime: Option<GitMtime>,
    /// Whether the commit is fetched without a look at what the reference stands for.
    pub fetch_by_commit: bool,
}

const SCHEMES: [&str; 4] = ["http", "https", "ssh", "git"];

impl GitRef {
    /// `None` is something else than a git repository: a path, a file on a web server. An error is a repository that
    /// is asked for in words that mean nothing.
    ///
    /// ```
    /// use buildkit_gateway::contexts::GitRef;
    ///
    /// let git = GitRef::parse("https://github.com/moby/buildkit.git#v0.32:docs")?.expect("a repository");
    /// assert_eq!(git.reference.as_deref(), Some("v0.32"));
    /// assert_eq!(git.subdir.as_deref(), Some("docs"));
    /// assert_eq!(GitRef::parse("https://example.com/context.tar.gz")?, None);
    /// # Ok::<(), buildkit_gateway::Error>(())
    /// ```
    pub fn parse(address: &str) -> Result<Option<Self>> {
        let Some(parts) = split(address) else {
            return Ok(None);
        };
        let mut git = Self { remote: parts.remote, ..Self::default() };
        if !parts.fragment.is_empty() {
            let (reference, subdir) = parts.fragment.split_once(':').unwrap_or((&parts.fragment, ""));
            git.reference = some(reference);
            git.subdir = some(clean_subdir(subdir));
        }
        git.read_query(parts.query)
            .map_err(|problem| Error::new(format!("`{address}` names no git source: {problem}")))?;
        Ok(Some(git))
    }

    /// As a source of a graph. `keep_git_dir` is what the user says elsewhere.
    pub fn source(&self, keep_git_dir: Option<bool>) -> Result<Git> {
        let mut git = Git::new(&self.remote)?;
        if let Some(reference) = &self.reference {
            git = git.reference(reference);
        }
        if let Some(subdir) = &self.subdir {
            git = git.subdir(subdir);
        }
        if let Some(commit) = &self.checksum {
            git = if self.fetch_by_commit { git.fetch_by_commit(commit) } else { git.checksum(commit) };
        }
        if self.keep_git_dir == Some(true) || keep_git_dir == Some(true) {
            git = git.keep_git_dir();
        }
        if self.submodules == Some(false) {
            git = git.skip_submodules();
        }
        if let Some(mtime) = self.mtime {
            git = git.mtime(mtime);
        }
        Ok(git)
    }

    fn read_query(&mut self, query: Vec<(String, String)>) -> Result<(), String> {
        let mut seen = Vec::new();
        let (mut tag, mut branch) = (None, None);
        for (key, value) in query {
            if seen.contains(&key) {
                return Err(format!("query `{key}` has several values"));
            }
            let is_switch = ["submodules", "keep-git-dir", "fetch-by-commit"].contains(&key.as_str());
            if value.is_empty() && !is_switch {
                return Err(format!("query `{key}` has no value"));
            }
            match key.as_str() {
                "ref" => agree("ref", &mut self.reference, value)?,
                "subdir" => agree("subdir", &mut self.subdir, value)?,
                "tag" => tag = Some(qualify("refs/tags/", value)),
                "branch" => branch = Some(qualify("refs/heads/", value)),
                // Two names of one thing: as upstream, the last one counts.
                "checksum" | "commit" => self.checksum = Some(value),
                "keep-git-dir" => self.keep_git_dir = Some(switch(&key, &value)?),
                "submodules" => self.submodules = Some(switch(&key, &value)?),
                "fetch-by-commit" => self.fetch_by_commit = switch(&key, &value)?,
                "mtime" => {
                    self.mtime = Some(match value.as_str() {
                        "checkout" => GitMtime::Checkout,
                        "commit" => GitMtime::Commit,
                        _ => return Err("query `mtime` must be `checkout` or `commit`".to_owned()),
                    });
                }
                _ => return Err(format!("unexpected query `{key}`")),
            }
            seen.push(key);
        }
        if self.fetch_by_commit && self.checksum.is_none() {
            return Err("query `fetch-by-commit` needs a `commit`".to_owned());
        }
        match (tag, branch) {
            (Some(_), Some(_)) => Err("it names both a branch and a tag".to_owned()),
            (Some(one), None) | (None, Some(one)) => agree("ref", &mut self.reference, one),
            (None, None) => Ok(()),
        }
    }
}

struct Parts {
    remote: String,
    query: Vec<(String, String)>,
    fragment: String,
}

fn split(address: &str) -> Option<Parts> {
    if address.starts_with("./") || address.starts_with("../") {
        return None;
    }
    let (rest, fragment) = address.split_once('#').unwrap_or((address, ""));
    let (remote, query) = rest.split_once('?').unwrap_or((rest, ""));
    let pairs = query.split('&').filter(|pair| !pair.is_empty()).map(decode_pair);
    match scheme(remote) {
        _ if remote.starts_with("github.com/") => {}
        Some(scheme) => {
            if !SCHEMES.contains(&scheme.as_str()) || scheme.starts_with("http") && !is_repository(remote)? {
                return None;
            }
        }
        // No URL: nothing but the query has escapes.
        None if is_scp_like(remote) => {
            let query = pairs.collect::<Option<_>>()?;
            return Some(Parts { remote: remote.to_owned(), query, fragment: fragment.to_owned() });
        }
        None => return None,
    }
    decode(remote)?;
    Some(Parts { remote: encode(remote), query: pairs.flatten().collect(), fragment: decode(fragment)? })
}

/// Lower case, and nothing when what stands before `://` is more than a word.
fn scheme(remote: &str) -> Option<String> {
    let (scheme, _) = remote.split_once("://")?;
    let is_word = !scheme.is_empty() && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric());
    is_word.then(|| scheme.to_ascii_lowercase())
}

/// Of all that a web server has, only this is a repository. The path is meant, which may write `.git` as `%2egit`.
#[expect(clippy::case_sensitive_file_extension_comparisons, reason = "as upstream: `.GIT` is a file")]
fn is_repository(remote: &str) -> Option<bool> {
    let (_, rest) = remote.split_once("://")?;
    let (_, path) = rest.split_once('/')?;
    Some(decode(path)?.ends_with(".git"))
}

/// `user@host:path`
fn is_scp_like(remote: &str) -> bool {
    let is_made_of = |text: &str, more: &[u8]| {
        !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || more.contains(&byte))
    };
    remote.split_once('@').is_some_and(|(user, rest)| {
        let host = rest.split_once(':').map(|(host, _)| host);
        is_made_of(user, b"-_") && host.is_some_and(|host| is_made_of(host, b"-."))
    })
}

fn agree(key: &str, known: &mut Option<String>, value: String) -> Result<(), String> {
    match known {
        Some(known) if *known != value => Err(format!("{key} is both `{known}` and `{value}`")),
        _ => {
            *known = Some(value);
            Ok(())
        }
    }
}

fn qualify(prefix: &str, name: String) -> String {
    if name.starts_with(prefix) { name } else { format!("{prefix}{name}") }
}

fn switch(key: &str, value: &str) -> Result<bool, String> {
    match value {
        "" | "1" | "t" | "T" | "true" | "TRUE" | "True" => Ok(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Ok(false),
        _ => Err(format!("query `{key}` must be `true` or `false`")),
    }
}

/// Relative to the root of the repository, and never above it.
fn clean_subdir(subdir: &str) -> String {
    let clean = super::dockerignore::clean(&format!("/{subdir}"));
    clean.trim_start_matches('/').to_owned()
}

fn some(text: impl Into<String>) -> Option<String> {
    Some(text.into()).filter(|text| !text.is_empty())
}

fn decode_pair(pair: &str) -> Option<(String, String)> {
    let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
    let decode = |text: &str| decode(&text.replace('+', " "));
    (!pair.contains(';')).then_some(())?;
    Some((decode(key)?, decode(value)?))
}

/// Undoes `%20` and so on. `None` is a `%` without two hexadecimal digits.
fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [byte, tail @ ..] = rest {
        rest = tail;
        if *byte == b'%' {
            let [high, low, tail @ ..] = tail else {
                return None;
            };
            bytes.push(hex(*high)? << 4 | hex(*low)?);
            rest = tail;
        } else {
            bytes.push(*byte);
        }
    }
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

/// What is no ASCII stands in an address as `%` and two hexadecimal digits.
fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_ascii() {
            encoded.push(character);
        } else {
            for byte in character.to_string().bytes() {
                // Writing to a `String` cannot fail.
                let _ = write!(encoded, "%{byte:02X}");
            }
        }
    }
    encoded
}

fn hex(digit: u8) -> Option<u8> {
    let digit = char::from(digit).to_digit(16)?;
    u8::try_from(digit).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_repositories() {
        for address in [
            "",
            ".",
            "./github.com/a/b",
            "../a@b:c",
            "https://a.b/c",
            "https://a.b/c.git/",
            "https://a.b.git",
            "ftp://a.b/c.git",
            "https://a.b/c.tar.gz#x.git",
            "a/b.git",
            "user name@a:b",
            "github.com",
            "git@a.b:c?%zz",
            "git://a.b/%zz",
            "x+y://a.b/c.git",
        ] {
            assert_eq!(GitRef::parse(address).unwrap(), None, "{address}");
        }
    }

    #[test]
    fn repositories() {
        let check = |address: &str, remote: &str, reference: &str, subdir: &str| {
            let git = GitRef::parse(address).unwrap().unwrap();
            assert_eq!(git.remote, remote, "{address}");
            assert_eq!(git.reference.unwrap_or_default(), reference, "{address}");
            assert_eq!(git.subdir.unwrap_or_default(), subdir, "{address}");
        };
        check("https://a.b/c.git", "https://a.b/c.git", "", "");
        check("HTTP://a.b/c%2egit#v1", "HTTP://a.b/c%2egit", "v1", "");
        check("git://a.b/c#:d/../e/", "git://a.b/c", "", "e");
        check("ssh://git@a.b:22/c#main:/d", "ssh://git@a.b:22/c", "main", "d");
        check("git@a.b:c/d.git#x%2Fy", "git@a.b:c/d.git", "x%2Fy", "");
        check("https://a.b/é.git#x%2Fy", "https://a.b/%C3%A9.git", "x/y", "");
        check("git@a.b:ssh://c", "git@a.b:ssh://c", "", "");
        check("git://a.b/c?%zz&ref=x", "git://a.b/c", "x", "");
        check("github.com/a/b", "github.com/a/b", "", "");
        check("https://a.b/c.git?ref=x&subdir=d", "https://a.b/c.git", "x", "d");
        check("https://a.b/c.git?tag=v1", "https://a.b/c.git", "refs/tags/v1", "");
        check("https://a.b/c.git?branch=refs/heads/x#", "https://a.b/c.git", "refs/heads/x", "");
        check("https://a.b/c.git?ref=x#x:../..", "https://a.b/c.git", "x", "");
        check("git@a.b:c?ref=a+b", "git@a.b:c", "a b", "");
    }

    #[test]
    fn switches() {
        let git = GitRef::parse(
            "https://a.b/c.git?keep-git-dir&submodules=0&fetch-by-commit=true&commit=ab&mtime=commit",
        );
        let git = git.unwrap().unwrap();
        assert_eq!(git.keep_git_dir, Some(true));
        assert_eq!(git.submodules, Some(false));
        assert_eq!(git.checksum.as_deref(), Some("ab"));
        assert_eq!(git.mtime, Some(GitMtime::Commit));
        assert!(git.fetch_by_commit);
        git.source(None).unwrap();
    }

    #[test]
    fn nonsense() {
        for (query, problem) in [
            ("ref=", "query `ref` has no value"),
            ("ref=a&ref=a", "query `ref` has several values"),
            ("ref=a#b", "ref is both `b` and `a`"),
            ("tag=a#b", "ref is both `b` and `refs/tags/a`"),
            ("tag=a&branch=b", "it names both a branch and a tag"),
            ("mtime=now", "query `mtime` must be `checkout` or `commit`"),
            ("submodules=si", "query `submodules` must be `true` or `false`"),
            ("fetch-by-commit", "query `fetch-by-commit` needs a `commit`"),
            ("color=red", "unexpected query `color`"),
        ] {
            let address = format!("https://a.b/c.git?{query}");
            assert_eq!(
                GitRef::parse(&address).unwrap_err().to_string(),
                format!("`{address}` names no git source: {problem}")
            );
        }
    }
}
