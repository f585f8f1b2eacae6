//! The images that builds start from, under their real names in the local registry.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use e2e::Engine;
use e2e::build::FRONTEND;
use e2e::state::State;

use crate::recipe::{self, Recipe};
use crate::{packages, progress, registry, root, short_hash};

/// Where assembled images lie for all engines; each engine has its own names for them.
const SHARED: &str = "assembled";

/// Makes sure that the engine finds every image of `tests/engine/images`.
pub(crate) fn ensure(state: &State, engine: &Engine) -> Result<()> {
    let recipes = recipe::load(&root().join("tests/engine/images"))?;
    let mut args = Vec::new();
    let mut keys: Vec<(String, String)> = Vec::new();
    for recipe in &recipes {
        let values = evaluate_args(engine, recipe)?;
        let mut key = recipe.text.clone();
        for value in &values {
            key += value;
        }
        for base in recipe.bases(&recipes) {
            let known = keys.iter().find(|(image, _)| *image == base.image).expect("bases come first");
            key += &known.1;
        }
        keys.push((recipe.image.clone(), short_hash(key.as_bytes())));
        args.push(values);
    }
    let mut hub = None;
    for ((recipe, (_, key)), values) in recipes.iter().zip(&keys).zip(&args) {
        let (repository, tag) = recipe.repository_and_tag();
        let keyed = format!("{repository}:{tag}.{key}");
        let has = |prefix: &str, name: &str| registry::digest(&engine.registry, prefix, name);
        let own = has(&engine.names, &keyed)?;
        // Another checkout may have given the name to its own recipe's image since.
        if own.is_some() && own == has(&engine.names, &recipe.image)? {
            continue;
        }
        let reachable = || hub_answers(state, engine);
        if !recipe.always && *hub.get_or_insert_with(reachable) {
            continue;
        }
        if has(SHARED, &keyed)?.is_none() {
            assemble(state, engine, recipe, values, &keyed)?;
        }
        link(engine, &keyed, &recipe.image)?;
    }
    Ok(())
}

fn evaluate_args(engine: &Engine, recipe: &Recipe) -> Result<Vec<String>> {
    let mut values = Vec::new();
    for (name, script) in &recipe.args {
        let value = crate::output(shell(engine, script).stdin(Stdio::null()))?;
        ensure!(
            !value.trim().is_empty(),
            "{}: no value for {name}: `{script}` printed nothing",
            recipe.image
        );
        values.push(value.trim().to_owned());
    }
    Ok(values)
}

fn shell(engine: &Engine, script: &str) -> Command {
    let mut command = Command::new("sh");
    command.args(["-euc", script]).current_dir(root()).env("TOOLS", &engine.tools);
    command
}

/// Whether Docker Hub can be reached. Remembered once it could: the engine then pulls by itself.
fn hub_answers(state: &State, engine: &Engine) -> bool {
    let marker = state.registry().join("docker-hub-answers");
    if marker.exists() {
        return true;
    }
    let mut ask = engine.command("docker");
    ask.args(["buildx", "imagetools", "inspect", "docker.io/library/debian:bookworm-slim"]);
    let log = state.logs().join("docker-hub.log");
    let answers =
        progress::run("asking Docker Hub for an image", &mut ask, &log, Duration::from_secs(20)).is_ok();
    if answers {
        progress::say("Docker Hub answers: base images are pulled");
        // Without the marker the question is asked again, nothing worse.
        let _ = std::fs::write(marker, "");
    } else {
        progress::say(
            "Docker Hub does not answer: base images are assembled from Debian packages and installed toolchains",
        );
    }
    answers
}

/// Builds the image and pushes it to the shared place in the registry.
fn assemble(state: &State, engine: &Engine, recipe: &Recipe, args: &[String], keyed: &str) -> Result<()> {
    let programs: Vec<(&str, &str)> = recipe.programs.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
    packages::need(state, &programs)?;
    let scratch = state.logs().join(format!("image-{}", std::process::id()));
    std::fs::create_dir_all(&scratch)?;
    let built = assemble_in(state, engine, recipe, args, keyed, &scratch);
    std::fs::remove_dir_all(&scratch)?;
    built
}

fn assemble_in(
    state: &State,
    engine: &Engine,
    recipe: &Recipe,
    args: &[String],
    keyed: &str,
    scratch: &Path,
) -> Result<()> {
    let (image, log) =
        (&recipe.image, state.logs().join(format!("image-{}.log", keyed.replace(['/', ':'], "-"))));
    let file = scratch.join("Dockerfile");
    std::fs::write(&file, &recipe.text)?;
    let empty = scratch.join("empty");
    std::fs::create_dir_all(&empty)?;
    let mut main = empty;
    let mut build = engine.command("docker");
    build.args(["buildx", "build", "--progress=plain", "--provenance=false", "-f"]).arg(&file);
    for (number, (name, script)) in recipe.contexts.iter().enumerate() {
        let out = scratch.join(number.to_string());
        std::fs::create_dir_all(&out)?;
        let answer = scratch.join(format!("{number}.answer"));
        let mut command = shell(engine, &format!("{{ {script}; }} > \"$ANSWER\""));
        command.env("OUT", &out).env("ANSWER", &answer);
        progress::run(
            &format!("preparing `{name}` of {image}"),
            &mut command,
            &log,
            Duration::from_mins(15),
        )?;
        let folder = std::fs::read_to_string(&answer)?.trim().to_owned();
        if name == "." {
            main = folder.into();
        } else {
            build.args(["--build-context", &format!("{name}={folder}")]);
        }
    }
    for ((name, _), value) in recipe.args.iter().zip(args) {
        build.args(["--build-arg", &format!("{name}={value}")]);
    }
    let reference = format!("{}/{SHARED}/{keyed}", engine.registry);
    build
        .args(["--output", &format!("type=image,name={reference},push=true,rewrite-timestamp=true,compression=zstd,oci-mediatypes=true")])
        .arg(main)
        .env("SOURCE_DATE_EPOCH", "0");
    progress::run(&format!("assembling {image}"), &mut build, &log, Duration::from_mins(20))
}

/// Gives the engine its own names for a shared image; no byte is copied.
fn link(engine: &Engine, keyed: &str, image: &str) -> Result<()> {
    let mut create = engine.command("docker");
    create.args(["buildx", "imagetools", "create", "--prefer-index=false"]);
    for name in [keyed, image] {
        create.args(["--tag", &engine.pushed(name)]);
    }
    create.arg(format!("{}/{SHARED}/{keyed}", engine.registry)).stdin(Stdio::null());
    crate::output(&mut create).with_context(|| format!("naming {image}"))?;
    Ok(())
}

/// Which images of a text get their digest.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pinned {
    /// What is built on.
    Bases,
    /// Frontends as well.
    All,
}

/// `text` with the digest of each image behind its name.
pub(crate) fn pin(engine: &Engine, text: &str, pinned: Pinned) -> Result<String> {
    let mut text = text.to_owned();
    let recipes = recipe::load(&root().join("tests/engine/images"))?;
    let recipes = recipes.iter().filter(|recipe| pinned == Pinned::All || !recipe.always);
    let own = (pinned == Pinned::All).then_some((FRONTEND, FRONTEND));
    for (name, image) in recipes.map(|recipe| (recipe.short_name(), recipe.image.as_str())).chain(own) {
        if text.contains(name) {
            text = text.replace(name, &format!("{name}@{}", engine.digest(image)?));
        }
    }
    Ok(text)
}
