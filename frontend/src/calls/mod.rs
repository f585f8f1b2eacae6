//! Calls: questions instead of builds, `docker buildx build --call=NAME`.

mod plan;

use crate::diagnostic::Diagnostics;
use crate::plan::Plan;
use crate::source::Source;

/// What a call is asked about.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// The app's plan; none when the manifest has mistakes.
    pub plan: Option<&'a Plan>,
    pub source: &'a Source,
    pub diagnostics: &'a Diagnostics,
}

/// What the client prints, and what it exits with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    pub text: String,
    pub json: String,
    pub exit_code: u8,
}

/// What a name stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Call {
    /// The plan as a manifest.
    Plan,
}

impl Call {
    /// By the name that a client sends: `frontend.plan` for `--call=plan`.
    pub fn from_request(id: &str) -> Option<Self> {
        match id.strip_prefix("frontend.")? {
            "plan" => Some(Self::Plan),
            _ => None,
        }
    }

    /// `None` when the question has no answer because of the manifest's mistakes.
    pub fn answer(self, question: &Question<'_>) -> Option<Answer> {
        match self {
            Self::Plan => Some(plan::answer(question.plan?, question.source)),
        }
    }
}
