//! A call from its beginning to its end, where the project's files are at hand.

use buildkit_gateway::Response;
use buildkit_llb::SourceFile;

use super::{Call, Question, Setting};
use crate::diagnostic::Diagnostics;
use crate::directives::Directives;
use crate::facts::{self, Answer, Project};
use crate::lower::Context;
use crate::manifest::Manifest;
use crate::source::Source;
use crate::survey::survey;
use crate::undeclared;

/// What came of a call.
#[derive(Debug)]
pub struct Asked {
    /// `None` when mistakes leave nothing to answer.
    pub response: Option<Response>,
    pub diagnostics: Diagnostics,
    /// What was read for it.
    pub project: Project,
}

/// `diagnostics` are those of the source itself. Nothing was started by an image here: `slipway` stands for the one that the
/// first line names.
pub fn ask(
    call: Call,
    source: &Source,
    target: Option<&str>,
    setting: &Setting,
    context: &Context,
    read: impl Fn(&facts::Question) -> Answer,
    mut diagnostics: Diagnostics,
) -> Asked {
    let file = SourceFile::new(source.name(), source.text(), "YAML");
    let mut project = Project::default();
    let Directives { syntax, checks } = Directives::read(source, &mut diagnostics);
    let mut setting = setting.clone();
    setting.options.frontend = syntax.and_then(|syntax| syntax.value.split_whitespace().next()?.parse().ok());
    let manifest = Manifest::parse(source, &mut diagnostics);
    undeclared::arguments(&setting.given, &manifest, &mut diagnostics);
    let (apps, mut diagnostics) = project.ask(read, |project| {
        let (mut found, scope) = (diagnostics.clone(), call.scope(target));
        let first_line = source.first_line();
        (survey(&manifest, scope, project, &setting.catalog, first_line, &mut found), found)
    });
    diagnostics.apply(&checks);
    let question = Question {
        source,
        file: &file,
        manifest: &manifest,
        project: &project,
        apps: &apps,
        setting: &setting,
        context,
    };
    let response = call.answer(&question, &mut diagnostics);
    Asked { response, diagnostics, project }
}
