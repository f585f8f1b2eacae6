//! Stages that the client puts something else in the place of: `--build-context build=...`.

use super::build::At;
use super::{Base, Copy, Plan, Stage, Step, Text};
use crate::span::Spanned;

impl Plan {
    /// The plan in which a stage is what the context of its name has, and nothing of what was written is done. As images
    /// have their contexts by name, it is one that starts from an image of that name; outputs are its paths there.
    #[must_use]
    pub fn with_contexts(mut self, has_context: impl Fn(&str) -> bool) -> Self {
        for stage in &mut self.stages {
            if has_context(stage.name.value.as_str()) {
                replace(stage);
            }
        }
        self
    }
}

fn replace(stage: &mut Stage) {
    let span = stage.name.span;
    let from = Spanned::new(Base::Image(Text::literal(format!("{}:latest", stage.name.value))), span);
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
