//! The driver: the only async story. It reads what the pure part says that it needs, and calls it again.

mod failure;
mod files;
mod options;

use std::collections::BTreeMap;

use buildkit_gateway::contexts::Contexts;
use buildkit_gateway::{Error, Gateway, Image, ImageQuery, Resolved, Response, Result, Solve};
use buildkit_llb::{Platform, Reference, SourceFile};
use futures_util::future::try_join_all;

use crate::calls::{Call, Question};
use crate::catalog::Catalog;
use crate::diagnostic::Diagnostics;
use crate::expand::{Expanded, expand};
use crate::facts::Project;
use crate::lower::config::ImageConfig;
use crate::lower::{
    Arguments, Build, Context, ImageNeed, ImageSource, Images, Options, Platforms, ResolvedImage, images,
    lower,
};
use crate::manifest::{App, Manifest};
use crate::plan::{Plan, StageName, check};
use crate::source::Source;
use crate::target;

/// Answers one build or call.
pub async fn build(gateway: Gateway) -> Result<Response> {
    let contexts = Contexts::load(&gateway).await?;
    let (manifest, ignore) = contexts.manifest_and_excludes("YAML").await?;
    let mut diagnostics = Diagnostics::default();
    let source = Source::new(contexts.filename(), manifest.file().data(), &mut diagnostics);
    let file = if source.text().as_bytes() == manifest.file().data() {
        manifest.file().clone()
    } else {
        // A byte order mark, bytes that are no text, a file too large to be shown: places are those of the text.
        SourceFile::new(source.name(), source.text(), "YAML")
    };
    let context =
        Context { source: contexts.main().clone(), ignore, manifest: Some(contexts.filename().to_owned()) };
    let session = Session { gateway, contexts, source, file, context, catalog: Catalog::shipped() };
    match session.gateway.options().call() {
        Some(call) => session.call(call, diagnostics).await,
        None => session.image(diagnostics).await,
    }
}

/// One build: where its files come from and what it is about.
struct Session {
    gateway: Gateway,
    source: Source,
    /// The manifest, as errors and vertices point into it.
    file: SourceFile,
    context: Context,
    contexts: Contexts,
    catalog: Catalog,
}

impl Session {
    async fn call(&self, id: &str, mut diagnostics: Diagnostics) -> Result<Response> {
        let Some(call) = Call::from_request(id) else { return Err(Error::unsupported_call(id)) };
        let plan = self.plan(&mut diagnostics).await?;
        let question = Question {
            plan: plan.as_ref().map(|(plan, _)| plan),
            source: &self.source,
            diagnostics: &diagnostics,
        };
        let answer = call.answer(&question).ok_or_else(|| self.failed(&diagnostics))?;
        Ok(Response::reply("1.0.0", answer.json, answer.text).exit_code(answer.exit_code))
    }

    async fn image(&self, mut diagnostics: Diagnostics) -> Result<Response> {
        let planned = self.plan(&mut diagnostics).await?;
        self.stop_at_errors(&diagnostics)?;
        let (plan, target) =
            planned.ok_or_else(|| Error::internal("a manifest without mistakes has no plan"))?;

        let asked = self.gateway.options();
        let options = options::steps(asked, self.gateway.capabilities().await?)?;
        let build = asked.build_platform();
        let workers = asked.workers().iter();
        let runnable: Vec<Platform> = workers.flat_map(|worker| worker.platforms.iter().cloned()).collect();
        let mut targets = asked.platforms()?;
        if targets.is_empty() {
            targets.push(build.clone());
        }
        let several = asked.multi_platform()?;
        let images = targets.into_iter().map(|platform| {
            let (build, runnable) = (build.clone(), runnable.clone());
            self.platform(&plan, &target, Platforms { target: platform, build, runnable, several }, &options)
        });
        Response::images(try_join_all(images).await?, several)
    }

    /// The plan of the app that is asked for, and the stage of it. `None` when there are mistakes.
    async fn plan(&self, diagnostics: &mut Diagnostics) -> Result<Option<(Plan, StageName)>> {
        let manifest = Manifest::parse(&self.source, diagnostics);
        if diagnostics.has_errors() {
            return Ok(None);
        }
        let (wanted, first_line) = (self.gateway.options().target(), self.source.first_line());
        let (app, stage) = match target::choose(&manifest, wanted, first_line) {
            Ok(chosen) => chosen,
            Err(mistake) => {
                diagnostics.push(*mistake);
                return Ok(None);
            }
        };
        let Some(expanded) = self.expand(app, diagnostics).await? else { return Ok(None) };
        match target::stage(&expanded.plan, stage.as_deref(), first_line) {
            Ok(stage) => Ok(Some((expanded.plan, stage))),
            Err(mistake) => {
                diagnostics.push(*mistake);
                Ok(None)
            }
        }
    }

    fn stop_at_errors(&self, diagnostics: &Diagnostics) -> Result<()> {
        if diagnostics.has_errors() {
            return Err(self.failed(diagnostics));
        }
        Ok(())
    }

    fn failed(&self, diagnostics: &Diagnostics) -> Error {
        failure::of(diagnostics, &self.source, &self.file)
    }

    /// The app's plan. While it asks for files of the project they are read, and it is made again.
    async fn expand(&self, app: &App, diagnostics: &mut Diagnostics) -> Result<Option<Expanded>> {
        let mut project = Project::default();
        let mut files = None;
        loop {
            let mut found = Diagnostics::default();
            let first_line = self.source.first_line();
            let expanded = expand(app, &mut project, &self.catalog, first_line, &mut found);
            let questions = project.take_questions();
            if questions.is_empty() {
                diagnostics.extend(found);
                if let Some(expanded) = &expanded {
                    check(&expanded.plan, diagnostics);
                }
                return Ok(expanded);
            }
            let files = match &files {
                Some(files) => files,
                None => files.insert(files::Files::open(&self.gateway, &self.context).await?),
            };
            let answers = questions.into_iter().map(|question| files.answer(question));
            for (question, answer) in try_join_all(answers).await? {
                project.answer(question, answer);
            }
        }
    }

    async fn platform(
        &self,
        plan: &Plan,
        target: &StageName,
        platforms: Platforms,
        options: &Options,
    ) -> Result<Image> {
        let mut diagnostics = Diagnostics::default();
        let given = options::owned(&self.gateway.options().build_args());
        let args = Arguments::new(&plan.args, &given, &platforms, target.as_str(), &mut diagnostics);
        self.stop_at_errors(&diagnostics)?;
        let needs = images(plan, target, &args, &platforms, &mut diagnostics);
        self.stop_at_errors(&diagnostics)?;
        let resolved = self.resolve(needs).await?;
        let build = Build {
            catalog: &self.catalog,
            args: &args,
            images: &resolved,
            context: &self.context,
            source: &self.file,
            platforms: &platforms,
            options,
        };
        let lowered = lower(plan, target, &build, &mut diagnostics);
        self.stop_at_errors(&diagnostics)?;
        let lowered = lowered.ok_or_else(|| Error::internal("a plan without mistakes has no graph"))?;
        let definition = lowered.graph.definition(lowered.result)?;
        let imports = self.gateway.options().cache_imports()?;
        let solved = self.gateway.solve(Solve::definition(definition).cache_imports(imports)).await?;
        Ok(Image::new(platforms.target, solved.single()?, lowered.config.to_json()))
    }

    async fn resolve(&self, needs: Vec<ImageNeed>) -> Result<Images> {
        let resolved = needs.into_iter().map(|need| self.resolve_one(need));
        Ok(try_join_all(resolved).await?.into_iter().collect::<BTreeMap<_, _>>())
    }

    /// The image itself, or what `--build-context` puts in its place.
    async fn resolve_one(&self, need: ImageNeed) -> Result<((Reference, Platform), ResolvedImage)> {
        let mode = self.gateway.options().image_resolve_mode()?;
        let at = |error: Error| failure::at(error, &self.file, need.span);
        let name = need.reference.familiar();
        let replaced = self.contexts.named(&name, &need.platform, mode).await.map_err(at)?;
        let (source, config) = match replaced {
            Some(named) => {
                let config = named.image_config().map(<[u8]>::to_vec);
                (ImageSource::Context(Box::new(named.context().clone())), config)
            }
            None => {
                let query =
                    ImageQuery::new(need.reference.clone()).platform(need.platform.clone()).mode(mode);
                let image = self.gateway.resolve_image(query).await.and_then(Resolved::image).map_err(at)?;
                (ImageSource::Image(image.pinned()), Some(image.config))
            }
        };
        let config = match config {
            Some(json) => ImageConfig::parse(&json)
                .map_err(|error| at(Error::new(format!("image `{name}` has no valid config: {error}"))))?,
            None => ImageConfig::scratch(),
        };
        Ok(((need.reference, need.platform), ResolvedImage { source, config }))
    }
}
