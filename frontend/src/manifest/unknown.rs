//! Keys that a mapping does not have: the one that was meant, the place that has it, or who else is told it.

use super::app::{BuildKeys, TestKeys};
use super::image::{ImageKeys, RunKeys};
use super::read::Reader;
use super::step::{ACTIONS, CopyKeys, FileKeys, MkdirKeys, RemoveKeys, SymlinkKeys};
use crate::nearest::{list, nearest, synonym};
use crate::rules::Rule;
use crate::yaml::{Mapping, Value};

impl Reader<'_> {
    /// Reports the keys that are not among the valid ones.
    pub(super) fn unknown_keys(&mut self, mapping: &Mapping, what: &str, valid: &[&str]) {
        for entry in &mapping.entries {
            let key = entry.key.value.as_str();
            if valid.contains(&key) {
                continue;
            }
            let keys = format!("the keys of {what} are {}", list(valid.iter().copied()));
            // Instructions of a Dockerfile are in capitals.
            let small = key.to_ascii_lowercase();
            let elsewhere = |key: &str| {
                let places = ELSEWHERE.iter().filter(|(here, _, keys)| *here == what && keys.contains(&key));
                let sections: Vec<_> = places.map(|(_, section, _)| *section).collect();
                let there = sections.iter().find(|section| mapping.get(section).is_some());
                there.or(sections.first()).copied()
            };
            // That the section is written as a line is told, and how to write it with its keys.
            let written = elsewhere(key).and_then(|section| mapping.get(section));
            if what == "a step" && written.is_some_and(|entry| matches!(entry.value.value, Value::Scalar(_)))
            {
                continue;
            }
            let section = elsewhere(&small).filter(|_| !valid.contains(&small.as_str()));
            let other = synonym(&small).and_then(|name| Some((name, elsewhere(name)?)));
            let by_others = by_others(what, &small);
            // `RUN` of a Dockerfile is no `run` of the manifest.
            let steps = "write it as a step of a stage under `stages`";
            let help = match (section, nearest(key, valid.iter().copied()), other) {
                _ if what == "the manifest" && matches!(key, "RUN" | "COPY" | "ADD") => {
                    format!("{steps}; {keys}")
                }
                _ if by_others.is_some() => format!("{}; {keys}", by_others.unwrap_or_default()),
                (Some(section), ..) if key == small => format!("write it under `{section}`; {keys}"),
                (Some(section), ..) => format!("write `{small}` under `{section}`; {keys}"),
                (None, Some(near), _) => format!("write `{near}`; {keys}"),
                (None, None, Some((name, section))) => format!("write `{name}` under `{section}`; {keys}"),
                (None, None, None) => keys,
            };
            self.report(Rule::UnknownKey, entry.key.span, format!("unknown key `{key}` in {what}"), help);
        }
    }

    /// Whether a key is missing because it is written wrong.
    pub(super) fn is_misspelt(mapping: &Mapping, key: &str, valid: &[&str]) -> bool {
        // What a stage starts from is `image` elsewhere.
        let image = mapping.get("image").map(|entry| &entry.value.value);
        if key == "from" && valid.contains(&"image") && matches!(image, Some(Value::Scalar(_))) {
            return true;
        }
        let mut written = mapping.entries.iter().map(|entry| entry.key.value.as_str());
        written
            .any(|written| !valid.contains(&written) && nearest(written, valid.iter().copied()) == Some(key))
    }
}

/// Keys that people look for one level too high: where, the section that has them, and which.
const ELSEWHERE: &[(&str, &str, &[&str])] = &[
    ("the manifest", "run", RunKeys::KEYS),
    ("the manifest", "build", BuildKeys::KEYS),
    ("the manifest", "test", TestKeys::KEYS),
    ("a stage", "image", ImageKeys::KEYS),
    ("a stage", "steps", ACTIONS),
    ("a step", "copy", CopyKeys::KEYS),
    ("a step", "file", FileKeys::KEYS),
    ("a step", "mkdir", MkdirKeys::KEYS),
    ("a step", "symlink", SymlinkKeys::KEYS),
    ("a step", "remove", RemoveKeys::KEYS),
    ("a step", "image", ImageKeys::KEYS),
];

/// Whether keys of a section are not indented below it.
pub(super) fn has_keys_of(mapping: &Mapping, what: &str, section: &str, valid: &[&str]) -> bool {
    let keys = mapping.entries.iter().map(|entry| entry.key.value.as_str());
    let mut unknown = keys.filter(|key| !valid.contains(key));
    unknown.any(|key| {
        ELSEWHERE.iter().any(|(here, its, keys)| (*here, *its) == (what, section) && keys.contains(&key))
    })
}

/// Keys of other tools that say what a manifest leaves to somebody else, and who that is.
fn by_others(what: &str, key: &str) -> Option<String> {
    const OPTIONS: &[(&str, &str)] = &[
        ("cache_from", "--cache-from"),
        ("cache_to", "--cache-to"),
        ("no_cache", "--no-cache"),
        ("platform", "--platform"),
        ("platforms", "--platform"),
        ("tag", "--tag"),
        ("tags", "--tag"),
    ];
    const CONTAINER: &[&str] = &[
        "cap_add",
        "cap_drop",
        "container_name",
        "deploy",
        "env_file",
        "extra_hosts",
        "hostname",
        "networks",
        "privileged",
        "restart",
        "tmpfs",
        "ulimits",
    ];
    if let Some((_, option)) = OPTIONS.iter().find(|(name, _)| *name == key)
        && matches!(what, "the manifest" | "`build`")
    {
        return Some(format!("pass `{option}` to the build"));
    }
    if CONTAINER.contains(&key) && matches!(what, "the manifest" | "`run`" | "`image`") {
        return Some("it is not for the image: leave it to what starts the container".to_owned());
    }
    match (what, key) {
        ("a step", "cache" | "secret" | "ssh" | "mount") => Some(format!(
            "write it as one of `mounts`, which begins with `type: {}`",
            if key == "mount" { "bind" } else { key }
        )),
        ("a step", "command") => Some("write `run`".to_owned()),
        ("a step", "name") => Some("write it as a comment, `# ...`".to_owned()),
        ("a step", "uses" | "with" | "if") => Some("write a command, as `run: [...]`".to_owned()),
        ("`build`" | "`test`", "run" | "script" | "steps" | "cmd") => {
            Some("write the command as `command: [...]`".to_owned())
        }
        ("`build`", "dockerfile") => Some("remove it: this file takes its place".to_owned()),
        ("`build`", "context") => Some("write the folder of the app as `root`, beside `build`".to_owned()),
        (_, key) if key.starts_with("x-") => {
            Some("write the anchor at the first value that it is for".to_owned())
        }
        _ => None,
    }
}
