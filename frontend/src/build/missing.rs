//! What the engine does not find while it builds: its words name neither the line nor the way out, and here both are
//! known.

use buildkit_gateway::Error;
use buildkit_llb::Reference;

use crate::diagnostic::Diagnostic;
use crate::lower::{ImageNeed, reachable};
use crate::path;
use crate::plan::{Base, Copy, Mount, Plan, Stage, StageName};
use crate::rules::Rule;
use crate::span::{Span, Spanned};

/// Why an image has no config. `frontend` is the one that reads the manifest.
pub(super) fn image(need: &ImageNeed, frontend: Option<&Reference>, error: &Error) -> Diagnostic {
    let (name, registry, said) = (need.reference.familiar(), need.reference.domain(), error.message());
    let has = |part: &str| said.contains(part);
    if has("no match for platform") {
        return variant(need, frontend);
    }
    let (message, help) = if said.ends_with("not found") && need.reference.digest().is_some() {
        (
            format!("no image `{name}` in the registry"),
            "check the digest; `docker buildx imagetools inspect` shows that of a tag".to_owned(),
        )
    } else if said.ends_with("not found") {
        (format!("no image `{name}` in the registry"), "check the name and the tag".to_owned())
    } else if ["denied", "unauthorized", "authorization failed", "401", "403"].iter().any(|part| has(part)) {
        (
            format!("the registry does not give out `{name}`: {said}"),
            format!("check the name, or log in with `docker login {registry}`"),
        )
    } else {
        (
            format!("the image `{name}` cannot be looked up: {said}"),
            format!("check that the builder reaches `{registry}`"),
        )
    };
    Diagnostic::new(Rule::UnresolvedImage, need.span, message).help(help)
}

/// The image is for other platforms alone.
pub(super) fn variant(need: &ImageNeed, frontend: Option<&Reference>) -> Diagnostic {
    let message = format!("the image `{}` has no variant for `{}`", need.reference.familiar(), need.platform);
    let help = if frontend == Some(&need.reference) {
        "write `run: { init: false }`, or a frontend image that has one into the first line"
    } else {
        "choose an image that has one, or another `platform`"
    };
    Diagnostic::new(Rule::UnresolvedImage, need.span, message).help(help)
}

/// What a step of the target needs and was not there. `None` for all other errors.
pub(super) fn of_step(error: &Error, plan: &Plan, target: &StageName) -> Option<Diagnostic> {
    let stages = reachable(plan, target);
    let said = error.message();
    let unquoted = said.strip_suffix("\": not found").and_then(|rest| rest.rsplit_once('"'));
    if let Some((_, path)) = unquoted {
        return stages.into_iter().flat_map(Stage::copies).find_map(|(copy, span)| no_path(copy, span, path));
    }
    // The engine's words, with what it was doing in front: `secret token: not found`, `unset ssh forward key work`.
    let words: Vec<&str> = said.split_whitespace().collect();
    let mut mounts = stages.iter().flat_map(|stage| stage.all_mounts());
    match words.as_slice() {
        [.., "secret", id, "not", "found"] => {
            mounts.find_map(|mount| no_secret(mount, id.trim_end_matches(':')))
        }
        [.., "unset", "ssh", "forward", "key", id] => mounts.find_map(|mount| no_agent(mount, id)),
        _ => None,
    }
}

fn no_secret(mount: &Spanned<Mount>, id: &str) -> Option<Diagnostic> {
    let Mount::Secret(secret) = &mount.value else { return None };
    let known = secret.required && secret.id.as_str() == id;
    known.then(|| {
        Diagnostic::new(Rule::MissingSecret, mount.span, format!("the secret `{id}` was not given"))
            .help(format!("pass `--secret id={id},src=FILE`, or `--secret id={id},env=VARIABLE`"))
    })
}

fn no_agent(mount: &Spanned<Mount>, id: &str) -> Option<Diagnostic> {
    let Mount::Ssh(ssh) = &mount.value else { return None };
    let known = ssh.required && ssh.id.as_str() == id;
    let pass = if id == "default" { id.to_owned() } else { format!("{id}=SOCKET") };
    known.then(|| {
        Diagnostic::new(Rule::MissingSsh, mount.span, format!("the ssh agent `{id}` was not given"))
            .help(format!("pass `--ssh {pass}`"))
    })
}

/// `path` is that of the engine's copy, absolute in what is copied from.
fn no_path(copy: &Copy, span: Span, path: &str) -> Option<Diagnostic> {
    let folder = copy.source.as_ref().map_or(Some(""), |source| source.value.as_literal())?;
    let path = path.trim_start_matches('/');
    let same = |wanted: &str| path::join(folder.trim_matches('/'), wanted.trim_matches('/')) == path;
    let named = copy.include.iter().filter_map(|pattern| Some((pattern.value.as_literal()?, pattern.span)));
    let (_, place) = if copy.include.is_empty() {
        Some((folder, copy.source.as_ref().map_or(span, |source| source.span))).filter(|_| same(""))
    } else {
        named.into_iter().find(|(wanted, _)| same(wanted))
    }?;
    let (message, help) = match &copy.from.value {
        Base::Context => (
            format!("`{path}` is not in the build context"),
            "check the path, which starts at the context, and `.dockerignore`".to_owned(),
        ),
        Base::Stage(stage) => {
            let of = copy
                .output
                .as_ref()
                .map_or_else(String::new, |output| format!("the output `{}` of ", output.value));
            (
                format!("{of}the stage `{stage}` has no `/{path}`"),
                format!("check what the steps of `{stage}` make"),
            )
        }
        Base::Image(image) => {
            (format!("the image `{image}` has no `/{path}`"), "check the path in that image".to_owned())
        }
        Base::Scratch | Base::Slipway => return None,
    };
    Some(Diagnostic::new(Rule::MissingPath, place, message).help(help))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Diagnostics;
    use crate::expand::default_target;
    use crate::manifest::{App, Manifest};
    use crate::source::Source;

    const MANIFEST: &str = "\
stages:
  tools:
    from: scratch
  run:
    from: debian:bookworm-slim
    steps:
      - copy: { from: context, source: conf, include: [a.toml, b.toml], to: / }
      - copy: { from: tools, source: /opt/bin, to: /bin }
      - run: [fetch]
        mounts:
          - { type: secret, id: token, required: false }
          - { type: secret, id: token }
          - { type: ssh }
";

    #[test]
    fn what_the_engine_misses_is_told_at_its_line() {
        let mut diagnostics = Diagnostics::default();
        let source = Source::new("slipway.yaml", MANIFEST.as_bytes(), &mut diagnostics);
        let manifest = Manifest::parse(&source, &mut diagnostics);
        let plan = manifest.apps.first().and_then(App::explicit_plan).expect("a plan");
        let target = default_target(&plan).expect("a target");
        let said = |error: &str| {
            let mistake = of_step(&Error::new(error), &plan, target)?;
            let line = mistake.span().map(|span| source.position(span.start).line);
            Some((line.unwrap_or_default(), mistake.message))
        };
        let checksum = "failed to compute cache key: failed to calculate checksum of ref a::b";
        for (error, line, message) in [
            ("secret token: not found", 12, "the secret `token` was not given"),
            ("unset ssh forward key default", 13, "the ssh agent `default` was not given"),
            (
                &format!("{checksum}: \"/conf/b.toml\": not found"),
                7,
                "`conf/b.toml` is not in the build context",
            ),
            (&format!("{checksum}: \"/opt/bin\": not found"), 8, "the stage `tools` has no `/opt/bin`"),
        ] {
            assert_eq!(said(error), Some((line, message.to_owned())), "{error}");
        }
        for other in ["secret other: not found", "exit code: 1", "\"/other\": not found", ""] {
            assert_eq!(said(other), None, "{other}");
        }
    }
}
