//! Static: files behind an unprivileged nginx. They are the source, or what a build of the stack `node` makes of it.

use super::detect::DOCUMENTATION;
use super::node::Kit;
use super::runtime::Runtime;
use super::{Expanded, Request, documents, nginx};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::facts::node::{Goal, HOME, NodeFacts, Page};
use crate::facts::{Decision, Fact, Project};
use crate::path;
use crate::plan::build::{At, output_name, stage_name, words};
use crate::plan::{Base, Copy, Network, Port, Protocol, Stage, Step, Text};
use crate::rules::Rule;
use crate::span::Spanned;

/// The user `nginx` of the unprivileged image.
const USER: &str = "101:101";

const PORT: Port = Port { number: 8080, protocol: Protocol::Tcp };

/// The server's settings. Whoever wants others puts an `nginx.conf` into the project, or mounts one here.
const SETTINGS: &str = "/etc/nginx/conf.d/default.conf";
const ALL_SETTINGS: &str = "/etc/nginx/nginx.conf";
const OWN_SETTINGS: &str = "nginx.conf";

/// The stage that has the page elsewhere.
const PLACED: &str = "page";

/// Once, and not at every request. The same bytes give the same file: neither name nor time is kept.
const COMPRESS: &str = r#"# compress files
set -eu
find /app -type f -size +1k \( -name '*.css' -o -name '*.html' -o -name '*.js' -o -name '*.json' -o -name '*.map' -o -name '*.mjs' \
  -o -name '*.svg' -o -name '*.txt' -o -name '*.wasm' -o -name '*.webmanifest' -o -name '*.xml' \) | sort | while read -r file; do
  gzip -9 -n -c "$file" > "$file.gz"
done
"#;

/// What of a project with nothing to build is no part of the page. Files that begin with a dot are settings, of which some
/// hold credentials; those of `.well-known` are for others to read.
const NOT_SERVED: &[&str] = &[
    "**/node_modules",
    "**/.*",
    "!.well-known",
    "package.json",
    "package-lock.json",
    "npm-shrinkwrap.json",
    "pnpm-lock.yaml",
    "pnpm-workspace.yaml",
    "yarn.lock",
    "bun.lock",
    "bun.lockb",
    OWN_SETTINGS,
    "**/*.log",
];

/// The files of the context that may be asked for besides those of Node, as patterns.
pub(super) const FILES: &[&str] = &["**/nginx.conf", "**/index.html"];

pub(super) fn expand(
    request: &Request<'_>,
    project: &mut Project,
    diagnostics: &mut Diagnostics,
) -> Option<Expanded> {
    let Request { app, span, toolchains, catalog } = *request;
    let at = At(span);
    let root = app.root.as_ref().map_or("", |root| root.value.as_str());
    let image = toolchains.image(&toolchains.default);
    let settings = path::join(root, OWN_SETTINGS);
    let own = project.file(&settings);
    let (mut stages, mut decisions, page) = if is_built(request, project) {
        let node = catalog.toolchains("node")?;
        let kit = Kit::read(request, node, Goal::Page, project, diagnostics)?;
        let page = kit.facts.page.clone()?;
        (kit.stages(), kit.decisions(), page)
    } else {
        check_plain(request, project, diagnostics)?;
        let documents = documents(request, project);
        (vec![plain(at, root, &image, documents)], Vec::new(), Page { routes: false, hashed: None })
    };
    if let Some(build) = stages.iter_mut().find(|stage| stage.name.value.as_str() == "build") {
        // Before the tests are waited for.
        let end = build.steps.iter().position(|step| matches!(step.value, Step::DependsOn(_)));
        let compress = at.run(words(&["sh", "-c", COMPRESS]), Vec::new());
        build.steps.insert(end.unwrap_or(build.steps.len()), compress);
    }
    let (setup, file, own) = match &own {
        Some(text) => {
            let own = nginx::read(&settings, text);
            let to = if own.is_whole { ALL_SETTINGS } else { SETTINGS };
            let file = Fact::at(to.to_owned(), "the project's own settings", &*settings, 1);
            (own_settings(at, &settings, to), file, own)
        }
        None => (
            at.file(SETTINGS, Text::literal(server(&page))),
            Fact::decided(SETTINGS.to_owned(), "an `nginx.conf` in the project would go before it"),
            nginx::Settings::default(),
        ),
    };
    own.advice.into_iter().for_each(|advice| diagnostics.push(advice));
    let folder = match own.root {
        Some((root, line)) => Fact::at(root, "the `root` of the project's own settings", settings, line),
        None => Fact::decided(HOME.to_owned(), "where the server's own settings look for it"),
    };
    let is_elsewhere = folder.value != HOME;
    if is_elsewhere {
        stages.push(placed(at, &folder.value));
    }
    let expose = own.ports.into_iter().map(|number| Port { number, ..PORT }).collect::<Vec<_>>();
    let runtime = Runtime {
        base: Fact::decided(Base::Image(Text::literal(&*image)), "a web server that needs no root"),
        donor: Base::Image(Text::literal(&*image)),
        layers: vec![at.layer(if is_elsewhere { PLACED } else { "build" }, "app")],
        user: Fact::decided(USER.to_owned(), "the user `nginx` of the image"),
        entrypoint: Some(Fact::decided(words(&["nginx", "-g", "daemon off;"]), "the web server")),
        environment: Vec::new(),
        working_dir: None,
        expose: if expose.is_empty() { vec![PORT] } else { expose },
        init: None,
        setup: vec![setup],
        // Requests that are under way are answered first.
        stop_signal: Some("SIGQUIT"),
    };
    let runtime = runtime.of(app);
    runtime.check(app, diagnostics);
    decisions.push(file.decision("server_settings"));
    decisions.push(folder.decision("folder"));
    decisions.push(Decision::new(
        "routes",
        page.routes.to_string(),
        "whether what is no file is the app's page",
    ));
    decisions.extend(runtime.decisions());
    stages.extend(runtime.stages(at, app));
    Some(Expanded { stages, decisions })
}

/// There is a build: a script or a command.
fn is_built(request: &Request<'_>, project: &mut Project) -> bool {
    let root = request.app.root.as_ref().map_or("", |root| root.value.as_str());
    request.app.build.command.is_some() || NodeFacts::has_build(project, root)
}

/// What only a build reads.
fn check_plain(request: &Request<'_>, project: &mut Project, diagnostics: &mut Diagnostics) -> Option<()> {
    let app = request.app;
    let root = app.root.as_ref().map_or("", |root| root.value.as_str());
    if let Some(version) = &app.version {
        diagnostics.push(
            Diagnostic::new(
                Rule::WrongStackKey,
                version.span,
                "`version` is that of Node, and nothing is built",
            )
            .help("remove `version`; `run.from` names another web server"),
        );
    }
    if let Some(output) = &app.build.output {
        let message = "`build.output` is where a build writes to, and nothing is built";
        let help = "remove `output`, or add `build: { command: [...] }`; `root` is the folder of a page that needs no build";
        diagnostics.push(Diagnostic::new(Rule::WrongStackKey, output.span, message).help(help));
    }
    let index = path::join(root, "index.html");
    if project.file(&index).is_none() {
        let message = format!("stack `static` needs `{index}`, or a `package.json` with a script `build`");
        let package = project.file(&path::join(root, "package.json"));
        let help = if package.is_some_and(|text| text.contains(&format!("\"{DOCUMENTATION}\""))) {
            format!("write `build: {{ command: [npm, run, \"{DOCUMENTATION}\"] }}`, or rename that script")
        } else {
            "set `root` to the folder with the page".to_owned()
        };
        diagnostics.push(Diagnostic::new(Rule::MissingFile, request.span, message).help(help));
        return None;
    }
    Some(())
}

/// Documents are a part of the page. Docsify shows the project's `README.md` first.
fn documents(request: &Request<'_>, project: &mut Project) -> Vec<Spanned<Text>> {
    let root = request.app.root.as_ref().map_or("", |root| root.value.as_str());
    let page = project.file(&path::join(root, "index.html"));
    let is_shown = page.is_some_and(|page| page.contains("docsify"));
    let at = At(request.span);
    std::iter::once(documents::documents(at)).chain(documents::about(at, "").filter(|_| !is_shown)).collect()
}

/// The source is the page.
fn plain(at: At, root: &str, image: &str, documents: Vec<Spanned<Text>>) -> Stage {
    let mut stage = at.stage(stage_name("build"), Base::Image(Text::literal(image)));
    stage.platform = at.build_platform();
    stage.network = at.network(Network::None);
    stage.user = Some(at.text("0:0"));
    stage.outputs = vec![at.output("app", HOME)];
    let mut copy = at.copy(Base::Context, root, &[], HOME);
    if let Step::Copy(copy) = &mut copy.value {
        let left_out = NOT_SERVED.iter().map(|pattern| at.text(pattern));
        copy.exclude = documents.into_iter().chain(left_out).collect();
    }
    stage.steps = vec![copy];
    stage
}

/// The page where the project's own settings look for it.
fn placed(at: At, folder: &str) -> Stage {
    let mut stage = at.stage(stage_name(PLACED), Base::Scratch);
    stage.platform = at.build_platform();
    stage.outputs = vec![at.output("app", folder)];
    let mut copy = at.copy(Base::Stage(stage_name("build")), "", &[], folder);
    if let Step::Copy(copy) = &mut copy.value {
        copy.output = Some(at.spanned(output_name("app")));
        copy.source = Some(at.text(HOME));
    }
    stage.steps = vec![copy];
    stage
}

fn own_settings(at: At, file: &str, to: &str) -> Spanned<Step> {
    at.spanned(Step::Copy(Copy {
        from: at.spanned(Base::Context),
        output: None,
        source: Some(at.text(file)),
        include: Vec::new(),
        exclude: Vec::new(),
        to: at.text(to),
        owner: None,
        mode: None,
    }))
}

fn server(page: &Page) -> String {
    let hashed = page.hashed.map_or_else(String::new, |pattern| {
        format!(
            "\n  # Their names change with their content.\n  location ~ \"{pattern}\" {{\n    \
             add_header Cache-Control \"public, max-age=31536000, immutable\";\n    try_files $uri =404;\n  }}\n"
        )
    });
    let files = if page.routes { "$uri $uri/ /index.html" } else { "$uri $uri.html $uri/ /200.html =404" };
    format!(
        "server {{\n  listen 8080;\n  root {HOME};\n  server_tokens off;\n  absolute_redirect off;\n  gzip_static on;\n  \
         error_page 404 /404.html;\n{hashed}\n  location / {{\n    add_header Cache-Control no-cache;\n    \
         try_files {files};\n  }}\n}}\n"
    )
}
