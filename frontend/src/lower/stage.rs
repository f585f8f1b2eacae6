//! One stage after the other, needed ones first.

use std::collections::{BTreeMap, BTreeSet};

use buildkit_llb::{File, Graph, Image, Input, Location, Merge, Metadata, Platform, Reference, file};

use super::config::ImageConfig;
use super::context::Selection;
use super::images::{platform, reachable, reference};
use super::{Build, ImageSource, Lowered, Lowering, exec, files, image, refused};
use crate::diagnostic::Diagnostic;
use crate::nearest::list;
use crate::plan::{Base, Layer, OutputName, Plan, Stage, StageName, Step, Text};
use crate::rules::Rule;
use crate::span::{Span, Spanned};

/// Lowers stages into one graph.
pub(super) struct Lowerer<'a> {
    plan: &'a Plan,
    pub(super) build: &'a Build<'a>,
    pub(super) graph: Graph,
    pub(super) built: BTreeMap<StageName, Built>,
    /// What is loaded of it.
    pub(super) context: BTreeSet<Input>,
    /// What stages take of it without naming files.
    pub(super) sources: Vec<Selection>,
    pub(super) warnings: Vec<Diagnostic>,
}

/// What a stage has come to.
#[derive(Clone, Debug)]
pub(super) struct Built {
    pub(super) name: StageName,
    pub(super) platform: Platform,
    /// Its base and what its steps did to it, without its outputs.
    pub(super) root: Input,
    /// What it started from.
    pub(super) base: Input,
    pub(super) outputs: Vec<BuiltOutput>,
    /// What later stages and the image take over.
    pub(super) config: ImageConfig,
    /// Of the image at the bottom, as it was resolved.
    pub(super) base_config: Option<ImageConfig>,
    /// The image at the bottom, where there is one.
    pub(super) image: Option<Reference>,
    /// Environment of its `run` steps.
    pub(super) environment: Vec<String>,
    pub(super) working_dir: String,
    pub(super) user: String,
    pub(super) ignore_cache: bool,
}

#[derive(Clone, Debug)]
pub(super) struct BuiltOutput {
    pub(super) name: OutputName,
    pub(super) path: String,
    pub(super) state: Input,
}

pub(super) fn target<'a>(plan: &'a Plan, target: &StageName, build: &'a Build<'a>) -> Lowering<Lowered> {
    let graph = Graph::new(build.platforms.target.clone());
    let stages = reachable(plan, target);
    let sources = stages.iter().flat_map(|stage| Selection::sources(stage, build.args)).collect();
    let mut lowerer = Lowerer {
        plan,
        build,
        graph,
        built: BTreeMap::new(),
        context: BTreeSet::new(),
        sources,
        warnings: Vec::new(),
    };
    let mut result = None;
    for stage in stages {
        let built = lowerer.stage(stage)?;
        lowerer.built.insert(stage.name.value.clone(), built.clone());
        result = Some((stage, built));
    }
    let Some((stage, built)) = result else {
        let message = format!("there is no stage `{target}`");
        return Err(Box::new(Diagnostic::new(Rule::UnknownStage, Span::default(), message)));
    };
    // What a stage hands on is its result; a stage that is an image is the whole of it.
    let result = if stage.image.is_none() && !built.outputs.is_empty() {
        let layers = built.outputs.iter().map(|output| output.state).collect();
        lowerer.merge(layers, &built, stage.span(), "outputs")?
    } else {
        lowerer.whole(&built, stage.span())?
    };
    let config =
        if stage.image.is_some() { built.config.clone() } else { image::config(stage, &built, build)? };
    let bill = build.scan.map(|scan| lowerer.scan(scan, &built, result)).transpose()?;
    let Lowerer { graph, context, warnings, .. } = lowerer;
    Ok(Lowered { graph, result, bill, context, config, base: built.base_config, warnings })
}

impl Built {
    /// Its steps run with what the image says.
    fn start_from(&mut self, image: ImageConfig) {
        self.environment.clone_from(&image.config.env);
        self.user.clone_from(&image.config.user);
        let directory = Some(&image.config.working_dir).filter(|directory| !directory.is_empty());
        self.working_dir = directory.map_or_else(|| "/".to_owned(), Clone::clone);
        self.config = image;
    }
}

impl Lowerer<'_> {
    fn stage(&mut self, stage: &Stage) -> Lowering<Built> {
        let args = self.build.args;
        let mut built = self.base(stage)?;
        built.name = stage.name.value.clone();
        let no_cache = &self.build.options.no_cache;
        built.ignore_cache = self.build.is_meant(&stage.name.value, |name| no_cache.applies_to(name));
        if let Some(directory) = args.optional(stage.working_dir.as_ref())? {
            built.working_dir = directory;
        }
        if let Some(user) = args.optional(stage.user.as_ref())? {
            built.user = user;
        }
        for variable in &stage.environment {
            args.set(variable, &mut built.environment)?;
        }
        self.merge_layers(stage, &mut built)?;
        built.outputs = Vec::new();
        for output in &stage.outputs {
            let path = args.of(&output.path)?;
            // Always the same bytes: whoever makes it anew, on another engine too, uploads nothing.
            let time = file::Timestamp::from_unix_seconds(0);
            let time = time.map_err(|error| refused(output.path.span, &error))?;
            let directory = file::Mkdir::new(&path, 0o755).parents().created(time);
            // The steps write to it as the stage's user.
            let directory = match exec::numeric(&built.user) {
                Some((user, group)) => directory.owner(file::Owner::ids(user, group)),
                None => directory,
            };
            let made = File::new(Input::Scratch).mkdir(directory).metadata(
                Metadata::named(format!("[internal] prepare output {path}")).at(self.at(output.path.span)),
            );
            let state = self.graph.file(made).map_err(|error| refused(output.path.span, &error))?.into();
            built.outputs.push(BuiltOutput { name: output.name.value.clone(), path, state });
        }
        self.steps(stage, &mut built)?;
        if stage.image.is_some() {
            // Whoever starts from it starts from an image.
            let config = image::config(stage, &built, self.build)?;
            built.start_from(config);
        }
        Ok(built)
    }

    fn steps(&mut self, stage: &Stage, built: &mut Built) -> Lowering<()> {
        let total = stage.steps.len();
        let mut at = 0;
        while let Some(step) = stage.steps.get(at) {
            let label = |what: &str| self.name(built, &format!("{}/{total}", at + 1), what);
            match &step.value {
                Step::Run(run) => {
                    let argv = self.build.args.all(&run.argv, step.span)?;
                    let label = label(&exec::title(&argv));
                    self.run(stage, run, &argv, step.span, &label, built)?;
                    at += 1;
                }
                Step::Copy(copy) => {
                    let label = label(&format!("copy {}", files::copy_title(copy)));
                    self.copy(copy, step.span, &label, built)?;
                    at += 1;
                }
                Step::DependsOn(name) => {
                    let label = label(&format!("wait for {}", name.value));
                    self.depends_on(name, &label, built)?;
                    at += 1;
                }
                Step::File(_) | Step::Mkdir(_) | Step::Symlink(_) | Step::Remove(_) => {
                    let group = files::small_steps(&stage.steps[at..]);
                    let titles: Vec<_> = group.iter().map(|step| files::small_title(&step.value)).collect();
                    let label = label(&titles.join(", "));
                    self.small(group, &label, built)?;
                    at += group.len();
                }
            }
        }
        Ok(())
    }

    /// The stage before its first step, layers and outputs.
    fn base(&mut self, stage: &Stage) -> Lowering<Built> {
        let platform = platform(self.plan, stage, self.build.args, self.build.platforms)?;
        let span = stage.from.span;
        let mut built = Built {
            name: stage.name.value.clone(),
            platform: platform.clone(),
            root: Input::Scratch,
            base: Input::Scratch,
            outputs: Vec::new(),
            config: ImageConfig::scratch(),
            base_config: None,
            image: None,
            environment: Vec::new(),
            working_dir: "/".to_owned(),
            user: String::new(),
            ignore_cache: false,
        };
        match &stage.from.value {
            Base::Scratch => {}
            Base::Context => built.root = self.load(&Selection::default(), span)?,
            Base::Slipway | Base::Image(_) => {
                let (state, image) = self.image(&stage.from, &platform)?;
                built.root = state;
                if let Some((reference, config)) = image {
                    self.warnings.extend(on_build(&reference, &config, span));
                    built.image = Some(reference);
                    built.base_config = Some(config.clone());
                    built.start_from(config);
                }
            }
            Base::Stage(name) => {
                let from = self.find(name, span)?.clone();
                built.root = self.whole(&from, span)?;
                built = Built { base: built.root, root: built.root, platform, ..from };
            }
        }
        built.base = built.root;
        Ok(built)
    }

    /// An image that is not a stage; with its config where that was resolved.
    pub(super) fn image(
        &mut self,
        base: &Spanned<Base>,
        platform: &Platform,
    ) -> Lowering<(Input, Option<(Reference, ImageConfig)>)> {
        let frontend = self.build.options.frontend.as_ref();
        let Some(reference) = reference(base, self.build.args, frontend)? else {
            return Ok((Input::Scratch, None));
        };
        let resolved = self.build.images.get(&(reference.clone(), platform.clone()));
        let label = self.build.platforms.label(platform, "internal");
        let metadata =
            Metadata::named(format!("[{label}] from {}", reference.familiar())).at(self.at(base.span));
        let pinned = match resolved.map(|image| &image.source) {
            Some(ImageSource::Context(context)) => {
                let state = context.add(&mut self.graph).map_err(|error| {
                    Box::new(Diagnostic::new(Rule::InvalidOp, base.span, error.to_string()))
                })?;
                return Ok((state, resolved.map(|image| (reference, image.config.clone()))));
            }
            Some(ImageSource::Image(pinned)) => pinned.clone(),
            None => reference,
        };
        let image = Image::new(pinned.clone())
            .platform(platform.clone())
            .resolve_mode(self.build.options.resolve_mode)
            .metadata(metadata);
        let state = self.graph.image(image).into();
        Ok((state, resolved.map(|image| (pinned, image.config.clone()))))
    }

    fn merge_layers(&mut self, stage: &Stage, built: &mut Built) -> Lowering<()> {
        if stage.merge.is_empty() {
            return Ok(());
        }
        let mut layers = vec![built.root];
        for layer in &stage.merge {
            layers.push(self.layer(layer)?);
        }
        let span = stage.merge.first().map_or(stage.span(), |layer| layer.span);
        built.root = self.merge(layers, built, span, "layers")?;
        Ok(())
    }

    fn layer(&mut self, layer: &Spanned<Layer>) -> Lowering<Input> {
        let from = self.find(&layer.value.from, layer.span)?.clone();
        match &layer.value.output {
            Some(output) => Ok(from.output(output)?.state),
            None => {
                let whole = self.whole(&from, layer.span)?;
                let diff = buildkit_llb::Diff::new(from.base, whole);
                self.graph.diff(diff).map_err(|error| refused(layer.span, &error))
            }
        }
    }

    /// The stage's root and outputs in one file system.
    pub(super) fn whole(&mut self, built: &Built, span: Span) -> Lowering<Input> {
        let mut layers = vec![built.root];
        layers.extend(built.outputs.iter().map(|output| output.state));
        self.merge(layers, built, span, "outputs")
    }

    fn merge(&mut self, layers: Vec<Input>, built: &Built, span: Span, what: &str) -> Lowering<Input> {
        let layers: Vec<Input> = layers.into_iter().filter(|layer| !layer.is_scratch()).collect();
        let metadata =
            |this: &Self| Metadata::named(this.name(built, "", &format!("merge {what}"))).at(this.at(span));
        if let [] | [_] = layers.as_slice() {
            return Ok(layers.first().copied().unwrap_or(Input::Scratch));
        }
        let merged = if self.build.options.engine.merge {
            let metadata = metadata(self);
            self.graph.merge(Merge::new(layers).metadata(metadata))
        } else {
            let metadata = metadata(self);
            let mut layers = layers.into_iter();
            let bottom = layers.next().unwrap_or(Input::Scratch);
            let copies = layers.fold(File::new(bottom), |file, layer| {
                file.copy(file::Copy::new(layer, "/", "/").contents())
            });
            self.graph.file(copies.metadata(metadata)).map(Into::into)
        };
        merged.map_err(|error| refused(span, &error))
    }

    pub(super) fn find(&self, name: &StageName, span: Span) -> Lowering<&Built> {
        self.built.get(name).ok_or_else(|| {
            Box::new(Diagnostic::new(Rule::UnknownStage, span, format!("there is no stage `{name}`")))
        })
    }

    pub(super) fn at(&self, span: Span) -> Location {
        span.location(self.build.source)
    }

    /// `[deps 2/3] go mod download`
    pub(super) fn name(&self, built: &Built, number: &str, what: &str) -> String {
        let stage = self.build.platforms.label(&built.platform, built.name.as_str());
        format!("[{}] {what}", format!("{stage} {number}").trim_end())
    }

    pub(super) fn step_metadata(&self, built: &Built, label: &str, spans: &[Span]) -> Metadata {
        let named = spans.iter().fold(Metadata::named(label), |metadata, &span| metadata.at(self.at(span)));
        if built.ignore_cache { named.ignore_cache() } else { named }
    }

    pub(super) fn value(&self, text: &Spanned<Text>) -> Lowering<String> {
        self.build.args.of(text)
    }
}

/// They belong to Dockerfiles: what they copy and run is nothing that a manifest says.
fn on_build(base: &Reference, config: &ImageConfig, span: Span) -> Option<Diagnostic> {
    let instructions = config.on_build();
    (!instructions.is_empty()).then(|| {
        let message = format!("the base `{}` has `ONBUILD` instructions, which are not run", base.familiar());
        let help = format!("write what they do as steps of the stage: {}", list(instructions));
        Diagnostic::new(Rule::OnBuildIgnored, span, message).help(help)
    })
}

impl Built {
    pub(super) fn output(&self, name: &Spanned<OutputName>) -> Lowering<&BuiltOutput> {
        self.outputs.iter().find(|output| output.name == name.value).ok_or_else(|| {
            let message = format!("stage `{}` has no output `{}`", self.name, name.value);
            Box::new(Diagnostic::new(Rule::UnknownOutput, name.span, message))
        })
    }

    /// The part of the stage that a path belongs to: an output, or the root.
    pub(super) fn part(&mut self, path: &str) -> &mut Input {
        let inside = |folder: &str| {
            path.strip_prefix(folder.trim_end_matches('/'))
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        match self.outputs.iter_mut().find(|output| inside(&output.path)) {
            Some(output) => &mut output.state,
            None => &mut self.root,
        }
    }
}

impl super::Platforms {
    /// `build`, `linux/arm64 build`, or `linux/amd64->arm64 build`, as Dockerfile builds are labelled.
    fn label(&self, platform: &Platform, stage: &str) -> String {
        if !self.several && *platform == self.target {
            stage.to_owned()
        } else if *platform == self.target || !self.several {
            format!("{platform} {stage}")
        } else {
            format!("{platform}->{} {stage}", self.target.architecture())
        }
    }
}
