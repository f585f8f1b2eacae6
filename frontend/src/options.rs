//! Every option that clients send, and what comes of it. `docs/options.md` is made from this table, and a test holds it
//! against the sources of buildx and BuildKit.

use std::fmt::Write as _;

/// An option as it is called on the wire.
#[derive(Clone, Copy, Debug)]
pub struct Known {
    /// A key that ends in `:` or `_` stands for all that begin with it.
    pub key: &'static str,
    /// What a user writes for it.
    pub written: &'static str,
    pub outcome: Outcome,
    /// The end-to-end tests that see it: `FILE::TEST` in `tests/tests`.
    pub shown_by: &'static [&'static str],
}

/// What comes of an option.
#[derive(Clone, Copy, Debug)]
pub enum Outcome {
    /// It has this effect.
    Honoured(&'static str),
    /// The build fails and names it, for this reason.
    Refused(&'static str),
    /// There is nothing to do for a frontend, for this reason.
    Settled(&'static str),
}

use Outcome::{Honoured, Refused, Settled};

const fn known(
    key: &'static str,
    written: &'static str,
    outcome: Outcome,
    shown_by: &'static [&'static str],
) -> Known {
    Known { key, written, outcome, shown_by }
}

/// In the order of the documentation: what is built, with what, where files come from, how steps run, what comes out.
pub const KNOWN: &[Known] = &[
    known(
        "filename",
        "`-f`",
        Honoured("the manifest, and `NAME.dockerignore` beside it"),
        &["contexts::the_manifest_may_lie_anywhere"],
    ),
    known(
        "target",
        "`--target`",
        Honoured(
            "the stage, app or stage of an app that is built: `build`, `api`, `api.build`, in any case. With several apps the name of a stage is enough where one app alone has it",
        ),
        &[
            "options::a_target_is_built_for_the_platforms_that_are_asked_for",
            "options::options_name_stages_of_several_apps",
        ],
    ),
    known(
        "platform",
        "`--platform`",
        Honoured("an image for each platform; without it one for the builder's own"),
        &["options::a_target_is_built_for_the_platforms_that_are_asked_for"],
    ),
    known(
        "multi-platform",
        "a builder with several nodes",
        Honoured("the result is an index, also of one platform"),
        &["options::a_target_is_built_for_the_platforms_that_are_asked_for"],
    ),
    known(
        "build-arg:BUILDKIT_MULTI_PLATFORM",
        "`--build-arg`",
        Honoured("as `multi-platform`, which it wins over"),
        &["options::a_target_is_built_for_the_platforms_that_are_asked_for"],
    ),
    known(
        "build-arg:",
        "`--build-arg`",
        Honoured(
            "the value of an argument of the manifest, or of a predefined one such as `TARGETARCH`; one that nobody declared is the warning `UnusedArgument`",
        ),
        &[
            "options::arguments_have_the_values_that_are_given",
            "stages::arguments_are_values_and_a_dollar_of_the_shell_is_the_shells",
        ],
    ),
    known(
        "build-arg:HTTP_PROXY",
        "`--build-arg`, Docker's proxy settings",
        Honoured("every step has it in both spellings, and neither image nor cache key has it"),
        &["options::steps_run_as_the_client_says"],
    ),
    known(
        "build-arg:HTTPS_PROXY",
        "`--build-arg`, Docker's proxy settings",
        Honoured("as `HTTP_PROXY`"),
        &["options::steps_run_as_the_client_says"],
    ),
    known(
        "build-arg:FTP_PROXY",
        "`--build-arg`, Docker's proxy settings",
        Honoured("as `HTTP_PROXY`"),
        &["options::steps_run_as_the_client_says"],
    ),
    known(
        "build-arg:NO_PROXY",
        "`--build-arg`, Docker's proxy settings",
        Honoured("as `HTTP_PROXY`"),
        &["options::steps_run_as_the_client_says"],
    ),
    known(
        "build-arg:ALL_PROXY",
        "`--build-arg`, Docker's proxy settings",
        Honoured("as `HTTP_PROXY`"),
        &["options::steps_run_as_the_client_says"],
    ),
    known(
        "build-arg:SOURCE_DATE_EPOCH",
        "`--build-arg`, the variable of the same name",
        Honoured(
            "the time of the image and of its history, and of its files where the exporter has `rewrite-timestamp=true`; `context` is the time of the commit or of the download. Steps do not depend on it, unless they name it",
        ),
        &["options::the_time_of_a_build_is_what_the_client_says", "contexts::a_git_repository_is_a_context"],
    ),
    known(
        "build-arg:BUILDKIT_SYNTAX",
        "`--build-arg`",
        Settled("the client starts the frontend that it names, whatever the first line says"),
        &["options::the_client_may_name_the_frontend"],
    ),
    known(
        "source",
        "the first line of the manifest",
        Honoured("`from: slipway` is this image"),
        &["options::the_client_may_name_the_frontend"],
    ),
    known(
        "cmdline",
        "the first line of the manifest",
        Honoured("words after the image are the warning `UnknownOption`: this version has a use for none"),
        &["options::the_client_may_name_the_frontend"],
    ),
    known("gateway-devel", "`buildctl`, before v0.3", Settled("it starts a frontend that is no image"), &[]),
    known(
        "requestid",
        "`--call`, `--check`",
        Honoured("a question is answered instead of a build; an unknown one is refused"),
        &["calls::every_call_is_answered_by_the_client_and_by_the_command_line"],
    ),
    known(
        "frontend.caps",
        "any client",
        Settled("the engine compares it with the label of the frontend's image"),
        &["contexts::every_kind_of_context_takes_the_place_of_an_image"],
    ),
    known(
        "build-arg:BUILDKIT_DOCKERFILE_CHECK",
        "`--build-arg`",
        Honoured("as `# check=` in the manifest, which it wins over"),
        &["warnings::checks_are_skipped_or_made_errors"],
    ),
    // Where files come from.
    known(
        "context",
        "the last argument: a URL, `-`",
        Honoured("a git repository, an archive or a manifest on a web server, an archive on stdin"),
        &["contexts::a_git_repository_is_a_context", "contexts::an_archive_is_a_context"],
    ),
    known(
        "contextkey",
        "`buildctl`",
        Honoured("the name of the option that is read instead of `context`"),
        &["options::what_only_buildctl_sends"],
    ),
    known(
        "contextsubdir",
        "Docker before v20.10",
        Honoured("the folder of a remote context that is the context"),
        &["contexts::a_git_repository_is_a_context"],
    ),
    known(
        "dockerfilekey",
        "`-f -`, `dockerfile-inline` of bake, `-f URL`",
        Honoured("the manifest comes from the client, whatever the context is"),
        &["contexts::the_manifest_may_lie_anywhere", "contexts::a_git_repository_is_a_context"],
    ),
    known(
        "context:",
        "`--build-context`, `contexts` of bake, `additional_contexts` of compose",
        Honoured(
            "it takes the place of the image or of the stage of that name, for all platforms or for `::OS/ARCH`. `build` is that stage of all apps, and `api.build` that of one; where there is none of that name it is the warning `UnusedName`",
        ),
        &[
            "contexts::every_kind_of_context_takes_the_place_of_an_image",
            "contexts::a_context_takes_the_place_of_a_stage",
            "options::names_that_nothing_has_are_told",
            "options::options_name_stages_of_several_apps",
        ],
    ),
    known(
        "input:",
        "git contexts of buildx",
        Settled("provenance names the address that it stands for"),
        &["contexts::bake_hands_targets_on"],
    ),
    known(
        "input-metadata:",
        "`target:` of bake",
        Honoured("the config of the image that another target made"),
        &["contexts::bake_hands_targets_on"],
    ),
    known(
        "local-sessionid:",
        "bake, for contexts that targets share",
        Honoured("the session that a folder is loaded from"),
        &["contexts::bake_hands_targets_on"],
    ),
    known(
        "sharedkey:localdir:",
        "`--build-context NAME=FOLDER`",
        Honoured("what was sent of a folder before is sent again only where it changed"),
        &["contexts::every_kind_of_context_takes_the_place_of_an_image"],
    ),
    known(
        "build-arg:BUILDKIT_CONTEXT_KEEP_GIT_DIR",
        "`--build-arg`",
        Honoured("`.git` of a git context is there for steps that name it"),
        &["contexts::a_git_repository_is_a_context"],
    ),
    known(
        "vcs:",
        "`docker buildx build` in a git working tree",
        Settled("the engine writes it into the provenance"),
        &["options::the_image_has_what_the_client_says_of_it"],
    ),
    // Images and caches.
    known(
        "image-resolve-mode",
        "`--pull`",
        Honoured("where the engine looks for images: `default`, `pull` or `local`"),
        &["options::images_are_looked_up_as_the_client_says"],
    ),
    known(
        "no-cache",
        "`--no-cache`, `--no-cache-filter`",
        Honoured(
            "all stages, or those that are named, run again: `build` of all apps, `api.build` of one, in any case. A name that no stage has is the warning `UnusedName`",
        ),
        &[
            "options::caches_are_used_as_the_client_says",
            "options::names_that_nothing_has_are_told",
            "options::options_name_stages_of_several_apps",
        ],
    ),
    known(
        "cache-imports",
        "`--cache-from`",
        Honoured("the engine looks there for every step"),
        &["options::caches_are_used_as_the_client_says"],
    ),
    known(
        "cache-from",
        "Docker before v20.10",
        Honoured("as `cache-imports`, of registries"),
        &["options::what_only_buildctl_sends"],
    ),
    known(
        "build-arg:BUILDKIT_CACHE_MOUNT_NS",
        "`--build-arg`",
        Honoured("cache mounts of another name space are others"),
        &["options::caches_are_used_as_the_client_says"],
    ),
    known(
        "build-arg:BUILDKIT_INLINE_CACHE",
        "`--build-arg`",
        Settled("the client asks the engine to export the cache with the image"),
        &["options::caches_are_used_as_the_client_says"],
    ),
    // How steps run.
    known(
        "force-network-mode",
        "`--network`",
        Honoured("the network of steps that may use one; `network: none` stays none"),
        &["stages::without_network_there_is_no_route_out", "options::steps_run_as_the_client_says"],
    ),
    known(
        "add-hosts",
        "`--add-host`",
        Honoured("every step finds these hosts"),
        &["options::steps_run_as_the_client_says"],
    ),
    known(
        "ulimit",
        "`--ulimit`",
        Honoured("limits of every step"),
        &["options::steps_run_as_the_client_says"],
    ),
    known(
        "shm-size",
        "`--shm-size`",
        Honoured("the size of `/dev/shm` in every step"),
        &["options::steps_run_as_the_client_says"],
    ),
    known(
        "cgroup-parent",
        "`--cgroup-parent`",
        Honoured("the control group that every step runs in"),
        &["options::steps_run_as_the_client_says"],
    ),
    known(
        "memory",
        "`--resource memory=`",
        Honoured("memory of every step"),
        &["options::steps_run_as_the_client_says"],
    ),
    known(
        "memswap",
        "`--resource memory-swap=`",
        Honoured("memory and swap of every step"),
        &["options::steps_run_as_the_client_says"],
    ),
    known(
        "cpushares",
        "`--resource cpu-shares=`",
        Honoured("weight of every step"),
        &["options::steps_run_as_the_client_says"],
    ),
    known(
        "cpuperiod",
        "`--resource cpu-period=`",
        Honoured("the period that `cpu-quota` is a part of"),
        &["options::steps_run_as_the_client_says"],
    ),
    known(
        "cpuquota",
        "`--resource cpu-quota=`",
        Honoured("processor time of every step"),
        &["options::steps_run_as_the_client_says"],
    ),
    known(
        "cpusetcpus",
        "`--resource cpuset-cpus=`",
        Honoured("processors of every step"),
        &["options::steps_run_as_the_client_says"],
    ),
    known(
        "cpusetmems",
        "`--resource cpuset-mems=`",
        Honoured("memory nodes of every step"),
        &["options::steps_run_as_the_client_says"],
    ),
    known(
        "hostname",
        "`buildctl`",
        Honoured("the name of the host that every step sees"),
        &["options::what_only_buildctl_sends"],
    ),
    known(
        "build-arg:BUILDKIT_SANDBOX_HOSTNAME",
        "`--build-arg`",
        Honoured("as `hostname`, which it wins over"),
        &["options::steps_run_as_the_client_says"],
    ),
    // What comes out.
    known(
        "label:",
        "`--label`, `BUILDX_GIT_LABELS`",
        Honoured("labels of the image, over those of the manifest"),
        &["options::the_image_has_what_the_client_says_of_it"],
    ),
    known(
        "attest:",
        "`--sbom`, `--provenance`, `--attest`",
        Honoured("what is in the image, and how it was built; a kind that there is not is refused"),
        &[
            "attestations::a_bill_of_materials_is_of_the_image_and_of_what_is_asked_for_besides",
            "attestations::provenance_leads_to_the_lines_of_the_manifest",
        ],
    ),
    known(
        "build-arg:BUILDKIT_ATTEST_",
        "`--build-arg`",
        Honoured("as `attest:`"),
        &["options::the_image_has_what_the_client_says_of_it"],
    ),
    known(
        "build-arg:BUILDKIT_SBOM_SCAN_",
        "`--build-arg`",
        Honoured(
            "the context, or stages that are named as for `no-cache`, are part of the bill of materials",
        ),
        &["attestations::a_bill_of_materials_is_of_the_image_and_of_what_is_asked_for_besides"],
    ),
    known(
        "build-arg:BUILDKIT_BUILD_NAME",
        "`--build-arg`",
        Settled("`docker buildx history` names the build so"),
        &["options::the_image_has_what_the_client_says_of_it"],
    ),
    known(
        "build-arg:BUILDKIT_INLINE_BUILDINFO_ATTRS",
        "`--build-arg`",
        Settled("the engine writes no build info since v0.12; provenance has it"),
        &["options::the_image_has_what_the_client_says_of_it"],
    ),
    // What BuildKit itself has given up.
    known(
        "override-copy-image",
        "BuildKit before v0.11",
        Refused("it was removed in BuildKit v0.11"),
        &["options::what_only_buildctl_sends"],
    ),
    known(
        "build-arg:BUILDKIT_DISABLE_FILEOP",
        "BuildKit before v0.11",
        Refused("it was removed in BuildKit v0.11"),
        &["options::what_cannot_be_honoured_is_told"],
    ),
];

/// The row of an option, by its name on the wire. Of two that fit, the longer one.
pub fn row(key: &str) -> Option<&'static Known> {
    let fits = |row: &&Known| row.key == key || is_prefix(row.key) && key.starts_with(row.key);
    KNOWN.iter().filter(fits).max_by_key(|row| row.key.len())
}

fn is_prefix(key: &str) -> bool {
    key.ends_with([':', '_'])
}

/// Whether an argument is none of the manifest's, but one that clients, proxies and BuildKit pass.
pub fn is_of_buildkit(argument: &str) -> bool {
    // Without the texts of the table, which no build needs.
    let known = |argument: &str| {
        buildkit_gateway::options::KNOWN
            .iter()
            .filter_map(|key| key.strip_prefix("build-arg:"))
            .any(|own| own == argument || !own.is_empty() && is_prefix(own) && argument.starts_with(own))
    };
    // Proxies are written either way.
    known(argument) || known(&argument.to_ascii_uppercase())
}

/// `docs/options.md`.
pub fn page() -> String {
    let mut page = HEAD.to_owned();
    for row in KNOWN {
        let (outcome, what) = match row.outcome {
            Honoured(effect) => ("honoured", effect),
            Refused(reason) => ("refused", reason),
            Settled(reason) => ("nothing to do", reason),
        };
        let tests: Vec<_> = row.shown_by.iter().map(|test| format!("`{test}`")).collect();
        let tests = if tests.is_empty() { "-".to_owned() } else { tests.join(", ") };
        // Writing to a text cannot fail.
        let _ = writeln!(page, "| `{}` | {} | {outcome}: {what} | {tests} |", row.key, row.written);
    }
    page + TAIL
}

const HEAD: &str = "# Options

What `docker buildx build`, `docker buildx bake`, compose and `buildctl` send to a frontend, and what comes of it. An
option that this version has never heard of is the warning `UnknownOption`, one with a value that cannot be read the
error `InvalidOption`, and one that the engine has no means for the warning `UnsupportedOption`: nothing is dropped
silently.

The table is made from `frontend/src/options.rs`. A test compares it with the sources of the versions of buildx and
BuildKit that `tests/engine/go.mod` names.

| on the wire | written | what comes of it | shown by, in `tests/tests` |
|---|---|---|---|
";

const TAIL: &str = "
These are no options of a frontend, and work as with every other:

| written | who deals with it |
|---|---|
| `--tag`, `--output`, `--push`, `--load`, `--metadata-file`, `--iidfile` | client and exporter |
| `--annotation` | the exporter |
| `--cache-to` | the engine; with `mode=max` it keeps all stages, without it only layers that the image has |
| `--secret`, `--ssh` | the session; a step mounts them by their ids |
| `--allow` | the engine: what a step with `network: host` needs |
| `--policy`, source policies | the engine; a base that a policy changes is built on as changed |
| `--progress`, `--debug`, `--quiet` | the client |
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_found() {
        let key = |key| row(key).map(|row| row.key);
        assert_eq!(key("target"), Some("target"));
        assert_eq!(key("build-arg:X"), Some("build-arg:"));
        assert_eq!(key("build-arg:BUILDKIT_ATTEST_SBOM"), Some("build-arg:BUILDKIT_ATTEST_"));
        assert_eq!(key("context:alpine"), Some("context:"));
        assert_eq!(key("targets"), None);
        assert!(is_of_buildkit("https_proxy") && is_of_buildkit("BUILDKIT_SYNTAX"));
        assert!(!is_of_buildkit("BUILDKIT_TELEPORT") && !is_of_buildkit("COMMIT"));
    }

    #[test]
    fn every_option_is_told_once() {
        for (index, row) in KNOWN.iter().enumerate() {
            assert!(KNOWN[..index].iter().all(|other| other.key != row.key), "{} is told twice", row.key);
        }
    }
}
