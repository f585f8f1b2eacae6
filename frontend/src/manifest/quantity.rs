//! Numbers, durations and sizes.

use serde_json::{Value as Json, json};

use super::read::{Read, Reader};
use super::schema::Schemas;
use crate::rules::Rule;
use crate::yaml::{Node, Type, Value};

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
