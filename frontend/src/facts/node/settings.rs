//! Settings files that are programs: what they say in plain words, as in `output: "export"`.

use super::{Project, path};
use crate::diagnostic::{Diagnostic, Place};
use crate::facts::{Fact, numbered};
use crate::rules::Rule;

/// Without what they end in.
const NAMES: &[&str] =
    &["astro.config", "next.config", "react-router.config", "svelte.config", "vite.config", "vue.config"];

const ENDINGS: [&str; 5] = ["js", "ts", "mjs", "mts", "cjs"];

/// The files of the context that may be asked for, as patterns.
pub fn files() -> impl Iterator<Item = String> {
    NAMES.iter().flat_map(|name| ENDINGS.map(|ending| format!("**/{name}.{ending}")))
}

/// A value as it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// Its first word, without quotes.
    pub value: String,
    /// All of it that is on its line.
    written: String,
    pub file: String,
    pub line: u32,
}

/// `name` is the file without what it ends in: one of `NAMES`.
pub fn setting(project: &mut Project, folder: &str, name: &str, key: &str) -> Option<Setting> {
    lines(project, folder, name, |file, line, text| {
        let (value, written) = value(text, key)?;
        Some(Setting { value: value.to_owned(), written: written.to_owned(), file: file.to_owned(), line })
    })
}

/// Where settings load a file of the app.
pub(super) fn loads(project: &mut Project, folder: &str, name: &str) -> Option<Fact<()>> {
    lines(project, folder, name, |file, line, text| {
        let loads = text.starts_with("import") || text.contains("require(") || text.contains("import(");
        let is_file = ["\"./", "'./", "\"../", "'../"].iter().any(|start| text.contains(start));
        (loads && is_file).then(|| Fact::at((), format!("`{file}` loads files of the app"), file, line))
    })
}

fn lines<T>(
    project: &mut Project,
    folder: &str,
    name: &str,
    find: impl Fn(&str, u32, &str) -> Option<T>,
) -> Option<T> {
    let files = ENDINGS.map(|ending| path::join(folder, &format!("{name}.{ending}")));
    // All are asked for at once.
    let texts: Vec<_> = files.iter().map(|file| project.file(file)).collect();
    files
        .iter()
        .zip(texts)
        .find_map(|(file, text)| numbered(&text?).find_map(|(line, text)| find(file, line, text)))
}

impl Setting {
    /// A folder of the app, in plain words: seen from `base`, or from the settings' own folder.
    pub(super) fn folder(&self, base: &str) -> Option<String> {
        if after_here(&self.written).is_some_and(ends) {
            return Some(String::new());
        }
        let written = self.written.strip_prefix("path.").unwrap_or(&self.written);
        let call = written.strip_prefix("resolve(").or_else(|| written.strip_prefix("join("));
        let (base, text) = match call.and_then(after_here) {
            Some(rest) => ("", rest.trim_start().strip_prefix(',')?.trim_start()),
            None => (base, self.written.as_str()),
        };
        let (folder, rest) = quoted(text)?;
        let is_all = ends(rest) && (call.is_none() || rest.trim_start().starts_with(')'));
        (is_all && !folder.contains("${")).then(|| path::resolve(base, folder))?
    }

    /// It does not say which folder of the app it is.
    pub(super) fn no_folder(&self, key: &str) -> Diagnostic {
        let place = Place::File { path: self.file.clone(), line: self.line };
        Diagnostic::new(Rule::NoOutput, place, format!("`{key}` names no folder of the app in plain words"))
            .help("write where the build writes to in the manifest, as in `build: { output: dist }`")
    }
}

/// What is behind the settings' own folder.
fn after_here(text: &str) -> Option<&str> {
    ["__dirname", "import.meta.dirname", "process.cwd()"].iter().find_map(|here| text.strip_prefix(here))
}

/// Nothing but the end of a value is there.
fn ends(rest: &str) -> bool {
    let rest = rest.trim_start();
    rest.is_empty() || rest.starts_with([',', '}', ')', ';']) || rest.starts_with("//")
}

/// A text in quotes, and what is behind it.
fn quoted(text: &str) -> Option<(&str, &str)> {
    let quote = text.chars().next().filter(|c| matches!(c, '"' | '\'' | '`'))?;
    text[1..].split_once(quote)
}

fn value<'a>(line: &'a str, key: &str) -> Option<(&'a str, &'a str)> {
    let (before, rest) = line.split_once(key)?;
    let is_comment = before.contains("//") || before.trim_start().starts_with('*');
    let is_other = before.chars().next_back().is_some_and(|c| c.is_alphanumeric() || "_$.".contains(c));
    if is_comment || is_other {
        return None;
    }
    let written = rest.trim_start_matches(['"', '\'']).trim_start().strip_prefix(':')?.trim_start();
    let value = match quoted(written) {
        Some((value, _)) => value,
        None => written.split([',', '}', ' ', '/']).next()?,
    };
    (!value.is_empty()).then_some((value, written))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_in_plain_words() {
        let value = |line, key| value(line, key).map(|(value, _)| value);
        let output = |line| value(line, "output");
        assert_eq!(output(r#"  output: "export","#), Some("export"));
        assert_eq!(output("export default { output:'standalone' };"), Some("standalone"));
        assert_eq!(output(r#"module.exports = { "output" : `export` }"#), Some("export"));
        assert_eq!(output("  output: target,"), Some("target"));
        assert_eq!(output(r#"  // output: "export","#), None);
        assert_eq!(output(r#"   * output: "export""#), None);
        assert_eq!(output(r#"  no_output: "export","#), None);
        assert_eq!(output(r#"  outputFileTracingRoot: "..","#), None);
        assert_eq!(output("  output:"), None);
        assert_eq!(value("  ssr: false, // for browsers", "ssr"), Some("false"));
        assert_eq!(value("export default { ssr: false } satisfies Config;", "ssr"), Some("false"));
    }

    #[test]
    fn folders_in_plain_words() {
        let folder = |written: &str, base: &str| {
            let setting =
                Setting { value: String::new(), written: written.to_owned(), file: String::new(), line: 1 };
            setting.folder(base)
        };
        assert_eq!(folder("'./site', // é", "").as_deref(), Some("site"));
        assert_eq!(folder("\"../build\" } }", "src").as_deref(), Some("build"));
        assert_eq!(folder("path.resolve(__dirname, 'out'),", "src").as_deref(), Some("out"));
        assert_eq!(folder("resolve(import.meta.dirname, `out`)", "").as_deref(), Some("out"));
        assert_eq!(folder("path.join(__dirname, 'out', mode)", ""), None);
        assert_eq!(folder("__dirname,", "").as_deref(), Some(""));
        assert_eq!(folder("path.resolve(__dirname, '../dist'),", ""), None);
        assert_eq!(folder("mode === 'lib' ? 'lib' : 'dist',", ""), None);
        assert_eq!(folder("process.env.OUT || 'www',", ""), None);
        assert_eq!(folder("'dist/' + mode", ""), None);
        assert_eq!(folder("`dist/${mode}`", ""), None);
        assert_eq!(folder("out,", ""), None);
    }
}
