//! The settings of nginx that a project brings along: what they take for granted of the image.

use crate::diagnostic::{Diagnostic, Place};
use crate::facts::node::HOME;
use crate::facts::numbered;
use crate::rules::Rule;

/// Every user may listen on these.
const UNPRIVILEGED: u16 = 1024;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Settings {
    /// They are all of nginx's settings, and not only those of a server.
    pub is_whole: bool,
    /// Where it looks for the page, when that is one place, with the line.
    pub root: Option<(String, u32)>,
    /// What it listens on; empty when nothing says.
    pub ports: Vec<u16>,
    pub advice: Vec<Diagnostic>,
}

pub(super) fn read(file: &str, text: &str) -> Settings {
    let advice = |line: u32, message: String, help: String| {
        let place = Place::File { path: file.to_owned(), line };
        Diagnostic::new(Rule::ServerSettings, place, message).help(help)
    };
    let mut settings = Settings::default();
    let mut roots: Vec<(&str, u32)> = Vec::new();
    for (line, name, value) in directives(text) {
        match name {
            "events" | "http" => settings.is_whole = true,
            "root" => roots.push((value, line)),
            "listen" if value.starts_with("unix:") => {}
            "listen" => match port(value) {
                Some(port) if settings.ports.contains(&port) => {}
                Some(port) => {
                    if port < UNPRIVILEGED {
                        let message = format!("without root nginx cannot `listen {value}` everywhere");
                        settings.advice.push(advice(line, message, "write `listen 8080;`".to_owned()));
                    }
                    settings.ports.push(port);
                }
                None => settings.advice.push(advice(
                    line,
                    "`listen` does not say in plain words which port it is".to_owned(),
                    "write `listen 8080;`, or the port in the manifest, as in `run: { expose: [8080] }`"
                        .to_owned(),
                )),
            },
            _ => {}
        }
    }
    let is_path = |root: &str| root.len() > 1 && root.starts_with('/') && !root.contains('$');
    match roots.as_slice() {
        [(root, line), rest @ ..] if is_path(root) && rest.iter().all(|(other, _)| other == root) => {
            settings.root = Some(((*root).to_owned(), *line));
        }
        roots => {
            for (root, line) in roots.iter().filter(|(root, _)| *root != HOME) {
                let message = format!("`root {root}` is not where the page is");
                settings.advice.push(advice(*line, message, format!("write `root {HOME};`")));
            }
        }
    }
    settings
}

/// The name of each directive and its first value.
fn directives(text: &str) -> impl Iterator<Item = (u32, &str, &str)> {
    let lines = numbered(text).map(|(number, line)| (number, line.split('#').next().unwrap_or(line)));
    lines.flat_map(|(number, line)| {
        line.split([';', '{', '}']).filter_map(move |directive| {
            let mut words = directive.split_whitespace();
            let name = words.next()?;
            let first = words.next().unwrap_or_default().trim_matches(['"', '\'']);
            let is_root = first.trim_end_matches('/').is_empty();
            Some((number, name, if is_root { first } else { first.trim_end_matches('/') }))
        })
    })
}

/// `8080`, `[::]:8080`, `127.0.0.1:8080`; an address alone is port 80.
fn port(listen: &str) -> Option<u16> {
    let last = listen.rsplit(':').next().unwrap_or(listen);
    let is_address = !listen.contains('$')
        && (last.ends_with(']') || !listen.contains(':') && last.parse::<u16>().is_err());
    if is_address { Some(80) } else { last.parse().ok() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, root: Option<&str>, ports: &[u16], advice: &[&str]) {
        let settings = read("nginx.conf", text);
        let found: Vec<&str> = settings.advice.iter().map(|advice| advice.message.as_str()).collect();
        assert_eq!(settings.root.map(|(root, _)| root).as_deref(), root, "{text}");
        assert_eq!(settings.ports, ports, "{text}");
        assert_eq!(found, advice, "{text}");
    }

    #[test]
    fn what_settings_take_for_granted() {
        let html = "/usr/share/nginx/html";
        let low = "without root nginx cannot `listen 80` everywhere";
        check("server { listen 80; location / { root /usr/share/nginx/html; } }", Some(html), &[80], &[low]);
        check(
            "server {\n  listen 8080 default_server;\n  listen [::]:8080; # root /x;\n  root \"/usr/share/nginx/html/\";\n \
             location = /50x.html { root /usr/share/nginx/html; }\n}",
            Some(html),
            &[8080],
            &[],
        );
        check("server { listen 127.0.0.1:3000; root /app; }", Some("/app"), &[3000], &[]);
        check("server { root html; }", None, &[], &["`root html` is not where the page is"]);
        check(
            "server { root /app; location /a { root /data; } }",
            None,
            &[],
            &["`root /data` is not where the page is"],
        );
        check("server { root /; }", None, &[], &["`root /` is not where the page is"]);
        let template = "`listen` does not say in plain words which port it is";
        check("server { listen ${PORT}; }", None, &[], &[template]);
        check("server { listen unix:/tmp/x; }", None, &[], &[]);
        assert_eq!(port("[::]"), Some(80));
        assert_eq!(port("*:81"), Some(81));
        assert!(read("nginx.conf", "events {}\nhttp { }").is_whole);
    }
}
