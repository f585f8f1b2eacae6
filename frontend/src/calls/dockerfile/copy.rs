//! Steps that change files without running anything.

use super::Ejector;
use super::sources::{Part, excluded, never};
use super::stage::Lines;
use super::words::{Words, apart, end_of, flag, has_blanks};
use crate::lower::filter::is_literal;
use crate::path;
use crate::plan::{Base, Copy, CopyMode, File, Mkdir, Remove, Stage, Symlink, Text};
use crate::span::Spanned;

impl<'a> Ejector<'a> {
    pub(super) fn copy(&mut self, copy: &Copy, lines: &mut Lines<'a>) {
        let mut words = |texts: &[Spanned<Text>]| -> Vec<String> {
            texts.iter().map(|text| lines.words.word(&text.value)).collect()
        };
        let (include, exclude) = (words(&copy.include), words(&copy.exclude));
        let (paths, keeps_path) = self.copied(copy, &include, lines);
        let mut flags = match (&copy.from.value, include.as_slice()) {
            (Base::Context, []) => {
                let folder = copy.source.as_ref().map(|source| &source.value);
                let part = Part { folder, include: &[], exclude: &copy.exclude };
                vec![flag("from", &self.context(&part))]
            }
            (Base::Context, _) => Vec::new(),
            (other, _) => vec![flag("from", &self.source(other, lines.stage))],
        };
        flags.extend(keeps_path.then(|| "--parents".to_owned()));
        flags.extend(lines.owner(copy.owner.as_ref()));
        flags.extend(mode(copy.mode));
        let mut text: String = flags.into_iter().map(|flag| flag + " ").collect();
        if copy.from.value != Base::Context || !include.is_empty() {
            if copy.from.value == Base::Context && !self.are_files(copy, &include) {
                text += &never(&include);
            }
            text += &excluded(&exclude);
        }
        lines.push(format!("COPY {text}{}", apart(&paths)));
    }

    /// What is copied and then where to, and whether paths are kept.
    fn copied(&self, copy: &Copy, include: &[String], lines: &mut Lines<'a>) -> (Vec<String>, bool) {
        let to = lines.words.word(&copy.to.value);
        let into = format!("{}/", to.trim_end_matches('/'));
        let folder = copy.source.as_ref().map(|source| lines.words.existing(&source.value));
        let folder = folder.unwrap_or_default();
        let folder = folder.trim_matches('/');
        let below = |pattern: &String| {
            let pattern = pattern.trim_start_matches("./").trim_matches('/');
            if folder.is_empty() { pattern.to_owned() } else { format!("{folder}/./{pattern}") }
        };
        let output = match (&copy.from.value, &copy.output) {
            (Base::Stage(stage), Some(output)) => {
                self.plan.stage(stage).and_then(|stage| stage.output(&output.value))
            }
            _ => None,
        };
        if !include.is_empty() {
            let mut paths: Vec<String> = include.iter().map(below).collect();
            // What is anywhere in an output is not anywhere in its stage.
            if let Some(output) = output.filter(|_| folder.is_empty()) {
                let output = lines.words.existing(&output.path.value);
                for path in paths.iter_mut().filter(|path| path.starts_with("**/")) {
                    path.insert_str(0, &format!("{}/", output.trim_matches('/')));
                }
            }
            return (paths.into_iter().chain([into]).collect(), true);
        }
        match output.filter(|_| folder.is_empty()) {
            // An output keeps its path.
            Some(output) => (vec![lines.words.existing(&output.path.value), into], true),
            None => (vec![format!("/{folder}"), to], false),
        }
    }

    /// Whether all of these are known to be files: a file hides no key below it.
    fn are_files(&self, copy: &Copy, include: &[String]) -> bool {
        let folder = copy.source.as_ref().map(|source| source.value.to_string()).unwrap_or_default();
        include.iter().all(|path| {
            let path = path::join(&folder, path);
            is_literal(&path) && self.question.project.known_file(&path).is_some()
        })
    }

    pub(super) fn file(&mut self, file: &File, lines: &mut Lines<'a>) {
        let (mut document, expands) = lines.words.document(&file.content);
        if !document.is_empty() && !document.ends_with('\n') {
            document.push('\n');
            self.note(format!("`{}` ends with a line break", file.path.value));
        }
        let parent = file.path.value.as_literal().and_then(|path| Some(path.rsplit_once('/')?.0));
        // With `--chown`, folders that are made on the way belong to the owner as well.
        if let Some(parent) = parent.filter(|parent| file.owner.is_some() && !parent.is_empty()) {
            self.output(&Text::literal(parent), lines);
        }
        let end = end_of(&document);
        let mark = if expands { end.clone() } else { format!("\"{end}\"") };
        let flags = lines.owner(file.owner.as_ref()).into_iter().chain(mode(file.mode));
        let flags: String = flags.map(|flag| flag + " ").collect();
        let path = lines.words.word(&file.path.value);
        if !has_blanks(&path) {
            lines.push(format!("COPY {flags}<<{mark} {path}\n{document}{end}"));
            return;
        }
        // A document and a list of words do not stand in one instruction.
        let mut words = Words::new(&self.plan.args);
        let (_, _) = words.document(&file.content);
        let body = format!("{}COPY <<{mark} /file\n{document}{end}", words.declarations());
        let made = self.sources.stage("file", "A file whose path has blanks.", "scratch", &body);
        lines.push(format!("COPY --from={made} {flags}{}", apart(&["/file".to_owned(), path])));
    }

    pub(super) fn mkdir(&mut self, mkdir: &Mkdir, lines: &mut Lines<'a>) {
        let made = self.sources.folder(&mkdir.path.value);
        let path = lines.words.existing(&mkdir.path.value);
        let flags = lines.owner(mkdir.owner.as_ref()).into_iter().chain(mode(mkdir.mode));
        let flags: String = flags.map(|flag| flag + " ").collect();
        lines.push(format!("COPY --from={made} --parents {flags}{}", apart(&[path, "/".to_owned()])));
    }

    /// An output is there from the first step on.
    pub(super) fn output(&mut self, path: &Text, lines: &mut Lines<'a>) {
        let made = self.sources.folder(path);
        let path = lines.words.existing(path);
        lines.push(format!("COPY --from={made} --parents {}", apart(&[path, "/".to_owned()])));
    }

    pub(super) fn symlink(&mut self, symlink: &Symlink, lines: &mut Lines<'a>) {
        let (target, path) = (lines.words.shell(&symlink.target), lines.words.shell(&symlink.path.value));
        if self.has_shell(lines.stage, &format!("the link `{}`", symlink.path.value)) {
            lines.as_root();
            lines.push(format!(
                "RUN --network=none mkdir -p \"$(dirname {path})\" && ln -sfn {target} {path}"
            ));
        }
    }

    pub(super) fn remove(&mut self, remove: &Remove, lines: &mut Lines<'a>) {
        let path = lines.words.shell(&remove.path.value);
        if self.has_shell(lines.stage, &format!("the removal of `{}`", remove.path.value)) {
            lines.as_root();
            lines.push(format!("RUN --network=none rm -rf {path}"));
        }
    }

    fn has_shell(&mut self, stage: &'a Stage, what: &str) -> bool {
        let has = self.bottom(stage).from.value != Base::Scratch;
        if !has {
            self.note(format!(
                "{what} is missing: on an empty root a Dockerfile has nothing to make it with"
            ));
        }
        has
    }
}

impl Lines<'_> {
    fn owner(&mut self, owner: Option<&Spanned<Text>>) -> Option<String> {
        owner.map(|owner| self.words.flag("chown", &owner.value))
    }
}

fn mode(mode: Option<impl Into<CopyMode>>) -> Option<String> {
    mode.map(Into::into).map(|mode| format!("--chmod={:04o}", mode.bits()))
}
