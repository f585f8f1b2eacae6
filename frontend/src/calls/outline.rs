//! `--call=outline`: what a target can be given.

use buildkit_gateway::Response;
use buildkit_gateway::calls::{Arg, CacheMount, Outline, Secret, Ssh};

use super::targets::comment;
use super::{Places, Question, graph};
use crate::diagnostic::Diagnostics;
use crate::lower::{Arguments, ca, reachable};
use crate::plan::{self, Mount, Network};
use crate::span::{Span, Spanned};
use crate::survey::Surveyed;

pub(super) fn answer(question: &Question<'_>, app: &Surveyed<'_>) -> Response {
    let values = graph::arguments(question.setting, app, &app.target, &mut Diagnostics::default());
    let places = Places { manifest: question.file, project: question.project };
    let plan = &app.expanded.plan;
    let mut needs = Needs::default();
    for stage in reachable(plan, &app.target) {
        for run in stage.runs() {
            needs.network |=
                run.network.or(stage.network).is_none_or(|network| network.value != Network::None);
            for mount in stage.mounts.iter().chain(&run.mounts) {
                needs.add(mount, &values);
            }
        }
    }
    let mut outline = Outline::new(app.target_name(&app.target));
    for declared in &plan.args {
        outline = outline.arg(arg(declared, &values, question, &places));
    }
    for (name, Need { required, span }) in needs.secrets {
        outline = outline.secret(Secret { name, required, location: Some(places.span(span)) });
    }
    if needs.network {
        outline = outline.secret(Secret { name: ca::ID.to_owned(), required: false, location: None });
    }
    for (name, Need { required, span }) in needs.agents {
        outline = outline.ssh(Ssh { name, required, location: Some(places.span(span)) });
    }
    for (id, Need { span, .. }) in needs.caches {
        outline = outline.cache(CacheMount { id, location: Some(places.span(span)) });
    }
    outline.response()
}

fn arg(declared: &plan::Arg, values: &Arguments, question: &Question<'_>, places: &Places<'_>) -> Arg {
    let name = declared.name.value.as_str();
    let (value, span) = (values.get(name), declared.name.span);
    let comment = comment(question.source, span);
    let required = value.is_none().then(|| "required".to_owned());
    Arg {
        name: name.to_owned(),
        description: required.into_iter().chain(comment).collect::<Vec<_>>().join(": "),
        value: value.unwrap_or_default().to_owned(),
        location: Some(places.span(span)),
    }
}

/// What the mounts of a target ask the client and the engine for, each once and in the order of its first use.
#[derive(Debug, Default)]
struct Needs {
    secrets: Vec<(String, Need)>,
    agents: Vec<(String, Need)>,
    caches: Vec<(String, Need)>,
    /// Some step can reach the network.
    network: bool,
}

#[derive(Debug)]
struct Need {
    required: bool,
    /// Where it is first used.
    span: Span,
}

impl Needs {
    fn add(&mut self, mount: &Spanned<Mount>, values: &Arguments) {
        let (list, name, required) = match &mount.value {
            Mount::Secret(secret) => (&mut self.secrets, secret.id.to_string(), secret.required),
            Mount::Ssh(ssh) => (&mut self.agents, ssh.id.to_string(), ssh.required),
            Mount::Cache(cache) => {
                let id = cache.id.as_ref().unwrap_or(&cache.target.value);
                let id = values.value(id, mount.span).unwrap_or_else(|_| id.to_string());
                (&mut self.caches, id, false)
            }
            Mount::Bind(_) | Mount::Tmpfs(_) => return,
        };
        match list.iter_mut().find(|(known, _)| *known == name) {
            Some((_, need)) => need.required |= required,
            None => list.push((name, Need { required, span: mount.span })),
        }
    }
}
