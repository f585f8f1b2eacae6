//! How a framework's app is served: by the server that the project depends on, in exec form.

use super::manifest::Manifest;

/// What the app object of a framework speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interface {
    Asgi,
    Wsgi,
}

/// A framework: the package, the class or function that makes its app, and what that speaks.
pub const FRAMEWORKS: &[(&str, &str, Interface)] = &[
    ("fastapi", "FastAPI", Interface::Asgi),
    ("litestar", "Litestar", Interface::Asgi),
    ("quart", "Quart", Interface::Asgi),
    ("starlette", "Starlette", Interface::Asgi),
    ("flask", "Flask", Interface::Wsgi),
    ("dash", DASH, Interface::Wsgi),
];

/// What serves an app of Dash is no app of its class, but the one of Flask below.
pub const DASH: &str = "Dash";

/// Servers that a framework depends on itself, with one of these extras, or always.
const BROUGHT: &[(&str, &[&str], Server)] = &[
    ("fastapi", &["standard", "standard-no-fastapi-cloud-cli", "all"], Server::Uvicorn),
    ("litestar", &["standard", "full"], Server::Uvicorn),
    ("quart", &[], Server::Hypercorn),
];

/// Where the server listens.
pub const PORT: u16 = 8000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Server {
    Uvicorn,
    Hypercorn,
    Daphne,
    Gunicorn,
    Waitress,
}

impl Server {
    /// The servers of an interface, the one that is made for it first.
    fn of(interface: Interface) -> &'static [Self] {
        match interface {
            Interface::Asgi => &[Self::Uvicorn, Self::Hypercorn, Self::Daphne],
            Interface::Wsgi => &[Self::Gunicorn, Self::Waitress, Self::Hypercorn],
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Uvicorn => "uvicorn",
            Self::Hypercorn => "hypercorn",
            Self::Daphne => "daphne",
            Self::Gunicorn => "gunicorn",
            Self::Waitress => "waitress",
        }
    }

    /// What a project may add to be served.
    pub fn names(interface: Interface) -> Vec<&'static str> {
        Self::of(interface).iter().map(|server| server.name()).collect()
    }

    /// The server that the project depends on, with the line that says so.
    pub fn find(manifest: &[&Manifest], interface: Interface) -> Option<(Self, String, u32)> {
        Self::of(interface).iter().find_map(|&server| {
            manifest.iter().find_map(|manifest| {
                let direct = manifest.depends_on(server.name());
                let brought = || {
                    BROUGHT.iter().filter(|(.., brought)| *brought == server).find_map(|(name, extras, _)| {
                        let framework = manifest.depends_on(name)?;
                        let brings = |extra: &String| extras.contains(&extra.as_str());
                        (extras.is_empty() || framework.extras.iter().any(brings)).then_some(framework)
                    })
                };
                let one = direct.or_else(brought)?;
                Some((server, manifest.file.clone(), one.line))
            })
        })
    }

    /// `target` is `module:object`, or with `factory` a function that makes the object. Where gunicorn listens may be written
    /// in its settings: what an option says would hide that.
    pub fn command(self, target: &str, factory: bool, bind: Option<&str>) -> Vec<String> {
        let (all, port) = (format!("0.0.0.0:{PORT}"), PORT.to_string());
        let call = if factory { format!("{target}()") } else { target.to_owned() };
        let words: &[&str] = match (self, factory) {
            (Self::Uvicorn, false) => &["uvicorn", target, "--host", "0.0.0.0", "--port", &port],
            (Self::Uvicorn, true) => &["uvicorn", "--factory", target, "--host", "0.0.0.0", "--port", &port],
            (Self::Hypercorn, _) => &["hypercorn", &call, "--bind", &all],
            (Self::Daphne, _) => &["daphne", "-b", "0.0.0.0", "-p", &port, &call],
            (Self::Gunicorn, _) if bind.is_some() => &["gunicorn", &call, "--worker-tmp-dir", "/dev/shm"],
            // The heartbeat is a file: this folder is in memory everywhere, and writable on a read-only root.
            (Self::Gunicorn, _) => &["gunicorn", &call, "--bind", &all, "--worker-tmp-dir", "/dev/shm"],
            (Self::Waitress, false) => &["waitress-serve", "--listen", &all, target],
            (Self::Waitress, true) => &["waitress-serve", "--listen", &all, "--call", target],
        };
        words.iter().map(|&word| word.to_owned()).collect()
    }
}
