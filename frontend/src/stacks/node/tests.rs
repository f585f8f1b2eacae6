//! What is written for small projects, where it differs from what the examples show.

use crate::catalog::Catalog;
use crate::diagnostic::{Diagnostics, render_all};
use crate::expand::expand;
use crate::facts::Project;
use crate::manifest::Manifest;
use crate::plan::print;
use crate::source::Source;

/// The plan of a project, and what is said about it. The manifest stands below its first line.
fn plan(manifest: &str, files: &[(&str, &str)]) -> (String, String) {
    let mut diagnostics = Diagnostics::default();
    let text = format!("# syntax=slipway/frontend:1\n{manifest}\n");
    let source = Source::new("slipway.yaml", text.as_bytes(), &mut diagnostics);
    let manifest = Manifest::parse(&source, &mut diagnostics);
    let (expanded, said) = Project::of_files(files.iter().copied()).conclude(|project| {
        let mut said = Diagnostics::default();
        let catalog = Catalog::shipped();
        let expanded = expand(&manifest.apps[0], project, &catalog, source.first_line(), &mut said);
        (expanded, said)
    });
    diagnostics.extend(said);
    let plan = expanded.map(|expanded| print(&expanded.plan, "# a plan"));
    (plan.unwrap_or_default(), render_all(&diagnostics.sorted(), &source))
}

/// A stage of a plan.
fn stage<'a>(plan: &'a str, name: &str) -> &'a str {
    let start = plan.find(&format!("\n  {name}:\n")).unwrap_or_else(|| panic!("no stage {name}:\n{plan}"));
    let rest = &plan[start + 1..];
    let end = rest.match_indices("\n  ").find(|(at, _)| !rest[at + 3..].starts_with([' ', '-']));
    &rest[..end.map_or(rest.len(), |(at, _)| at)]
}

#[track_caller]
fn has(text: &str, wanted: &[&str]) {
    for wanted in wanted {
        assert!(text.contains(wanted), "no `{wanted}` in:\n{text}");
    }
}

#[track_caller]
fn lacks(text: &str, unwanted: &[&str]) {
    for unwanted in unwanted {
        assert!(!text.contains(unwanted), "`{unwanted}` in:\n{text}");
    }
}

const COMPILED: &[(&str, &str)] = &[
    (
        "package.json",
        r#"{ "scripts": { "start": "node index.js" }, "dependencies": { "better-sqlite3": "^11" } }"#,
    ),
    (
        "package-lock.json",
        r#"{ "lockfileVersion": 3, "packages": {
          "": { "dependencies": { "better-sqlite3": "^11" } },
          "node_modules/better-sqlite3": { "hasInstallScript": true, "dependencies": { "bindings": "1" } },
          "node_modules/bindings": {} } }"#,
    ),
    ("index.js", ""),
];

#[test]
fn packages_are_installed_in_the_image_of_node_that_the_app_runs_on() {
    let (text, said) = plan("run: { from: node:20-alpine }", COMPILED);
    has(&said, &["EndOfLife"]);
    has(
        stage(&text, "toolchain"),
        &["from: node:20-alpine", "\n          - g++\n          - make\n          - python3"],
    );
    has(stage(&text, "deps"), &["from: toolchain\n"]);
    let (text, said) = plan("run: { from: node:24-bookworm-slim }", COMPILED);
    assert_eq!((said.as_str(), plan("", COMPILED).0), ("", text.clone()));
    has(stage(&text, "deps"), &["from: node:24-bookworm\n"]);
    let (text, said) = plan("run: { from: gcr.io/distroless/nodejs22-debian12:nonroot }", COMPILED);
    lacks(&said, &["UnknownBase"]);
    has(stage(&text, "deps"), &["from: node:22-bookworm\n"]);
    let (_, said) = plan("run: { from: debian:bookworm-slim }", COMPILED);
    has(&said, &["UnknownBase", "`better-sqlite3` is not the same everywhere"]);
    let (_, said) = plan("version: '22'\nrun: { from: node:24-alpine }", COMPILED);
    has(&said, &["ConflictingKeys: `version` is Node `22`, and `run.from` is Node `24`"]);
}

/// A workspace with an app, a member that is built, one that is not, and one that only development needs.
const WORKSPACE: &[(&str, &str)] = &[
    (
        "package.json",
        r#"{ "workspaces": ["apps/*", "packages/*"], "scripts": { "postinstall": "patch-package" } }"#,
    ),
    (
        "package-lock.json",
        r#"{ "lockfileVersion": 3, "packages": { "": {},
          "apps/api": { "dependencies": { "express": "^5", "@x/db": "*" }, "devDependencies": { "@x/lint": "*" } },
          "packages/db": { "dependencies": { "@prisma/client": "^6", "@x/text": "*" }, "devDependencies": { "prisma": "^6" } },
          "node_modules/express": {}, "node_modules/@prisma/client": { "hasInstallScript": true },
          "node_modules/prisma": { "dev": true } } }"#,
    ),
    (
        "apps/api/package.json",
        r#"{ "name": "api", "scripts": { "build": "tsc", "start": "node dist/index.js" },
          "dependencies": { "express": "^5", "@x/db": "*" }, "devDependencies": { "@x/lint": "*" } }"#,
    ),
    (
        "packages/db/package.json",
        r#"{ "name": "@x/db", "main": "dist/index.js", "scripts": { "build": "tsc" },
          "dependencies": { "@prisma/client": "^6", "@x/text": "*" }, "devDependencies": { "prisma": "^6" } }"#,
    ),
    ("packages/db/prisma/schema.prisma", "generator client { provider = \"prisma-client-js\" }"),
    ("packages/text/package.json", r#"{ "name": "@x/text", "main": "index.js" }"#),
    ("packages/lint/package.json", r#"{ "name": "@x/lint" }"#),
    ("apps/web/package.json", r#"{ "name": "web" }"#),
];

#[test]
fn members_that_an_app_needs_are_in_its_image_and_scripts_run_where_the_source_is() {
    let (text, said) = plan("root: apps/api", WORKSPACE);
    assert_eq!(said, "");
    let build = stage(&text, "build");
    // What is generated into packages that are not the same everywhere is for the platform of the image.
    lacks(build, &["platform:"]);
    has(
        build,
        &[
            "touch /tmp/started\n            (cd /src/packages/db && npm exec --no -- prisma generate)\n            \
             (cd /src && npm run postinstall)\n            (cd /src/packages/db && npm run build)\n            \"$@\"\n",
            "cp -R --parents dist package.json /app/apps/api\n",
            "cd /src/packages/text\n            mkdir -p /app/packages/text\n            tar -cf - ",
            "cd /src/packages/db\n            mkdir -p /app/packages/db\n            cp -R --parents package.json /app/packages/db\n",
            " dist i18n locales migrations prisma public static templates views; do\n",
            "  if [ -e \"$path\" ]; then cp -R --parents \"$path\" /app/packages/db; fi\n",
            "find node_modules packages/text/node_modules packages/db/node_modules apps/api/node_modules ",
        ],
    );
    lacks(build, &["cd /src/packages/lint"]);
    let (tests, _) = plan("root: apps/api\ntest: { command: [node, --test] }", WORKSPACE);
    has(
        stage(&tests, "test"),
        &[
            "(cd /src && npm run postinstall)\n            (cd /src/packages/db && npm run build)\n            exec \"$@\"\n",
        ],
    );
    has(stage(&text, "deps"), &["modules-packages-lint: "]);
    lacks(stage(&text, "deps-production"), &["modules-packages-lint: "]);
    lacks(stage(&text, "run"), &["modules-packages-lint"]);
}

#[test]
fn documents_of_a_workspace_may_be_an_app() {
    let lock = r#"{ "lockfileVersion": 3, "packages": { "": {}, "docs": { "devDependencies": { "vitepress": "^1" } },
      "node_modules/vitepress": { "dev": true } } }"#;
    let of = |folder: &str| {
        let package = r#"{ "name": "x", "scripts": { "build": "vitepress build" }, "devDependencies": { "vitepress": "^1" } }"#;
        let workspace = format!(r#"{{ "workspaces": ["{folder}"] }}"#);
        let (text, said) = plan(
            &format!("root: {folder}\nrun: {{ entrypoint: [node, a.js] }}"),
            &[
                ("package.json", workspace.as_str()),
                ("package-lock.json", lock.replace("\"docs\"", &format!("\"{folder}\"")).as_str()),
                (format!("{folder}/package.json").as_str(), package),
            ],
        );
        assert_eq!(said, "");
        stage(&text, "build").to_owned()
    };
    has(&of("site"), &["- \"!**/*.md\"", "- \"docs/**/*.md\""]);
    lacks(&of("docs"), &["- \"docs/**/*.md\""]);
    has(&of("docs"), &["- \"docs/README*.md\""]);
}

#[test]
fn scripts_of_an_installation_run_without_a_build_too() {
    let package = r#"{ "scripts": { "start": "node index.js", "postinstall": "npm run css", "prepare": "husky || true" },
      "dependencies": { "express": "^5" } }"#;
    let lock = r#"{ "lockfileVersion": 3, "packages": { "": { "dependencies": { "express": "^5" } }, "node_modules/express": {} } }"#;
    let (text, said) =
        plan("build: { include: [page.md] }", &[("package.json", package), ("package-lock.json", lock)]);
    assert_eq!(said, "");
    let build = stage(&text, "build");
    has(
        build,
        &["npm run postinstall\n", "tar -cf - ", "copy: { from: context, include: [page.md], to: /app }"],
    );
    lacks(build, &["\"$@\"", "prepare"]);
    let (text, _) =
        plan("run: { from: node:24-alpine }", &[("package.json", package), ("package-lock.json", lock)]);
    has(stage(&text, "build"), &["from: node:24-alpine\n", "touch /tmp/started\n            sleep 1\n"]);
}

#[test]
fn packages_that_run_scripts_are_installed_for_each_platform() {
    let lock = |package: &str| {
        format!(
            "lockfileVersion: '9.0'\nimporters:\n  .:\n    dependencies:\n      a: {{ specifier: '1', version: 1.0.0 }}\npackages:\n  a@1.0.0: {{}}\n  '{package}': {{}}\n"
        )
    };
    let package =
        r#"{ "main": "a.js", "dependencies": { "a": "1" }, "pnpm": { "onlyBuiltDependencies": ["runs"] } }"#;
    for (locked, per_platform) in [
        ("prebuild-install@7.1.3", true),
        ("@prisma/engines@6.0.0", true),
        ("runs@1.0.0", true),
        ("b@1.0.0", false),
    ] {
        let (text, said) = plan("", &[("package.json", package), ("pnpm-lock.yaml", &lock(locked))]);
        assert_eq!(said, "");
        assert_eq!(!stage(&text, "deps").contains("platform:"), per_platform, "{locked}");
    }
}

#[test]
fn files_that_an_installation_reads_are_there() {
    let files = |package: &str, others: &[(&str, &str)], expected: &[&str]| {
        let package = [("package.json", package)];
        let files: Vec<_> = package.iter().chain(others).copied().collect();
        let (text, said) = plan("lock: none\nrun: { entrypoint: [node, a.js] }", &files);
        let said = said.lines().filter(|line| line.contains("error")).collect::<Vec<_>>();
        assert!(said.is_empty(), "{said:?}");
        has(
            stage(&text, "dependency-files"),
            &expected
                .iter()
                .map(|file| format!("- {file}\n"))
                .collect::<Vec<_>>()
                .iter()
                .map(String::as_str)
                .collect::<Vec<_>>(),
        );
        text
    };
    files(
        r#"{ "packageManager": "pnpm@10.1.0", "pnpm": { "patchedDependencies": { "a@1": "patches/a.patch" } }, "dependencies": { "a": "1", "b": "file:./copied" } }"#,
        &[("pnpm-workspace.yaml", "patchedDependencies:\n  b@1: ./other/b.patch\n")],
        &["patches/a.patch", "other/b.patch", "copied"],
    );
    files(
        r#"{ "packageManager": "yarn@4.1.0", "resolutions": { "b": "patch:b@npm%3A1#./b.patch" },
          "dependencies": { "a": "patch:a@npm%3A1#~/.yarn/patches/a.patch&optional!builtin<compat/a>" } }"#,
        &[(".yarnrc.yml", "plugins:\n  - path: .yarn/plugins/x.cjs\n    spec: x\n  - y.cjs\n")],
        &[".yarn/patches/a.patch", "b.patch", ".yarn/plugins/x.cjs", "y.cjs"],
    );
    files(
        r#"{ "packageManager": "bun@1.3.0", "dependencies": { "a": "1" } }"#,
        &[("bunfig.toml", "")],
        &["bunfig.toml"],
    );
    let text = files(
        r#"{ "scripts": { "build": "tsc" }, "dependencies": { "lib": "file:./lib", "x": "file:vendor/x.tgz" } }"#,
        &[
            ("lib/package.json", r#"{ "name": "lib", "dependencies": { "more": "file:../more" } }"#),
            ("more/package.json", "{}"),
        ],
        &["lib/package.json", "more/package.json", "vendor/x.tgz"],
    );
    // npm links them.
    has(stage(&text, "build"), &["cd /src/more\n", "cd /src/lib\n"]);
    let (_, said) = plan(
        "root: app\nlock: none",
        &[("app/package.json", r#"{ "main": "a.js", "dependencies": { "lib": "file:../lib" } }"#)],
    );
    has(&said, &["`lib` is taken from `../lib`, which lies outside of `app`"]);
}

#[test]
fn members_that_an_app_is_not_made_from_are_no_input_of_it() {
    let (text, _) = plan("root: apps/api", WORKSPACE);
    has(stage(&text, "build"), &["- apps/api/dist\n", "- packages/db/dist\n", "- apps/web\n"]);
    lacks(stage(&text, "build"), &["- packages/text\n", "- packages/lint\n"]);
}

#[test]
fn an_app_that_is_the_root_of_its_workspace_has_all_of_it() {
    let package = r#"{ "workspaces": ["server", "client"], "scripts": { "build": "npm run build --workspaces", "start": "node server/index.js" } }"#;
    let member = r#"{ "scripts": { "build": "tsc" }, "dependencies": { "express": "^5" } }"#;
    let lock = r#"{ "lockfileVersion": 3, "packages": { "": {}, "server": { "dependencies": { "express": "^5" } },
      "client": { "dependencies": { "express": "^5" } }, "node_modules/express": {} } }"#;
    let (text, said) = plan(
        "",
        &[
            ("package.json", package),
            ("package-lock.json", lock),
            ("server/package.json", member),
            ("client/package.json", member),
        ],
    );
    assert_eq!(said, "");
    has(stage(&text, "dependency-files"), &["client/package.json", "server/package.json"]);
    has(stage(&text, "run"), &["modules-server", "modules-client"]);
    lacks(stage(&text, "build"), &["- client\n", "(cd /src/client && npm run build)"]);
}

#[test]
fn folders_have_packages_of_their_own_whatever_they_are_called() {
    let long = format!("packages/{}", "x".repeat(150));
    let folders = ["packages/a.b", "packages/a-b", "packages/A_b", "packages/a/b-2", "packages/b+c", &long];
    let asked: Vec<_> = (0..folders.len()).map(|n| format!(r#""p{n}": "*""#)).collect();
    let asked = format!(r#""dependencies": {{ "express": "^5", {} }}"#, asked.join(", "));
    let app = format!(r#"{{ "main": "dist/a.js", "scripts": {{ "build": "tsc" }}, {asked} }}"#);
    let lock = format!(
        r#"{{ "lockfileVersion": 3, "packages": {{ "": {{}}, "app": {{ {asked} }}, "node_modules/express": {{}} }} }}"#
    );
    let members = folders.iter().enumerate().map(|(n, folder)| {
        (format!("{folder}/package.json"), format!(r#"{{ "name": "p{n}", "main": "index.js" }}"#))
    });
    let members: Vec<_> = members.collect();
    let mut files = vec![
        ("package.json", r#"{ "workspaces": ["app", "packages/*", "packages/a/*"] }"#),
        ("package-lock.json", &lock),
        ("app/package.json", &app),
    ];
    files.extend(members.iter().map(|(file, text)| (file.as_str(), text.as_str())));
    let (text, said) = plan("root: app", &files);
    assert_eq!(said, "");
    // The first of a name keeps it, and no number is taken that makes the name of another.
    let names = [
        "modules-packages-a-b",
        "modules-packages-a-b-3",
        "modules-packages-a-b-4",
        "modules-packages-a-b-2",
        "modules-packages-b-c",
        &format!("modules-packages-{}", "x".repeat(91)),
    ];
    for (name, folder) in names.iter().zip(folders) {
        has(stage(&text, "deps"), &[&format!(" {name}: /app/{folder}/node_modules\n")]);
        has(
            stage(&text, "build"),
            &[&format!(" output: {name}\n        target: /src/{folder}/node_modules\n")],
        );
        has(stage(&text, "run"), &[&format!("output: {name}")]);
    }
}

#[test]
fn tests_end_by_themselves() {
    let files = [("package.json", r#"{ "main": "a.js", "scripts": { "build": "tsc", "test": "vitest" } }"#)];
    let environment = |manifest: &str| {
        let (text, _) = plan(manifest, &files);
        lacks(stage(&text, "build"), &["CI: \"true\""]);
        let test = stage(&text, "test");
        let at = test.find("environment:").unwrap_or_else(|| panic!("no environment: {test}"));
        test[at..].lines().next().unwrap_or_default().to_owned()
    };
    assert_eq!(environment(""), r#"environment: { CI: "true" }"#);
    assert_eq!(environment("test: { environment: { CI: '1' } }"), r#"environment: { CI: "1" }"#);
    assert_eq!(environment("build: { environment: { CI: '' } }"), r#"environment: { CI: "" }"#);
}

const YARN_LOCK: &str = r#"# This file is generated by running "yarn install" inside your project.

__metadata:
  version: 8
  cacheKey: 10c0

"express@npm:^5":
  version: 5.0.0
  resolution: "express@npm:5.0.0"
  checksum: 10c0/ab
  languageName: node
  linkType: hard
"#;

#[test]
fn scripts_find_what_yarn_installed() {
    let files = [
        (
            "package.json",
            r#"{ "packageManager": "yarn@4.5.0", "main": "dist/a.js", "scripts": { "build": "tsc", "test": "vitest" },
              "dependencies": { "express": "^5" } }"#,
        ),
        ("yarn.lock", YARN_LOCK),
        (".pnp.cjs", ""),
    ];
    let (text, said) = plan("", &files);
    assert_eq!(said, "");
    let settings =
        ["YARN_ENABLE_TELEMETRY: \"false\"", "YARN_IGNORE_PATH: \"true\"", "YARN_NODE_LINKER: node-modules"];
    for name in ["deps", "build", "test"] {
        has(stage(&text, name), &settings);
    }
    for name in ["build", "test"] {
        has(stage(&text, name), &["\"**/.pnp.cjs\"", "\"**/.pnp.loader.mjs\""]);
        lacks(stage(&text, name), &["YARN_CACHE_FOLDER"]);
    }
    let (text, _) = plan("build: { environment: { YARN_NODE_LINKER: pnp } }", &files);
    has(stage(&text, "build"), &["YARN_NODE_LINKER: pnp"]);
    lacks(stage(&text, "build"), &["YARN_NODE_LINKER: node-modules"]);
}

#[test]
fn coverage_is_left_out_beside_packages_and_is_source_elsewhere() {
    let (text, _) = plan("root: apps/api", WORKSPACE);
    let build = stage(&text, "build");
    has(build, &["- coverage\n", "- apps/api/coverage\n", "- packages/db/coverage\n"]);
    lacks(build, &["**/coverage"]);
    // A member may be called like that.
    let member = r#"{ "name": "lib", "main": "index.js" }"#;
    let lock = r#"{ "lockfileVersion": 3, "packages": { "": { "dependencies": { "lib": "*" } },
      "coverage/lib": {}, "node_modules/lib": { "link": true, "resolved": "coverage/lib" } } }"#;
    let (text, said) = plan(
        "",
        &[
            (
                "package.json",
                r#"{ "main": "a.js", "workspaces": ["coverage/*"], "dependencies": { "lib": "*" } }"#,
            ),
            ("package-lock.json", lock),
            ("a.js", ""),
            ("coverage/lib/package.json", member),
        ],
    );
    assert_eq!(said, "");
    let build = stage(&text, "build");
    has(build, &["- coverage/lib/coverage\n"]);
    // That of the copy of the member.
    assert_eq!(build.matches("- coverage\n").count(), 1, "{build}");
}

#[test]
fn settings_that_name_a_secret_are_where_a_script_can_bear_them() {
    let settings = |manager: &str, file: &str| {
        let package = format!(
            r#"{{ "packageManager": "{manager}", "main": "dist/a.js", "scripts": {{ "build": "tsc", "test": "jest" }},
              "dependencies": {{ "a": "1" }} }}"#
        );
        let files = [("package.json", package.as_str()), (file, "")];
        let (text, _) = plan("lock: none", &files);
        let excepted = format!("!{file}");
        has(stage(&text, "dependency-files"), &[file]);
        let [build, test] = ["build", "test"].map(|name| stage(&text, name).contains(&excepted));
        assert_eq!(build, test, "{text}");
        build
    };
    assert!(settings("npm@11.0.0", ".npmrc"));
    assert!(settings("pnpm@10.1.0", ".npmrc"));
    assert!(settings("yarn@4.5.0", ".yarnrc.yml"));
    assert!(settings("bun@1.3.0", ".npmrc"));
    assert!(!settings("yarn@1.22.22", ".npmrc"));
}

/// The stages that fetch.
fn fetching(manifest: &str, manager: &str, files: &[(&str, &str)]) -> [String; 3] {
    let package = format!(
        r#"{{ "packageManager": "{manager}", "main": "a.js", "scripts": {{ "test": "jest" }}, "dependencies": {{ "a": "1" }} }}"#
    );
    let mut all = vec![("package.json", package.as_str()), ("a.js", "")];
    all.extend(files);
    let (text, _) = plan(&format!("lock: none\n{manifest}"), &all);
    ["package-manager", "deps", "test"].map(|name| stage(&text, name).to_owned())
}

#[test]
fn a_package_manager_comes_from_where_packages_come_from() {
    let npmrc = "registry=https://r.example/\n//r.example/:_authToken=${NPM_TOKEN}\n";
    let secret = "secrets: { npm: { type: env, env: NPM_TOKEN } }";
    for manager in ["npm@11.0.0", "pnpm@10.34.9", "yarn@1.22.22", "yarn@4.5.0", "bun@1.3.14"] {
        let [program, deps, test] = fetching(secret, manager, &[(".npmrc", npmrc)]);
        has(&program, &["{ from: context, include: [.npmrc], to: /opt/package-manager }", "env: NPM_TOKEN"]);
        has(&deps, &["env: NPM_TOKEN"]);
        lacks(&test, &["NPM_TOKEN"]);
        // Those of Bun are its own.
        assert_eq!(program.contains("--ignore-scripts=false"), manager.starts_with("bun"), "{program}");
        // pnpm takes a token from settings of the user alone.
        let of_user = ["npm_config_userconfig: /app/.npmrc", "pnpm_config_npmrc_auth_file: /app/.npmrc"];
        if manager.starts_with("pnpm") { has(&deps, &of_user) } else { lacks(&deps, &of_user) }
    }
    let of_user = "secrets: { npm: { type: file, target: /root/.npmrc } }";
    let [program, deps, _] = fetching(of_user, "pnpm@10.34.9", &[(".npmrc", npmrc)]);
    has(&program, &["target: /root/.npmrc"]);
    lacks(&deps, &["npm_config_userconfig"]);
    // A token that nobody gives, as in a `.npmrc` that is for publishing.
    let [program, _, _] = fetching("", "pnpm@10.34.9", &[(".npmrc", npmrc)]);
    has(&program, &["environment: { NPM_TOKEN: \"\" }"]);
    let address = "build: { environment: { REGISTRY: \"https://r.example\" } }";
    let [program, deps, _] = fetching(address, "pnpm@10.34.9", &[(".npmrc", "registry=${REGISTRY}\n")]);
    for text in [&program, &deps] {
        has(text, &["REGISTRY: https://r.example"]);
    }
    let [program, _, _] = fetching("", "pnpm@10.34.9", &[]);
    lacks(&program, &["context", "secret", "environment"]);
}

#[test]
fn settings_of_another_package_manager_name_the_registry_for_npm_too() {
    let yarn = "npmRegistryServer: https://r.example\nnpmAuthToken: \"${NPM_TOKEN:-}\"\n";
    let yarn = [(".yarnrc.yml", yarn)];
    let [program, deps, _] = fetching("", "yarn@4.5.0", &yarn);
    has(
        &program,
        &[
            "/opt/package-manager/.npmrc",
            "registry=https://r.example/\n",
            "//r.example/:_authToken=$${NPM_TOKEN}\n",
        ],
    );
    lacks(&deps, &["registry="]);
    let other = "build: { environment: { npm_config_registry: \"https://s.example/\" } }";
    let [program, deps, _] = fetching(other, "yarn@4.5.0", &yarn);
    has(&program, &["npm_config_registry: https://s.example/"]);
    has(&deps, &["YARN_NPM_REGISTRY_SERVER: https://s.example/"]);
}

#[test]
fn what_says_from_where_is_there_where_something_is_fetched() {
    let manifest = r#"args: { HOST: r.example }
build:
  environment:
    NPM_CONFIG_REGISTRY: "https://${HOST}/"
    PUPPETEER_SKIP_DOWNLOAD: "true"
    API: "https://api.example"
"#;
    for (manager, name) in [
        ("npm@11.0.0", "NPM_CONFIG_REGISTRY"),
        ("pnpm@10.34.9", "pnpm_config_registry"),
        ("yarn@1.22.22", "NPM_CONFIG_REGISTRY"),
        ("yarn@4.5.0", "YARN_NPM_REGISTRY_SERVER"),
        ("bun@1.3.14", "NPM_CONFIG_REGISTRY"),
    ] {
        let [program, deps, test] = fetching(manifest, manager, &[]);
        has(&program, &["NPM_CONFIG_REGISTRY: \"https://${HOST}/\""]);
        has(&deps, &[&format!("{name}: \"https://${{HOST}}/\""), "PUPPETEER_SKIP_DOWNLOAD"]);
        has(&test, &["API: https://api.example"]);
        for text in [&program, &deps] {
            lacks(text, &["API:", " npm_config_registry"]);
        }
    }
    let named = "build: { environment: { YARN_NPM_REGISTRY_SERVER: \"https://r.example/\" } }";
    let [program, deps, _] = fetching(named, "yarn@4.5.0", &[]);
    has(&program, &["npm_config_registry: https://r.example/"]);
    has(&deps, &["YARN_NPM_REGISTRY_SERVER: https://r.example/"]);
}
