//! Modes, ports, durations, sizes, words and names.

use serde_json::{Value as Json, json};

use super::read::{Name, Read, Reader, read_name};
use super::schema::Schemas;
use super::{AppName, Lock, PackageManager, StackName};
use crate::plan::{
    ArgName, CopyMode, Inherit, Mode, Network, OutputName, Port, Protocol, SecretId, Sharing, StageName, Text,
};
use crate::rules::Rule;
use crate::yaml::{Node, Type, Value, quoted};

macro_rules! words {
    ($($type:ty: $($word:literal => $value:expr),+;)+) => {
        $(impl Read for $type {
            fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
                reader.word(node, &[$(($word, $value)),+])
            }

            fn schema(_: &mut Schemas) -> Json {
                json!({ "type": "string", "enum": [$($word),+] })
            }
        })+
    };
}

words! {
    Network: "default" => Network::Default, "none" => Network::None, "host" => Network::Host;
    Sharing: "shared" => Sharing::Shared, "private" => Sharing::Private, "locked" => Sharing::Locked;
    Inherit: "all" => Inherit::All, "environment" => Inherit::Environment, "nothing" => Inherit::Nothing;
    Lock: "required" => Lock::Required, "none" => Lock::None;
}

macro_rules! listed_words {
    ($($type:ident),+) => {
        $(impl Read for $type {
            fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
                let words: Vec<_> = Self::ALL.iter().map(|word| (word.as_str(), *word)).collect();
                reader.word(node, &words)
            }

            fn schema(_: &mut Schemas) -> Json {
                json!({ "type": "string", "enum": Self::ALL.iter().map(|word| word.as_str()).collect::<Vec<_>>() })
            }
        })+
    };
}

listed_words!(StackName, PackageManager);

macro_rules! names {
    ($($type:ident: $kind:literal, $pattern:literal;)+) => {
        $(
            impl Name for $type {
                const KIND: &'static str = $kind;

                fn from_text(text: &str) -> Result<Self, String> {
                    Self::new(text).map_err(|invalid| invalid.allowed.to_owned())
                }
            }

            impl Read for $type {
                fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
                    let text = reader.literal(node)?;
                    read_name(text, node.span, reader)
                }

                fn schema(_: &mut Schemas) -> Json {
                    json!({ "type": "string", "pattern": $pattern })
                }
            }
        )+
    };
}

names! {
    AppName: "the name of an app", "^[a-z][a-z0-9_-]*$";
    ArgName: "the name of an argument", "^[A-Za-z_][A-Za-z0-9_]*$";
    OutputName: "the name of an output", "^[a-z][a-z0-9_-]*$";
    SecretId: "the id of a secret", "^[A-Za-z0-9][A-Za-z0-9_.-]*$";
    StageName: "the name of a stage", "^[a-z][a-z0-9_.-]*$";
}

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

/// A count, at least 1.
#[derive(Debug)]
pub(super) struct Count(pub u32);

impl Read for Count {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        if let Value::Scalar(scalar) = &node.value
            && scalar.kind() == Type::Number
            && let Ok(count @ 1..) = scalar.text.parse()
        {
            return Some(Self(count));
        }
        let help = format!("write {}", reader.as_written("3"));
        let wanted = "a whole number from 1 up";
        match &node.value {
            Value::Scalar(scalar) if scalar.kind() == Type::Number => {
                let message = format!("{} is {wanted}, found `{}`", reader.subject(), scalar.text);
                reader.report(Rule::WrongType, node.span, message, help);
            }
            Value::Null | Value::Scalar(_) | Value::Sequence(_) | Value::Mapping(_) | Value::Broken => {
                reader.wrong_type(node, wanted, help);
            }
        }
        None
    }

    fn schema(_: &mut Schemas) -> Json {
        json!({ "type": "integer", "minimum": 1 })
    }
}

/// Nanoseconds, written as `1m30s`.
#[derive(Debug)]
pub(super) struct Duration(pub u64);

/// Longer names before those that they start with.
const UNITS: &[(&str, u64)] = &[
    ("h", 3_600_000_000_000),
    ("ms", 1_000_000),
    ("m", 60_000_000_000),
    ("s", 1_000_000_000),
    ("us", 1000),
    ("ns", 1),
];

impl Read for Duration {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        let text = match &node.value {
            Value::Scalar(scalar) => scalar.text.as_str(),
            Value::Null | Value::Sequence(_) | Value::Mapping(_) | Value::Broken => reader.string(node)?,
        };
        let nanoseconds = parse_quantity(text, UNITS);
        if nanoseconds.is_none() {
            let message = format!("{} is a duration, found `{text}`", reader.subject());
            let meant = meant_duration(text);
            let example = reader.as_written(meant.as_deref().unwrap_or("1m30s"));
            let help = format!("write {example} with the units `h`, `m`, `s` and `ms`");
            reader.report(Rule::InvalidDuration, node.span, message, help);
        }
        nanoseconds.map(Self)
    }

    fn schema(_: &mut Schemas) -> Json {
        json!({ "type": "string", "pattern": "^([0-9]+(h|ms|m|s|us|ns))+$" })
    }
}

/// What one number with a unit of another tool says, or without one as seconds: `1.5s` is `1500ms`.
fn meant_duration(text: &str) -> Option<String> {
    let number = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let (unit, factor) = match text[number.len()..].to_ascii_lowercase().as_str() {
        "d" | "day" | "days" => ("h", 24),
        "h" | "hr" | "hour" | "hours" => ("h", 1),
        "m" | "min" | "mins" | "minute" | "minutes" => ("m", 1),
        "" | "s" | "sec" | "secs" | "second" | "seconds" => ("s", 1),
        "ms" | "msec" | "millisecond" | "milliseconds" => ("ms", 1),
        _ => return None,
    };
    let (whole, part) = number.trim().split_once('.').unwrap_or((number.trim(), ""));
    let number: u64 = format!("{whole}{part}").parse().ok()?;
    let scale = 10_u64.checked_pow(u32::try_from(part.len()).ok()?)?;
    let size = |unit: &str| UNITS.iter().find(|(name, _)| *name == unit).map(|(_, size)| *size);
    let nanoseconds = number.checked_mul(size(unit)? * factor)?;
    let nanoseconds = nanoseconds.is_multiple_of(scale).then(|| nanoseconds / scale)?;
    // In that unit, or in the next smaller one that leaves nothing over.
    let smaller = ["h", "m", "s", "ms", "us", "ns"].into_iter().skip_while(|name| *name != unit);
    let mut sizes = smaller.filter_map(|name| Some((name, size(name)?)));
    let (unit, size) = sizes.find(|(_, size)| nanoseconds.is_multiple_of(*size))?;
    Some(format!("{}{unit}", nanoseconds / size))
}

/// Bytes, written as `64m`.
#[derive(Debug)]
pub(super) struct Size(pub u64);

const SIZES: &[(&str, u64)] = &[("b", 1), ("k", 1 << 10), ("m", 1 << 20), ("g", 1 << 30)];

impl Read for Size {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        let text = match &node.value {
            Value::Scalar(scalar) => scalar.text.as_str(),
            Value::Null | Value::Sequence(_) | Value::Mapping(_) | Value::Broken => reader.string(node)?,
        };
        let bytes = parse_size(text);
        if bytes.is_none() {
            let message = format!("{} is a size, found `{text}`", reader.subject());
            let help = if text.starts_with('-') {
                "write a size that is more than nothing,".to_owned()
            } else {
                format!("write {}", reader.as_written(meant_size(text).as_deref().unwrap_or("64m")))
            };
            let help = format!("{help} with one of the units `b`, `k`, `m` and `g`");
            reader.report(Rule::InvalidSize, node.span, message, help);
        }
        bytes.map(Self)
    }

    fn schema(_: &mut Schemas) -> Json {
        json!({ "type": "string", "pattern": "^[0-9]+[bkmg]$" })
    }
}

/// A number with one unit.
fn parse_size(text: &str) -> Option<u64> {
    let units = text.chars().filter(char::is_ascii_alphabetic).count();
    parse_quantity(text, SIZES).filter(|_| units == 1)
}

/// What a size of Compose says: its units are powers of 1024 whatever they are called, and a number without one is
/// bytes. `1.5g` is `1536m`.
fn meant_size(text: &str) -> Option<String> {
    let number = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = match text[number.len()..].to_ascii_lowercase().as_str() {
        "" | "b" => 0,
        "k" | "kb" | "kib" => 1,
        "m" | "mb" | "mib" => 2,
        "g" | "gb" | "gib" => 3,
        "t" | "tb" | "tib" => 4,
        _ => return None,
    };
    let number = number.trim();
    let meant = match (number.parse::<u64>(), SIZES.get(unit)) {
        (Ok(number), Some((unit, _))) => format!("{number}{unit}"),
        _ => {
            let (smaller, _) = SIZES.get(unit.checked_sub(1)?)?;
            let number = number.parse::<f64>().ok().filter(|number| number * 1024.0 >= 1.0)?;
            format!("{:.0}{smaller}", number * 1024.0)
        }
    };
    parse_size(&meant).is_some().then_some(meant)
}

/// The sum of numbers with units. The units are tried in their order.
fn parse_quantity(text: &str, units: &[(&str, u64)]) -> Option<u64> {
    let mut rest = text;
    let mut sum: u64 = 0;
    while !rest.is_empty() {
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let number: u64 = rest.get(..digits)?.parse().ok()?;
        let unit = rest.get(digits..)?;
        let (name, factor) = units.iter().find(|(name, _)| unit.starts_with(name))?;
        sum = sum.checked_add(number.checked_mul(*factor)?)?;
        rest = unit.get(name.len()..)?;
    }
    (!text.is_empty()).then_some(sum)
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
