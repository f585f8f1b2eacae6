//! The secret `ca`: it changes what steps trust, and nothing that is kept.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::path::{Path, PathBuf};

use e2e::build::host_certificates;
use e2e::image::holds;
use e2e::project::unique;
use e2e::{Build, Engine, Image, Project};
use tempfile::TempDir;

/// A bundle of the machine's certificates, which a line of our own tells from all others.
struct Bundle {
    folder: TempDir,
    mark: String,
}

impl Bundle {
    fn new() -> Bundle {
        let (folder, mark) = (tempfile::tempdir().unwrap(), unique());
        let certificates = host_certificates().map(|path| std::fs::read_to_string(path).unwrap());
        let text = format!("# {mark}\n{}", certificates.unwrap_or_default());
        std::fs::write(folder.path().join("ca.pem"), text).unwrap();
        Bundle { folder, mark }
    }

    fn secret(&self) -> String {
        format!("--secret=id=ca,src={}", self.folder.path().join("ca.pem").display())
    }

    /// Texts that are in this bundle and in no image: our own mark, and what the machine's
    /// administrator put beside the public certificates.
    fn private_texts(&self, public: &str) -> Vec<String> {
        let text = std::fs::read_to_string(self.folder.path().join("ca.pem")).unwrap();
        let lines = text.lines().filter(|line| line.len() == 64 && !public.contains(line)).take(5);
        [self.mark.clone()].into_iter().chain(lines.map(str::to_owned)).collect()
    }
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_dir() {
            files(&entry.path(), found);
        } else {
            found.push(entry.path());
        }
    }
}

/// The Go example as no run before had it, with another bundle or none.
fn build<'a>(engine: &'a Engine, project: &Project, bundle: Option<&Bundle>) -> Build<'a> {
    let build = engine.build(project.path()).file("slipway.yaml").without_ca();
    let secret = bundle.map(Bundle::secret);
    build.args(secret.iter().map(String::as_str))
}

fn never_built() -> Project {
    let project = Project::example("go").unwrap();
    let unique = unique();
    project.append("go.mod", &format!("\n// {unique}\n")).unwrap();
    project.append("main.go", &format!("\n// {unique}\n")).unwrap();
    project
}

#[test]
fn builds_with_it_without_it_and_with_another_share_every_step() {
    let engine = Engine::connect();
    let (project, bundle) = (never_built(), Bundle::new());
    let first = build(&engine, &project, Some(&bundle)).run().unwrap().success().unwrap();
    assert!(first.steps.ran().iter().any(|step| step.contains("download modules")), "{first:?}");
    for (name, other) in [("without", None), ("with another", Some(&Bundle::new()))] {
        let outcome = build(&engine, &project, other).run().unwrap().success().unwrap();
        assert_eq!(outcome.steps.ran(), Vec::<&str>::new(), "{name}");
    }
}

#[test]
fn no_byte_of_it_is_in_what_is_exported() {
    let engine = Engine::connect();
    let (project, bundle) = (never_built(), Bundle::new());
    let cache = tempfile::tempdir().unwrap();
    let to = format!("--cache-to=type=local,mode=max,dest={}", cache.path().display());
    let build = build(&engine, &project, Some(&bundle)).args([&to, "--provenance=mode=max"]);
    let (image, outcome) = build.image().unwrap();
    assert!(!outcome.steps.ran().is_empty());

    let public = tempfile::tempdir().unwrap();
    image.unpack(public.path()).unwrap();
    let public = std::fs::read_to_string(public.path().join("etc/ssl/certs/ca-certificates.crt")).unwrap();
    let texts = bundle.private_texts(&public);
    let mut cached = Vec::new();
    files(cache.path(), &mut cached);
    // Base, modules, program, what the image adds, and their list; beside the image's own provenance.
    assert!(cached.len() > 5, "{cached:?}");
    assert!(!image.blobs_with(b"https://slsa.dev/provenance").unwrap().is_empty());
    let exported = image.blobs.iter().map(|(digest, blob)| (digest.clone(), blob.clone()));
    let cached = cached.iter().map(|path| (path.display().to_string(), std::fs::read(path).unwrap()));
    let logs = outcome.steps.steps.iter().map(|step| (step.name.clone(), step.log.clone().into_bytes()));
    let texts: Vec<&[u8]> = texts.iter().map(String::as_bytes).collect();
    for (name, bytes) in exported.chain(cached).chain(logs) {
        assert!(!holds(&bytes, &texts).unwrap(), "{name}");
    }
}

/// Cargo has a setting of its own for a bundle.
#[test]
fn cargo_fetches_through_it() {
    let engine = Engine::connect();
    let project = Project::of_manifest(&format!(
        r#"stages:
  fetch:
    from: rust:1.95-bookworm
    working_dir: /src
    outputs: {{ crates: /crates }}
    steps:
      - file: {{ path: /src/src/lib.rs, content: "" }}
      - file:
          path: /src/Cargo.toml
          content: |
            # {}
            [package]
            name = "fetching"
            edition = "2024"
            [dependencies]
            itoa = "=1.0.15"
      - run: [sh, -euc, "cargo vendor --quiet /crates >/dev/null"]
"#,
        unique()
    ))
    .unwrap();
    let (image, _) = engine.build(project.path()).file("slipway.yaml").image().unwrap();
    assert!(image.paths().unwrap().contains(Path::new("crates/itoa/Cargo.toml")));
}

/// `apt` keeps the system's bundle, and finds the secret at a path of its own.
#[test]
fn apt_installs_beside_it() {
    let engine = Engine::connect();
    let project = Project::of_manifest(&format!(
        r#"stages:
  tools:
    from: debian:bookworm-slim
    steps:
      - run:
          - sh
          - -euc
          - |
            # install, {}
            test ! -e /etc/ssl/certs/ca-certificates.crt
            if [ -e /run/slipway/ca.pem ]; then
              echo 'Acquire::https::CAInfo "/run/slipway/ca.pem";' >/etc/apt/apt.conf.d/slipway
            fi
            apt-get update -q
            apt-get install -qy --no-install-recommends ca-certificates
            rm -f /etc/apt/apt.conf.d/slipway
"#,
        unique()
    ))
    .unwrap();
    let bundle = Bundle::new();
    let build =
        engine.build(project.path()).file("slipway.yaml").without_ca().args([bundle.secret().as_str()]);
    let (image, _): (Image, _) = build.image().unwrap();
    let paths = image.paths().unwrap();
    assert!(paths.contains(Path::new("etc/ssl/certs/ca-certificates.crt")));
    assert_eq!(image.blobs_with(bundle.mark.as_bytes()).unwrap(), Vec::<&str>::new());
}
