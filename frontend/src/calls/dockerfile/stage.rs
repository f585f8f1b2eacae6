//! A stage: what it starts from, what is merged, its steps.

use buildkit_llb::Reference;

use super::Ejector;
use super::sources::Part;
use super::words::{Words, apart, flag, has_lines};
use crate::plan::{Base, Layer, Stage, Step};

/// The lines of a stage, and how far it has got.
pub(super) struct Lines<'a> {
    pub(super) stage: &'a Stage,
    pub(super) words: Words<'a>,
    text: Vec<String>,
    /// What `USER` and `WORKDIR` were last set to; none for what the base says.
    pub(super) user: Option<String>,
    pub(super) directory: Option<String>,
    /// Variables stand with each step: those of the stage would become the image's.
    pub(super) variables_beside_steps: bool,
}

impl Lines<'_> {
    pub(super) fn push(&mut self, line: String) {
        self.text.push(line);
    }

    /// For what the engine itself does elsewhere, whoever the steps run as.
    pub(super) fn as_root(&mut self) {
        const ROOT: &str = "0:0";
        if self.user.as_ref().is_some_and(|user| user != ROOT) {
            self.push(format!("USER {ROOT}"));
            self.user = Some(ROOT.to_owned());
        }
    }
}

impl<'a> Ejector<'a> {
    pub(super) fn stage(&mut self, stage: &'a Stage) -> String {
        let mut lines = Lines {
            stage,
            words: Words::new(&self.plan.args),
            text: Vec::new(),
            user: None,
            directory: None,
            variables_beside_steps: self.is_inherited(stage)
                || stage.environment.iter().any(|variable| has_lines(&variable.value)),
        };
        let from = self.from(stage);
        if !stage.environment.is_empty() && !lines.variables_beside_steps {
            let variables = stage
                .environment
                .iter()
                .map(|variable| format!("{}={}", variable.name.value, lines.words.quoted(&variable.value)));
            let variables: Vec<_> = variables.collect();
            lines.push(format!("ENV {}", variables.join(" ")));
        }
        for layer in &stage.merge {
            self.layer(&layer.value, &mut lines);
        }
        for output in &stage.outputs {
            self.output(&output.path.value, &mut lines);
        }
        for step in &stage.steps {
            match &step.value {
                Step::Run(run) => self.run(run, &mut lines),
                Step::Copy(copy) => self.copy(copy, &mut lines),
                Step::File(file) => self.file(file, &mut lines),
                Step::Mkdir(mkdir) => self.mkdir(mkdir, &mut lines),
                Step::Symlink(symlink) => self.symlink(symlink, &mut lines),
                Step::Remove(remove) => self.remove(remove, &mut lines),
                // A pattern that nothing matches: what follows is made after that stage, and no file is copied.
                Step::DependsOn(name) => {
                    lines.push(format!("COPY --from={} /[s]lipway-copies-nothing /", name.value));
                }
            }
        }
        self.image(stage, &mut lines);
        let args = lines.words.declarations();
        format!("FROM {from} AS {}\n{args}{}", stage.name.value, lines.text.join("\n")).trim_end().to_owned()
    }

    fn from(&mut self, stage: &Stage) -> String {
        let mut words = Words::new(&self.plan.args);
        let base = match &stage.from.value {
            Base::Scratch => "scratch".to_owned(),
            Base::Context => self.context(&Part { folder: None, include: &[], exclude: &[] }),
            Base::Slipway => self.frontend(),
            Base::Stage(name) => name.to_string(),
            Base::Image(image) => words.word(image),
        };
        let platform = stage.platform.as_ref().map(|platform| words.word(&platform.value));
        // What a Dockerfile takes anyway.
        match platform.filter(|platform| platform != "${TARGETPLATFORM}") {
            Some(platform) => format!("{} {base}", flag("platform", &platform)),
            None => base,
        }
    }

    pub(super) fn context(&mut self, part: &Part<'_>) -> String {
        self.sources.context(part, self.question.context.manifest.as_deref())
    }

    /// The image that reads the manifest.
    pub(super) fn frontend(&self) -> String {
        let frontend = self.question.setting.options.frontend.as_ref();
        frontend.map_or_else(|| "slipway/frontend:1".to_owned(), Reference::familiar)
    }

    /// What `--from=` and `from=` call a base; an image is that of the platform that the stage is for.
    pub(super) fn source(&mut self, base: &Base, stage: &Stage) -> String {
        match base {
            Base::Scratch => self.sources.stage("empty", "Nothing.", "scratch", ""),
            Base::Context => self.context(&Part { folder: None, include: &[], exclude: &[] }),
            Base::Slipway => self.frontend(),
            Base::Stage(name) => name.to_string(),
            Base::Image(image) => {
                let platform = std::iter::successors(Some(stage), |stage| self.below(stage))
                    .find_map(|stage| stage.platform.as_ref());
                self.sources.image(image, platform.map(|platform| &platform.value))
            }
        }
    }

    fn layer(&mut self, layer: &Layer, lines: &mut Lines<'_>) {
        let from = &layer.from;
        let below = self.plan.stage(from);
        let output = layer.output.as_ref().and_then(|output| below?.output(&output.value));
        let (source, path) = match output {
            Some(output) => {
                let path = &output.path.value;
                (lines.words.existing(path), lines.words.word(path))
            }
            None => {
                if below.is_some_and(|stage| self.bottom(stage).from.value != Base::Scratch) {
                    self.note(format!("all of the stage `{from}` is copied, not only what it changed"));
                }
                (String::new(), String::new())
            }
        };
        let paths = apart(&[format!("{source}/"), format!("{path}/")]);
        lines.push(format!("COPY --link --from={from} {paths}"));
    }
}
