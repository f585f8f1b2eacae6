//! Node and static: packages are fetched once, for development and for production.

use super::{Change, Edit, NO_OP, NOTHING, OTHER_FILES, README, Scenario, change, example};

pub(crate) const EXPRESS: Scenario = Scenario {
    fetches: "deps-production",
    ..example("node-express", &[(".npmrc", "#"), ("src/server.js", "//")])
};

pub(crate) const PAGE: Scenario = example("static-react", &[(".npmrc", "#"), ("src/main.jsx", "//")]);

pub(crate) const SOURCE: Edit = |project| project.append("src/server.js", "\n// Edited.\n");
pub(crate) const SOURCE_OF_PAGE: Edit =
    |project| project.append("src/Counter.jsx", "\nexport const edited = 1;\n");
const TESTS: Edit = |project| project.append("test/app.test.js", "\n// Tested.\n");

/// A release: the app's own version, in both files that have it.
const VERSION: Edit = |project| {
    project.replace("package.json", "\"version\": \"1.0.0\",", "\"version\": \"1.0.1\",")?;
    let lock = project.read("package-lock.json")?;
    let own = "\"name\": \"express-greeter\",\n  \"version\": \"1.0.0\"";
    let of_root = "\"name\": \"express-greeter\",\n      \"version\": \"1.0.0\"";
    let lock = lock.replace(own, &own.replace("1.0.0", "1.0.1"));
    project.write("package-lock.json", &lock.replace(of_root, &of_root.replace("1.0.0", "1.0.1")))
};

const SCRIPT: Edit = |project| project.replace("package.json", "node --watch", "node --watch-path=src");

const DEPENDENCY: Edit = |project| {
    project.replace("package.json", "\"express\": \"^5.1.0\"", "\"express\": \"^5.0.1\"")?;
    project.replace("package-lock.json", "\"express\": \"^5.1.0\"", "\"express\": \"^5.0.1\"")
};

pub(crate) const SCENARIOS: &[Scenario] = &[
    Scenario {
        changes: &[
            NO_OP,
            README,
            OTHER_FILES,
            change("source", &["build", "run"], SOURCE),
            change("new source", &["build", "run"], |p| p.write("src/extra.js", "export {};\n")),
            change("tests", NOTHING, TESTS),
            change("the app's own version", &["build", "dependency-files", "run"], VERSION),
            change("a script", &["build", "dependency-files", "run"], SCRIPT),
            change("a dependency", &["build", "dependency-files", "deps-production", "run"], DEPENDENCY),
            change("packages that were installed beside the source", NOTHING, |project| {
                project.write("node_modules/express/package.json", "{}")
            }),
        ],
        ..EXPRESS
    },
    Scenario {
        name: "full, gated by its tests",
        manifest: "slipway.full.yaml",
        fetches: "deps",
        changes: &[
            NO_OP,
            README,
            Change {
                args: &["--build-arg=GREETING=Hi"],
                ..change("an argument of the image", NOTHING, |_| Ok(()))
            },
            change("tests", &["test"], TESTS),
            change("source", &["build", "run", "test"], SOURCE),
            change("the app's own version", &["build", "dependency-files", "run", "test"], VERSION),
            change(
                "a dependency",
                &["build", "dependency-files", "deps", "deps-production", "run", "test"],
                DEPENDENCY,
            ),
        ],
        ..EXPRESS
    },
    Scenario {
        changes: &[
            NO_OP,
            README,
            OTHER_FILES,
            change("source", &["build", "run"], SOURCE_OF_PAGE),
            change("tests", NOTHING, |p| p.write("src/Counter.test.jsx", "// Tested.\n")),
            change("what an earlier build made", NOTHING, |p| p.write("dist/index.html", "old\n")),
            change("the app's own version", &["build", "dependency-files", "run"], |project| {
                project.replace("package.json", "\"version\": \"1.0.0\",", "\"version\": \"1.0.1\",")
            }),
        ],
        ..PAGE
    },
];
