//! The config of the image that a stage becomes.

use super::Ejector;
use super::stage::Lines;
use super::words::{has_lines, list};
use crate::path;
use crate::plan::{Base, Healthcheck, Image, Inherit, Layer, Protocol, Stage, Step, Text, duration};
use crate::span::{Span, Spanned};

impl<'a> Ejector<'a> {
    pub(super) fn image(&mut self, stage: &'a Stage, lines: &mut Lines<'a>) {
        let Some(image) = &stage.image else { return };
        let takes_over = image.inherit != Inherit::All && self.bottom(stage).from.value != Base::Scratch;
        if takes_over {
            self.note(format!(
                "the image takes over all of the config of `{}`, of which Slipway takes the environment at most",
                self.bottom(stage).from.value
            ));
        }
        let environment: Vec<String> = image
            .environment
            .iter()
            .map(|variable| format!("{}={}", variable.name.value, lines.words.quoted(&variable.value)))
            .collect();
        let labels: Vec<String> = image
            .labels
            .iter()
            .map(|(name, value)| {
                format!("{}={}", lines.words.quoted(&Text::literal(name.as_str())), lines.words.quoted(value))
            })
            .collect();
        let values = image.environment.iter().map(|variable| (&variable.name.value, &variable.value));
        for (name, _) in values.chain(&image.labels).filter(|(_, value)| has_lines(value)) {
            self.note(format!("`{name}` is one line, with blanks for its line breaks"));
        }
        for (instruction, pairs) in [("ENV", environment), ("LABEL", labels)] {
            if !pairs.is_empty() {
                lines.push(format!("{instruction} {}", pairs.join(" \\\n    ")));
            }
        }
        lines.places(image);
        if let Some(folder) = image.working_dir.as_ref().map(|folder| folder.value.to_string())
            && !self.has(stage, &folder)
        {
            self.note(format!("`WORKDIR` makes the folder `{folder}`, unless the base has it"));
        }
        if takes_over && image.working_dir.is_none() {
            lines.push("WORKDIR /".to_owned());
        }
        if let Some(healthcheck) = &image.healthcheck {
            let text = self.healthcheck(healthcheck, stage.span());
            lines.push(text);
        }
        for (instruction, argv) in [("ENTRYPOINT", &image.entrypoint), ("CMD", &image.command)] {
            if let Some(argv) = argv {
                let words = self.known(argv, stage.span());
                lines.push(format!("{instruction} {}", list(&words)));
            }
        }
    }

    fn healthcheck(&mut self, healthcheck: &Healthcheck, span: Span) -> String {
        let Healthcheck::Test { test, interval, timeout, start_period, start_interval, retries } =
            healthcheck
        else {
            return "HEALTHCHECK NONE".to_owned();
        };
        let times = [
            ("interval", interval),
            ("timeout", timeout),
            ("start-period", start_period),
            ("start-interval", start_interval),
        ];
        let mut words = vec!["HEALTHCHECK".to_owned()];
        words.extend(
            times
                .iter()
                .filter_map(|(name, time)| Some(format!("--{name}={}", duration(time.as_ref().copied()?)))),
        );
        words.extend(retries.map(|retries| format!("--retries={retries}")));
        let test = self.known(test, span);
        words.push(match test.split_first() {
            Some((kind, line)) if kind == "CMD-SHELL" => match line.join(" ") {
                script if script.contains('\n') => {
                    format!("CMD {}", list(&["/bin/sh".to_owned(), "-c".to_owned(), script]))
                }
                line => format!("CMD {line}"),
            },
            Some((_, argv)) => format!("CMD {}", list(argv)),
            None => "NONE".to_owned(),
        });
        words.join(" ")
    }

    /// Whether a stage makes a folder, or something in it.
    fn has(&self, stage: &Stage, folder: &str) -> bool {
        let inside = |path: &Spanned<Text>| path::relative(folder, &path.value.to_string()).is_some();
        let of_step = |step: &Spanned<Step>| match &step.value {
            Step::Run(run) => run.working_dir.as_ref().or(stage.working_dir.as_ref()).is_some_and(inside),
            Step::Copy(copy) => inside(&copy.to),
            Step::File(file) => inside(&file.path),
            Step::Mkdir(mkdir) => inside(&mkdir.path),
            Step::Symlink(symlink) => inside(&symlink.path),
            Step::Remove(_) | Step::DependsOn(_) => false,
        };
        let of_layer = |layer: &Spanned<Layer>| {
            let Some(from) = self.plan.stage(&layer.value.from) else { return false };
            match &layer.value.output {
                Some(output) => from.output(&output.value).is_some_and(|output| inside(&output.path)),
                None => self.has(from, folder),
            }
        };
        folder == "/"
            || stage.steps.iter().any(of_step)
            || stage.outputs.iter().any(|output| inside(&output.path))
            || stage.merge.iter().any(of_layer)
            || self.below(stage).is_some_and(|below| self.has(below, folder))
    }

    /// Words in which nothing is filled in any more: commands of an image are never expanded.
    fn known(&mut self, argv: &[Text], span: Span) -> Vec<String> {
        argv.iter()
            .map(|word| {
                let value = self.values.value(word, span).unwrap_or_else(|_| word.to_string());
                if word.as_literal().is_none() {
                    self.note(format!("`{word}` in a command of the image is fixed as `{value}`"));
                }
                value
            })
            .collect()
    }
}

impl Lines<'_> {
    fn places(&mut self, image: &Image) {
        let ports = image.expose.iter().map(|port| {
            let protocol = match port.value.protocol {
                Protocol::Tcp => "",
                Protocol::Udp => "/udp",
                Protocol::Sctp => "/sctp",
            };
            format!("{}{protocol}", port.value.number)
        });
        let ports: Vec<String> = ports.collect();
        if !ports.is_empty() {
            self.push(format!("EXPOSE {}", ports.join(" ")));
        }
        if !image.volumes.is_empty() {
            let volumes: Vec<String> =
                image.volumes.iter().map(|volume| self.words.word(&volume.value)).collect();
            self.push(format!("VOLUME {}", list(&volumes)));
        }
        let rest =
            [("STOPSIGNAL", &image.stop_signal), ("WORKDIR", &image.working_dir), ("USER", &image.user)];
        for (instruction, text) in rest {
            if let Some(text) = text {
                let word = self.words.word(&text.value);
                self.push(format!("{instruction} {word}"));
            }
        }
    }
}
