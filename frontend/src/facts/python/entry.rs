//! What the image runs: the app of a framework, a console script, or a plain script.

use super::manifest::Manifest;
use super::server::{FRAMEWORKS, Interface, PORT, Server};
use super::source::{MODULES, Module, Sources};
use crate::diagnostic::{Diagnostic, Diagnostics, Place};
use crate::facts::{Fact, Project};
use crate::manifest::App;
use crate::path;
use crate::rules::Rule;
use crate::span::Span;

/// Files that are run when nothing else is found.
const SCRIPTS: &[&str] = &[MAIN, "__main__.py", "app.py", "run.py", "server.py", "streamlit_app.py"];

/// The program, whatever else there is.
const MAIN: &str = "main.py";

/// What an app's object is called, in most projects.
const OBJECTS: &[&str] = &["app", "application", "api", "server"];

/// What the image runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub argv: Fact<Vec<String>>,
    /// Where it listens, when it serves and that is known.
    pub port: Option<u16>,
}

/// All that is looked at.
pub(super) struct Search<'a> {
    pub app: &'a App,
    pub place: Span,
    pub root: &'a str,
    /// What the project says of itself, whatever files that is spread over.
    pub manifests: &'a [&'a Manifest],
    pub installed: bool,
    /// Where the project's own settings of gunicorn have it listen.
    pub bind: Option<&'a str>,
    pub sources: &'a Sources,
}

/// `None` when a mistake was found, or while the project asks for more of its files.
pub(super) fn find(
    search: &Search<'_>,
    project: &mut Project,
    diagnostics: &mut Diagnostics,
) -> Option<Entry> {
    let django = Django::find(search, project).map(|django| django.entry(search));
    let found = django.or_else(|| framework(search));
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
        let argv = server.command(target, factory, self.bind);
        let port =
            if server == Server::Gunicorn { self.bind.map_or(Some(PORT), port_of) } else { Some(PORT) };
        Ok(Entry { argv: Fact { value: argv, reason, place: Some(place) }, port })
    }
}

/// What `gunicorn.conf.py` says of `bind`, which a program finds where it runs.
pub(super) fn bind(project: &mut Project, root: &str) -> Option<String> {
    let text = project.file(&path::join(root, "gunicorn.conf.py"))?;
    let mut settings = text.lines().filter_map(|line| line.split_once('='));
    settings.find(|(name, _)| name.trim_end() == "bind").map(|(_, value)| value.trim().to_owned())
}

/// `"0.0.0.0:8080"`, and nothing that is worked out.
fn port_of(bind: &str) -> Option<u16> {
    let literal = bind.strip_prefix(['"', '\''])?.strip_suffix(['"', '\''])?;
    literal.rsplit_once(':')?.1.parse().ok()
}

fn list(names: &[&str]) -> String {
    crate::nearest::list(names.iter().copied())
}

/// What `manage.py` says of a project of Django.
pub(super) struct Django {
    interface: Interface,
    /// `config.wsgi`
    module: String,
    /// The line of `manage.py` that names the settings.
    place: Place,
    /// What the module names as settings, where `manage.py` names others.
    pub settings: Option<String>,
}

impl Django {
    pub(super) fn find(search: &Search<'_>, project: &mut Project) -> Option<Self> {
        search.depends_on("django")?;
        let manage = path::join(search.root, "manage.py");
        let (line, settings) = settings_of(&project.file(&manage)?)?;
        let packages: Vec<&str> = settings.split('.').collect();
        let wsgi = Server::find(search.manifests, Interface::Wsgi)
            .filter(|(server, ..)| *server != Server::Hypercorn);
        let asgi = Server::find(search.manifests, Interface::Asgi);
        // Nothing but ASGI can do what these are for.
        let needs_asgi = ["channels", "daphne"].iter().any(|name| search.depends_on(name).is_some());
        let mut interfaces = [(Interface::Wsgi, "wsgi"), (Interface::Asgi, "asgi")];
        if needs_asgi || wsgi.is_none() && asgi.is_some() {
            interfaces.reverse();
        }
        let (interface, found) = interfaces.into_iter().find_map(|(interface, name)| {
            (1..packages.len()).rev().find_map(|parts| {
                let module = format!("{}.{name}", packages[..parts].join("."));
                Some((interface, search.sources.module(&module)?))
            })
        })?;
        let text = project.file(&found.file)?;
        Some(Self {
            interface,
            module: found.name.clone(),
            place: Place::File { path: manage, line },
            settings: settings_of(&text).map(|(_, own)| own).filter(|own| *own != settings),
        })
    }

    fn entry(&self, search: &Search<'_>) -> Found {
        let target = format!("{}:application", self.module);
        search.serve("django", self.interface, &target, false, self.place.clone())
    }
}

/// `os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")`, or with `os.getenv("X", "config.settings")`: what a
/// bracket stands before is the name of a variable.
fn settings_of(text: &str) -> Option<(u32, String)> {
    let lines: Vec<_> =
        crate::facts::numbered(text).map(|(line, text)| (line, without_comment(text))).collect();
    lines.iter().enumerate().find_map(|(at, (line, text))| {
        let (_, after) = text.split_once("DJANGO_SETTINGS_MODULE")?;
        let after = after.strip_prefix(['"', '\''])?;
        let next = lines.get(at + 1).filter(|_| after.ends_with([',', '('])).map_or("", |(_, next)| next);
        let text = format!("{after} {next}");
        let parts: Vec<&str> = text.split(['"', '\'']).collect();
        let mut literals = parts.chunks_exact(2).filter(|pair| !pair[0].trim_end().ends_with(['(', '[']));
        let module = literals.next()?[1];
        is_module(module).then(|| (*line, module.to_owned()))
    })
}

/// A line of Python without the comment at its end.
fn without_comment(text: &str) -> &str {
    let is_code = |at: usize| text[..at].matches(['"', '\'']).count().is_multiple_of(2);
    let comment = text.match_indices('#').find(|(at, _)| is_code(*at));
    comment.map_or(text, |(at, _)| text[..at].trim_end())
}

/// `config.settings`
fn is_module(text: &str) -> bool {
    text.split('.').all(|part| {
        part.starts_with(|c: char| c.is_alphabetic() || c == '_')
            && part.chars().all(|c| c.is_alphanumeric() || c == '_')
    })
}

type Framework = (&'static str, &'static str, Interface);

/// Something to serve: where it is, what it is called, and whether it makes the app.
type Candidate<'a> = (&'a Framework, &'a Module, &'a str, u32, bool);

/// The app of a framework that the project depends on: an object, else what a function made, else the function.
fn framework(search: &Search<'_>) -> Option<Found> {
    let known: Vec<&Framework> =
        FRAMEWORKS.iter().filter(|(package, ..)| search.depends_on(package).is_some()).collect();
    known.first()?;
    let modules = || search.sources.modules().iter();
    let objects = || modules().flat_map(|module| module.apps.iter().map(move |app| (module, app)));
    // Whoever makes an app in a function says there what it is of.
    let made_of = |module: &Module| {
        let makes = |class: &str, module: &Module| module.makes.contains(&class);
        let own = known.iter().find(|(_, class, _)| makes(class, module));
        own.or_else(|| known.iter().find(|(_, class, _)| modules().any(|module| makes(class, module))))
            .or(known.first())
            .copied()
    };
    let mut found: Vec<Candidate<'_>> = objects()
        .filter_map(|(module, app)| {
            let framework = known.iter().find(|(_, class, _)| app.class == Some(class))?;
            Some((*framework, module, app.name.as_str(), app.line, false))
        })
        .collect();
    if found.is_empty() {
        let made = objects().filter(|(module, app)| app.class.is_none() && is_usual(module, &app.name));
        found.extend(made.filter_map(|(module, app)| {
            Some((made_of(module)?, module, app.name.as_str(), app.line, false))
        }));
    }
    if found.is_empty() {
        found.extend(modules().filter_map(|module| {
            let (name, line) = module.factory.as_ref()?;
            Some((made_of(module)?, module, name.as_str(), *line, true))
        }));
    }
    // Parts of an app are apps as well; the whole has a name that says so.
    let usual: Vec<_> = found.iter().filter(|(_, module, name, ..)| is_usual(module, name)).collect();
    let chosen = if usual.len() == 1 { usual } else { found.iter().collect() };
    match chosen.as_slice() {
        [] => None,
        [((framework, _, interface), module, name, line, factory)] => {
            let place = Place::File { path: module.file.clone(), line: *line };
            let target = format!("{}:{name}", module.name);
            Some(search.serve(framework, *interface, &target, *factory, place))
        }
        [((first, ..), ..), ..] => {
            let message = if chosen.iter().all(|((framework, ..), ..)| framework == first) {
                format!("there are several apps of `{first}`")
            } else {
                "there are apps of several frameworks".to_owned()
            };
            let found = chosen.iter().map(|((_, _, interface), module, name, line, factory)| {
                let server = Server::find(search.manifests, *interface);
                let server = server.map_or(Server::Uvicorn, |(server, ..)| server);
                (
                    server.command(&format!("{}:{name}", module.name), *factory, search.bind),
                    module.file.clone(),
                    *line,
                )
            });
            Some(Err(Box::new(several(search, &message, found.collect()))))
        }
    }
}

fn is_usual(module: &Module, name: &str) -> bool {
    let last = module.name.rsplit('.').next().unwrap_or_default();
    OBJECTS.contains(&name) && (MODULES.contains(&last) || module.is_package)
}

/// Whether one of the words names a file that no installation of the project brings: one that lies beside its packages.
pub(super) fn lies_beside(words: &[&str], root: &str, sources: &Sources, project: &mut Project) -> bool {
    words.iter().skip(1).any(|word| {
        let module = sources.module(word.split(':').next().unwrap_or(word));
        let is_file = word.strip_suffix(".py").is_some() && project.file(&path::join(root, word)).is_some();
        is_file || module.is_some_and(|module| !module.is_package && !module.name.contains('.'))
    })
}

/// A console script of an installed project, else a file.
fn script(search: &Search<'_>, project: &mut Project) -> Option<Found> {
    let entry = |words: &[&str], reason: String, file: &str, line: u32| {
        let argv = words.iter().map(|&word| word.to_owned()).collect();
        Entry { argv: Fact::at(argv, reason, file, line), port: None }
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
        [(name, file)] => {
            let text = project.file(file)?;
            Some(Ok(match search.depends_on("streamlit").filter(|_| text.contains("streamlit")) {
                Some(_) => {
                    let port = PORT.to_string();
                    let words = ["run", name, "--server.address", "0.0.0.0", "--server.port", &port];
                    let words = [&["streamlit"], &words[..]].concat();
                    Entry {
                        port: Some(PORT),
                        ..entry(&words, format!("`{name}` is a page of Streamlit"), file, 1)
                    }
                }
                None => entry(&["python", name], format!("`{name}` is there"), file, 1),
            }))
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_of_django() {
        let said = |text: &str| settings_of(text).map(|(line, module)| format!("{line} {module}"));
        for (text, expected) in [
            ("os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'shop.settings')", Some("1 shop.settings")),
            (
                "os.environ[\"DJANGO_SETTINGS_MODULE\"] = \"shop.settings\"  # or \"x\"",
                Some("1 shop.settings"),
            ),
            (
                "setdefault(\n    \"DJANGO_SETTINGS_MODULE\",\n    \"shop.settings\",\n)",
                Some("2 shop.settings"),
            ),
            (
                "setdefault(\"DJANGO_SETTINGS_MODULE\", os.getenv(\"X\", \"shop.settings\"))",
                Some("1 shop.settings"),
            ),
            (
                "setdefault(\"DJANGO_SETTINGS_MODULE\", environ.get(\"DJANGO_SETTINGS_MODULE\", \"a.b\"))",
                Some("1 a.b"),
            ),
            ("setdefault(\"DJANGO_SETTINGS_MODULE\", os.environ.get(\"X\") or \"a.b\")", Some("1 a.b")),
            ("setdefault(\"DJANGO_SETTINGS_MODULE\", os.environ[\"X\"])", None),
            ("setdefault(\"DJANGO_SETTINGS_MODULE\", f\"shop.settings.{stage}\")", None),
            (
                "# We defer to a DJANGO_SETTINGS_MODULE already in the environment. This breaks\n\
                 # os.environ[\"DJANGO_SETTINGS_MODULE\"] = \"a.b\"\n\
                 os.environ.setdefault(\"DJANGO_SETTINGS_MODULE\", \"a.c\")",
                Some("3 a.c"),
            ),
        ] {
            assert_eq!(said(text).as_deref(), expected, "{text}");
        }
    }
}
