//! What a Python project's files say.

mod entry;
mod lock;
mod manager;
pub mod manifest;
mod requirement;
mod requirements;
mod server;
mod source;
mod tests;
mod version;

pub use entry::Entry;
pub use manager::Dependencies;
pub use server::PORT;
pub use tests::{Development, Tests};
pub use version::wanted_image;

use self::entry::Search;
use self::manifest::{BuildSystem, Manifest};
use self::source::Sources;
use super::{Decision, Fact, Project};
use crate::catalog::Toolchains;
use crate::diagnostic::{Diagnostic, Diagnostics, Place};
use crate::manifest::App;
use crate::path;
use crate::rules::Rule;
use crate::span::Span;

/// All that the Python stack decides from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PythonFacts {
    /// The app's folder in the context.
    pub folder: String,
    /// `3.13`
    pub version: Fact<String>,
    pub dependencies: Dependencies,
    /// The project is installed as a package; else its files are copied.
    pub package: Fact<Option<BuildSystem>>,
    /// None where the manifest says what the image runs.
    pub entry: Option<Entry>,
    /// None where the project has no tests that are known.
    pub tests: Option<Tests>,
    /// What is source although it looks like documentation, as patterns relative to `folder`.
    pub reads: Vec<String>,
    /// Where modules are imported from, relative to `folder`: itself, and `src`.
    pub imports: Vec<String>,
    /// The static files of Django have a folder to be collected in.
    pub static_files: Option<Fact<&'static str>>,
}

impl PythonFacts {
    /// The files of the context that [`PythonFacts::read`] may ask for, as patterns.
    pub const FILES: &[&str] = &[
        "**/pyproject.toml",
        "**/uv.lock",
        "**/poetry.lock",
        "**/pdm.lock",
        "**/Pipfile",
        "**/Pipfile.lock",
        "**/setup.cfg",
        "**/setup.py",
        "**/*requirements*.txt",
        "**/requirements/*.txt",
        "**/constraints*.txt",
        "**/.python-version",
        "**/runtime.txt",
        "**/*.py",
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
        let sources = Sources::read(project, root);
        let main = manifests.first();
        let version = version::version(project, app, root, main, toolchains, diagnostics);
        let dependencies = manager::dependencies(project, app, place, root, &manifests, diagnostics);
        let package = package(&manifests, &sources);
        let wanted: Vec<&Manifest> =
            manifests.iter().chain(dependencies.as_ref().map(|found| &found.listed)).collect();
        let search = Search {
            app,
            place,
            root,
            manifests: &wanted,
            installed: package.value.is_some(),
            sources: &sources,
        };
        let entry = match &app.run.entrypoint {
            Some(_) => Some(None),
            None => entry::find(&search, project, diagnostics).map(Some),
        };
        let tests = dependencies.as_ref().and_then(|found| tests::find(project, root, &manifests, found));
        let folders = project.folder(root);
        let has_src = folders.iter().any(|item| item.is_folder && item.name == "src");
        let django = wanted.iter().any(|manifest| manifest.depends_on("django").is_some());
        Some(Self {
            folder: root.to_owned(),
            version: version?,
            entry: entry?,
            tests,
            reads: manifests.iter().flat_map(|manifest| manifest.reads.iter().cloned()).collect(),
            imports: if has_src { vec![String::new(), "src".to_owned()] } else { vec![String::new()] },
            static_files: if django { source::static_files(project, root, &sources) } else { None },
            package,
            dependencies: dependencies?,
        })
    }

    /// What was found, for explanations.
    pub fn decisions(&self) -> Vec<Decision> {
        let project = self.package.with(match &self.package.value {
            Some(_) => "installed",
            None => "copied",
        });
        let mut decisions = vec![
            self.version.decision("version").key("version"),
            self.dependencies.manager.decision("package_manager").key("package_manager"),
            Decision::new(
                "dependency_files",
                self.dependencies.files.join(", "),
                "dependencies are keyed by them",
            ),
            project.decision("project"),
        ];
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
        decisions
    }
}

/// `pyproject.toml`, `Pipfile` and `setup.cfg`, as far as they are there. `None` when one cannot be read.
fn manifests(project: &mut Project, root: &str, diagnostics: &mut Diagnostics) -> Option<Vec<Manifest>> {
    let mut manifests = Vec::new();
    let mut all_read = true;
    let files = ["pyproject.toml", "Pipfile", "setup.cfg"].map(|name| path::join(root, name));
    // All are asked for at once.
    let texts = [0, 1, 2].map(|at| project.file(&files[at]));
    for (at, (file, text)) in files.iter().zip(texts).enumerate() {
        let Some(text) = text else { continue };
        let read = match at {
            0 => Manifest::of_pyproject(file, &text),
            1 => Manifest::of_pipfile(file, &text),
            _ => Ok(Manifest::of_setup_cfg(file, &text)),
        };
        match read {
            Ok(manifest) => manifests.push(manifest),
            Err((line, message)) => {
                all_read = false;
                let place = Place::File { path: file.clone(), line };
                diagnostics.push(
                    Diagnostic::new(
                        Rule::InvalidProjectFile,
                        place,
                        format!("`{file}` cannot be read: {message}"),
                    )
                    .help("correct the file"),
                );
            }
        }
    }
    all_read.then_some(manifests)
}

/// Whether the project is installed. Poetry gives every project a build system, also one that has no package.
fn package(manifests: &[Manifest], sources: &Sources) -> Fact<Option<BuildSystem>> {
    let found = manifests.iter().find_map(|manifest| Some((manifest, manifest.build.as_ref()?)));
    let Some((manifest, build)) = found else {
        return Fact::decided(None, "it has no build system");
    };
    let module = manifest.name.as_deref().unwrap_or_default().replace(['-', '.'], "_").to_lowercase();
    let by_poetry = build.requires.iter().any(|requirement| requirement.starts_with("poetry"));
    let has_package =
        sources.modules().iter().any(|of| of.name == module || of.name.starts_with(&format!("{module}.")));
    if by_poetry && !has_package {
        let reason = format!("it has a build system, and no package `{module}`");
        return Fact::at(None, reason, &*manifest.file, build.line);
    }
    Fact::at(Some(build.clone()), "it has a build system", &*manifest.file, build.line)
}
