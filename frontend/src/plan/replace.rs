//! Stages that the client puts something else in the place of: `--build-context build=...`.

use super::build::At;
use super::{Base, Copy, Plan, Stage, StageName, Step, Text};
use crate::span::Spanned;

impl Plan {
    /// The plan in which a stage is what the context of its name has, and nothing of what was written is done. As images
    /// have their contexts by name, it is one that starts from an image of that name; outputs are its paths there.
    /// `context` gives the name under which a stage has one.
    #[must_use]
    pub fn with_contexts(mut self, context: impl Fn(&StageName) -> Option<String>) -> Self {
        for stage in &mut self.stages {
            if let Some(name) = context(&stage.name.value) {
                replace(stage, &name);
            }
        }
        self
    }
}

fn replace(stage: &mut Stage, context: &str) {
    let span = stage.name.span;
    let from = Spanned::new(Base::Image(Text::literal(format!("{context}:latest"))), span);
    let outputs = stage.outputs.iter().map(|output| {
        let copy = Copy {
            from: from.clone(),
            output: None,
            source: Some(output.path.clone()),
            include: Vec::new(),
            exclude: Vec::new(),
            to: output.path.clone(),
            owner: None,
            mode: None,
        };
        Spanned::new(Step::Copy(copy), output.path.span)
    });
    *stage = Stage {
        platform: stage.platform.clone(),
        steps: outputs.collect(),
        outputs: std::mem::take(&mut stage.outputs),
        ..At(span).stage(stage.name.value.clone(), from.value)
    };
}
