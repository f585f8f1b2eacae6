//! The build and the tests, from the source and without network.

use super::capture::quoted;
use super::{Kit, SOURCE, below, own, shell};
use crate::facts::node::{Content, HOME, Manager};
use crate::plan::build::{At, stage_name, words};
use crate::plan::{Base, Mount, Sharing, Stage, Step, Text};
use crate::span::Spanned;
use crate::stacks::documents::{about, documents};
use crate::stacks::{is_history, report, runtime};

/// What tools leave in a project's folder. A compiler that finds its notes believes that nothing is left to do.
const MADE: &[&str] = &[
    "**/node_modules",
    // Yarn loads them into all that it runs.
    "**/.pnp.cjs",
    "**/.pnp.loader.mjs",
    "**/.next",
    "**/.nuxt",
    "**/.output",
    "**/.svelte-kit",
    "**/.astro",
    "**/.turbo",
    "**/.angular",
    "**/.parcel-cache",
    "**/*.tsbuildinfo",
    "**/*.log",
];

/// Folders that hold nothing but what was built, in whatever package.
const OUTPUTS: &[&str] = &["build", "dist", "out"];

/// Documents of a workspace whose root is no package of the app.
const AROUND: &[&str] = &["*.md", "docs/**/*.md", ".changeset"];

/// What only tests read.
pub(super) const TESTS: &[&str] = &[
    "**/__tests__",
    "**/*.test.[jt]s",
    "**/*.test.[jt]sx",
    "**/*.test.[cm][jt]s",
    "**/*.spec.[jt]s",
    "**/*.spec.[jt]sx",
    "**/*.spec.[cm][jt]s",
];

/// What of the source is of no use in an image. Settings of package managers may name credentials.
pub(super) const SETTINGS: &[&str] = &[
    ".npmrc",
    ".yarnrc",
    ".yarnrc.yml",
    ".yarn",
    ".nvmrc",
    ".node-version",
    ".tool-versions",
    "mise.toml",
    "package-lock.json",
    "npm-shrinkwrap.json",
    "pnpm-lock.yaml",
    "pnpm-workspace.yaml",
    "yarn.lock",
    "bun.lock",
    ".eslintrc*",
    "eslint.config.*",
    ".prettierrc*",
    "prettier.config.*",
    "jest.config.*",
    "vitest.config.*",
];

/// The settings that a package manager reads when it runs a script, and that are no source unless they are named.
fn settings(manager: Manager) -> Option<&'static str> {
    match manager {
        Manager::Npm | Manager::Pnpm | Manager::Bun => Some(".npmrc"),
        Manager::Yarn => Some(".yarnrc.yml"),
        // It ends where they name a variable without a value, which the secret of a registry is here.
        Manager::Yarn1 => None,
    }
}

impl Kit<'_> {
    pub(super) fn builds(&self) -> bool {
        self.app.build.command.is_some() || !self.facts.builds.is_empty() || !self.facts.scripts.is_empty()
    }

    pub(super) fn tests(&self) -> bool {
        self.app.test.command.is_some() || self.facts.tests.is_some()
    }

    /// The stage `build`, whose output is the app as it is in the image.
    pub(super) fn build(&self) -> Stage {
        let at = self.at;
        let mut stage = if self.builds() { self.compile() } else { self.source() };
        stage.outputs = vec![at.output("app", HOME)];
        stage.steps.extend(runtime::gate(at, self.app));
        stage
    }

    /// The source is the app.
    fn source(&self) -> Stage {
        let at = self.at;
        let mut stage = at.stage(stage_name("build"), Base::Scratch);
        // No step of it runs, and what is copied is the same everywhere.
        stage.platform = at.build_platform();
        let mut steps = Vec::new();
        let members = self.facts.members.iter().map(|member| &member.folder);
        for folder in members.chain([&self.facts.app]) {
            let from = crate::path::join(&self.facts.folder, folder);
            let mut copy = at.copy(Base::Context, &from, &[], &below(HOME, folder));
            if let Step::Copy(copy) = &mut copy.value {
                let left_out = MADE.iter().chain(TESTS).chain(SETTINGS).chain(&["test", "tests"]);
                let left_out = left_out.map(|pattern| at.text(pattern));
                let left_out = left_out.chain(self.coverage(folder)).chain(self.others(folder));
                let included = self.included("").into_iter().filter(|pattern| !is_history(&pattern.value));
                copy.exclude = self.documents(&[""]).into_iter().chain(left_out).chain(included).collect();
            }
            steps.push(copy);
        }
        stage.steps = steps;
        stage
    }

    fn compile(&self) -> Stage {
        let app = self.app;
        let mut stage = self.stage("build", app.build.reach());
        stage.platform = self.platform();
        stage.working_dir = Some(self.at.text(&below(SOURCE, &self.facts.app)));
        stage.environment.extend(self.settings_of_scripts());
        own(&app.build.environment, &mut stage);
        // A command of the app's own may read its tests.
        stage.mounts.extend(self.inputs(if app.build.command.is_some() { &[] } else { TESTS }));
        let mut mounts: Vec<_> = self.build_cache().into_iter().collect();
        mounts.extend(self.named_secrets(&app.build.secrets));
        let place = app.build.command.as_ref().map_or(self.at.0, |command| command.span);
        stage.steps = vec![At(place).run(self.build_command(), mounts)];
        stage.steps.extend(self.copy_included());
        stage
    }

    /// What of the source is wanted by name is in the image as it is. A page is what its build makes.
    fn copy_included(&self) -> Option<Spanned<Step>> {
        let (facts, app) = (&self.facts, self.app);
        let included: Vec<_> =
            app.build.include.iter().filter(|pattern| !is_history(&pattern.value)).cloned().collect();
        let first = included.first().filter(|_| facts.page.is_none())?;
        let at = At(first.span);
        let folder = crate::path::join(&facts.folder, &facts.app);
        let mut copy = at.copy(Base::Context, &folder, &[], &facts.home());
        if let Step::Copy(copy) = &mut copy.value {
            copy.include.clone_from(&included);
        }
        Some(copy)
    }

    /// The source, and the packages of each of its folders.
    fn inputs(&self, left_out: &[&str]) -> Vec<Spanned<Mount>> {
        let (at, facts) = (self.at, &self.facts);
        let built = match &facts.product.content.value {
            Content::Paths { wanted, .. } => wanted.clone(),
            Content::Standalone { folder, .. } => vec![folder.clone()],
            Content::Source | Content::Everything => Vec::new(),
        };
        let built = built.iter().filter(|path| *path != "package.json");
        let built = built.map(|path| at.text(&crate::path::join(&facts.app, path)));
        let folders: Vec<&str> = facts.packages.iter().map(String::as_str).collect();
        let left_out = MADE.iter().chain(left_out).map(|pattern| at.text(pattern));
        let left_out = self.documents(&folders).into_iter().chain(left_out).chain(self.coverage(""));
        let members = facts.members.iter().flat_map(|member| {
            let Content::Paths { optional, .. } = &member.content else { return Vec::new() };
            let built = optional.iter().filter(|path| OUTPUTS.contains(&path.as_str()));
            built.map(|path| at.text(&crate::path::join(&member.folder, path))).collect()
        });
        let left_out = left_out.chain(built.filter(|_| self.builds())).chain(members).chain(self.others(""));
        // Some of it may name credentials, and is named for that.
        let settings = settings(facts.manager.value);
        let settings =
            facts.dependency_files.iter().filter(|file| settings.is_some_and(|name| file.ends_with(name)));
        let settings = settings.map(|file| at.text(&format!("!{file}")));
        let left_out = left_out.chain(settings).chain(self.included(&facts.app)).collect();
        let mut mounts = vec![at.context(&facts.folder, left_out, SOURCE)];
        if let Some(tree) = self.development() {
            mounts.extend(self.folders().iter().map(|folder| {
                let target = format!("{}/node_modules", below(SOURCE, folder));
                at.bind_folder(tree, self.modules(folder), "", &target)
            }));
        }
        mounts
    }

    /// Lets in documents, where they are source, without those about these packages, and without those of the workspace
    /// around them.
    fn documents(&self, packages: &[&str]) -> Vec<Spanned<Text>> {
        if self.facts.documents.is_none() {
            return Vec::new();
        }
        let about = packages.iter().flat_map(|folder| about(self.at, folder));
        let around: &[&str] = if packages.contains(&"") { &[] } else { AROUND };
        // The folder may be that of a package.
        let in_docs = packages.iter().any(|folder| crate::path::relative("docs", folder).is_some());
        let around = around.iter().filter(|pattern| !(in_docs && pattern.starts_with("docs/")));
        let around = around.map(|pattern| self.at.text(pattern));
        std::iter::once(documents(self.at)).chain(about).chain(around).collect()
    }

    /// What tests leave beside each `package.json` below a folder. Elsewhere a folder of this name is source, and so is one
    /// that packages are in.
    fn coverage(&self, folder: &str) -> Vec<Spanned<Text>> {
        let packages = self.folders();
        let left = packages.iter().map(|package| crate::path::join(package, "coverage"));
        let left = left.filter(|left| packages.iter().all(|of| crate::path::relative(left, of).is_none()));
        left.filter_map(|left| Some(self.at.text(&crate::path::relative(folder, &left)?))).collect()
    }

    /// The folders below another of members that the app is not made from.
    fn others(&self, folder: &str) -> impl Iterator<Item = Spanned<Text>> {
        let others = self.facts.others.iter().filter_map(|other| crate::path::relative(folder, other));
        others.map(|other| self.at.text(&other))
    }

    /// What is source although it does not look like it.
    fn included(&self, folder: &str) -> Vec<Spanned<Text>> {
        let folder = if folder.is_empty() { String::new() } else { format!("{folder}/") };
        let included = self.app.build.include.iter();
        included.map(|pattern| pattern.clone().map(|text| text.prefixed(&format!("!{folder}")))).collect()
    }

    /// Builds, and keeps of it what the image has.
    fn build_command(&self) -> Vec<Text> {
        let facts = &self.facts;
        let name = facts.manager.value.name();
        let command = match &self.app.build.command {
            Some(command) => command.value.clone(),
            None => words(&[name, "run", "build"]),
        };
        let mut lines = vec!["# build".to_owned(), "set -eu".to_owned()];
        lines.extend(self.start());
        lines.extend(self.made_before());
        if self.app.build.command.is_some() || facts.builds.contains(&facts.app) {
            lines.push("\"$@\"".to_owned());
        }
        lines.extend(self.capture());
        let script = lines.join("\n") + "\n";
        shell(&script).into_iter().chain([Text::literal("build")]).chain(command).collect()
    }

    /// What the app's own build and its tests need: what an installation makes, and what is built of others.
    fn made_before(&self) -> Vec<String> {
        let facts = &self.facts;
        let within = |folder: &str, command: &str| {
            if folder == facts.app {
                return command.to_owned();
            }
            format!("(cd {} && {command})", quoted(&below(SOURCE, folder)))
        };
        let scripts = facts.scripts.iter().map(|script| within(&script.folder, &script.command));
        let others = facts.builds.iter().filter(|folder| **folder != facts.app);
        let build = format!("{} run build", facts.manager.value.name());
        scripts.chain(others.map(|folder| within(folder, &build))).collect()
    }

    fn build_cache(&self) -> Option<Spanned<Mount>> {
        let cache = self.facts.product.cache.as_deref()?;
        let name = self.facts.name.as_deref()?;
        let id = format!("{cache}-{name}-{}-${{TARGETARCH}}", self.facts.version.value);
        let id = Text::parse(&id).ok()?;
        let target = format!("{}/{cache}", below(SOURCE, &self.facts.app));
        let mut mount = self.at.cache(id, &target);
        if let Mount::Cache(cache) = &mut mount.value {
            cache.sharing = Sharing::Locked;
        }
        Some(mount)
    }

    /// The tests, when there are some.
    pub(super) fn test(&self) -> Vec<Stage> {
        let app = self.app;
        if !self.tests() {
            return Vec::new();
        }
        let folder = below(SOURCE, &self.facts.app);
        let mut stage = self.stage("test", app.test.reach());
        stage.platform = self.platform();
        stage.working_dir = Some(self.at.text(&folder));
        stage.environment.extend(self.settings_of_scripts());
        // Else many a tool waits for the next edit when it is done.
        stage.environment.push(self.at.variable("CI", Text::literal("true")));
        own(&app.build.environment, &mut stage);
        own(&app.test.environment, &mut stage);
        stage.mounts.extend(self.inputs(&[]));
        stage.outputs = vec![report::output(self.at)];
        let command = app.test.command.as_ref();
        let name = self.facts.manager.value.name();
        let mut argv = command.map_or_else(|| words(&[name, "test"]), |command| command.value.clone());
        let place = command.map(|command| command.span).or(app.test.gate.as_ref().map(|gate| gate.span));
        let mut secrets = app.test.secrets.clone();
        let before = self.made_before();
        if !before.is_empty() {
            secrets.extend(app.build.secrets.iter().cloned());
            let script = format!("# test\nset -eu\n{}\nexec \"$@\"\n", before.join("\n"));
            argv = shell(&script).into_iter().chain([Text::literal("test")]).chain(argv).collect();
        }
        let secrets = self.named_secrets(&secrets);
        stage.steps = vec![At(place.unwrap_or(self.at.0)).run(argv, secrets)];
        report::stages(self.at, app, &folder, stage)
    }
}
