//! Lists in one line, as `github.com/tonistiigi/go-csvvalue` reads them.

use super::OptionError;

/// The fields of a comma-separated line. A field in quotes may hold commas, and `""` for a quote.
pub(super) fn fields(key: &str, line: &str) -> Result<Vec<String>, OptionError> {
    let invalid = |reason| OptionError::new(key, line, reason);
    let mut rest = line.strip_suffix("\r\n").or_else(|| line.strip_suffix('\n')).unwrap_or(line);
    let mut fields = Vec::new();
    if rest.is_empty() {
        return Ok(fields);
    }
    loop {
        let field;
        if let Some(quoted) = rest.strip_prefix('"') {
            (field, rest) = unquote(quoted).ok_or_else(|| invalid("a quote in it is not closed"))?;
            if !(rest.is_empty() || rest.starts_with(',')) {
                return Err(invalid("a closing quote is followed by more than a comma"));
            }
        } else {
            let end = rest.find(',').unwrap_or(rest.len());
            field = rest[..end].to_owned();
            rest = &rest[end..];
            if field.contains('"') {
                return Err(invalid("a field with a quote in it must be in quotes itself"));
            }
        }
        fields.push(field);
        match rest.strip_prefix(',') {
            Some(more) => rest = more,
            None => return Ok(fields),
        }
    }
}

fn unquote(mut rest: &str) -> Option<(String, &str)> {
    let mut field = String::new();
    loop {
        let (text, after) = rest.split_once('"')?;
        field.push_str(text);
        match after.strip_prefix('"') {
            Some(more) => {
                field.push('"');
                rest = more;
            }
            None => return Some((field, after)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines() {
        for (line, expected) in [
            ("", vec![]),
            ("a", vec!["a"]),
            ("a,b", vec!["a", "b"]),
            ("a,", vec!["a", ""]),
            (",", vec!["", ""]),
            (r#""a,b",c"#, vec!["a,b", "c"]),
            (r#""a""b""#, vec![r#"a"b"#]),
            (r#""","#, vec!["", ""]),
            ("a,b\r\n", vec!["a", "b"]),
            ("é,ü", vec!["é", "ü"]),
        ] {
            assert_eq!(fields("x", line).unwrap(), expected, "{line}");
        }
        for line in [r#"a"b"#, r#""a"#, r#""a"b"#] {
            assert!(fields("x", line).is_err(), "{line}");
        }
    }
}
