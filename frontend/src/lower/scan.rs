//! `--sbom` of more than the image: a scanner looks at the result, at the stages behind it and at the context. Its
//! protocol is that of `docs/attestations/sbom-protocol.md` in BuildKit.

use std::collections::BTreeMap;

use buildkit_gateway::options::{Sbom, ScanScope};
use buildkit_llb::{Exec, Image, Input, Metadata, mount};

use super::context::Selection;
use super::stage::{Built, Lowerer};
use super::{ImageNeed, ImageSource, Lowering, Platforms, refused};
use crate::diagnostic::Diagnostic;
use crate::plan::StageName;
use crate::rules::Rule;
use crate::span::Span;

const CORE: &str = "/run/src/core/sbom";
const EXTRAS: &str = "/run/src/extras";
const DESTINATION: &str = "/run/out/";

/// What is scanned, and by what.
#[derive(Clone, Debug)]
pub struct Scan {
    scanner: Sbom,
    context: ScanScope,
    stages: ScanScope,
}

impl Scan {
    /// `None` where the image alone is to be scanned: the engine does that by itself.
    pub fn new(scanner: Sbom, context: ScanScope, stages: ScanScope) -> Option<Self> {
        let more = [&context, &stages].into_iter().any(|scope| *scope != ScanScope::None);
        more.then_some(Self { scanner, context, stages })
    }

    /// The scanner's image. It runs where the build runs, whatever it looks at.
    pub fn image(&self, platforms: &Platforms) -> ImageNeed {
        ImageNeed {
            reference: self.scanner.generator.clone(),
            platform: platforms.build.clone(),
            span: Span::default(),
        }
    }
}

impl Lowerer<'_> {
    /// The folder with the scanner's statements on what a target has come to.
    pub(super) fn scan(&mut self, scan: &Scan, target: &Built, result: Input) -> Lowering<Input> {
        let nowhere = Span::default();
        let ImageNeed { reference, platform, .. } = scan.image(self.build.platforms);
        let name = reference.familiar();
        let image = self.build.images.get(&(reference, platform.clone()));
        let (Some(config), Some(ImageSource::Image(pinned))) =
            (image.map(|image| &image.config.config), image.map(|image| &image.source))
        else {
            let message = format!("the scanner `{name}` is replaced by files that are no image");
            return Err(Box::new(Diagnostic::new(Rule::UnresolvedImage, nowhere, message)));
        };
        let extras = self.extras(scan, target)?;
        let root = self.graph.image(
            Image::new(pinned.clone())
                .platform(platform.clone())
                .metadata(Metadata::named(format!("[internal] from {name}"))),
        );
        let title = format!("[{}] generating sbom using {name}", self.build.platforms.target);
        let metadata =
            if target.ignore_cache { Metadata::named(title).ignore_cache() } else { Metadata::named(title) };
        let directory = if config.working_dir.is_empty() { "/" } else { &config.working_dir };
        let mut run = Exec::new(root, config.entrypoint.iter().chain(&config.cmd))
            .cwd(directory)
            .network(self.build.options.network)
            .platform(platform)
            .metadata(metadata)
            .mount(mount::Tmpfs::new("/tmp"))
            .mount(mount::Bind::read_only(result, CORE))
            .mount(mount::Bind::output(Input::Scratch, DESTINATION));
        for entry in &config.env {
            let (name, value) = entry.split_once('=').unwrap_or((entry, ""));
            run = run.env(name, value);
        }
        run = run.env("BUILDKIT_SCAN_DESTINATION", DESTINATION).env("BUILDKIT_SCAN_SOURCE", CORE);
        if !extras.is_empty() {
            run = run.env("BUILDKIT_SCAN_SOURCE_EXTRAS", EXTRAS);
        }
        for (name, value) in &scan.scanner.parameters {
            run = run.env(format!("BUILDKIT_SCAN_{name}"), value);
        }
        for (name, state) in extras {
            run = run.mount(mount::Bind::read_only(state, format!("{EXTRAS}/sbom-{name}")));
        }
        let done = self.graph.exec(run).map_err(|error| refused(nowhere, &error))?;
        Ok(done.mount(DESTINATION).map_err(|error| refused(nowhere, &error))?.into())
    }

    /// By the names that they have in the bill.
    fn extras(&mut self, scan: &Scan, target: &Built) -> Lowering<BTreeMap<String, Input>> {
        let nowhere = Span::default();
        let build = self.build;
        let in_scope =
            |scope: &ScanScope, stage: &StageName| build.is_meant(stage, |name| scope.applies_to(name));
        let mut extras = BTreeMap::new();
        if in_scope(&scan.context, &target.name) {
            extras.insert("context".to_owned(), self.load(&Selection::default(), nowhere)?);
        }
        let stages: Vec<Built> = self
            .built
            .values()
            .filter(|stage| stage.name != target.name && in_scope(&scan.stages, &stage.name))
            .cloned()
            .collect();
        for stage in stages {
            let state = self.whole(&stage, nowhere)?;
            extras.insert(stage.name.as_str().to_owned(), state);
        }
        extras.retain(|_, state| !state.is_scratch());
        Ok(extras)
    }
}
