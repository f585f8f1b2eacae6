//! What a base lacks, below the app: the stage `rootfs`.

use super::runtime::Runtime;
use crate::manifest::App;
use crate::plan::build::{At, stage_name};
use crate::plan::{Base, Part, Stage, Text};

const CERTIFICATES: &str = "etc/ssl/certs/ca-certificates.crt";
const ZONES: &str = "usr/share/zoneinfo";

/// `None` when the base, which may be a stage by now, needs nothing added.
pub(super) fn stage(at: At, app: &App, runtime: &Runtime, base: &Base) -> Option<Stage> {
    let mut stage = at.stage(stage_name("rootfs"), base.clone());
    let user =
        app.run.user.as_ref().map_or_else(|| Text::literal(&runtime.user.value), |user| user.value.clone());
    if *base == Base::Scratch {
        // What is copied is the same on every platform, and the donor is there for this one.
        stage.platform = at.build_platform();
        // `/tmp` is copied for its mode: the engine makes no directory with a sticky bit.
        let wanted = [CERTIFICATES, ZONES, "tmp"].map(str::to_owned);
        stage.steps.push(at.copy(runtime.donor.clone(), "", &wanted, "/"));
        stage.steps.push(at.file(
            "/etc/passwd",
            accounts(&user, "root:x:0:0:root:/root:/sbin/nologin\n", |id, group| {
                format!("app:x:{id}:{group}:app:/nonexistent:/sbin/nologin\n")
            }),
        ));
        stage.steps.push(
            at.file("/etc/group", accounts(&user, "root:x:0:\n", |_, group| format!("app:x:{group}:\n"))),
        );
    }
    stage.steps.extend(runtime.setup.iter().cloned());
    for path in &app.run.writable {
        stage.steps.push(At(path.span).mkdir(path.clone(), user.clone()));
    }
    (!stage.steps.is_empty()).then_some(stage)
}

/// The lines of `/etc/passwd` or `/etc/group` for root and for the app's user, whose ids may be arguments.
fn accounts(user: &Text, root: &str, line: impl Fn(&str, &str) -> String) -> Text {
    let written = user.to_string();
    let (id, group) = written.split_once(':').unwrap_or((&written, &written));
    let is_root = matches!(user.parts(), [Part::Literal(user)] if user == "0" || user.starts_with("0:"));
    let app = if is_root { String::new() } else { line(id, group) };
    Text::parse(&format!("{root}{app}")).unwrap_or_else(|_| Text::literal(root))
}
