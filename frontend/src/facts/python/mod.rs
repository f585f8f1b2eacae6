//! What a Python project's files say.

mod entry;
mod files;
mod index;
mod left_out;
mod lock;
mod manager;
pub mod manifest;
mod requirement;
mod requirements;
mod server;
mod setup_cfg;
mod setup_py;
mod source;
mod tests;
mod version;
mod workspace;

pub use entry::Entry;
pub use files::Files;
pub use left_out::LeftOut;
pub use manager::Dependencies;
pub use requirement::Requirement;
pub use tests::{Development, Tests};
pub use version::wanted_image;
pub use workspace::Member;

use self::entry::{Django, Search};
use self::manager::Given;
use self::manifest::{BuildSystem, Manifest};
use self::requirements::Requirements;
use self::source::Sources;
use self::workspace::Workspace;
use super::{Decision, Fact, Project};
use crate::catalog::Toolchains;
use crate::diagnostic::{Diagnostic, Diagnostics, Place};
use crate::manifest::{App, PackageManager};
use crate::nearest::list;
use crate::path;
use crate::plan::Text;
use crate::rules::Rule;
use crate::span::Span;

/// All that the Python stack decides from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PythonFacts {
    /// The folder of the context that is the source: the app's, or that of its workspace.
    pub folder: String,
    /// The app's folder, relative to `folder`; empty when it is the same.
    pub app: String,
    /// What the app is called in its workspace; none where there is no workspace.
    pub member: Option<String>,
    /// The other projects of the workspace that the app is made from.
    pub parts: Vec<Member>,
    /// The folders of all projects of the workspace, relative to `folder`.
    pub members: Vec<String>,
    /// `3.13`
    pub version: Fact<String>,
    pub dependencies: Dependencies,
    /// Where packages come from, as the project's files say it.
    pub index: Option<String>,
    /// The project is installed as a package; else its files are copied.
    pub package: Fact<Option<BuildSystem>>,
    /// What runs lies beside the packages of a project that is installed: all of it is copied as well.
    pub beside: bool,
    /// The folders and files that are installed, as patterns relative to the app's folder, where what lies beside them is
    /// copied: `gunicorn.conf.py`, `alembic.ini`, templates.
    pub packages: Vec<String>,
    /// None where the manifest says what the image runs.
    pub entry: Option<Entry>,
    /// None where the project has no tests that are known.
    pub tests: Option<Tests>,
    /// What is source although it looks like documentation, as patterns relative to the app's folder.
    pub reads: Vec<String>,
    /// The same, and a module names it.
    pub documents: Vec<&'static str>,
    /// Where modules are imported from, relative to `folder`: each project, and `src` in it.
    pub imports: Vec<String>,
    /// The app's own modules are imported from `src`.
    pub src: bool,
    /// The static files of Django have a folder to be collected in.
    pub static_files: Option<Fact<&'static str>>,
    /// What they are collected with, where `manage.py` names other settings than the app runs with.
    pub settings: Option<String>,
    /// What of the app's folder is not source, whatever it is called elsewhere.
    pub left_out: LeftOut,
}

impl PythonFacts {
    /// The files of the context that [`PythonFacts::read`] may ask for, as patterns.
    pub const FILES: &[&str] = &[
        "**/pyproject.toml",
        "**/uv.lock",
        "**/uv.toml",
        "**/poetry.lock",
        "**/pdm.lock",
        "**/Pipfile",
        "**/Pipfile.lock",
        "**/setup.cfg",
        "**/setup.py",
        // `dev-requirements.txt`, `requirements.in`, `constraints-linux.txt`
        "**/*[ei]nts*.[ti][nx]*",
        "**/requirements/**/*.txt",
        "**/.python-version",
        "**/runtime.txt",
        super::GO_AND_PYTHON,
        "**/pyvenv.cfg",
    ];

    /// `None` when a mistake was found, or while the project asks for more of its files.
    pub fn read(
        project: &mut Project,
        app: &App,
        place: Span,
        toolchains: &Toolchains,
        diagnostics: &mut Diagnostics,
    ) -> Option<Self> {
        let root = app.root.as_ref().map_or("", |root| root.value.as_str());
        let manifests = manifests(project, root, diagnostics)?;
        let by_uv = app.package_manager.as_ref().is_none_or(|manager| manager.value == PackageManager::Uv);
        let workspace = if by_uv { Workspace::find(project, root, diagnostics) } else { None };
        let workspace = workspace.as_ref();
        if let Some(workspace) = workspace.filter(|workspace| workspace.folder == root)
            && manifests.iter().all(|manifest| manifest.name.is_none())
        {
            diagnostics.push(no_app(app, place, root, workspace));
            return None;
        }
        let sources = Sources::read(project, root);
        let parts = workspace.map(|workspace| workspace.closure(root)).unwrap_or_default();
        let with_parts: Vec<&Manifest> = manifests.iter().chain(parts.values().copied()).collect();
        let version = version::version(project, app, root, &with_parts, toolchains, diagnostics);
        let given = Given { root, manifests: &manifests, workspace };
        let dependencies = manager::dependencies(project, app, place, given, diagnostics);
        let package = package(&manifests, &sources);
        if package.value.is_some() && app.build.command.is_none() {
            for mistake in manifests.iter().filter_map(|manifest| no_history(app, manifest)) {
                diagnostics.push(mistake);
            }
        }
        // Their scripts are not the app's.
        let parts: Vec<Manifest> =
            parts.values().map(|&part| Manifest { scripts: Vec::new(), ..part.clone() }).collect();
        let listed = dependencies.as_ref().map(|found| &found.listed);
        let computed: Vec<Manifest> = manifests.iter().flat_map(|own| computed(project, root, own)).collect();
        let wanted: Vec<&Manifest> = manifests.iter().chain(listed).chain(&computed).chain(&parts).collect();
        let bind = entry::bind(project, root);
        let search = Search {
            app,
            place,
            root,
            manifests: &wanted,
            installed: package.value.is_some(),
            bind: bind.as_deref(),
            sources: &sources,
        };
        let entry = match &app.run.entrypoint {
            Some(_) => Some(None),
            None if app.replaces("run") => Some(None),
            None => entry::find(&search, project, diagnostics).map(Some),
        };
        let tests = dependencies
            .as_ref()
            .and_then(|found| tests::find(project, root, &manifests, found, diagnostics));
        let django = wanted.iter().any(|manifest| manifest.depends_on("django").is_some())
            && project.file(&path::join(root, "manage.py")).is_some();
        let settings = Django::find(&search, project).and_then(|django| django.settings);
        let words: Vec<&str> = match (&entry, &app.run.entrypoint) {
            (Some(Some(entry)), _) => entry.argv.value.iter().map(String::as_str).collect(),
            (_, Some(words)) => words.value.iter().filter_map(Text::as_literal).collect(),
            _ => Vec::new(),
        };
        let beside = django || entry::lies_beside(&words, root, &sources, project);
        // A command of the app's own goes before.
        let collects = django && app.build.command.is_none();
        let folder = workspace.map_or(root, |workspace| &workspace.folder);
        let parts = workspace.map(|workspace| workspace.parts(root)).unwrap_or_default();
        let app_folder = path::relative(folder, root).unwrap_or_default();
        let folders = [app_folder.as_str()].into_iter().chain(parts.iter().map(|part| part.folder.as_str()));
        let imports = folders.flat_map(|part| imports(project, folder, part));
        let package_src = path::join(&app_folder, "src");
        let imports = imports.filter(|part| sources.src || *part != package_src).collect();
        let members = workspace.map(Workspace::relative_folders).unwrap_or_default();
        let index = dependencies.as_ref().and_then(|found| index::index(project, [root, folder], found));
        Some(Self {
            version: version?,
            index,
            entry: entry?,
            tests,
            documents: documents(&sources, &manifests),
            reads: manifests.iter().flat_map(|manifest| manifest.reads.iter().cloned()).collect(),
            imports,
            src: sources.src,
            static_files: if collects { source::static_files(project, &sources) } else { None },
            settings,
            left_out: LeftOut::read(project, root),
            packages: if package.value.is_some() && !beside {
                packages(project, root, &manifests, &sources)
            } else {
                vec![]
            },
            beside: beside && package.value.is_some(),
            package,
            dependencies: dependencies?,
            member: workspace.and_then(|_| manifests.first()?.name.clone()),
            members,
            folder: folder.to_owned(),
            app: app_folder,
            parts,
        })
    }

    /// Where the dependencies, or those of the tests, ask for something that only git can fetch.
    pub fn git(&self) -> Option<&Place> {
        if self.dependencies.manager.value == PackageManager::Poetry {
            return None;
        }
        let of_tests = self.tests.as_ref().and_then(|tests| match tests.from.as_ref()? {
            Development::Files(files) => files.git.as_ref(),
            Development::Group(_) | Development::Extra(_) => None,
        });
        self.dependencies.files.git.as_ref().or(of_tests)
    }

    /// Where they ask for a repository by ssh.
    pub fn ssh(&self) -> Option<&Place> {
        self.git().and(self.dependencies.files.ssh.as_ref())
    }

    /// What was found, for explanations.
    pub fn decisions(&self) -> Vec<Decision> {
        let mut project = self.package.with(match &self.package.value {
            Some(_) if self.beside => "installed and copied",
            Some(_) => "installed",
            None => "copied",
        });
        if self.beside {
            project.reason += ", and what runs lies beside its packages";
        } else if self.package.value.is_some() {
            project.reason += ", and what lies beside its packages is copied";
        }
        let mut decisions = vec![
            self.version.decision("version").key("version"),
            self.dependencies.manager.decision("package_manager").key("package_manager"),
            Decision::new(
                "dependency_files",
                self.dependencies.files.all.join(", "),
                "dependencies are keyed by them",
            ),
            project.decision("project"),
        ];
        if !self.parts.is_empty() {
            let parts: Vec<_> = self.parts.iter().map(|part| part.folder.as_str()).collect();
            let why = "the app depends on these projects of its workspace";
            decisions.push(Decision::new("made_from", parts.join(", "), why));
        }
        decisions.extend(self.git().map(|place| Decision {
            place: Some(place.clone()),
            ..Decision::new("git", "installed", "dependencies come from a repository")
        }));
        decisions.extend(self.static_files.as_ref().map(|fact| fact.decision("static_files")));
        decisions.extend(self.tests.as_ref().map(|tests| tests.runner.decision("tests")));
        if !self.reads.is_empty() {
            let files = self.reads.join(", ");
            decisions.push(Decision::new(
                "read_by_build",
                files,
                "the project names them, so they are source",
            ));
        }
        if !self.documents.is_empty() {
            let files = self.documents.join(", ");
            decisions.push(Decision::new("documents", files, "a module names them, so they are source"));
        }
        decisions
    }
}

/// What modules name and the project does not name itself.
fn documents(sources: &Sources, manifests: &[Manifest]) -> Vec<&'static str> {
    let is_read =
        |file: &str| manifests.iter().any(|manifest| manifest.reads.iter().any(|read| read == file));
    sources.documents.iter().copied().filter(|file| !is_read(file)).collect()
}

/// `pyproject.toml`, `Pipfile`, `setup.cfg` and `setup.py`, as far as they are there. `None` when one cannot be read.
fn manifests(project: &mut Project, root: &str, diagnostics: &mut Diagnostics) -> Option<Vec<Manifest>> {
    let mut manifests = Vec::new();
    let mut all_read = true;
    let files = ["pyproject.toml", "Pipfile", "setup.cfg", "setup.py"].map(|name| path::join(root, name));
    // All are asked for at once.
    let texts = [0, 1, 2, 3].map(|at| project.file(&files[at]));
    for (at, (file, text)) in files.iter().zip(texts).enumerate() {
        let Some(text) = text else { continue };
        let read = match at {
            0 => Manifest::of_pyproject(file, &text).map(Some),
            1 => Manifest::of_pipfile(file, &text).map(Some),
            2 => Ok(Some(setup_cfg::manifest(file, &text))),
            _ => Ok(setup_py::manifest(file, &text)),
        };
        match read {
            Ok(manifest) => manifests.extend(manifest),
            Err((line, message)) => {
                all_read = false;
                diagnostics.push(unreadable(file, line, &message));
            }
        }
    }
    all_read.then_some(manifests)
}

/// What the files ask for that a project names in the place of its dependencies. Who installs them says what is wrong there.
fn computed(project: &mut Project, root: &str, manifest: &Manifest) -> Vec<Manifest> {
    let files =
        manifest.needs.iter().filter(|file| manifest.computed.is_some() && requirements::is_called_so(file));
    let read = files.map(|file| {
        let file = path::join(root, file);
        let read = Requirements::read(project, root, &file, &mut Diagnostics::default());
        let dependencies = read.wanted.into_iter().map(|(_, one)| one).collect();
        Manifest { file, dependencies, ..Manifest::default() }
    });
    read.collect()
}

fn unreadable(file: &str, line: u32, message: &str) -> Diagnostic {
    let place = Place::File { path: file.to_owned(), line };
    Diagnostic::new(Rule::InvalidProjectFile, place, format!("`{file}` cannot be read: {message}"))
        .help("correct the file")
}

/// A version that the build could not find: `.git` is no source, unless the manifest names it.
fn no_history(app: &App, manifest: &Manifest) -> Option<Diagnostic> {
    let (line, variable) = manifest.version_of_git?;
    let said = app.build.environment.iter().any(|one| one.name.value.starts_with(variable));
    let included = app.build.include.iter().any(|pattern| pattern.value.to_string().contains(".git"));
    if said || included {
        return None;
    }
    let place = Place::File { path: manifest.file.clone(), line };
    let help = format!(
        "write `build: {{ environment: {{ {variable}: \"1.0\" }} }}`, or `build: {{ include: [.git] }}` and \
         `packages: {{ build: [git] }}`"
    );
    let message = "the version is computed from `.git`, which is no source";
    Some(Diagnostic::new(Rule::MissingFile, place, message).help(help))
}

/// The root of a workspace that is no project itself.
fn no_app(app: &App, place: Span, root: &str, workspace: &Workspace) -> Diagnostic {
    let place = app.root.as_ref().map_or(place, |root| root.span);
    let file = path::join(root, "pyproject.toml");
    let message = format!("`{file}` is a workspace and no project of its own");
    let members = list(workspace.folders().filter(|folder| *folder != root));
    Diagnostic::new(Rule::NoEntrypoint, place, message)
        .label(Place::File { path: file, line: workspace.line }, "its members are named here")
        .help(format!("set `root` to the folder of a project; those of the workspace are {members}"))
}

/// The folder of a project, and `src` in it.
fn imports(project: &mut Project, folder: &str, part: &str) -> Vec<String> {
    let items = project.folder(&path::join(folder, part));
    let has_src = items.iter().any(|item| item.is_folder && item.name == "src");
    let src = has_src.then(|| path::join(part, "src"));
    [part.to_owned()].into_iter().chain(src).collect()
}

/// What an installation of the project brings, as far as names tell: the package that is called like it, else all packages.
/// Beside `src` that is the other languages of a project, too.
fn packages(project: &mut Project, root: &str, manifests: &[Manifest], sources: &Sources) -> Vec<String> {
    let own = manifests.iter().find_map(|manifest| manifest.name.as_deref()).map(module).unwrap_or_default();
    let items = project.folder(root);
    let has_own = items.iter().any(|item| item.is_folder && item.name == own);
    let is_package = |name: &str| sources.module(name).is_some_and(|module| module.is_package);
    let is_installed = |name: &str| match name {
        "src" if sources.src => true,
        name if has_own => name == own,
        name => is_package(name),
    };
    let file = format!("{own}.py");
    let found =
        items.iter().filter(|item| if item.is_folder { is_installed(&item.name) } else { item.name == file });
    found.map(|item| item.name.clone()).collect()
}

/// `shop_core`, which the project `Shop.Core` is imported as.
fn module(project: &str) -> String {
    project.replace(['-', '.'], "_").to_lowercase()
}

/// Whether the project is installed. Poetry gives every project a build system, also one that has no package.
fn package(manifests: &[Manifest], sources: &Sources) -> Fact<Option<BuildSystem>> {
    let found = manifests.iter().find_map(|manifest| Some((manifest, manifest.build.as_ref()?)));
    let Some((manifest, build)) = found else {
        return Fact::decided(None, "it has no build system");
    };
    let module = module(manifest.name.as_deref().unwrap_or_default());
    let by_poetry = build.requires.iter().any(|requirement| requirement.starts_with("poetry"));
    let has_package =
        sources.modules().iter().any(|of| of.name == module || of.name.starts_with(&format!("{module}.")));
    if by_poetry && !has_package {
        let reason = format!("it has a build system, and no package `{module}`");
        return Fact::at(None, reason, &*manifest.file, build.line);
    }
    Fact::at(Some(build.clone()), "it has a build system", &*manifest.file, build.line)
}
