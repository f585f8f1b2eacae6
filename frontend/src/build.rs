//! The driver: the only async story. It reads what the pure part says that it needs, and calls it again.

mod advice;
mod failure;
mod files;
mod lacking;
mod missing;
mod options;
mod resolve;
mod unused;

use std::cell::{Cell, RefCell};
use std::convert::Infallible;
use std::pin::pin;

use buildkit_gateway::calls::convert_llb;
use buildkit_gateway::contexts::{Contexts, Manifest as ManifestFile};
use buildkit_gateway::{Attestation, Error, Gateway, Image, Response, Result, Solve};
use buildkit_llb::{Definition, Platform, SourceFile};
use futures_util::future::{Either, join, join_all, pending, select, try_join, try_join_all};

use self::files::Files;
use crate::calls::{Call, Places, Question, Setting, chart};
use crate::catalog::Catalog;
use crate::diagnostic::Diagnostics;
use crate::directives::{Checks, Directives};
use crate::facts::Project;
use crate::lower::config::ImageConfig;
use crate::lower::{Arguments, Build, Context, ImageNeed, Images, Lowered, Platforms, Scan, images, lower};
use crate::manifest::Manifest;
use crate::plan::{Plan, StageName};
use crate::source::Source;
use crate::span::Span;
use crate::survey::{self, Scope, Surveyed, survey};
use crate::{target, undeclared};

/// Answers one build or call.
pub async fn build(gateway: Gateway) -> Result<Response> {
    let call = match gateway.options().call() {
        Some(id) => Some(Call::from_request(id).ok_or_else(|| Error::unsupported_call(id))?),
        None => None,
    };
    if let Some(answer) = call.and_then(Call::without_manifest) {
        return Ok(answer);
    }
    let (contexts, _) = try_join(Contexts::load(&gateway), gateway.capabilities()).await?;
    Box::pin(answer(&gateway, &contexts, call)).await
}

async fn answer(gateway: &Gateway, contexts: &Contexts, call: Option<Call>) -> Result<Response> {
    let manifest = contexts.manifest("YAML").await?;
    let mut diagnostics = Diagnostics::default();
    let source = Source::new(contexts.filename(), manifest.file().data(), &mut diagnostics);
    let file = if source.text().as_bytes() == manifest.file().data() {
        manifest.file().clone()
    } else {
        // A byte order mark, bytes that are no text, a file too large to be shown: places are those of the text.
        SourceFile::new(source.name(), source.text(), "YAML")
    };
    let epoch = options::epoch(gateway.options(), contexts).await?;
    let capabilities = gateway.capabilities().await?;
    let setting = options::setting(gateway.options(), capabilities, Catalog::shipped(), epoch);
    let checks = advice::checks(gateway.options(), Directives::read(&source, &mut diagnostics).checks);
    let late = RefCell::default();
    let session = Session { gateway, contexts, manifest, source, file, epoch, setting, checks, late };
    match call {
        Some(call) => session.call(call, diagnostics).await,
        None => session.image(diagnostics).await,
    }
}

/// Does `work`. What is needed later is on its way meanwhile, and is not waited for.
async fn beside<T>(work: impl Future<Output = T>, ahead: impl Future) -> T {
    let ahead = async {
        ahead.await;
        pending::<Infallible>().await
    };
    match select(pin!(work), pin!(ahead)).await {
        Either::Left((done, _)) => done,
        Either::Right((never, _)) => match never {},
    }
}

/// One build: where its files come from and what it is about.
struct Session<'a> {
    gateway: &'a Gateway,
    contexts: &'a Contexts,
    manifest: ManifestFile,
    source: Source,
    /// The manifest, as errors and vertices point into it.
    file: SourceFile,
    /// The time of the build, in seconds since 1970, where it has one.
    epoch: Option<u64>,
    /// For the first platform that is asked for.
    setting: Setting,
    /// Which warnings are wanted.
    checks: Checks,
    /// Warnings that only images show, which are the same for each platform.
    late: RefCell<Diagnostics>,
}

/// All that is known of a manifest before anything is built.
struct Found<'a> {
    apps: Vec<Surveyed<'a>>,
    project: Project,
    diagnostics: Diagnostics,
}

/// An app for one platform, and the images that it needs.
struct Variant<'a> {
    app: Option<&'a str>,
    plan: Plan,
    target: &'a StageName,
    args: Arguments,
    platforms: Platforms,
    needs: Vec<ImageNeed>,
    scan: Option<&'a Scan>,
    /// Whether its files of the context are on their way.
    loading: Cell<bool>,
}

/// What is handed to the engine.
struct Made {
    image: Definition,
    /// What the image needs of the context and is not on its way yet.
    context: Vec<Definition>,
    /// The bill of materials.
    bill: Option<Definition>,
    config: ImageConfig,
    /// Of the image at its bottom, where there is one.
    base: Option<ImageConfig>,
}

impl Session<'_> {
    async fn call(&self, call: Call, mut diagnostics: Diagnostics) -> Result<Response> {
        let manifest = Manifest::parse(&self.source, &mut diagnostics);
        let scope = call.scope(self.gateway.options().target());
        let mut found = self.survey(&manifest, scope, diagnostics).await?;
        for app in &mut found.apps {
            app.expanded.plan = self.plan(app, &self.setting.platforms.target);
        }
        let question = Question {
            source: &self.source,
            file: &self.file,
            manifest: &manifest,
            project: &found.project,
            apps: &found.apps,
            setting: &self.setting,
            context: &self.context().await?,
        };
        // Other graphs have their images by name, unless that is not what is behind the name.
        let resolved = call == Call::ConvertLlb
            || call == Call::Graph && !self.gateway.options().named_contexts().is_empty();
        if let (true, [app], false) = (resolved, &*found.apps, found.diagnostics.has_errors()) {
            let platform = self.setting.platforms.target.clone();
            let variant = self.variant(app, &platform, None, &found.project)?;
            let made = self.definition(&variant, &found.project).await?;
            return Ok(if call == Call::Graph { chart(&made.image) } else { convert_llb(&made.image) });
        }
        let answer = call.answer(&question, &mut found.diagnostics);
        answer.ok_or_else(|| self.failed(&found.diagnostics, &found.project))
    }

    async fn image(&self, mut diagnostics: Diagnostics) -> Result<Response> {
        let manifest = Manifest::parse(&self.source, &mut diagnostics);
        let scope = Scope::Target(self.gateway.options().target());
        let found = self.survey(&manifest, scope, diagnostics).await?;
        let built = async {
            self.stop_at_mistakes(&found.diagnostics, &found.project)?;
            let app =
                found.apps.first().ok_or_else(|| Error::internal("an app without mistakes has no plan"))?;
            let (platforms, several) = options::platforms(self.gateway.options())?;
            let images = platforms.into_iter().map(|platform| self.platform(app, platform, &found.project));
            Response::images(try_join_all(images).await?, several)
        };
        let (built, ()) = join(built, self.warn(&found.diagnostics, &found.project)).await;
        self.warn(&self.late.take(), &found.project).await;
        built
    }

    /// The apps that are asked about. While they ask for files of the project these are read, and it is done again.
    async fn survey<'a>(
        &self,
        manifest: &'a Manifest,
        scope: Scope<'_>,
        mut known: Diagnostics,
    ) -> Result<Found<'a>> {
        let (asked, first_line) = (self.gateway.options(), self.source.first_line());
        advice::on_options(asked, self.gateway.capabilities().await?, &mut known);
        undeclared::arguments(&self.setting.given, manifest, &mut known);
        let mut project = Project::default();
        let mut files = None;
        loop {
            let mut diagnostics = known.clone();
            let catalog = &self.setting.catalog;
            let apps = survey(manifest, scope, &mut project, catalog, first_line, &mut diagnostics);
            let questions = project.take_questions();
            if questions.is_empty() {
                let all = survey::apps(manifest, &mut project, first_line);
                unused::names(asked, &all, &apps, &self.setting, &mut diagnostics);
                diagnostics.apply(&self.checks);
                return Ok(Found { apps, project, diagnostics });
            }
            let files = match &mut files {
                Some(files) => files,
                None => files.insert(Files::load(self.gateway, self.contexts, &self.manifest).await?),
            };
            for (question, answer) in files.answer(questions).await? {
                project.answer(question, answer);
            }
        }
    }

    async fn context(&self) -> Result<Context> {
        let source = self.contexts.main().clone();
        let ignore = self.contexts.excludes(&self.manifest).await?;
        Ok(Context { source, ignore, manifest: Some(self.contexts.filename().to_owned()) })
    }

    /// The plan of an app with what the client puts in the place of its stages.
    fn plan(&self, app: &Surveyed<'_>, platform: &Platform) -> Plan {
        let asked = self.gateway.options();
        app.expanded.plan.clone().with_contexts(|stage| {
            let names = target::names(app.name(), stage);
            names.into_iter().find(|name| asked.named_context(name, Some(platform)).is_some())
        })
    }

    async fn platform(&self, app: &Surveyed<'_>, platform: Platform, project: &Project) -> Result<Image> {
        let scan = options::scan(self.gateway.options());
        let variant = self.variant(app, &platform, scan.as_ref(), project)?;
        let image = Box::pin(self.build_variant(app, &variant, project));
        beside(image, Box::pin(self.load_early(&variant))).await
    }

    /// The context is loaded while images are looked up. What goes wrong here does so again where it is needed.
    async fn load_early(&self, variant: &Variant<'_>) {
        let Ok(context) = self.context().await else { return };
        if variant.loading.replace(true) {
            return;
        }
        let lowered = self.lower(variant, &context, &Images::new(), &mut Diagnostics::default());
        if let Some(Ok(files)) = lowered.map(|lowered| lowered.context()) {
            self.load(files).await;
        }
    }

    async fn load(&self, files: Vec<Definition>) {
        join_all(files.into_iter().map(|files| self.gateway.solve(Solve::definition(files).evaluate())))
            .await;
    }

    async fn build_variant(
        &self,
        app: &Surveyed<'_>,
        variant: &Variant<'_>,
        project: &Project,
    ) -> Result<Image> {
        let made = self.definition(variant, project).await?;
        let imports = self.gateway.options().cache_imports()?;
        // All is built before the answer: what fails is told in our words then. The engine would begin right after the
        // answer anyway, so nothing waits for longer.
        let build = async |definition| {
            let solve = Solve::definition(definition).cache_imports(imports.clone()).evaluate();
            let solved = self.gateway.solve(solve).await.map_err(|error| {
                match missing::of_step(&error, &app.expanded.plan, &app.target) {
                    Some(mistake) => failure::of(&[&mistake], &self.source, &self.places(project)),
                    None => failure::at(error, &self.file, Span::default()),
                }
            });
            solved?.single()
        };
        // The engine would ask for the context after it has asked for images.
        let image = beside(build(made.image), self.load(made.context)).await?;
        let image = Image::new(variant.platforms.target.clone(), image, made.config.to_json());
        let image = made.base.iter().fold(image, |image, base| image.base_config(base.unchanged()));
        let image = self.epoch.into_iter().fold(image, Image::epoch);
        Ok(match made.bill {
            Some(bill) => image.attestation(Attestation::sbom(build(bill).await?)),
            None => image,
        })
    }

    fn variant<'a>(
        &self,
        app: &'a Surveyed<'_>,
        platform: &Platform,
        scan: Option<&'a Scan>,
        project: &Project,
    ) -> Result<Variant<'a>> {
        let mut diagnostics = Diagnostics::default();
        let (target, setting) = (&app.target, &self.setting);
        let plan = self.plan(app, platform);
        let platforms = Platforms { target: platform.clone(), ..setting.platforms.clone() };
        let args = Arguments::new(&plan.args, &setting.given, &platforms, target.as_str(), &mut diagnostics);
        self.stop_at_mistakes(&diagnostics, project)?;
        let frontend = setting.options.frontend.as_ref();
        let mut needs = images(&plan, target, &args, &platforms, frontend, &mut diagnostics);
        needs.extend(scan.map(|scan| scan.image(&platforms)));
        self.stop_at_mistakes(&diagnostics, project)?;
        Ok(Variant { app: app.name(), plan, target, args, platforms, needs, scan, loading: Cell::default() })
    }

    fn lower(
        &self,
        variant: &Variant<'_>,
        context: &Context,
        images: &Images,
        diagnostics: &mut Diagnostics,
    ) -> Option<Lowered> {
        let build = Build {
            app: variant.app,
            catalog: &self.setting.catalog,
            args: &variant.args,
            images,
            context,
            source: &self.file,
            platforms: &variant.platforms,
            options: &self.setting.options,
            scan: variant.scan,
        };
        lower(&variant.plan, variant.target, &build, diagnostics)
    }

    /// What is handed to the engine, with images resolved.
    async fn definition(&self, variant: &Variant<'_>, project: &Project) -> Result<Made> {
        let mut diagnostics = Diagnostics::default();
        // `.dockerignore` first: more waits for it.
        let (context, images) = try_join(self.context(), self.resolve(&variant.needs, project)).await?;
        let lowered = self.lower(variant, &context, &images, &mut diagnostics);
        diagnostics.apply(&self.checks);
        self.stop_at_mistakes(&diagnostics, project)?;
        let lowered = lowered.ok_or_else(|| Error::internal("a plan without mistakes has no graph"))?;
        let definition = |output| lowered.graph.definition(output);
        let image = definition(lowered.result)?;
        let (plan, target) = (&variant.plan, variant.target);
        lacking::features(&image, self.gateway.capabilities().await?, plan, target, &mut diagnostics);
        self.stop_at_mistakes(&diagnostics, project)?;
        self.late.borrow_mut().extend(diagnostics);
        Ok(Made {
            image,
            context: if variant.loading.replace(true) { Vec::new() } else { lowered.context()? },
            bill: lowered.bill.map(definition).transpose()?,
            config: lowered.config,
            base: lowered.base,
        })
    }

    async fn warn(&self, diagnostics: &Diagnostics, project: &Project) {
        let (Some(vertex), places) = (self.manifest.vertex(), self.places(project)) else { return };
        let warnings = diagnostics.warnings();
        advice::warn(self.gateway, vertex, &warnings, &self.source, &places).await;
    }

    fn stop_at_mistakes(&self, diagnostics: &Diagnostics, project: &Project) -> Result<()> {
        if diagnostics.blocking().is_empty() { Ok(()) } else { Err(self.failed(diagnostics, project)) }
    }

    fn failed(&self, diagnostics: &Diagnostics, project: &Project) -> Error {
        failure::of(&diagnostics.blocking(), &self.source, &self.places(project))
    }

    fn places<'a>(&'a self, project: &'a Project) -> Places<'a> {
        Places { manifest: &self.file, project }
    }
}
