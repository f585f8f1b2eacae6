//! The config of the image that a stage becomes.

use super::Ejector;
use super::stage::Lines;
use super::words::list;
use crate::plan::{Base, Healthcheck, Image, Inherit, Protocol, Stage, Text, duration};
use crate::span::Span;

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
        for (instruction, pairs) in [("ENV", environment), ("LABEL", labels)] {
            if !pairs.is_empty() {
                lines.push(format!("{instruction} {}", pairs.join(" \\\n    ")));
            }
        }
        lines.places(image);
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
            Some((kind, line)) if kind == "CMD-SHELL" => format!("CMD {}", line.join(" ")),
            Some((_, argv)) => format!("CMD {}", list(argv)),
            None => "NONE".to_owned(),
        });
        words.join(" ")
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
