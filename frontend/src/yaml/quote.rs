//! Writing strings so that every version of YAML reads them back as the same strings.

use super::{Scalar, Type};

/// A string as a plain scalar where nobody can mistake it, else in double quotes.
pub fn quoted(text: &str) -> String {
    if is_plain(text) {
        return text.to_owned();
    }
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            c if is_unprintable(c) => out.extend(["\\U".to_owned(), format!("{:08X}", u32::from(c))]),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// What cannot stand in a YAML file as it is, or not at every place.
pub fn is_unprintable(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
}

fn is_plain(text: &str) -> bool {
    let mut chars = text.chars();
    let Some(first) = chars.next() else { return false };
    let second = chars.next();
    let starts = match first {
        '/' | '_' => true,
        '.' | '-' => second.is_some_and(|c| !c.is_ascii_digit() && c != first) || text.starts_with("--"),
        c => c.is_ascii_alphabetic(),
    };
    let holds = text.chars().all(|c| c.is_ascii_alphanumeric() || "_./-+=@:".contains(c));
    let is_string = Scalar { text: text.to_owned(), plain: true }.kind() == Type::String;
    starts && holds && is_string && !text.ends_with(':') && !text.starts_with("---") && !is_word_of_yaml(text)
}

/// What YAML 1.1 or 1.2 reads as null or as a truth value.
fn is_word_of_yaml(text: &str) -> bool {
    let words =
        ["null", "true", "false", "yes", "no", "on", "off", "y", "n", ".nan", ".inf", "-.inf", "+.inf"];
    words.iter().any(|word| word.eq_ignore_ascii_case(text))
}
