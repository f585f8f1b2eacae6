//! Where packages come from. pip installs the package managers, and uv most of the rest: what is said to one of them is said to
//! the other.

use super::Kit;
use crate::manifest::{PackageManager, SecretKind};
use crate::plan::build::words;
use crate::plan::{Mount, SecretPlace, Text, Variable};
use crate::span::Spanned;

/// What one of them calls it, and what the other does. Where that has two names, both count as said.
type Names = &'static [(&'static str, &'static [&'static str])];

const OF_UV: Names = &[
    ("PIP_INDEX_URL", &["UV_DEFAULT_INDEX", "UV_INDEX_URL"]),
    ("PIP_EXTRA_INDEX_URL", &["UV_INDEX", "UV_EXTRA_INDEX_URL"]),
];
const OF_PIP: Names = &[("UV_DEFAULT_INDEX", &["PIP_INDEX_URL"]), ("UV_INDEX_URL", &["PIP_INDEX_URL"])];

/// Of all indexes the best version, as pip takes it.
const ANY_INDEX: (&str, &str) = ("UV_INDEX_STRATEGY", "unsafe-best-match");

const SETTINGS_OF_PIP: &str = r#"# tell uv the index of pip's settings
set -eu
settings=$(pip config list)
said() { printf '%s\n' "$settings" | sed -nE "s/\\\\n/ /g; s/^(global|install)\.$1='(.*)'\$/\2/p" | tail -n 1; }
index=$(said index-url)
more=$(said extra-index-url)
[ -z "$index" ] || export UV_DEFAULT_INDEX="${UV_DEFAULT_INDEX:-$index}"
[ -z "$more" ] || export UV_INDEX="${UV_INDEX:-$more}" UV_INDEX_STRATEGY=unsafe-best-match
exec "$@"
"#;

impl Kit<'_> {
    /// The secrets of a step in which pip installs.
    pub(super) fn secrets_for_pip(&self) -> Vec<Spanned<Mount>> {
        self.secrets(OF_PIP)
    }

    /// The secrets of a step in which uv installs.
    pub(super) fn secrets_for_uv(&self) -> Vec<Spanned<Mount>> {
        self.secrets(OF_UV)
    }

    /// All that are declared, and the indexes among them by the other names, too.
    fn secrets(&self, names: Names) -> Vec<Spanned<Mount>> {
        let of_index = self.app.secrets.iter().filter_map(|secret| {
            let SecretKind::Env { name } = &secret.kind else { return None };
            let other = self.other_name(names, &name.value)?;
            let place = SecretPlace::Variable(name.clone().map(|_| other.to_owned()));
            Some(self.at.secret(secret.id.value.clone(), place, secret.required))
        });
        self.app.secrets.iter().map(crate::stacks::secret_mount).chain(of_index).collect()
    }

    /// What `build.environment` says of indexes, by the other names.
    pub(super) fn index_for_pip(&self) -> Vec<Variable> {
        let mut index = self.index(OF_PIP);
        for variable in &mut index {
            // uv may give it a name in front.
            let url = variable.value.as_literal().and_then(|value| value.split_once('='));
            if let Some((_, url)) = url.filter(|(name, _)| !name.contains([':', '/'])) {
                variable.value = Text::literal(url);
            }
        }
        index.extend(self.own_index("PIP_INDEX_URL"));
        index
    }

    /// For what sees no file of the project: its own index, where nobody names another one. One with a password in a variable
    /// of the package manager, of which others know nothing, is left alone.
    pub(super) fn own_index(&self, name: &str) -> Option<Variable> {
        let names = ["PIP_INDEX_URL", "UV_DEFAULT_INDEX", "UV_INDEX_URL"];
        let mut secrets = self.app.secrets.iter();
        let has_password = secrets.any(|secret| matches!(secret.kind, SecretKind::Env { .. }));
        let is_said = names.iter().any(|name| self.says(name)) || self.has_settings_of_pip() || has_password;
        let index = self.facts.index.as_ref().filter(|_| !is_said)?;
        Some(self.at.variable(name, Text::literal(index)))
    }

    pub(super) fn index_for_uv(&self) -> Vec<Variable> {
        let mut index = self.index(OF_UV);
        if self.says("PIP_EXTRA_INDEX_URL") {
            index.extend(self.variables(&[ANY_INDEX]));
        }
        index
    }

    fn index(&self, names: Names) -> Vec<Variable> {
        let said = self.app.build.environment.iter();
        let of_other = said.filter_map(|variable| {
            let other = self.other_name(names, &variable.name.value)?;
            Some(Variable {
                name: variable.name.clone().map(|_| other.to_owned()),
                value: variable.value.clone(),
            })
        });
        of_other.collect()
    }

    /// Where nobody said anything by it.
    fn other_name(&self, names: Names, said: &str) -> Option<&'static str> {
        let (_, others) = names.iter().find(|(name, _)| *name == said)?;
        others.iter().all(|other| !self.says(other)).then(|| others[0])
    }

    /// In the open, or as a secret.
    fn says(&self, name: &str) -> bool {
        let is_secret = self.app.secrets.iter().any(|secret| match &secret.kind {
            SecretKind::Env { name: secret } => secret.value == name,
            SecretKind::Netrc | SecretKind::File { .. } => false,
        });
        is_secret || self.app.build.environment.iter().any(|variable| variable.name.value == name)
    }

    /// Runs a command of uv with the index of a `pip.conf` that is a secret, of which uv reads nothing.
    pub(super) fn with_settings_of_pip(&self, command: Vec<Text>) -> Vec<Text> {
        if !self.has_settings_of_pip() {
            return command;
        }
        words(&["sh", "-c", SETTINGS_OF_PIP, "settings"]).into_iter().chain(command).collect()
    }

    fn has_settings_of_pip(&self) -> bool {
        let mut secrets = self.app.secrets.iter();
        let is_secret = secrets.any(|secret| match &secret.kind {
            SecretKind::File { target } => {
                target.value.as_literal().is_some_and(|target| target.ends_with("/pip.conf"))
            }
            SecretKind::Netrc | SecretKind::Env { .. } => false,
        });
        is_secret || self.says("PIP_CONFIG_FILE")
    }

    /// uv installs in the place of pip.
    pub(super) fn is_for_pip(&self) -> bool {
        self.facts.dependencies.manager.value == PackageManager::Pip
    }
}
