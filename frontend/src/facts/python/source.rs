//! The project's own modules, as far as their heads tell: which objects are apps of a framework.

use super::server::{DASH, FRAMEWORKS};
use crate::facts::{Fact, Project, numbered};
use crate::gather::Gather as _;
use crate::path;

/// Folders that hold no app.
const NOT_THE_APP: &[&str] = &[
    "tests",
    "test",
    "docs",
    "examples",
    "migrations",
    "node_modules",
    "venv",
    "__pycache__",
    "site-packages",
    "build",
    "dist",
];

/// Past this number no more modules are read; those that are most likely to have the app are read first.
const FILES_READ_AT_MOST: usize = 400;

/// How deep packages are looked into.
const DEPTH: usize = 4;

/// Programs that work on the project, and are no part of it.
const TOOLS: &[&str] = &["setup.py", "noxfile.py", "tasks.py", "dodo.py", "fabfile.py"];

/// Documentation that a program may read: it says so by the name.
const DOCUMENTS: &[&str] =
    &["docs", "README.md", "README.rst", "CHANGELOG.md", "CHANGES.md", "LICENSE", "AGENTS.md"];

/// Modules that have the app, in most projects.
pub(super) const MODULES: &[&str] = &["main", "app", "asgi", "wsgi", "server", "api", "__init__"];

/// What a function is called that makes the app.
const FACTORIES: &[&str] = &["create_app", "make_app", "get_app", "create_application"];

/// `shop/main.py`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Module {
    /// `shop.main`, as an import names it.
    pub name: String,
    /// Relative to the context.
    pub file: String,
    pub is_package: bool,
    pub apps: Vec<AppObject>,
    /// A function that makes the app and needs nothing for it, with its line.
    pub factory: Option<(String, u32)>,
    /// The classes of frameworks that it makes apps of, wherever in it.
    pub makes: Vec<&'static str>,
}

/// `app = FastAPI()` at the top level of a module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppObject {
    pub name: String,
    /// None where a function makes it.
    pub class: Option<&'static str>,
    pub line: u32,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sources {
    modules: Vec<Module>,
    /// Modules are imported from the folder `src`, which is no package.
    pub src: bool,
    /// What of the project's folder looks like documentation, and a module names it.
    pub documents: Vec<&'static str>,
}

impl Sources {
    /// The modules below a folder, and below `src` in it.
    pub fn read(project: &mut Project, root: &str) -> Self {
        let mut files = Vec::new();
        let source = path::join(root, "src");
        let mut folders = vec![(root.to_owned(), 0)];
        while let Some((folder, depth)) = folders.pop() {
            let items = project.folder(&folder);
            // A virtual environment, whatever it is called.
            if items.iter().any(|item| item.name == "pyvenv.cfg") {
                continue;
            }
            for item in items.iter() {
                let path = path::join(&folder, &item.name);
                if item.is_folder {
                    let hidden = item.name.starts_with('.') || NOT_THE_APP.contains(&item.name.as_str());
                    if path == source {
                        folders.push((path, 0));
                    } else if !hidden && depth < DEPTH {
                        folders.push((path, depth + 1));
                    }
                } else if item.name.strip_suffix(".py").is_some_and(|stem| !is_test(stem)) {
                    files.push(path);
                }
            }
        }
        let rank = |file: &String| (!is_likely(file), file.matches('/').count());
        files = files.into_iter().in_order(|one, other| rank(one) <= rank(other));
        files.truncate(FILES_READ_AT_MOST);
        files.sort();
        // All are asked for at once.
        let texts: Vec<_> = files.iter().map(|file| project.file(file)).collect();
        let below_src = |file: &str| path::relative(&source, file).is_some();
        let is_package = files.contains(&path::join(&source, "__init__.py"))
            || texts.iter().flatten().any(|text| text.lines().any(imports_src));
        let is_named = |name: &&&str| {
            let of_app = files.iter().zip(&texts).filter(|(file, _)| !is_tool(root, file));
            of_app.filter_map(|(_, text)| text.as_deref()).any(|text| names(text, name))
        };
        let documents = DOCUMENTS.iter().filter(is_named).copied().collect();
        let src = !is_package && files.iter().any(|file| below_src(file));
        let modules = files.iter().zip(texts).filter_map(|(file, text)| {
            Module::read(if src && below_src(file) { &source } else { root }, file, &text?)
        });
        Self { modules: modules.collect(), src, documents }
    }

    pub fn modules(&self) -> &[Module] {
        &self.modules
    }

    pub fn module(&self, name: &str) -> Option<&Module> {
        self.modules.iter().find(|module| module.name == name)
    }
}

/// A name of an app's module, or of the settings of Django.
fn is_likely(file: &str) -> bool {
    let stem = file.rsplit('/').next().and_then(|name| name.strip_suffix(".py")).unwrap_or_default();
    MODULES.contains(&stem) || file.contains("settings")
}

fn is_tool(root: &str, file: &str) -> bool {
    path::relative(root, file).is_some_and(|file| TOOLS.contains(&file.as_str()))
}

/// `"docs"`, `'./docs/a.md'`, `f"{here}/docs"`, and not `"/docs"`, which is an address.
fn names(text: &str, file: &str) -> bool {
    text.match_indices(file).any(|(at, _)| {
        let before = &text[..at];
        let before = before.strip_suffix("../").or_else(|| before.strip_suffix("./")).unwrap_or(before);
        let begins = before.ends_with(['"', '\'']) || before.ends_with("}/");
        begins && text[at + file.len()..].starts_with(['"', '\'', '/'])
    })
}

/// `from src.config import x`
fn imports_src(line: &str) -> bool {
    let rest = line.strip_prefix("from ").or_else(|| line.strip_prefix("import "));
    rest.and_then(|rest| rest.trim_start().strip_prefix("src"))
        .is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', ' ']))
}

/// Where a settings module of Django says that static files are collected.
pub(super) fn static_files(project: &mut Project, sources: &Sources) -> Option<Fact<&'static str>> {
    sources.modules().iter().find_map(|module| {
        let text = project.file(&module.file)?;
        let (line, _) =
            numbered(&text).find(|(_, text)| text.starts_with("STATIC_ROOT") && text.contains('='))?;
        Some(Fact::at("collected", "`STATIC_ROOT` names a folder for them", &*module.file, line))
    })
}

/// A module that only tests read.
pub(super) fn is_test(stem: &str) -> bool {
    stem.starts_with("test_") || stem.ends_with("_test") || matches!(stem, "tests" | "conftest")
}

impl Module {
    fn read(base: &str, file: &str, text: &str) -> Option<Self> {
        let relative = path::relative(base, file)?;
        let stem = relative.strip_suffix(".py")?;
        let is_package = stem == "__init__" || stem.ends_with("/__init__");
        let name = stem.strip_suffix("/__init__").unwrap_or(stem).replace('/', ".");
        let mut module = Self {
            name,
            file: file.to_owned(),
            is_package,
            apps: Vec::new(),
            factory: None,
            makes: FRAMEWORKS.iter().map(|(_, class, _)| *class).filter(|class| calls(text, class)).collect(),
        };
        for (line, whole) in (1..).zip(text.lines()) {
            module.apps.extend(app_object(whole, line));
            if let Some(rest) = whole.strip_prefix("def ")
                && let Some((name, _)) = rest.split_once('(')
                && FACTORIES.contains(&name)
                && needs_nothing(behind(text, rest))
            {
                module.factory.get_or_insert((name.to_owned(), line));
            }
        }
        Some(module)
    }
}

/// The text from a part of it on, without what comes before the first parenthesis.
fn behind<'a>(text: &'a str, part: &str) -> &'a str {
    let at = text.find(part).unwrap_or(text.len());
    text[at..].split_once('(').map_or("", |(_, rest)| rest)
}

/// `a: int = 1, *rest)`: every parameter has a default.
fn needs_nothing(parameters: &str) -> bool {
    let mut depth = 0_u32;
    let mut given = true;
    let mut blank = true;
    for c in parameters.chars() {
        match c {
            ')' if depth == 0 => return given || blank,
            ',' if depth == 0 => {
                if !given && !blank {
                    return false;
                }
                (given, blank) = (true, true);
            }
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            '=' if depth == 0 => given = true,
            '*' | '/' if blank => (given, blank) = (true, false),
            c if blank && !c.is_whitespace() => (given, blank) = (false, false),
            _ => {}
        }
    }
    false
}

/// `Flask(` or `flask.Flask(`, and not `MyFlask(`
fn calls(text: &str, class: &str) -> bool {
    text.match_indices(class).any(|(at, _)| {
        let is_name = |c: char| c.is_alphanumeric() || c == '_';
        text[at + class.len()..].starts_with('(') && !text[..at].ends_with(is_name)
    })
}

/// `app = FastAPI(`, `app: FastAPI = fastapi.FastAPI(`, `app = create_app(`; of Dash it is what `server = app.server` says.
fn app_object(text: &str, line: u32) -> Option<AppObject> {
    let (left, right) = text.split_once('=')?;
    let (name, right) = (left.split(':').next()?.trim_end(), right.trim_start());
    let is_name = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || c == '_');
    let class = match right.split_once('(') {
        Some((call, _)) => {
            let function = call.rsplit('.').next()?.trim();
            match FRAMEWORKS.iter().find(|(_, class, _)| *class == function) {
                Some((_, class, _)) => Some(*class).filter(|class| *class != DASH).map(Some)?,
                None if is_name(function) && function.starts_with(|c: char| c.is_lowercase()) => None,
                None => return None,
            }
        }
        None => right.trim_end().ends_with(".server").then_some(Some(DASH))?,
    };
    is_name(name).then(|| AppObject { name: name.to_owned(), class, line })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn apps_of_modules() {
        let project = Project::of_files([
            ("api/main.py", "from fastapi import FastAPI\n\napp = FastAPI()\n"),
            ("api/src/shop/__init__.py", "import flask\napp: flask.Flask = flask.Flask(__name__)\n"),
            ("api/shop/web.py", "def create_app():\n    app = Flask(__name__)\n    return app\n"),
            ("api/tests/app.py", "app = FastAPI()\n"),
            ("api/test_main.py", "app = FastAPI()\n"),
            ("api/py/pyvenv.cfg", "home = /usr/bin\n"),
            ("api/py/lib/main.py", "app = FastAPI()\n"),
            ("api/other.py", "x = FastAPIError()\nif app == Flask(1): pass\n"),
        ]);
        let sources = project.conclude(|project| Sources::read(project, "api"));
        let found: Vec<_> = sources
            .modules()
            .iter()
            .flat_map(|module| {
                let made = module.apps.iter().filter(|app| app.class.is_some());
                made.map(|app| (module.name.as_str(), app.name.as_str(), app.line))
            })
            .collect();
        assert_eq!(found, [("main", "app", 3), ("shop", "app", 2)]);
        let web = sources.module("shop.web").expect("it is there");
        assert_eq!(web.factory, Some(("create_app".to_owned(), 1)));
        assert!(sources.module("tests.app").is_none());
    }

    #[test]
    fn a_factory_needs_nothing() {
        for (parameters, expected) in [
            ("", true),
            ("config=None", true),
            ("\n    config: dict[str, int] = {},\n", true),
            ("*, debug=f(a, b)", true),
            ("*args, **more", true),
            ("config", false),
            ("config: Callable[[int], int]", false),
            ("a=1, *, b", false),
        ] {
            let text = format!("def other(x):\n    pass\ndef create_app({parameters}) -> Flask:\n    pass\n");
            let module = Module::read("", "app.py", &text).expect("it is a module");
            let factory = expected.then(|| ("create_app".to_owned(), 3));
            assert_eq!(module.factory, factory, "{parameters}");
        }
    }

    #[test]
    fn src_is_a_folder_or_a_package() {
        let of = |files: &[(&str, &str)]| {
            let sources =
                Project::of_files(files.iter().copied()).conclude(|project| Sources::read(project, ""));
            (sources.src, sources.modules().last().expect("there is one").name.clone())
        };
        assert_eq!(of(&[("src/main.py", "from srcs import a\n")]), (true, "main".to_owned()));
        assert_eq!(of(&[("src/main.py", "from src.config import a\n")]), (false, "src.main".to_owned()));
        assert_eq!(of(&[("src/__init__.py", ""), ("src/main.py", "")]), (false, "src.main".to_owned()));
        assert_eq!(of(&[("main.py", "")]), (false, "main".to_owned()));
    }

    #[test]
    fn documents_that_a_program_reads() {
        for (text, named) in [
            ("DOCS = Path(__file__).parent / \"docs\"\n", true),
            ("glob('./docs/*.md')", true),
            ("open(f\"{here}/docs/a.md\")", true),
            ("app = FastAPI(docs_url=\"/docs\")", false),
            ("# as docs say\nimport docs", false),
            ("open(\"mydocs/a\")", false),
        ] {
            let of = |file: &'static str| {
                let project = Project::of_files([(file, text)]);
                project.conclude(|project| Sources::read(project, "")).documents
            };
            assert_eq!(of("shop/main.py"), if named { vec!["docs"] } else { vec![] }, "{text}");
            assert!(of("noxfile.py").is_empty());
        }
    }

    #[test]
    fn the_likely_modules_of_many_are_read() {
        let mut files: Vec<_> = (0..500).map(|at| (format!("a/models_{at}.py"), "")).collect();
        files.push(("shop/deep/wsgi.py".to_owned(), ""));
        let project = Project::of_files(files.iter().map(|(file, text)| (file.as_str(), *text)));
        let sources = project.conclude(|project| Sources::read(project, ""));
        assert_eq!(sources.modules().len(), FILES_READ_AT_MOST);
        assert!(sources.module("shop.deep.wsgi").is_some());
    }
}
