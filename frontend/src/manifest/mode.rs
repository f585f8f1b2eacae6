//! Modes of files: octal strings, and what was meant by what is none.

use serde_json::{Value as Json, json};

use super::read::{Read, Reader};
use super::schema::Schemas;
use crate::plan::{CopyMode, Mode};
use crate::rules::Rule;
use crate::yaml::{Node, Type, Value};

impl Read for Mode {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        let bits = CopyMode::read(node, reader)?.bits();
        let mode = Self::new(bits);
        if mode.is_none() {
            let message =
                format!("{} is at most `0777`: only copies are setuid, setgid or sticky", reader.subject());
            let help = format!("write {}", reader.as_written(&format!("\"{:04o}\"", bits & 0o777)));
            reader.report(Rule::InvalidMode, node.span, message, help);
        }
        mode
    }

    fn schema(_: &mut Schemas) -> Json {
        json!({ "type": "string", "pattern": "^0{0,2}[0-7]{3}$" })
    }
}

impl Read for CopyMode {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        let Value::Scalar(scalar) = &node.value else {
            reader.string(node)?;
            return None;
        };
        let text = &scalar.text;
        let number = scalar.kind() == Type::Number;
        let octal = (3..=5).contains(&text.len()) && text.chars().all(|c| c.is_digit(8));
        let mode = u16::from_str_radix(text, 8).ok().filter(|_| octal && !number).and_then(Self::new);
        if mode.is_none() {
            let message = match text.as_str() {
                _ if !number || !octal => {
                    format!("{} is an octal file mode, found `{text}`", reader.subject())
                }
                text if text.starts_with('0') => {
                    format!("`{text}` without quotes is a number, and not the same one in YAML 1.1 and 1.2")
                }
                text => format!("`{text}` without quotes is a decimal number"),
            };
            let meant = meant_mode(text).map_or(0o755, Mode::bits);
            let help = format!("write {}", reader.as_written(&format!("\"0{meant:03o}\"")));
            reader.report(Rule::InvalidMode, node.span, message, help);
        }
        mode
    }

    fn schema(_: &mut Schemas) -> Json {
        json!({ "type": "string", "pattern": "^0?[0-7]{3,4}$" })
    }
}

/// What a mode was meant to be: octal, when it can be; else decimal, as tools that read YAML 1.1 print `0755`, which is
/// no more than permissions then.
fn meant_mode(text: &str) -> Option<Mode> {
    let bits = if let Some(digits) = text.strip_prefix("0x") {
        u16::from_str_radix(digits, 16).ok()?
    } else if text.chars().any(|c| matches!(c, '8' | '9')) {
        text.parse().ok().filter(|bits| *bits <= 0o777)?
    } else {
        u16::from_str_radix(text.trim_start_matches("0o"), 8).ok()?
    };
    Mode::new(bits)
}
