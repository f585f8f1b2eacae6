//! Words that there are a few of, and names that the user gives.

use serde_json::{Value as Json, json};

use super::read::{Name, Read, Reader, read_name};
use super::schema::Schemas;
use super::{AppName, Lock, PackageManager, StackName};
use crate::plan::{ArgName, Inherit, Network, OutputName, SecretId, Sharing, StageName};
use crate::yaml::Node;

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
