//! Settings files that are programs: what they say in plain words, as in `output: "export"`.

use super::{Project, path};
use crate::facts::numbered;

/// A value as it is written, without quotes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    pub value: String,
    pub file: String,
    pub line: u32,
}

/// `name` is the file without what it ends in.
pub fn setting(project: &mut Project, folder: &str, name: &str, key: &str) -> Option<Setting> {
    let files = ["js", "ts", "mjs", "mts", "cjs"].map(|end| path::join(folder, &format!("{name}.{end}")));
    // All are asked for at once.
    let texts: Vec<_> = files.iter().map(|file| project.file(file)).collect();
    files.iter().zip(texts).find_map(|(file, text)| {
        numbered(&text?).find_map(|(line, text)| {
            Some(Setting { value: value(text, key)?.to_owned(), file: file.clone(), line })
        })
    })
}

fn value<'a>(line: &'a str, key: &str) -> Option<&'a str> {
    let (before, rest) = line.split_once(key)?;
    let is_comment = before.contains("//") || before.trim_start().starts_with('*');
    let is_other = before.chars().next_back().is_some_and(|c| c.is_alphanumeric() || "_$.".contains(c));
    if is_comment || is_other {
        return None;
    }
    let value = rest.trim_start_matches(['"', '\'']).trim_start().strip_prefix(':')?.trim_start();
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\'' | '`'));
    let value = match quote {
        Some(quote) => value.get(1..)?.split(quote).next()?,
        None => value.split([',', '}', ' ', '/']).next()?,
    };
    (!value.is_empty()).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_in_plain_words() {
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
}
