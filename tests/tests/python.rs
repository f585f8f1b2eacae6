//! The Python examples, from a manifest to a service that answers.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::time::Duration;

use e2e::{Container, Engine, Image, Project, Run};
use serde_json::{Value, json};

const SOON: Duration = Duration::from_mins(1);

/// An example, what it is asked, and what it answers.
struct Example {
    name: &'static str,
    question: &'static str,
    answer: fn() -> Value,
    /// Packages that the image must not have.
    development: &'static [&'static str],
}

const EXAMPLES: &[Example] = &[
    Example {
        name: "fastapi",
        question: "/hello/Ada",
        answer: || json!({ "message": "Hello, Ada!" }),
        development: &["pytest", "httpx"],
    },
    Example {
        name: "flask",
        question: "/prices/pear",
        answer: || json!({ "thing": "pear", "price": 4 }),
        development: &["pytest"],
    },
    Example {
        name: "django",
        question: "/polls/1",
        answer: || json!({ "question": "Tea or coffee?" }),
        development: &["pytest", "pytest_django"],
    },
];

fn get(container: &mut Container, path: &str) -> Value {
    let answer = container.get(8000, path, SOON).unwrap();
    serde_json::from_str(&answer).unwrap_or_else(|error| panic!("{path} answered `{answer}`: {error}"))
}

/// What every image of an example is, whatever its manifest says besides.
fn check_service(example: &Example, image: &Image) {
    let mut container = image.start(&Run::default()).unwrap();
    assert_eq!(get(&mut container, example.question), (example.answer)());
    let about = get(&mut container, "/about");
    assert_eq!(
        (&about["user"], &about["group"], &about["read_only_root"]),
        (&json!(10001), &json!(10001), &json!(true)),
        "{}: {about}",
        example.name
    );
    let ended = container.stop(Duration::from_secs(2)).unwrap();
    assert_eq!(ended.code, Some(0), "{}: {ended:?}", example.name);
}

/// No package manager and no compiler beyond the base, no development dependencies, no tests; everything is compiled.
fn check_files(example: &Example, image: &Image) {
    let paths: Vec<String> =
        image.paths().unwrap().into_iter().map(|path| path.to_str().unwrap().to_owned()).collect();
    let packages = "opt/venv/lib/python3.13/site-packages/";
    assert!(paths.iter().any(|path| path.starts_with(packages)), "{}", example.name);
    for absent in ["pip", "uv", "setuptools", "pipenv"].iter().chain(example.development) {
        let found = paths.iter().find(|path| {
            path.strip_prefix(packages).is_some_and(|path| path == *absent)
                || **path == format!("opt/venv/bin/{absent}")
        });
        assert_eq!(found, None, "{}", example.name);
    }
    let in_app = |what: &str| paths.iter().any(|path| path.starts_with("app/") && path.contains(what));
    assert!(in_app(".cpython-313.pyc"), "{}", example.name);
    for absent in ["test", ".lock", "requirements", "README", "slipway.yaml"] {
        assert!(!in_app(absent), "{}: {absent}", example.name);
    }
    for absent in ["opt/tools", "src", "cache", "root/.cache", "usr/bin/gcc"] {
        assert!(!paths.iter().any(|path| path.as_str() == absent), "{}: {absent}", example.name);
    }
}

#[test]
fn one_line_is_a_service_that_runs() {
    let engine = Engine::connect();
    for example in EXAMPLES {
        let project = Project::example(example.name).unwrap();
        let (image, _) = engine.build(project.path()).file("slipway.yaml").image().unwrap();
        let config = &image.config["config"];
        assert_eq!(config["User"], "10001:10001");
        assert_eq!(config["WorkingDir"], "/app");
        assert_eq!(config["ExposedPorts"], json!({ "8000/tcp": {} }));
        assert!(image.texts("Env").contains(&"PYTHONUNBUFFERED=1".to_owned()), "{config}");
        let from = engine.build(project.path()).file("slipway.yaml").args(["--target=build"]);
        from.run().unwrap().success().unwrap();
        check_files(example, &image);
        check_service(example, &image);
    }
}

#[test]
fn the_full_manifest_is_a_service_that_was_tested() {
    let engine = Engine::connect();
    for example in EXAMPLES {
        let project = Project::example(example.name).unwrap();
        let (image, _) = engine.build(project.path()).file("slipway.full.yaml").image().unwrap();
        check_files(example, &image);
        check_service(example, &image);
    }
}

/// What is read is written down, so that the manifest says the same without reading.
#[test]
fn what_init_writes_and_what_plan_prints_is_the_same_build() {
    let engine = Engine::connect();
    for example in EXAMPLES {
        let project = Project::example(example.name).unwrap();
        let build = || engine.build(project.path()).file("slipway.yaml");
        build().run().unwrap().success().unwrap();
        let one_line = project.read("slipway.yaml").unwrap();
        for call in ["--call=init", "--call=plan"] {
            let written = build().args([call]).run().unwrap().success().unwrap().stdout;
            project.write("slipway.yaml", &written).unwrap();
            let again = build().run().unwrap().success().unwrap();
            assert_eq!(again.steps.ran(), Vec::<&str>::new(), "{}: {call}:\n{written}", example.name);
            project.write("slipway.yaml", &one_line).unwrap();
        }
    }
}

#[test]
fn a_project_with_a_build_system_is_installed() {
    let engine = Engine::connect();
    let project = Project::empty().unwrap();
    project.write("slipway.yaml", e2e::project::SYNTAX).unwrap();
    project
        .write(
            "pyproject.toml",
            "[project]\nname = \"counter\"\nversion = \"1.2.3\"\nreadme = \"README.md\"\nrequires-python = \"==3.13.*\"\n\
             [project.scripts]\ncounter = \"counter:main\"\n[build-system]\nrequires = [\"hatchling==1.27.0\"]\n\
             build-backend = \"hatchling.build\"\n",
        )
        .unwrap();
    project.write("README.md", "Counts.\n").unwrap();
    let source = "from importlib.metadata import version\n\n\ndef main():\n    print(\"counter\", version(\"counter\"), __file__)\n";
    project.write("src/counter/__init__.py", source).unwrap();

    let (image, _) = engine.build(project.path()).file("slipway.yaml").image().unwrap();
    let ended = image.run(&Run::default(), SOON).unwrap();
    let module = "/app/lib/counter/__init__.py";
    assert_eq!(
        (ended.stdout.trim(), ended.code),
        (&*format!("counter 1.2.3 {module}"), Some(0)),
        "{}",
        ended.stderr
    );
    // What it was installed by, and when, is not in the image.
    let paths = image.paths().unwrap();
    assert!(paths.iter().any(|path| path.ends_with("counter-1.2.3.dist-info/RECORD")));
    assert!(!paths.iter().any(|path| path.ends_with("uv_cache.json") || path.ends_with("app/lib/.lock")));

    // A script beside the package is there as well, and imports what is installed.
    project.write("main.py", "import counter\n\ncounter.main()\n").unwrap();
    let manifest = format!("{}run: {{ entrypoint: [python, main.py] }}\n", e2e::project::SYNTAX);
    project.write("slipway.yaml", &manifest).unwrap();
    let (image, _) = engine.build(project.path()).file("slipway.yaml").image().unwrap();
    let ended = image.run(&Run::default(), SOON).unwrap();
    assert_eq!(ended.stdout.trim(), format!("counter 1.2.3 {module}"), "{}", ended.stderr);
}

/// A stale lock is a mistake of the project, told before anything is installed.
#[test]
fn a_stale_lock_is_told_at_the_line_that_it_lacks() {
    let engine = Engine::connect();
    let project = Project::example("fastapi").unwrap();
    project.replace("pyproject.toml", "\"uvicorn>=0.34\"", "\"uvicorn>=0.34\", \"rich\"").unwrap();
    let outcome = engine.build(project.path()).file("slipway.yaml").run().unwrap();
    assert!(!outcome.ok);
    assert!(
        outcome.message.contains("pyproject.toml:5 StaleLock: `uv.lock` has no entry for `rich`"),
        "{}",
        outcome.message
    );
    assert!(outcome.message.contains("help: run `uv lock` and commit `uv.lock`"), "{}", outcome.message);
    assert!(outcome.steps.find("[deps").is_none());
}

fn case(name: &str) -> Project {
    Project::copy_of(&std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("cases/python").join(name))
        .unwrap()
}

#[test]
fn an_app_of_a_workspace_has_the_projects_that_it_is_made_from() {
    let engine = Engine::connect();
    let project = case("uv-workspace");
    let build = || engine.build(project.path()).file("slipway.yaml");
    let (image, outcome) = build().image().unwrap();
    assert!(outcome.steps.find("python -m pytest").is_some());
    let ended = image.run(&Run::default(), SOON).unwrap();
    let expected = "XN--BCHER-KVA.EXAMPLE text 0.2.0 /app/lib/text/__init__.py";
    assert_eq!((ended.stdout.trim(), ended.code), (expected, Some(0)), "{}", ended.stderr);
    let paths = image.paths().unwrap();
    let own = paths.iter().filter(|path| path.starts_with("app") || path.starts_with("opt"));
    let names: Vec<_> = own.filter_map(|path| path.file_name()?.to_str()).collect();
    for absent in ["six.py", "other.py", "pytest", "test_shout.py", "uv.lock"] {
        assert!(!names.contains(&absent), "{absent}");
    }

    // What the app is made from is source, and what else the workspace has is nothing to it.
    project
        .append("packages/text/src/text/__init__.py", &format!("\n# {}\n", e2e::project::unique()))
        .unwrap();
    let ran = |outcome: &e2e::Outcome| outcome.steps.ran().join("\n");
    let edited = ran(&build().run().unwrap().success().unwrap());
    assert!(edited.contains("[build ") && edited.contains("[test "), "{edited}");
    assert!(!edited.contains("[deps") && !edited.contains("[dependency-files"), "{edited}");
    project.append("packages/other/other.py", &format!("# {}\n", e2e::project::unique())).unwrap();
    assert_eq!(ran(&build().run().unwrap().success().unwrap()), "");
}

/// The same project, as data and as a program.
#[test]
fn projects_of_setuptools_alone_are_installed_with_what_they_ask_for() {
    let engine = Engine::connect();
    let data = "[metadata]\nname = greet\nversion = attr: greet.__version__\nlong_description = file: README.md\n\
                [options]\npackages = find:\ninstall_requires =\n    idna==3.11\n\
                [options.entry_points]\nconsole_scripts =\n    greet = greet:main\n";
    let program = "from setuptools import setup\nsetup(name=\"greet\", version=\"1.2.3\", packages=[\"greet\"], install_requires=[\"idna==3.11\"],\n\
                   long_description=open(\"README.md\").read(), entry_points={\"console_scripts\": [\"greet = greet:main\"]})\n";
    let source = "__version__ = \"1.2.3\"\n\n\ndef main():\n    import idna\n    from importlib.metadata import version\n\n    \
                  print(idna.encode(\"b\u{fc}cher.example\").decode(), version(\"greet\"))\n";
    for (file, text) in [("setup.cfg", data), ("setup.py", program)] {
        let project = Project::of_manifest("version: \"3.13\"\nlock: none\n").unwrap();
        project.write(file, text).unwrap();
        project.write("README.md", "Greets.\n").unwrap();
        project.write("greet/__init__.py", source).unwrap();
        let (image, _) = engine.build(project.path()).file("slipway.yaml").image().unwrap();
        let ended = image.run(&Run::default(), SOON).unwrap();
        let expected = "xn--bcher-kva.example 1.2.3";
        assert_eq!((ended.stdout.trim(), ended.code), (expected, Some(0)), "{file}: {}", ended.stderr);
    }
}

/// Those that no example has. Their development dependencies are there for the tests alone.
#[test]
fn other_package_managers_install_what_their_locks_say() {
    let engine = Engine::connect();
    for manager in ["pdm", "poetry"] {
        let project = case(manager);
        let (image, outcome) = engine.build(project.path()).file("slipway.yaml").image().unwrap();
        assert!(outcome.steps.find("python -m pytest").is_some(), "{manager}");
        let ended = image.run(&Run::default(), SOON).unwrap();
        assert_eq!(
            (ended.stdout.trim(), ended.code),
            ("xn--bcher-kva.example", Some(0)),
            "{manager}: {}",
            ended.stderr
        );
        let paths = image.paths().unwrap();
        let names = paths.iter().filter_map(|path| path.file_name()?.to_str());
        for name in names {
            assert!(!matches!(name, "pytest" | "pdm" | "poetry" | "test_it.py"), "{manager}: {name}");
        }
    }
}
