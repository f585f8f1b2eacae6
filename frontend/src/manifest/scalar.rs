//! Ports, users and signals.

use serde_json::{Value as Json, json};

use super::read::{Read, Reader};
use super::schema::Schemas;
use crate::plan::{Port, Protocol, Text};
use crate::rules::Rule;
use crate::yaml::{Node, Value, quoted};

impl Read for Port {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        let text = match &node.value {
            Value::Scalar(scalar) => scalar.text.as_str(),
            Value::Null | Value::Sequence(_) | Value::Mapping(_) | Value::Broken => {
                reader.wrong_type(node, "a port", "write a number, or a string such as `\"53/udp\"`");
                return None;
            }
        };
        let (number, protocol) = text.split_once('/').unwrap_or((text, "tcp"));
        let protocol = match protocol {
            "tcp" => Some(Protocol::Tcp),
            "udp" => Some(Protocol::Udp),
            "sctp" => Some(Protocol::Sctp),
            _ => None,
        };
        let digits = !number.is_empty() && number.chars().all(|c| c.is_ascii_digit());
        let number = number.parse().ok().filter(|number| digits && *number != 0);
        if let (Some(number), Some(protocol)) = (number, protocol) {
            return Some(Self { number, protocol });
        }
        let help = if text.contains(':') {
            "write the port of the container alone; `docker run -p` publishes it"
        } else if text
            .split_once('-')
            .is_some_and(|(first, last)| first.parse::<u16>().and(last.parse::<u16>()).is_ok())
        {
            "write each port of the range as an item"
        } else if text.contains('$') {
            "write the number; an image's ports are known before arguments are"
        } else {
            "write a number from 1 to 65535, or a string such as `\"53/udp\"`"
        };
        reader.report(Rule::InvalidPort, node.span, format!("`{text}` is not a port"), help);
        None
    }

    fn item(text: &str) -> String {
        if text.parse::<u16>().is_ok() { text.to_owned() } else { quoted(text) }
    }

    fn schema(_: &mut Schemas) -> Json {
        json!({ "oneOf": [
            { "type": "integer", "minimum": 1, "maximum": 65535 },
            { "type": "string", "pattern": "^[0-9]+(/(tcp|udp|sctp))?$" },
        ] })
    }
}

/// A user, with a group at most: names or numbers.
#[derive(Debug)]
pub(super) struct User(pub Text);

impl Read for User {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        let user = Text::read(node, reader)?;
        let written = user.to_string();
        let parts: Vec<_> = written.split(':').collect();
        let valid = |part: &&str| !part.is_empty() && !part.contains(|c: char| c.is_whitespace() || c == '/');
        if parts.len() > 2 || !parts.iter().all(valid) {
            let message = format!("{} is a user with a group at most, found `{written}`", reader.subject());
            let help = format!("write {}", reader.as_written("\"10001:10001\""));
            reader.report(Rule::InvalidUser, node.span, message, help);
            return None;
        }
        Some(Self(user))
    }

    fn schema(_: &mut Schemas) -> Json {
        json!({ "type": "string", "pattern": "^[^:/\\s]+(:[^:/\\s]+)?$" })
    }
}

/// `SIGTERM` or a number as a string.
#[derive(Debug)]
pub(super) struct Signal(pub Text);

impl Read for Signal {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        let signal = Text::read(node, reader)?;
        let Some(text) = signal.as_literal() else { return Some(Self(signal)) };
        let named = text.strip_prefix("SIG").is_some_and(|name| {
            let (base, offset) = name.split_at(name.find(['+', '-']).unwrap_or(name.len()));
            SIGNALS.contains(&base)
                && (offset.is_empty()
                    || (matches!(base, "RTMIN" | "RTMAX")
                        && offset[1..].parse::<u8>().is_ok_and(|offset| (1..=30).contains(&offset))))
        });
        if named || text.parse::<u8>().is_ok_and(|number| (1..=64).contains(&number)) {
            return Some(Self(signal));
        }
        let message = format!("`{text}` is not a signal");
        let help = match crate::nearest::nearest(text.trim_start_matches("SIG"), SIGNALS.iter().copied()) {
            Some(near) => format!("write `SIG{near}`"),
            None => format!("write {}", reader.as_written("SIGTERM")),
        };
        reader.report(Rule::InvalidSignal, node.span, message, help);
        None
    }

    fn schema(_: &mut Schemas) -> Json {
        json!({ "type": "string" })
    }
}

const SIGNALS: &[&str] = &[
    "ABRT", "ALRM", "BUS", "CHLD", "CONT", "FPE", "HUP", "ILL", "INT", "IO", "KILL", "PIPE", "POLL", "PROF",
    "PWR", "QUIT", "RTMAX", "RTMIN", "SEGV", "STKFLT", "STOP", "SYS", "TERM", "TRAP", "TSTP", "TTIN", "TTOU",
    "URG", "USR1", "USR2", "VTALRM", "WINCH", "XCPU", "XFSZ",
];
