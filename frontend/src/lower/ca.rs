//! The secret `ca`: a company's bundle of CA certificates, in every step that can reach the network.
//!
//! It is declared nowhere and optional, so a step has the same key with and without it. It is mounted over
//! the base's own bundle and replaces the step's trust. Steps that install system packages get it at
//! [`PRIVATE`]: installing `ca-certificates` fails on a mounted file. Changing this list re-runs everyone's
//! dependencies: do so in a release that says so.

use buildkit_llb::mount;

use crate::catalog::{BaseFamily, WELL_KNOWN_CA_BUNDLES};

pub(crate) const ID: &str = "ca";

/// Where a step that installs packages finds the bundle, when there is one.
pub(crate) const PRIVATE: &str = "/run/slipway/ca.pem";

/// Commands that write to the system's own bundle, or may do so.
const PACKAGE_MANAGERS: &[&str] =
    &["apk", "apt", "apt-get", "aptitude", "dnf", "dpkg", "microdnf", "tdnf", "yum", "zypper"];

/// Where the bundle is mounted for a command on a base. Nothing is known of most bases, so that every
/// well-known place is one.
pub(crate) fn targets(argv: &[String], base: Option<&BaseFamily>) -> Vec<String> {
    if installs_packages(argv) {
        return vec![PRIVATE.to_owned()];
    }
    match base {
        Some(base) => vec![base.ca_bundle.clone()],
        None => WELL_KNOWN_CA_BUNDLES.iter().map(|&path| path.to_owned()).collect(),
    }
}

pub(super) fn mount(target: &str) -> mount::Secret {
    mount::Secret::new(ID, target).mode(0o444).optional()
}

/// Words of the command, and of a script in it.
fn installs_packages(argv: &[String]) -> bool {
    argv.iter()
        .flat_map(|word| {
            word.split(|c: char| c.is_whitespace() || matches!(c, ';' | '&' | '|' | '(' | ')' | '`'))
        })
        .any(|word| PACKAGE_MANAGERS.contains(&word.rsplit('/').next().unwrap_or(word)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn package_managers_keep_the_systems_bundle() {
        let argv = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect::<Vec<_>>();
        for installs in [vec!["/usr/bin/apt-get", "update"], vec!["sh", "-c", "set -e;apk add curl"]] {
            assert_eq!(targets(&argv(&installs), None), [PRIVATE]);
        }
        assert!(targets(&argv(&["go", "mod", "download"]), None).len() > 1);
        assert!(targets(&argv(&["echo", "adapt"]), None).len() > 1);
    }
}
