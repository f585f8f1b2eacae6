//! Steps that change files without running anything.

use buildkit_llb::{File, Input, file};

use super::context::Selection;
use super::filter::is_literal;
use super::stage::{Built, Lowerer};
use super::{Lowering, refused};
use crate::path;
use crate::plan::{Base, Copy, OutputName, StageName, Step, Text};
use crate::span::{Span, Spanned};

/// A pattern that no file matches: a copy that selects it copies nothing.
const NOTHING: &str = "/slipway-copies-nothing*";

/// The steps at the start of the list that only touch single files; together they are one layer.
pub(super) fn small_steps(steps: &[Spanned<Step>]) -> &[Spanned<Step>] {
    let small = |step: &Spanned<Step>| {
        matches!(step.value, Step::File(_) | Step::Mkdir(_) | Step::Symlink(_) | Step::Remove(_))
    };
    let count = steps.iter().take_while(|step| small(step)).count();
    &steps[..count]
}

pub(super) fn small_title(step: &Step) -> String {
    let path = match step {
        Step::File(file) => &file.path,
        Step::Mkdir(mkdir) => &mkdir.path,
        Step::Symlink(symlink) => &symlink.path,
        Step::Remove(remove) => &remove.path,
        Step::Run(_) | Step::Copy(_) | Step::DependsOn(_) => return step.keyword().to_owned(),
    };
    format!("{} {}", step.keyword(), path.value)
}

pub(super) fn copy_title(copy: &Copy) -> String {
    let what: Vec<_> = copy.include.iter().map(|pattern| pattern.value.to_string()).collect();
    let source = copy.source.as_ref().map_or_else(|| "/".to_owned(), |source| source.value.to_string());
    let what = if what.is_empty() { source } else { what.join(" ") };
    format!("{what} to {}", copy.to.value)
}

/// With the folder that the path lies in.
fn with_parent(op: File, path: &str) -> File {
    match path.rsplit_once('/') {
        Some((parent, _)) if !parent.is_empty() => op.mkdir(file::Mkdir::new(parent, 0o755).parents()),
        _ => op,
    }
}

impl Lowerer<'_> {
    /// Steps of [`small_steps`], as one vertex for each part of the stage that they change.
    pub(super) fn small(&mut self, steps: &[Spanned<Step>], label: &str, built: &mut Built) -> Lowering<()> {
        let mut rest = steps;
        while let Some(first) = rest.first() {
            let part = *built.part(&self.path_of(first)?);
            let mut op = File::new(part);
            let mut count = 0;
            for step in rest {
                if count > 0 && *built.part(&self.path_of(step)?) != part {
                    break;
                }
                op = self.action(op, step)?;
                count += 1;
            }
            let (group, later) = rest.split_at(count);
            let spans: Vec<Span> = group.iter().map(|step| step.span).collect();
            let op = op.metadata(self.step_metadata(built, label, &spans));
            let changed = self.graph.file(op).map_err(|error| refused(first.span, &error))?;
            *built.part(&self.path_of(first)?) = changed.into();
            rest = later;
        }
        Ok(())
    }

    fn path_of(&self, step: &Spanned<Step>) -> Lowering<String> {
        match &step.value {
            Step::File(file) => self.value(&file.path),
            Step::Mkdir(mkdir) => self.value(&mkdir.path),
            Step::Symlink(symlink) => self.value(&symlink.path),
            Step::Remove(remove) => self.value(&remove.path),
            Step::Run(_) | Step::Copy(_) | Step::DependsOn(_) => Ok("/".to_owned()),
        }
    }

    fn action(&self, op: File, step: &Spanned<Step>) -> Lowering<File> {
        let path = self.path_of(step)?;
        Ok(match &step.value {
            Step::File(written) => {
                let content = self.build.args.value(&written.content, step.span)?;
                let mode = written.mode.map_or(0o644, |mode| u32::from(mode.bits()));
                let made = file::Mkfile::new(&path, mode, content);
                let made = match self.owner(written.owner.as_ref())? {
                    Some(owner) => made.owner(owner),
                    None => made,
                };
                with_parent(op, &path).mkfile(made)
            }
            Step::Mkdir(mkdir) => {
                let mode = mkdir.mode.map_or(0o755, |mode| u32::from(mode.bits()));
                let made = file::Mkdir::new(&path, mode).parents();
                op.mkdir(match self.owner(mkdir.owner.as_ref())? {
                    Some(owner) => made.owner(owner),
                    None => made,
                })
            }
            Step::Symlink(symlink) => {
                let link = file::Symlink::new(self.build.args.value(&symlink.target, step.span)?, &path);
                // The engine's fails where anything is, be it the link of a base image.
                with_parent(op, &path).rm(file::Rm::new(path).allow_not_found()).symlink(link)
            }
            Step::Remove(_) => op.rm(file::Rm::new(path).allow_not_found().wildcard()),
            Step::Run(_) | Step::Copy(_) | Step::DependsOn(_) => op,
        })
    }

    fn owner(&self, owner: Option<&Spanned<Text>>) -> Lowering<Option<file::Owner>> {
        Ok(self.build.args.optional(owner)?.map(|owner| file::Owner::parse(&owner)))
    }

    pub(super) fn load(&mut self, wanted: &Selection, span: Span) -> Lowering<Input> {
        let engine = self.build.options.engine;
        let loaded = self.build.context.load(&mut self.graph, wanted, engine, span)?;
        self.context.insert(loaded);
        Ok(loaded)
    }

    /// What is behind a `from` that is not the context.
    pub(super) fn input(
        &mut self,
        from: &Spanned<Base>,
        output: Option<&Spanned<OutputName>>,
        built: &Built,
    ) -> Lowering<Input> {
        let Base::Stage(name) = &from.value else { return Ok(self.image(from, &built.platform)?.0) };
        let stage = self.find(name, from.span)?.clone();
        match output {
            Some(output) => Ok(stage.output(output)?.state),
            None => self.whole(&stage, from.span),
        }
    }

    pub(super) fn copy(&mut self, copy: &Copy, span: Span, label: &str, built: &mut Built) -> Lowering<()> {
        let args = self.build.args;
        let wanted = Selection::of(copy.source.as_ref(), &copy.include, &copy.exclude, args)?;
        let from = match &copy.from.value {
            Base::Context => {
                let source = self.build.context.source_with(&wanted, &self.sources).cloned();
                self.load(source.as_ref().unwrap_or(&wanted), copy.from.span)?
            }
            Base::Scratch | Base::Slipway | Base::Image(_) | Base::Stage(_) => {
                self.input(&copy.from, copy.output.as_ref(), built)?
            }
        };
        // The context was filtered when it was loaded.
        let filtered = copy.from.value == Base::Context;
        let Selection { folder, include, exclude } = wanted;
        let exclude = if filtered { Vec::new() } else { exclude };
        let all = filtered && !self.build.options.engine.patterns;
        let to = self.value(&copy.to)?;
        let mode = copy.mode.map(|mode| u32::from(mode.bits()));
        let owner = self.owner(copy.owner.as_ref())?;
        let actions: Vec<file::Copy> = parts(from, &folder, &include, &exclude, &to, all)
            .into_iter()
            .map(|action| {
                let action = owner.clone().into_iter().fold(action, file::Copy::owner);
                mode.into_iter().fold(action, file::Copy::mode)
            })
            .collect();
        let part = *built.part(&to);
        let op = actions.into_iter().fold(File::new(part), File::copy);
        let op = op.metadata(self.step_metadata(built, label, &[span]));
        *built.part(&to) = self.graph.file(op).map_err(|error| refused(span, &error))?.into();
        Ok(())
    }

    /// A copy that selects nothing: no byte and no layer, but what follows is made from it.
    pub(super) fn depends_on(
        &mut self,
        name: &Spanned<StageName>,
        label: &str,
        built: &mut Built,
    ) -> Lowering<()> {
        let awaited = self.find(&name.value, name.span)?;
        // An output is small to look into; a root is a whole distribution.
        let awaited = awaited.outputs.first().map_or(awaited.root, |output| output.state);
        let metadata = self.step_metadata(built, label, &[name.span]);
        let wait = |state: Input| {
            let nothing = file::Copy::new(awaited, NOTHING, "/").wildcard().allow_empty_wildcard();
            File::new(state).copy(nothing).metadata(metadata.clone())
        };
        if built.outputs.is_empty() {
            built.root =
                self.graph.file(wait(built.root)).map_err(|error| refused(name.span, &error))?.into();
        }
        for output in &mut built.outputs {
            output.state =
                self.graph.file(wait(output.state)).map_err(|error| refused(name.span, &error))?.into();
        }
        Ok(())
    }
}

/// One action for each path that is named in full, so that a missing one is an error that names it; one for
/// all patterns together, or for `all` that there is.
fn parts(
    from: Input,
    folder: &str,
    include: &[String],
    exclude: &[String],
    to: &str,
    all: bool,
) -> Vec<file::Copy> {
    let source = format!("/{}", folder.trim_matches('/'));
    let into = format!("{}/", to.trim_end_matches('/'));
    let copy = |src: &str, dest: &str| file::Copy::new(from, src, dest).create_dest_path().follow_symlinks();
    if include.is_empty() {
        // A folder's contents. A file keeps its name in a folder and gets a new one otherwise.
        return vec![copy(&source, to).contents().exclude(exclude)];
    }
    let (literal, patterns): (Vec<&String>, Vec<&String>) =
        include.iter().partition(|pattern| is_literal(pattern) && exclude.is_empty());
    let mut actions: Vec<file::Copy> = literal
        .into_iter()
        .map(|path| {
            let path = path::join("", path.trim_matches('/'));
            let parent = path.rsplit_once('/').map_or(String::new(), |(parent, _)| format!("{parent}/"));
            copy(&format!("{}/{path}", source.trim_end_matches('/')), &format!("{into}{parent}"))
        })
        .collect();
    if !patterns.is_empty() {
        let contents = copy(&source, &into).contents();
        actions.push(if all { contents } else { contents.include(patterns).exclude(exclude) });
    }
    actions
}
