//! What each call says about each manifest of `calls/`: `NAME.txt` and `NAME.json` beside it. The manifests of
//! `examples/go`, `examples/node-express` and `examples/fastapi` are asked about too. `UPDATE_GOLDEN=1` rewrites what was expected.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]
#![allow(clippy::disallowed_methods, reason = "tests read files")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use buildkit_gateway::contexts as gateway;
use buildkit_llb::{Local, Platform};
use serde_json::Value;
use slipway::calls::{Asked, Call, Setting, ask};
use slipway::catalog::Catalog;
use slipway::diagnostic::{Diagnostics, render_all};
use slipway::facts::{Project, ProjectOfFiles};
use slipway::lower::{Context, Options, Platforms};
use slipway::source::Source;

/// A folder of `calls/`, the manifest that is asked about when it has none of its own, and `--target`.
const CASES: &[(&str, Option<&str>, Option<&str>)] = &[
    ("alpine", None, None),
    ("apps", None, None),
    ("broken", None, None),
    ("cgo-alpine", None, None),
    ("cgo-module", Some("../examples/go/slipway.yaml"), None),
    ("go", Some("../examples/go/slipway.yaml"), None),
    ("go-full", Some("../examples/go/slipway.full.yaml"), None),
    ("go-programs", Some("../examples/go/slipway.yaml"), None),
    ("go-program", Some("../examples/go/slipway.yaml"), Some("worker")),
    ("node", Some("../examples/node-express/slipway.yaml"), None),
    ("odd-paths", None, None),
    ("page", None, None),
    ("python", Some("../examples/fastapi/slipway.yaml"), None),
    ("python-package", None, None),
    ("python-workspace", None, None),
    ("python-full", Some("../examples/fastapi/slipway.full.yaml"), None),
    ("stages", None, None),
    ("target", Some("tests/calls/apps/slipway.yaml"), Some("page.build")),
];

/// A project that is installed.
const PACKAGE: &str = r#"[project]
name = "counter"
version = "1.2.3"
readme = "README.md"
requires-python = ">=3.13"
dependencies = ["psycopg[c]"]

[project.scripts]
counter = "counter:main"

[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"
"#;

fn project(case: &str) -> ProjectOfFiles {
    if case == "python-package" {
        return Project::of_files([
            ("README.md", "Counts.\n"),
            ("pyproject.toml", PACKAGE),
            ("src/counter/__init__.py", "def main():\n    print(1)\n"),
            ("uv.lock", "version = 1\n[[package]]\nname = \"psycopg\"\nversion = \"3.2.0\"\n"),
        ]);
    }
    if case == "cgo-alpine" {
        return Project::of_files([
            ("go.mod", "module example.com/root\n\ngo 1.26\n"),
            ("main.go", "package main\n\nimport \"C\"\n\nfunc main() {}\n"),
        ]);
    }
    if case == "cgo-module" {
        let sum = "github.com/mattn/go-sqlite3 v1.14.32";
        return Project::of_files([
            (
                "go.mod",
                "module example.com/shop\n\ngo 1.26\n\nrequire github.com/mattn/go-sqlite3 v1.14.32\n",
            ),
            ("go.sum", &format!("{sum} h1:a=\n{sum}/go.mod h1:b=\n")),
            ("main.go", "package main\n\nimport _ \"github.com/mattn/go-sqlite3\"\n\nfunc main() {}\n"),
        ]);
    }
    if case.starts_with("go-program") {
        return Project::of_files([
            ("go.mod", "module example.com/shop\n\ngo 1.26\n"),
            ("shop.go", "package shop\n"),
            ("cmd/api/main.go", "package main\n\nfunc main() {}\n"),
            ("cmd/worker/main.go", "package main\n\nfunc main() {}\n"),
        ]);
    }
    if case == "node" {
        return Project::of_files([
            ("package-lock.json", include_str!("../../examples/node-express/package-lock.json")),
            ("package.json", include_str!("../../examples/node-express/package.json")),
            ("src/app.js", include_str!("../../examples/node-express/src/app.js")),
            ("src/server.js", include_str!("../../examples/node-express/src/server.js")),
        ]);
    }
    if case == "page" {
        return Project::of_files([
            (".npmrc", "save-exact=true\n"),
            ("guide.md", "How to.\n"),
            ("index.html", "<h1>Guide</h1>\n"),
            ("nginx.conf", "server {\n  listen 3000;\n  root /usr/share/nginx/html;\n}\n"),
        ]);
    }
    if case == "python-workspace" {
        return Project::of_files([
            ("pyproject.toml", "[tool.uv.workspace]\nmembers = [\"apps/*\", \"libs/*\"]\n"),
            (
                "uv.lock",
                "version = 1\n[[package]]\nname = \"rich\"\nversion = \"14.2.0\"\n[[package]]\nname = \"text\"\n[[package]]\nname = \"pytest\"\n",
            ),
            (
                "apps/shout/pyproject.toml",
                "[project]\nname = \"shout\"\ndependencies = [\"text\", \"pytest\"]\n",
            ),
            ("apps/shout/main.py", "import text\n"),
            (
                "libs/text/pyproject.toml",
                "[project]\nname = \"text\"\nreadme = \"README.md\"\ndependencies = [\"rich\"]\n",
            ),
            ("libs/text/src/text/__init__.py", ""),
            ("libs/other/pyproject.toml", "[project]\nname = \"other\"\n"),
        ]);
    }
    if case.starts_with("python") {
        return Project::of_files([
            (".python-version", include_str!("../../examples/fastapi/.python-version")),
            ("app/main.py", include_str!("../../examples/fastapi/app/main.py")),
            ("pyproject.toml", include_str!("../../examples/fastapi/pyproject.toml")),
            ("uv.lock", include_str!("../../examples/fastapi/uv.lock")),
        ]);
    }
    Project::of_files([
        ("go.mod", include_str!("../../examples/go/go.mod")),
        ("go.sum", include_str!("../../examples/go/go.sum")),
        ("main.go", include_str!("../../examples/go/main.go")),
    ])
}

/// `GREETING` is given where the manifest declares it.
fn setting(manifest: &[u8]) -> Setting {
    let platform = Platform::linux_amd64();
    let given = [("GREETING".to_owned(), "hello".to_owned())];
    let is_declared = String::from_utf8_lossy(manifest).contains("GREETING");
    Setting {
        catalog: Catalog::shipped(),
        given: given.into_iter().filter(|_| is_declared).collect(),
        platforms: Platforms {
            target: platform.clone(),
            build: platform,
            runnable: Vec::new(),
            several: false,
        },
        options: Options::default(),
    }
}

fn context() -> Context {
    Context {
        source: gateway::Context::Directory(Local::new("context", "session").unwrap()),
        ignore: Vec::new(),
        manifest: Some("slipway.yaml".to_owned()),
    }
}

fn asked(call: Call, case: &str, manifest: &[u8], target: Option<&str>) -> (Asked, Source) {
    let mut diagnostics = Diagnostics::default();
    let source = Source::new("slipway.yaml", manifest, &mut diagnostics);
    let project = project(case);
    let read = |question: &_| project.look_up(question);
    (ask(call, &source, target, &setting(manifest), &context(), read, diagnostics), source)
}

#[test]
fn calls_answer() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = root.join("tests/calls");
    let mut golden = Golden::default();
    for (case, manifest, target) in CASES {
        let folder = folder.join(case);
        let manifest = manifest.map_or_else(|| folder.join("slipway.yaml"), |path| root.join(path));
        let manifest = fs::read(manifest).unwrap();
        for &call in Call::ALL.iter().filter(|call| call.without_manifest().is_none()) {
            let name = call.request().trim_start_matches("frontend.");
            let (asked, source) = asked(call, case, &manifest, *target);
            match asked.response {
                Some(response) => {
                    let part =
                        |key| String::from_utf8(response.get(key).unwrap_or_default().to_vec()).unwrap();
                    // The graph is another test's; that its JSON is BuildKit's own, the parity tests show.
                    if call != Call::ConvertLlb {
                        golden.check(folder.join(format!("{name}.txt")), &part("result.txt"));
                        golden.check(folder.join(format!("{name}.json")), &readable(&part("result.json")));
                    }
                    let code = if call == Call::Check && !asked.diagnostics.is_empty() { "1" } else { "" };
                    assert_eq!(part("result.statuscode").replace('0', ""), code, "{case}: {name}");
                }
                None => {
                    let mistakes = render_all(&asked.diagnostics.blocking(), &source);
                    // The same for all calls.
                    golden.check(folder.join("mistakes.txt"), &(mistakes + "\n"));
                }
            }
        }
    }
    golden.finish(&folder);
}

/// Without the contents of files, which are beside it already.
fn readable(json: &str) -> String {
    let mut json: Value = serde_json::from_str(json).unwrap();
    for source in json.get_mut("sources").and_then(Value::as_array_mut).into_iter().flatten() {
        match source.as_object_mut() {
            Some(info) => info["data"] = "...".into(),
            None => *source = "...".into(),
        }
    }
    format!("{json:#}\n")
}

/// Files with what is expected.
#[derive(Default)]
struct Golden {
    seen: BTreeSet<PathBuf>,
    wrong: Vec<String>,
}

impl Golden {
    fn check(&mut self, path: PathBuf, said: &str) {
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, said).unwrap();
        } else {
            match fs::read_to_string(&path) {
                Ok(expected) if expected == said => {}
                Ok(expected) => {
                    self.wrong.push(format!("{}:\n{said}--- expected\n{expected}", path.display()));
                }
                Err(_) => self.wrong.push(format!("{} is missing:\n{said}", path.display())),
            }
        }
        self.seen.insert(path);
    }

    fn finish(mut self, folder: &Path) {
        for case in fs::read_dir(folder).unwrap().map(|case| case.unwrap().path()) {
            let files = fs::read_dir(case).unwrap().map(|file| file.unwrap().path());
            let stray = files.filter(|file| !file.ends_with("slipway.yaml") && !self.seen.contains(file));
            self.wrong.extend(stray.map(|file| format!("{} belongs to no call", file.display())));
        }
        assert!(
            self.wrong.is_empty(),
            "{}\nUPDATE_GOLDEN=1 rewrites what was expected",
            self.wrong.join("\n")
        );
    }
}
