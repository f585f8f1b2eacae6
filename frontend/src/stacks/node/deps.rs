//! The packages, with network: one tree for the build and the tests, one for the image.

use super::{Kit, below, own, shell};
use crate::facts::node::{HOME, Manager, Packages};
use crate::manifest::SecretKind;
use crate::plan::build::{output_name, stage_name};
use crate::plan::{Base, BindMount, Mount, Network, Stage, Step, Text, Variable};
use crate::span::Spanned;

const FILES: &str = "dependency-files";
const FOLDER: &str = "/dependency-files";

const CACHE: &str = "/cache";

/// What of `package.json` says what is installed and how. All else, such as the version, may change without that anything
/// is installed again.
const NORMALISE: &str = r#"// keep what decides what is installed
const { cpSync, readFileSync, writeFileSync, mkdirSync } = require("node:fs");
const { dirname, join } = require("node:path");
const [target, ...files] = process.argv.slice(1);
const kept = new Set(["bin", "bundleDependencies", "bundledDependencies", "catalog", "catalogs", "cpu", "dependencies",
  "dependenciesMeta", "devDependencies", "engines", "installConfig", "libc", "optionalDependencies", "os", "overrides",
  "packageManager", "patchedDependencies", "peerDependencies", "peerDependenciesMeta", "pnpm", "private", "publishConfig",
  "resolutions", "trustedDependencies", "type", "workspaces"]);
const read = (file) => JSON.parse(readFileSync(file, "utf8"));
const packages = new Map(files.filter((file) => /(^|\/)package\.json$/.test(file)).map((file) => [file, read(file)]));
const locks = ["package-lock.json", "npm-shrinkwrap.json"];
const named = files.includes("bun.lock") || files.includes("yarn.lock");
// A version stays where one package asks for another by it.
const any = /^(|\*|workspace:[*^~]|(file|link|portal):.*)$/;
const kinds = ["dependencies", "devDependencies", "optionalDependencies", "peerDependencies"];
const wanted = [...packages.values()].flatMap((value) => kinds.flatMap((kind) => Object.entries(value[kind] ?? {})));
const held = new Set(wanted.filter(([, version]) => !any.test(version)).map(([name]) => name));
const normalise = (value, folder, name) => {
  const entries = Object.entries(value).filter(([key]) => kept.has(key) || (key === "name" && (named || folder)));
  if (value.version && (named || folder)) {
    entries.push(["version", held.has(name) ? value.version : "0.0.0"]);
  }
  return Object.fromEntries(entries);
};
const write = (file, value) => writeFileSync(join(target, file), JSON.stringify(value, null, 2));
for (const file of files) {
  mkdirSync(dirname(join(target, file)), { recursive: true });
  const value = packages.get(file), whole = files.some((folder) => file.startsWith(folder + "/"));
  if (value && !whole) {
    write(file, normalise(value, file.includes("/"), value.name));
  } else if (locks.includes(file)) {
    const { name, version, ...lock } = read(file);
    for (const [folder, value] of Object.entries(lock.packages ?? {})) {
      if (/(^|\/)node_modules\//.test(folder)) continue;
      lock.packages[folder] = normalise(value, folder, packages.get(`${folder}/package.json`)?.name ?? value.name);
    }
    write(file, lock);
  } else if (!whole) {
    cpSync(file, join(target, file), { recursive: true });
  }
}
"#;

/// pnpm writes down when it did what.
const WITHOUT_TIMES: &str = r#"# pnpm install
set -eu
"$@"
rm -f node_modules/.modules.yaml node_modules/.pnpm-workspace-state*.json
"#;

/// What Yarn is told in every step.
const YARN: &[(&str, &str)] = &[
    ("YARN_ENABLE_GLOBAL_CACHE", "false"),
    ("YARN_ENABLE_TELEMETRY", "false"),
    ("YARN_IGNORE_PATH", "true"),
    // Node finds packages in folders everywhere; what Plug'n'Play makes would have to be loaded first.
    ("YARN_NODE_LINKER", "node-modules"),
];

/// What variables of `build.environment` begin with that say from where something is installed and how: those of package
/// managers, whatever their case, and of packages that fetch a program of theirs.
const FETCHING: &[&str] = &[
    "npm_config_",
    "pnpm_config_",
    "yarn_",
    "bun_config_",
    "cypress_",
    "electron_",
    "playwright_",
    "prisma_",
    "puppeteer_",
    "sentrycli_",
];

/// How the registry is called in the environment, by package managers and their users.
const REGISTRY: &[&str] = &[
    "npm_config_registry",
    "pnpm_config_registry",
    "yarn_npm_registry_server",
    "yarn_registry",
    "bun_config_registry",
];

/// The settings of the user in the containers of all steps.
const SETTINGS_OF_USER: &str = "/root/.npmrc";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tree {
    All,
    Production,
}

impl Kit<'_> {
    /// The stage with the packages that build and tests see.
    pub(super) fn development(&self) -> Option<&'static str> {
        let trees = self.facts.trees;
        (trees.production || trees.development).then_some("deps")
    }

    /// The stage with the packages that the image has.
    pub(super) fn production(&self) -> Option<&'static str> {
        let trees = self.facts.trees;
        if !trees.production || self.facts.product.packages != Packages::Installed {
            return None;
        }
        Some(if self.has_two_trees() { "deps-production" } else { "deps" })
    }

    fn needs_development(&self) -> bool {
        self.builds() || self.tests()
    }

    fn has_two_trees(&self) -> bool {
        self.needs_development() && (self.facts.trees.development || self.facts.per_platform.value)
    }

    pub(super) fn deps(&self) -> Vec<Stage> {
        let trees = self.facts.trees;
        if !(trees.production || trees.development && self.needs_development()) {
            return Vec::new();
        }
        let mut stages = vec![self.dependency_files()];
        if self.needs_development() {
            let mut stage = self.tree("deps", Tree::All);
            stage.platform = self.platform();
            stages.push(stage);
        }
        if let Some(name) = self.production().filter(|name| *name != "deps" || !self.needs_development()) {
            let mut stage = self.tree(name, Tree::Production);
            // The same packages for every platform are installed once.
            stage.platform = if self.facts.per_platform.value { None } else { self.at.build_platform() };
            stages.push(stage);
        }
        stages
    }

    fn dependency_files(&self) -> Stage {
        let at = self.at;
        let mut stage = at.stage(stage_name(FILES), self.image());
        stage.platform = self.platform();
        stage.working_dir = Some(at.text("/src"));
        stage.network = at.network(Network::None);
        stage.outputs = vec![at.output("files", FOLDER)];
        let files = &self.facts.dependency_files;
        let argv = ["node", "-e", NORMALISE, FOLDER].map(Text::literal);
        let argv = argv.into_iter().chain(files.iter().map(Text::literal)).collect();
        let mut context = at.context(&self.facts.folder, Vec::new(), "/src");
        if let Mount::Bind(bind) = &mut context.value {
            bind.include = at.texts(files);
        }
        stage.steps = vec![at.run(argv, vec![context])];
        stage
    }

    fn tree(&self, name: &str, tree: Tree) -> Stage {
        let at = self.at;
        let mut stage = self.stage(name, Network::Default);
        stage.working_dir = Some(at.text(HOME));
        stage.mounts.push(at.spanned(Mount::Bind(BindMount {
            from: at.spanned(Base::Stage(stage_name(FILES))),
            output: Some(at.spanned(output_name("files"))),
            source: None,
            include: Vec::new(),
            exclude: Vec::new(),
            target: Some(at.text(HOME)),
            read_only: false,
            // Hashed, so that what was normalised is what counts.
            content_cache: true,
        })));
        let folders = match tree {
            Tree::Production if name != "deps" => self.production_folders().collect(),
            Tree::All | Tree::Production => self.folders(),
        };
        for folder in folders {
            let path = format!("{}/node_modules", below(HOME, folder));
            stage.outputs.push(at.output(self.modules(folder), &path));
        }
        stage.environment.extend(self.settings());
        let registry: &[&str] = match self.facts.manager.value {
            Manager::Npm | Manager::Yarn1 | Manager::Bun => &["npm_config_registry"],
            Manager::Pnpm => &["npm_config_registry", "pnpm_config_registry"],
            Manager::Yarn => &["YARN_NPM_REGISTRY_SERVER"],
        };
        own(&self.fetching(registry), &mut stage);
        let mut mounts = vec![self.cache()];
        mounts.extend(self.every_secret());
        stage.steps.push(self.install(tree, mounts));
        stage
    }

    fn install(&self, tree: Tree, mounts: Vec<Spanned<Mount>>) -> Spanned<Step> {
        let facts = &self.facts;
        let locked = facts.lock.is_some();
        let production = tree == Tree::Production;
        let app = (!facts.app.is_empty()).then_some(facts.app.as_str());
        let mut argv: Vec<String> = Vec::new();
        let mut add = |words: &[&str]| argv.extend(words.iter().map(|&word| word.to_owned()));
        match facts.manager.value {
            Manager::Npm => {
                add(&["npm", if locked { "ci" } else { "install" }, "--no-audit", "--no-fund"]);
                if production {
                    add(&["--omit=dev"]);
                }
                if let Some(app) = app {
                    add(&[&format!("--workspace={app}"), "--include-workspace-root"]);
                }
            }
            Manager::Pnpm => {
                add(&["pnpm", "install", if locked { "--frozen-lockfile" } else { "--no-frozen-lockfile" }]);
                if production {
                    add(&["--prod"]);
                }
                if let Some(app) = app {
                    add(&[&format!("--filter={{./{app}}}...")]);
                }
            }
            Manager::Yarn1 => {
                add(&["yarn", "install", "--non-interactive"]);
                if locked {
                    add(&["--frozen-lockfile"]);
                }
                if production {
                    add(&["--production=true"]);
                }
            }
            Manager::Yarn if production => add(&["yarn", "workspaces", "focus", "--production"]),
            Manager::Yarn => add(&["yarn", "install", if locked { "--immutable" } else { "--no-immutable" }]),
            Manager::Bun => {
                add(&["bun", "install", "--backend=copyfile"]);
                if locked {
                    add(&["--frozen-lockfile"]);
                }
                if production {
                    add(&["--production"]);
                }
            }
        }
        let argv: Vec<Text> = argv.into_iter().map(Text::literal).collect();
        let argv = match facts.manager.value {
            Manager::Pnpm => {
                shell(WITHOUT_TIMES).into_iter().chain([Text::literal("install")]).chain(argv).collect()
            }
            Manager::Npm | Manager::Yarn1 | Manager::Yarn | Manager::Bun => argv,
        };
        let mut step = self.at.run(argv, mounts);
        if let (Step::Run(run), Some(app), Manager::Yarn) = (&mut step.value, app, facts.manager.value)
            && production
        {
            run.working_dir = Some(self.at.text(&below(HOME, app)));
        }
        step
    }

    /// What of `build.environment` is for fetching. The registry has all of these names as well.
    pub(super) fn fetching(&self, registry: &[&str]) -> Vec<Variable> {
        let name = |variable: &Variable| variable.name.value.to_ascii_lowercase();
        let own = self.app.build.environment.iter();
        let mut fetching: Vec<Variable> = own
            .filter(|variable| {
                FETCHING.iter().any(|prefix| name(variable).starts_with(prefix))
                    || self.facts.registry.variables.contains(&variable.name.value)
            })
            .cloned()
            .collect();
        let said =
            REGISTRY.iter().find_map(|known| fetching.iter().find(|variable| name(variable) == *known));
        let Some(said) = said.cloned() else { return fetching };
        for other in registry {
            if fetching.iter().all(|variable| !name(variable).eq_ignore_ascii_case(other)) {
                fetching
                    .push(Variable { name: said.name.clone().map(|_| (*other).to_owned()), ..said.clone() });
            }
        }
        fetching
    }

    /// pnpm takes no variables from settings of a project, which may be anybody's, but from those of the user.
    fn settings_with_a_token(&self) -> Option<String> {
        let secrets = self.app.secrets.iter();
        let mut targets = secrets.filter_map(|secret| match &secret.kind {
            SecretKind::File { target } => target.value.as_literal(),
            SecretKind::Netrc | SecretKind::Env { .. } => None,
        });
        let registry = &self.facts.registry;
        let is_taken = targets.any(|target| target == SETTINGS_OF_USER);
        let npmrc = registry.npmrc.filter(|_| !registry.variables.is_empty() && !is_taken)?;
        (self.facts.manager.value == Manager::Pnpm).then(|| below(HOME, npmrc))
    }

    /// Settings that the environment does not say.
    fn settings(&self) -> Vec<Variable> {
        let of_user = self.settings_with_a_token();
        let of_user = of_user.iter().flat_map(|file| {
            ["npm_config_userconfig", "pnpm_config_npmrc_auth_file"]
                .map(|name| self.at.variable(name, Text::literal(file)))
        });
        let settings: &[(&str, &str)] = match self.facts.manager.value {
            Manager::Npm => &[("npm_config_cache", CACHE), ("npm_config_update_notifier", "false")],
            // It asks before it removes anything, unless it is told that nobody is there.
            Manager::Pnpm => {
                &[("CI", "true"), ("npm_config_store_dir", CACHE), ("pnpm_config_store_dir", CACHE)]
            }
            Manager::Yarn1 | Manager::Yarn => &[("YARN_CACHE_FOLDER", CACHE)],
            Manager::Bun => &[("BUN_INSTALL_CACHE_DIR", CACHE)],
        };
        let settings = settings.iter().map(|(name, value)| self.at.variable(name, Text::literal(*value)));
        let git = crate::stacks::git_variables(self.app).cloned();
        settings.chain(of_user).chain(self.settings_of_scripts()).chain(git).collect()
    }

    /// Those that a script needs as well: Yarn asks again where packages are before it runs one.
    pub(super) fn settings_of_scripts(&self) -> Vec<Variable> {
        let settings = match self.facts.manager.value {
            Manager::Yarn => YARN,
            Manager::Npm | Manager::Pnpm | Manager::Yarn1 | Manager::Bun => &[],
        };
        settings.iter().map(|(name, value)| self.at.variable(name, Text::literal(*value))).collect()
    }

    /// What was downloaded before. All but Yarn 1 bear several that write to it at once.
    fn cache(&self) -> Spanned<Mount> {
        let id = match self.facts.manager.value {
            Manager::Yarn1 => "yarn1",
            other @ (Manager::Npm | Manager::Pnpm | Manager::Yarn | Manager::Bun) => other.name(),
        };
        let mut cache = self.at.cache(Text::literal(id), CACHE);
        if let (Mount::Cache(cache), Manager::Yarn1) = (&mut cache.value, self.facts.manager.value) {
            cache.sharing = crate::plan::Sharing::Locked;
        }
        cache
    }
}
