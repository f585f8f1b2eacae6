//! The standard library, compiled in a layer of its own. The compiler's cache, which every build with this toolchain shares,
//! begins with it; a runner that has nothing but the cache of a registry begins with it too.

use super::flags;
use super::linking::Linking;
use crate::facts::go::GoFacts;
use crate::manifest::App;
use crate::plan::build::{At, words};
use crate::plan::{Stage, Variable};

/// What services import of it, and with that most of it.
const PACKAGES: &[&str] = &[
    "database/sql",
    "encoding/json",
    "encoding/xml",
    "html/template",
    "log/slog",
    "net/http",
    "os/exec",
    "os/signal",
];

pub(super) const STAGE: &str = "std";

/// Variables of the compiler's environment that change what it makes of the standard library.
const COMPILER: &[&str] = &["CGO_", "CC", "CXX", "GOAMD64", "GOARCH", "GOARM", "GOEXPERIMENT", "GOOS"];

/// A command of the app's own may compile it in another way, which nobody knows.
pub(super) fn is_compiled_ahead(app: &App, facts: &GoFacts) -> bool {
    facts.standard_library.value && app.build.command.is_none()
}

/// `stage` is one of the toolchain.
pub(super) fn compile(mut stage: Stage, at: At, linking: Linking, environment: Vec<Variable>) -> Stage {
    stage.working_dir = None;
    let changes = |name: &str| COMPILER.iter().any(|prefix| name.starts_with(prefix));
    let variable = |variable: Variable| match variable.name.value.as_str() {
        flags::NAME => flags::only(&variable, |flag| flag != "-ldflags" && !flag.starts_with("-mod")),
        name => changes(name).then_some(variable),
    };
    stage.environment = environment.into_iter().filter_map(variable).collect();
    let mut command = linking.compiler(None, None);
    command.extend(words(PACKAGES));
    stage.steps = vec![at.run(command, Vec::new())];
    stage
}
