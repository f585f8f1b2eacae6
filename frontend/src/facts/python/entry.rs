//! What the image runs: the app of a framework, a console script, or a plain script.

use super::manifest::Manifest;
use super::server::{FRAMEWORKS, Interface, Server};
use super::source::{Module, Sources};
use crate::diagnostic::{Diagnostic, Diagnostics, Place};
use crate::facts::{Fact, Project};
use crate::manifest::App;
use crate::path;
use crate::rules::Rule;
use crate::span::Span;

/// Files that are run when nothing else is found.
const SCRIPTS: &[&str] = &[MAIN, "__main__.py", "app.py", "run.py", "server.py"];

/// The program, whatever else there is.
const MAIN: &str = "main.py";

/// Where an app's objects are looked for first: by these names in modules of these names.
const OBJECTS: &[&str] = &["app", "application", "api"];
const MODULES: &[&str] = &["main", "app", "asgi", "wsgi", "server", "api", "__init__"];

/// What the image runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub argv: Fact<Vec<String>>,
    /// It listens on [`super::server::PORT`].
    pub serves: bool,
}

/// All that is looked at.
pub(super) struct Search<'a> {
    pub app: &'a App,
    pub place: Span,
    pub root: &'a str,
    /// What the project says of itself, whatever files that is spread over.
    pub manifests: &'a [&'a Manifest],
    pub installed: bool,
    pub sources: &'a Sources,
}

/// `None` when a mistake was found, or while the project asks for more of its files.
pub(super) fn find(
    search: &Search<'_>,
    project: &mut Project,
    diagnostics: &mut Diagnostics,
) -> Option<Entry> {
    let found = django(search, project).or_else(|| framework(search));
    let found = found.or_else(|| script(search, project));
    match found {
        Some(Ok(entry)) => Some(entry),
        Some(Err(mistake)) => {
            diagnostics.push(*mistake);
            None
        }
        None => {
            let help = "write `run: { entrypoint: [python, FILE] }`; looked for an app of Django, FastAPI, Flask, Litestar, \
                        Quart and Starlette, for `[project.scripts]`, and for `main.py` and `app.py`";
            diagnostics.push(
                Diagnostic::new(
                    Rule::NoEntrypoint,
                    search.place(),
                    "nothing was found that the image could run",
                )
                .help(help),
            );
            None
        }
    }
}

type Found = Result<Entry, Box<Diagnostic>>;

impl Search<'_> {
    fn place(&self) -> Span {
        self.app.stack.as_ref().map_or(self.place, |stack| stack.span)
    }

    fn depends_on(&self, name: &str) -> Option<Place> {
        self.manifests.iter().find_map(|manifest| {
            let line = manifest.depends_on(name)?.line;
            Some(Place::File { path: manifest.file.clone(), line })
        })
    }

    /// The app, served.
    fn serve(
        &self,
        framework: &str,
        interface: Interface,
        target: &str,
        factory: bool,
        place: Place,
    ) -> Found {
        let Some((server, file, line)) = Server::find(self.manifests, interface) else {
            let servers = Server::names(interface);
            let message = format!("`{framework}` needs a server, and the project depends on none");
            let place = self.depends_on(framework).unwrap_or(place);
            let first = servers.first().copied().unwrap_or_default();
            let help = format!(
                "add `{first}` to the dependencies, or write `run.entrypoint`; looked for {}",
                list(&servers)
            );
            return Err(Box::new(Diagnostic::new(Rule::NoEntrypoint, place, message).help(help)));
        };
        let reason = format!(
            "`{target}` is the app of `{framework}`, and `{}` serves it ({file}:{line})",
            server.name()
        );
        let argv = server.command(target, factory);
        Ok(Entry { argv: Fact { value: argv, reason, place: Some(place) }, serves: true })
    }
}

fn list(names: &[&str]) -> String {
    crate::nearest::list(names.iter().copied())
}

/// The settings module of `manage.py` says where the app is.
fn django(search: &Search<'_>, project: &mut Project) -> Option<Found> {
    search.depends_on("django")?;
    let manage = path::join(search.root, "manage.py");
    let text = project.file(&manage)?;
    let (line, settings) = crate::facts::numbered(&text).find_map(|(line, text)| {
        let after = text.split("DJANGO_SETTINGS_MODULE").nth(1)?;
        let mut quoted = after.split(['"', '\'']).filter(|part| part.contains(|c: char| c.is_alphanumeric()));
        Some((line, quoted.next()?.to_owned()))
    })?;
    let packages: Vec<&str> = settings.split('.').collect();
    let wsgi =
        Server::find(search.manifests, Interface::Wsgi).filter(|(server, ..)| *server != Server::Hypercorn);
    let asgi = Server::find(search.manifests, Interface::Asgi);
    let interface = if wsgi.is_none() && asgi.is_some() { Interface::Asgi } else { Interface::Wsgi };
    let name = match interface {
        Interface::Asgi => "asgi",
        Interface::Wsgi => "wsgi",
    };
    let module = (1..packages.len()).rev().find_map(|parts| {
        let module = format!("{}.{name}", packages[..parts].join("."));
        search.sources.module(&module).map(|_| module)
    })?;
    let place = Place::File { path: manage, line };
    Some(search.serve("django", interface, &format!("{module}:application"), false, place))
}

/// The object or factory of a framework that the project depends on.
fn framework(search: &Search<'_>) -> Option<Found> {
    let &(framework, class, interface) =
        FRAMEWORKS.iter().find(|(package, ..)| search.depends_on(package).is_some())?;
    let objects = search.sources.modules().iter().flat_map(|module| {
        module
            .apps
            .iter()
            .filter(move |app| app.class == class)
            .map(move |app| (module, app.name.as_str(), app.line))
    });
    let mut found: Vec<(&Module, &str, u32, bool)> =
        objects.map(|(m, name, line)| (m, name, line, false)).collect();
    if found.is_empty() {
        let factories = search.sources.modules().iter().filter_map(|module| {
            let (name, line) = module.factory.as_ref()?;
            Some((module, name.as_str(), *line, true))
        });
        found.extend(factories);
    }
    // Parts of an app are apps as well; the whole has a name that says so.
    let usual = |&&(module, name, ..): &&(&Module, &str, u32, bool)| {
        let last = module.name.rsplit('.').next().unwrap_or_default();
        OBJECTS.contains(&name) && (MODULES.contains(&last) || module.is_package)
    };
    let chosen: Vec<_> = match found.iter().filter(usual).collect::<Vec<_>>() {
        usual if usual.len() == 1 => usual,
        _ => found.iter().collect(),
    };
    match chosen.as_slice() {
        [] => None,
        [(module, name, line, factory)] => {
            let place = Place::File { path: module.file.clone(), line: *line };
            Some(search.serve(framework, interface, &format!("{}:{name}", module.name), *factory, place))
        }
        apps => {
            let server =
                Server::find(search.manifests, interface).map_or(Server::Uvicorn, |(server, ..)| server);
            let found = apps.iter().map(|(module, name, line, factory)| {
                (server.command(&format!("{}:{name}", module.name), *factory), module.file.clone(), *line)
            });
            let message = format!("there are several apps of `{framework}`");
            Some(Err(Box::new(several(search, &message, found.collect()))))
        }
    }
}

/// A console script of an installed project, else a file.
fn script(search: &Search<'_>, project: &mut Project) -> Option<Found> {
    let entry = |words: &[&str], reason: String, file: &str, line: u32| {
        let argv = words.iter().map(|&word| word.to_owned()).collect();
        Entry { argv: Fact::at(argv, reason, file, line), serves: false }
    };
    let manifest = search.manifests.iter().find(|manifest| !manifest.scripts.is_empty() && search.installed);
    if let Some(manifest) = manifest {
        let own = manifest.scripts.iter().find(|(name, _)| Some(name) == manifest.name.as_ref());
        return Some(match (own, manifest.scripts.as_slice()) {
            (Some((name, line)), _) | (None, [(name, line)]) => {
                Ok(entry(&[name], format!("`{name}` is the project's console script"), &manifest.file, *line))
            }
            (None, scripts) => {
                let scripts =
                    scripts.iter().map(|(name, line)| (vec![name.clone()], manifest.file.clone(), *line));
                Err(Box::new(several(search, "the project has several console scripts", scripts.collect())))
            }
        });
    }
    let files: Vec<_> = SCRIPTS.iter().map(|name| (*name, path::join(search.root, name))).collect();
    let there: Vec<bool> = files.iter().map(|(_, file)| project.file(file).is_some()).collect();
    let mut found: Vec<_> =
        files.into_iter().zip(there).filter_map(|(file, there)| there.then_some(file)).collect();
    if found.first().is_some_and(|(name, _)| *name == MAIN) {
        found.truncate(1);
    }
    match found.as_slice() {
        [] => None,
        [(name, file)] => Some(Ok(entry(&["python", name], format!("`{name}` is there"), file, 1))),
        several_files => {
            let words = |name: &str| vec!["python".to_owned(), name.to_owned()];
            let files = several_files.iter().map(|(name, file)| (words(name), file.clone(), 1));
            Some(Err(Box::new(several(search, "several scripts could be the program", files.collect()))))
        }
    }
}

/// Commands, with the place that each was found at.
fn several(search: &Search<'_>, message: &str, found: Vec<(Vec<String>, String, u32)>) -> Diagnostic {
    let help = write(found.first().map_or(&[], |(words, ..)| words));
    let mistake = Diagnostic::new(Rule::SeveralEntrypoints, search.place(), message).help(help);
    found.into_iter().fold(mistake, |mistake, (words, path, line)| {
        mistake.label(Place::File { path, line }, format!("`{}`", words.join(" ")))
    })
}

fn write(words: &[String]) -> String {
    if words.is_empty() {
        return "write `run.entrypoint`".to_owned();
    }
    let words: Vec<_> = words.iter().map(|word| crate::yaml::quoted(word)).collect();
    format!("write `run: {{ entrypoint: [{}] }}`", words.join(", "))
}
