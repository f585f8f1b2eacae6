//! What a Node project's files say.

mod angular;
mod base;
mod credentials;
mod documents;
mod fonts;
mod framework;
mod install;
mod lifecycle;
mod lock;
mod manager;
mod member;
mod package;
mod page;
mod product;
mod program;
mod registry;
mod script;
mod settings;
mod unbuilt;
mod version;
mod workspace;

use std::collections::BTreeSet;

pub use angular::without_server;
pub use base::{COMPILERS_OF_ALPINE, NodeImage};
pub use lifecycle::Script;
pub use manager::Manager;
pub use member::Member;
pub use page::Page;
pub use product::{Content, Packages, Product};
pub use registry::Registry;
pub use script::{Unclear, has_server};
pub use settings::{files as settings_files, setting};

use lock::Lock;
use package::{Dependency, Package};
use workspace::Workspace;

use super::{Decision, Fact, Project};
use crate::catalog::Toolchains;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::gather::Gather as _;
use crate::manifest::{self, App};
use crate::path;
use crate::plan::Network;
use crate::rules::Rule;
use crate::span::Span;

/// Where the workspace is in the image.
pub const HOME: &str = "/app";

/// The search path of the official images.
pub const SEARCH_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// All that the stacks `node` and `static` decide from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeFacts {
    /// The folder of the context that is the source: the app's, or that of its workspace.
    pub folder: String,
    /// The app's folder, relative to `folder`; empty when it is the same.
    pub app: String,
    pub name: Option<String>,
    /// `24`
    pub version: Fact<String>,
    pub manager: Fact<Manager>,
    /// Of the package manager, exact; none where no file says.
    pub manager_version: Option<Fact<String>>,
    /// Relative to `folder`; none where nothing is locked.
    pub lock: Option<String>,
    /// Where packages come from.
    pub registry: Registry,
    /// What dependencies are keyed by, relative to `folder`.
    pub dependency_files: Vec<String>,
    /// The packages that are installed for, relative to `folder`: those of the workspace that the app is made from, the app
    /// last.
    pub packages: Vec<String>,
    /// Those of them that the app needs at run time, without itself.
    pub members: Vec<Member>,
    /// The folders of members that the app is not made from.
    pub others: Vec<String>,
    pub trees: Trees,
    /// The version of the lock file's format; none where nothing is locked.
    pub lock_format: Option<String>,
    /// Packages are not the same on every platform.
    pub per_platform: Fact<bool>,
    /// Packages may be compiled when they are installed.
    pub compiled: Fact<bool>,
    /// The packages that have a script `build`, relative to `folder`, each after those that it needs.
    pub builds: Vec<String>,
    /// What an installation would run for the project itself, and what needs its source.
    pub scripts: Vec<Script>,
    /// A package has to be generated before it does anything.
    pub generates: bool,
    pub tests: Option<Fact<String>>,
    /// Markdown is source.
    pub documents: Option<Fact<&'static str>>,
    pub product: Product,
    /// Where the app is a workspace and names none of its members: those that start, relative to the context.
    pub starting: Vec<String>,
    /// For the stack `static`.
    pub page: Option<Page>,
}

/// What an app is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Goal {
    /// A process that Node runs.
    Server,
    /// Files that a web server serves.
    Page,
}

/// Which dependencies there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Trees {
    pub production: bool,
    pub development: bool,
}

/// What `npm init` writes for `test`.
const NO_TEST: &str = "no test specified";

impl NodeFacts {
    /// The files of the context that [`NodeFacts::read`] may ask for, as patterns.
    pub const FILES: &[&str] = &[
        "**/package.json",
        "**/package-lock.json",
        "**/npm-shrinkwrap.json",
        "**/pnpm-lock.yaml",
        "**/pnpm-workspace.yaml",
        "**/yarn.lock",
        "**/.yarnrc.yml",
        "**/.yarnrc",
        "**/.npmrc",
        "**/bun.lock",
        "**/bun.lockb",
        "**/bunfig.toml",
        "**/.pnpmfile.cjs",
        "**/schema.prisma",
        "**/.nvmrc",
        "**/.node-version",
        "**/tsconfig.json",
        "**/tsconfig.build.json",
        "**/angular.json",
        // What may start an app.
        "**/server.js",
        "**/server.ts",
        "**/server.mjs",
        "**/index.js",
        "**/index.ts",
        "**/index.mjs",
        "**/app.js",
        "**/app.ts",
        "**/main.js",
        "**/main.ts",
        // What may fetch fonts.
        "**/app/layout.tsx",
        "**/app/layout.jsx",
        "**/app/layout.js",
        "**/pages/_app.tsx",
        "**/pages/_app.jsx",
        "**/pages/_app.js",
    ];

    /// `None` when a mistake was found, or while the project asks for more of its files.
    pub fn read(
        project: &mut Project,
        app: &App,
        goal: Goal,
        place: Span,
        toolchains: &Toolchains,
        diagnostics: &mut Diagnostics,
    ) -> Option<Self> {
        let root = app.root.as_ref().map_or("", |root| root.value.as_str());
        let file = path::join(root, "package.json");
        if project.file(&file).is_none() {
            let stack = app.stack.as_ref().map_or("node", |stack| stack.value.as_str());
            diagnostics.push(
                Diagnostic::new(Rule::MissingFile, place, format!("stack `{stack}` needs `{file}`"))
                    .help("run `npm init`, or set `root` to the folder of the app"),
            );
            return None;
        }
        let package = Package::read(project, root, diagnostics)?;
        let workspace = workspace::find(project, &package, diagnostics);
        let both: Vec<&Package> = [&package]
            .into_iter()
            .chain(Some(&workspace.root).filter(|root| root.folder != package.folder))
            .collect();
        let version = version::version(project, app, &both, toolchains, diagnostics);
        let found = manager::manager(project, app, &both, &workspace.root, diagnostics)?;
        let installed = installed(&package, &workspace);
        let locked_packages: Vec<&Package> = installed
            .iter()
            .copied()
            // What is linked has a place in npm's locks alone.
            .filter(|package| {
                found.manager.value == Manager::Npm || !workspace.linked.contains(&package.folder)
            })
            .collect();
        let lock = locked(project, app, &found, &locked_packages, diagnostics);
        let folder = workspace.root.folder.clone();
        let relative = |file: &str| path::relative(&folder, file).unwrap_or_default();
        let packages: Vec<String> = workspace.closure.iter().map(|package| relative(package)).collect();
        let closure: Vec<&Package> = workspace
            .closure
            .iter()
            .map(|folder| workspace.members.get(folder).unwrap_or(&package))
            .collect();
        let builds = closure.iter().filter(|package| package.script("build").is_some());
        let mut builds: Vec<String> = builds.map(|package| relative(&package.folder)).collect();
        if workspace.whole && (app.build.command.is_some() || package.script("build").is_some()) {
            // It has its members built itself.
            builds.retain(String::is_empty);
        }
        let others = workspace.members.keys();
        // The root of a workspace may read what it does not name.
        let others = others
            .filter(|folder| package.folder != workspace.root.folder && !workspace.closure.contains(folder));
        let scripts = lifecycle::scripts(project, found.manager.value, &workspace.root, &closure);
        let builds_app = app.build.command.is_some() || builds.contains(&relative(root));
        if builds_app
            && app.build.reach() == Network::None
            && !app.replaces("build")
            && package.dependency(framework::NEXT).is_some()
        {
            fonts::check(project, &package, diagnostics);
        }
        let home = path::join(HOME, &relative(root));
        let (product, page) = match goal {
            Goal::Server => {
                let written = app.run.entrypoint.as_ref();
                let written = written.map(|words| words.value.iter().map(ToString::to_string).collect());
                let product = product::product(project, &package, &home, builds_app, written);
                // The build of a root that is all of its members is theirs.
                let built_otherwise =
                    workspace.whole && !builds.is_empty() || !scripts.is_empty() || app.replaces("build");
                let nothing_built = !builds_app && !built_otherwise;
                (if nothing_built { product.unbuilt(project, &package, &home) } else { product }, None)
            }
            Goal::Page => {
                let (product, page) = page::page(project, &package, app.build.output.as_ref(), diagnostics)?;
                (product, Some(page))
            }
        };
        let is_source = matches!(product.content.value, Content::Source | Content::Everything);
        let production =
            if workspace.whole && is_source { &workspace.closure } else { &workspace.production };
        let members = production.iter().filter(|folder| **folder != package.folder);
        let members = members.filter_map(|folder| {
            Some(Member {
                folder: relative(folder),
                content: member::content(workspace.members.get(folder)?),
            })
        });
        let starting = closure.iter().filter(|member| workspace.whole && member.folder != root);
        let starting = starting.filter(|member| product::starts(member)).map(|member| member.folder.clone());
        let starting = starting.collect();
        let dependency_files =
            install::dependency_files(project, &workspace, &installed, &found, diagnostics);
        let registry = registry::registry(project, &folder, found.manager.value);
        let npmrc = registry.npmrc.map(|name| path::join(&folder, name));
        let settings: BTreeSet<&String> = dependency_files.iter().chain(&npmrc).gather();
        credentials::check(project, settings, diagnostics);
        let lock = lock?;
        Some(Self {
            name: package.name().map(str::to_owned),
            app: relative(root),
            version: version?,
            lock: found.lock.as_deref().map(relative),
            manager: found.manager,
            manager_version: found.version,
            registry,
            dependency_files: dependency_files.iter().map(|file| relative(file)).collect(),
            packages,
            members: members.collect(),
            others: others.map(|folder| relative(folder)).collect(),
            trees: trees(&installed, &lock),
            lock_format: lock.format.clone(),
            per_platform: match &lock.per_platform {
                Some(name) => Fact::decided(true, format!("`{name}` is not the same everywhere")),
                None if lock.has_scripts => Fact::decided(
                    false,
                    "the lock has no package for some platforms only and none that runs a script",
                ),
                None => Fact::decided(
                    false,
                    "the lock has no package for some platforms only and none that is known to be compiled",
                ),
            },
            compiled: match &lock.compiled {
                Some(name) => {
                    Fact::decided(true, format!("`{name}` compiles packages when they are installed"))
                }
                None => Fact::decided(false, "the lock has no package that is compiled"),
            },
            builds,
            scripts,
            generates: closure.iter().any(|package| lifecycle::generates(package)),
            tests: tests(&package),
            documents: documents::reader(&package),
            product,
            starting,
            page,
            folder,
        })
    }

    /// Whether the package in a folder has a script `build`. One that cannot be read has none.
    pub fn has_build(project: &mut Project, folder: &str) -> bool {
        let package = Package::read(project, folder, &mut Diagnostics::default());
        package.is_some_and(|package| package.script("build").is_some())
    }

    /// What was found, for explanations.
    pub fn decisions(&self) -> Vec<Decision> {
        let folder = if self.folder.is_empty() { "." } else { &self.folder };
        let source = if self.app.is_empty() { "the app's own folder" } else { "the folder of the workspace" };
        let manager = self.manager.with(self.manager.value.name());
        let mut decisions = vec![
            self.version.decision("version").key("version"),
            manager.decision("package_manager").key("package_manager"),
        ];
        decisions
            .extend(self.manager_version.as_ref().map(|version| version.decision("package_manager_version")));
        decisions.push(Decision::new("source", folder, source));
        if self.packages.len() > 1 {
            let packages = self.packages.iter().map(|package| if package.is_empty() { "." } else { package });
            let packages: Vec<_> = packages.collect();
            decisions.push(Decision::new(
                "packages",
                packages.join(", "),
                "the members of the workspace that the app is made from",
            ));
        }
        decisions.push(Decision::new(
            "dependency_files",
            self.dependency_files.join(", "),
            "what dependencies are keyed by",
        ));
        if !self.scripts.is_empty() {
            let scripts = self.scripts.iter().map(|script| match script.folder.as_str() {
                "" => script.command.clone(),
                folder => format!("{} in {folder}", script.command),
            });
            let scripts: Vec<_> = scripts.collect();
            let reason = "what an installation runs for the project itself, before the build";
            decisions.push(Decision::new("scripts", scripts.join(", "), reason));
        }
        decisions.push(self.per_platform.decision("per_platform"));
        decisions.push(self.compiled.decision("compiled"));
        decisions.extend(self.product.framework.as_ref().map(|framework| framework.decision("framework")));
        decisions.extend(self.documents.as_ref().map(|documents| documents.decision("documents")));
        decisions.push(self.product.content.with(self.product.content.value.to_string()).decision("content"));
        decisions
    }

    /// Nothing says what the image runs.
    pub fn no_entrypoint(&self) -> Diagnostic {
        let file = path::join(&path::join(&self.folder, &self.app), "package.json");
        if let Some(Unclear { script, line, reason, help }) = &self.product.unclear {
            let place = super::Place::File { path: file, line: *line };
            if let Some(help) = help {
                return Diagnostic::new(Rule::NoEntrypoint, place, reason).help(help);
            }
            let message = format!("the script `{script}` does not say what the image runs: {reason}");
            return Diagnostic::new(Rule::NoEntrypoint, place, message).help(self.member_help().unwrap_or_else(|| {
                "write it in the manifest, as in `run: { entrypoint: [node, dist/server.js] }`, or in a script `start:prod`; \
                 `stack: static` is for a page"
                    .to_owned()
            }));
        }
        let place = super::Place::File { path: file.clone(), line: 1 };
        let message = format!("`{file}` does not say what the image runs");
        Diagnostic::new(Rule::NoEntrypoint, place, message).help(self.member_help().unwrap_or_else(|| {
            "write it in the manifest, as in `run: { entrypoint: [node, server.js] }`; looked for a script `start`, `main`, \
             `bin`, and files such as `server.js` and `index.js`"
                .to_owned()
        }))
    }

    /// The root of a workspace starts nothing itself.
    fn member_help(&self) -> Option<String> {
        let (first, others) = self.starting.split_first()?;
        let others = others.iter().map(|folder| format!("`{folder}`")).collect::<Vec<_>>().join(", ");
        let name = first.rsplit('/').next().unwrap_or(first);
        Some(if others.is_empty() {
            format!("write `root: {first}`, the member of the workspace that starts")
        } else {
            format!(
                "write `root: {first}`, or an app for each as in `apps: {{ {name}: {{ root: {first} }} }}`; others that start: {others}"
            )
        })
    }

    /// The app's folder in the image.
    pub fn home(&self) -> String {
        path::join(HOME, &self.app)
    }
}

/// The packages that dependencies are installed for: those that the app is made from, and the workspace's own.
fn installed<'a>(app: &'a Package, workspace: &'a Workspace) -> Vec<&'a Package> {
    let mut installed = vec![&workspace.root];
    let members = workspace.closure.iter().filter_map(|folder| workspace.members.get(folder));
    installed.extend(members.filter(|member| member.folder != workspace.root.folder));
    if installed.iter().all(|package| package.folder != app.folder) {
        installed.push(app);
    }
    installed
}

/// What is locked; an empty lock where nothing needs one. `None` when a mistake was found.
fn locked(
    project: &mut Project,
    app: &App,
    found: &manager::Found,
    packages: &[&Package],
    diagnostics: &mut Diagnostics,
) -> Option<Lock> {
    let manager = found.manager.value;
    if let Some(file) = &found.lock {
        return lock::read(project, manager, file, packages, diagnostics);
    }
    let own: BTreeSet<&str> = packages.iter().filter_map(|package| package.name()).gather();
    let dependency = packages.iter().find_map(|package| {
        Some((package, package.dependencies().find(|dependency| !own.contains(dependency.name))?))
    });
    let Some((package, Dependency { line, .. })) = dependency else { return Some(Lock::default()) };
    let file = path::join(&packages[0].folder, manager.lock_files()[0]);
    let message = format!("`{}` has dependencies, and there is no `{file}`", package.file);
    let help = format!("run `{}` and commit `{file}`", manager.lock_command());
    if app.lock.as_ref().is_some_and(|lock| lock.value == manifest::Lock::None) {
        diagnostics
            .push(Diagnostic::new(Rule::UnlockedDependencies, package.place(line), message).help(help));
        return Some(Lock::unknown());
    }
    let help = format!(
        "{help}, which `.dockerignore` must not hide; `lock: none` in the manifest builds without one"
    );
    diagnostics.push(Diagnostic::new(Rule::MissingLock, package.place(line), message).help(help));
    None
}

fn trees(packages: &[&Package], lock: &Lock) -> Trees {
    let own: BTreeSet<&str> = packages.iter().filter_map(|package| package.name()).gather();
    let mut trees = Trees::default();
    for dependency in packages.iter().flat_map(|package| package.dependencies()) {
        let of_project = own.contains(dependency.name);
        match dependency.kind {
            "devDependencies" => trees.development |= !of_project,
            _ => trees.production = true,
        }
    }
    trees.development &= lock.has_development != Some(false);
    trees
}

fn tests(package: &Package) -> Option<Fact<String>> {
    let (script, line) = package.script("test")?;
    (!script.contains(NO_TEST))
        .then(|| Fact::at(script.to_owned(), "the script `test`", &*package.file, line))
}
