//! `setup.py`: a program, of which what is written out in it is read. What it computes is known when it runs.

use std::str::FromStr;

use pep440_rs::VersionSpecifiers;

use super::manifest::{BuildSystem, Manifest, Python};
use super::requirement::Requirement;

/// Words of a `setup.py` without which its project needs no installation: its modules are where they are imported from.
const INSTALLED: &[&str] = &["entry_points", "ext_modules", "package_dir", "scripts"];

/// `None` of a program that makes no package.
pub(super) fn manifest(file: &str, text: &str) -> Option<Manifest> {
    let tokens = tokens(text);
    let is_named = |name: &str| tokens.iter().any(|(_, token)| *token == Token::Name(name));
    if !is_named("setuptools") && !is_named("distutils") {
        return None;
    }
    let mut manifest = Manifest { file: file.to_owned(), ..Manifest::default() };
    for (at, (line, token)) in tokens.iter().enumerate() {
        let rest = &tokens[at + 1..];
        match (token, rest) {
            (Token::Name("name"), [(_, Token::Sign('=')), (_, Token::Text(name)), ..]) => {
                manifest.name = Some(name.clone());
            }
            (Token::Name("python_requires"), [(_, Token::Sign('=')), (_, Token::Text(range)), ..]) => {
                manifest.python = Some(Python {
                    ranges: VersionSpecifiers::from_str(range).into_iter().collect(),
                    written: range.clone(),
                    key: "python_requires",
                    line: *line,
                });
            }
            (Token::Name("install_requires"), [(_, Token::Sign('=')), value @ ..]) => match list(value) {
                Some(items) => {
                    let items = items.into_iter().filter_map(|(line, text)| Requirement::parse(text, line));
                    manifest.dependencies.extend(items);
                }
                None => manifest.computed = Some(*line),
            },
            (Token::Text(key), [(_, Token::Sign(':')), value @ ..]) if key == "console_scripts" => {
                let scripts = list(value).unwrap_or_default().into_iter();
                let name = |text: &str| text.split('=').next().unwrap_or_default().trim().to_owned();
                manifest.scripts = scripts.map(|(line, text)| (name(text), line)).collect();
            }
            (Token::Text(text), _) if is_file(text) => manifest.reads.push(text.clone()),
            _ => {}
        }
    }
    let installed = INSTALLED.iter().any(|name| is_named(name));
    manifest.needs.clone_from(&manifest.reads);
    manifest.build = installed.then(|| BuildSystem::setuptools(1));
    Some(manifest)
}

/// `["a", "b"]`
fn list<'a>(tokens: &'a [(u32, Token<'_>)]) -> Option<Vec<(u32, &'a str)>> {
    let ((_, Token::Sign('[')), rest) = tokens.split_first()? else { return None };
    let end = rest.iter().position(|(_, token)| *token == Token::Sign(']'))?;
    // What is behind the list may change it.
    if !matches!(rest.get(end + 1), None | Some((_, Token::Sign(',' | ')' | ']' | '}')))) {
        return None;
    }
    let items = rest[..end].iter().filter(|(_, token)| *token != Token::Sign(','));
    items
        .map(|(line, token)| match token {
            Token::Text(text) => Some((*line, text.as_str())),
            Token::Name(_) | Token::Sign(_) => None,
        })
        .collect()
}

/// The name of a file beside the program that it may read, such as `README.md`.
fn is_file(text: &str) -> bool {
    let is_path = text.chars().all(|c| c.is_ascii_alphanumeric() || "_-./".contains(c));
    let ending = text.rsplit_once('.').map(|(_, ending)| ending);
    is_path
        && !text.starts_with(['.', '/'])
        && !text.contains("..")
        && (matches!(ending, Some("md" | "rst" | "txt" | "in" | "cfg" | "toml" | "json" | "py"))
            || text.len() > 3 && text.chars().all(|c| c.is_ascii_uppercase()))
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token<'a> {
    Name(&'a str),
    /// A string without its quotes.
    Text(String),
    Sign(char),
}

/// Names, strings and signs, each with its line; no comments and no numbers.
fn tokens(text: &str) -> Vec<(u32, Token<'_>)> {
    let mut tokens = Vec::new();
    let mut line = 1;
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let (length, token) = if first == '#' {
            (rest.find('\n').unwrap_or(rest.len()), None)
        } else if matches!(first, '"' | '\'') {
            let quotes = if rest.starts_with(&first.to_string().repeat(3)) { 3 } else { 1 };
            let inside = &rest[quotes..];
            let end = inside.find(&rest[..quotes]).unwrap_or(inside.len());
            (rest.len().min(end + 2 * quotes), Some(Token::Text(inside[..end].to_owned())))
        } else if first.is_alphanumeric() || first == '_' {
            let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
            let is_prefix = end <= 2 && rest[end..].starts_with(['"', '\'']);
            (end, (!is_prefix).then_some(Token::Name(&rest[..end])))
        } else {
            (first.len_utf8(), (!first.is_whitespace()).then_some(Token::Sign(first)))
        };
        tokens.extend(token.map(|token| (line, token)));
        let (passed, after) = rest.split_at(length);
        line += u32::try_from(passed.matches('\n').count()).unwrap_or_default();
        rest = after;
    }
    tokens
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(arguments: &str) -> Manifest {
        let text = format!("from setuptools import setup\nsetup(\n{arguments})\n");
        manifest("setup.py", &text).expect("it makes a package")
    }

    #[test]
    fn what_is_written_out_is_read() {
        let read = of(
            "name='shop', # install_requires=['no']\npython_requires=\">=3.11\",\ninstall_requires=[\n  'flask>=3',  # é\n  \
                       r\"gunicorn\",\n],\nlong_description=open('README.md').read(),\n\
                       entry_points={'console_scripts': ['shop = shop:main']},\n",
        );
        let wanted: Vec<_> = read.dependencies.iter().map(|one| (one.name.as_str(), one.line)).collect();
        assert_eq!(wanted, [("flask", 6), ("gunicorn", 7)]);
        assert_eq!((read.name.as_deref(), read.computed), (Some("shop"), None));
        assert_eq!((read.scripts, read.reads), (vec![("shop".to_owned(), 10)], vec!["README.md".to_owned()]));
        assert_eq!(read.python.map(|python| (python.written, python.line)), Some((">=3.11".to_owned(), 4)));
        assert_eq!(read.build, Some(BuildSystem::setuptools(1)));
    }

    #[test]
    fn what_is_computed_is_not() {
        for value in ["requires", "['a'] + more", "[a]", "[f(x) for x in y]", "open('a.txt').read()", "['a'"]
        {
            let read = of(&format!("install_requires={value}"));
            assert_eq!((read.dependencies.len(), read.computed), (0, Some(3)), "{value}");
        }
        assert_eq!(of("py_modules=['shop']").build, None);
        assert_eq!(manifest("setup.py", "print('install_requires=[1]')"), None);
        for text in ["'", "\"\"\"a", "é'é", "#", "setup"] {
            assert_eq!(manifest("setup.py", text), None, "{text}");
        }
    }
}
