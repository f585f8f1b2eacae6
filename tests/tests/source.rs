//! What of the build context is source, on a real engine: keys, what `.dockerignore` says, links.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::time::Duration;

use e2e::{Engine, Image, Project};

fn image_of(project: &Project) -> Image {
    Engine::connect()
        .build(project.path())
        .file("slipway.yaml")
        .limit(Duration::from_mins(3))
        .image()
        .unwrap()
        .0
}

fn paths(image: &Image) -> Vec<String> {
    image.paths().unwrap().iter().map(|path| path.display().to_string()).collect()
}

#[test]
fn a_stage_of_the_context_is_the_source() {
    let project = Project::of_manifest("stages:\n  run:\n    from: context\n").unwrap();
    for file in ["main.c", "README.md", ".env", "keys/a.key", ".git/HEAD"] {
        project.write(file, "").unwrap();
    }
    let image = image_of(&project);
    assert_eq!(paths(&image), ["keys", "main.c"]);
}

#[test]
fn what_dockerignore_lets_in_again_is_no_more_than_source() {
    let project = Project::of_manifest(
        r#"stages:
  run:
    from: scratch
    steps:
      - copy: { from: context, to: /all }
      - copy: { from: context, source: src, exclude: [a.txt], to: /src }
      - copy: { from: context, include: ["**/*"], to: /wild }
"#,
    )
    .unwrap();
    project.write(".dockerignore", "*\n!src\n").unwrap();
    for file in ["main.c", "src/main.c", "src/a.txt", "src/.env", "src/tls.key", "src/sub/.npmrc"] {
        project.write(file, "").unwrap();
    }
    let image = image_of(&project);
    let files: Vec<_> = paths(&image).into_iter().filter(|path| path.contains('.')).collect();
    assert_eq!(files, ["all/src/a.txt", "all/src/main.c", "src/main.c", "wild/src/a.txt", "wild/src/main.c"]);
}

#[test]
fn links_of_the_context_lead_to_what_they_name() {
    let project = Project::of_manifest(
        r"stages:
  run:
    from: scratch
    steps:
      - copy: { from: context, include: [requirements.txt], to: /named }
      - copy: { from: context, include: [top/b.txt], to: /through }
      - copy: { from: context, source: top, to: /folder }
",
    )
    .unwrap();
    project.write("requirements/prod.txt", "prod").unwrap();
    project.write("src/sub/b.txt", "b").unwrap();
    for (target, link) in [("requirements/prod.txt", "requirements.txt"), ("src/sub", "top")] {
        std::os::unix::fs::symlink(target, project.path().join(link)).unwrap();
    }
    let image = image_of(&project);
    assert_eq!(image.text_of("named/requirements.txt").unwrap(), "prod");
    assert_eq!(image.text_of("through/top/b.txt").unwrap(), "b");
    assert_eq!(image.text_of("folder/b.txt").unwrap(), "b");
}
