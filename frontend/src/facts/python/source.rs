//! The project's own modules, as far as their heads tell: which objects are apps of a framework.

use super::server::FRAMEWORKS;
use crate::facts::{Fact, Project, numbered};
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

/// Past this number no more modules are read.
const FILES_READ_AT_MOST: usize = 400;

/// How deep packages are looked into.
const DEPTH: usize = 4;

/// `shop/main.py`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Module {
    /// `shop.main`, as an import names it.
    pub name: String,
    /// Relative to the context.
    pub file: String,
    pub is_package: bool,
    pub apps: Vec<AppObject>,
    /// A function that makes the app, with its line.
    pub factory: Option<(String, u32)>,
}

/// `app = FastAPI()` at the top level of a module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppObject {
    pub name: String,
    pub class: String,
    pub line: u32,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sources(Vec<Module>);

impl Sources {
    /// The modules below a folder, and below `src` in it.
    pub fn read(project: &mut Project, root: &str) -> Self {
        let mut files = Vec::new();
        let source = path::join(root, "src");
        let mut folders = vec![(root.to_owned(), root.to_owned(), 0), (source.clone(), source.clone(), 0)];
        while let Some((base, folder, depth)) = folders.pop() {
            for item in project.folder(&folder).iter() {
                let path = path::join(&folder, &item.name);
                if item.is_folder {
                    let hidden = item.name.starts_with('.') || NOT_THE_APP.contains(&item.name.as_str());
                    if !hidden && depth < DEPTH && path != source {
                        folders.push((base.clone(), path, depth + 1));
                    }
                } else if item.name.strip_suffix(".py").is_some_and(|stem| !is_test(stem)) {
                    files.push((base.clone(), path));
                }
            }
        }
        files.truncate(FILES_READ_AT_MOST);
        files.sort();
        // All are asked for at once.
        let texts: Vec<_> = files.iter().map(|(_, file)| project.file(file)).collect();
        let modules =
            files.iter().zip(texts).filter_map(|((base, file), text)| Module::read(base, file, &text?));
        Self(modules.collect())
    }

    pub fn modules(&self) -> &[Module] {
        &self.0
    }

    pub fn module(&self, name: &str) -> Option<&Module> {
        self.0.iter().find(|module| module.name == name)
    }
}

/// Where a settings module of Django says that static files are collected.
pub(super) fn static_files(
    project: &mut Project,
    root: &str,
    sources: &Sources,
) -> Option<Fact<&'static str>> {
    project.file(&path::join(root, "manage.py"))?;
    sources.modules().iter().find_map(|module| {
        let text = project.file(&module.file)?;
        let (line, _) =
            numbered(&text).find(|(_, text)| text.starts_with("STATIC_ROOT") && text.contains('='))?;
        Some(Fact::at("collected", "`STATIC_ROOT` names a folder for them", &*module.file, line))
    })
}

fn is_test(stem: &str) -> bool {
    stem.starts_with("test_") || stem.ends_with("_test") || matches!(stem, "tests" | "conftest")
}

impl Module {
    fn read(base: &str, file: &str, text: &str) -> Option<Self> {
        let relative = path::relative(base, file)?;
        let stem = relative.strip_suffix(".py")?;
        let is_package = stem == "__init__" || stem.ends_with("/__init__");
        let name = stem.strip_suffix("/__init__").unwrap_or(stem).replace('/', ".");
        let mut module = Self { name, file: file.to_owned(), is_package, apps: Vec::new(), factory: None };
        for ((line, _), text) in numbered(text).zip(text.lines()) {
            module.apps.extend(app_object(text, line));
            let factory = ["create_app", "make_app", "get_app", "create_application"].iter().find(|name| {
                text.strip_prefix("def ")
                    .and_then(|rest| rest.strip_prefix(**name))
                    .is_some_and(|rest| rest.starts_with('('))
            });
            if let Some(name) = factory {
                module.factory.get_or_insert(((*name).to_owned(), line));
            }
        }
        Some(module)
    }
}

/// `app = FastAPI(`, `app: FastAPI = fastapi.FastAPI(`
fn app_object(text: &str, line: u32) -> Option<AppObject> {
    let (left, right) = text.split_once('=')?;
    let name = left.split(':').next()?.trim_end();
    let is_name = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || c == '_');
    let call = right.trim_start().split('(').next().filter(|_| right.contains('('))?;
    let class = call.rsplit('.').next()?.trim();
    let known = FRAMEWORKS.iter().any(|(_, known, _)| *known == class);
    (known && is_name(name)).then(|| AppObject { name: name.to_owned(), class: class.to_owned(), line })
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
            ("api/other.py", "x = FastAPIError()\nif app == Flask(1): pass\n"),
        ]);
        let sources = project.conclude(|project| Sources::read(project, "api"));
        let found: Vec<_> = sources
            .modules()
            .iter()
            .flat_map(|module| {
                module.apps.iter().map(|app| (module.name.as_str(), app.name.as_str(), app.line))
            })
            .collect();
        assert_eq!(found, [("main", "app", 3), ("shop", "app", 2)]);
        let web = sources.module("shop.web").expect("it is there");
        assert_eq!(web.factory, Some(("create_app".to_owned(), 1)));
        assert!(sources.module("tests.app").is_none());
    }
}
