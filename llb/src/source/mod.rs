//! Ops without inputs: where everything comes from.

mod git;
mod git_url;
mod http;
mod image;
mod local;
mod oci;

use std::collections::BTreeMap;

use buildkit_proto::pb;

pub use self::{
    git::{Git, GitMtime, GitSignature},
    http::Http,
    image::{Image, RecordType, ResolveMode},
    local::{Differ, Local},
    oci::{Blob, OciLayout, OciStore},
};
use crate::{
    Platform, Result,
    capability::{Capability, CapabilitySet},
    graph::NewVertex,
    metadata::Common,
    mode::permission_bits,
};

/// An identifier, its attributes and the capabilities that they ask for.
#[derive(Debug, Clone)]
pub(crate) struct SourceOp {
    identifier: String,
    attributes: BTreeMap<String, String>,
    capabilities: CapabilitySet,
}

impl SourceOp {
    fn new(identifier: String, capability: Capability) -> Self {
        Self { identifier, attributes: BTreeMap::new(), capabilities: [capability].into() }
    }

    /// An empty value is left out: Go writes empty map values, prost does not, and the engine would
    /// know the vertex under another digest.
    fn set(&mut self, name: &str, value: impl Into<String>) {
        let value = value.into();
        if !value.is_empty() {
            self.attributes.insert(name.to_owned(), value);
        }
    }

    fn require(&mut self, capability: Capability) {
        self.capabilities.add(capability);
    }

    /// Sets an attribute that is there, and asks for what understands it.
    fn set_some(&mut self, name: &str, value: Option<impl Into<String>>, capability: Capability) {
        if let Some(value) = value {
            self.set(name, value);
            self.require(capability);
        }
    }

    fn into_vertex(self, common: Common, platform: Option<Platform>) -> NewVertex {
        let op = pb::op::Op::Source(pb::SourceOp { identifier: self.identifier, attrs: self.attributes });
        NewVertex { platform, ..NewVertex::new(op, common, self.capabilities) }
    }
}

/// How a source of one file makes that file.
#[derive(Debug, Clone, Default)]
struct FileAttributes {
    filename: Option<String>,
    mode: Option<u32>,
    owner: (u32, u32),
}

impl FileAttributes {
    fn set(self, source: &mut SourceOp) -> Result<()> {
        source.set("http.filename", self.filename.unwrap_or_default());
        if let Some(mode) = self.mode {
            if mode == 0 {
                return Err(crate::Error::invalid("a file mode", "0", "the engine takes it as unset"));
            }
            source.set("http.perm", format!("0{:o}", permission_bits(mode)?));
        }
        for (name, id) in [("http.uid", self.owner.0), ("http.gid", self.owner.1)] {
            if id != 0 {
                source.set(name, id.to_string());
            }
        }
        Ok(())
    }
}

/// A list of text as Go's `encoding/json` writes it, which is what the attributes hold.
fn json_list(items: &[String]) -> String {
    let mut json = String::from("[");
    for (at, item) in items.iter().enumerate() {
        if at > 0 {
            json.push(',');
        }
        json.push('"');
        for character in item.chars() {
            match character {
                '"' => json.push_str("\\\""),
                '\\' => json.push_str("\\\\"),
                '\n' => json.push_str("\\n"),
                '\r' => json.push_str("\\r"),
                '\t' => json.push_str("\\t"),
                '\u{8}' => json.push_str("\\b"),
                '\u{c}' => json.push_str("\\f"),
                // Go escapes what is dangerous inside HTML and JavaScript.
                '<' | '>' | '&' | '\u{2028}' | '\u{2029}' | '\0'..='\u{1f}' => {
                    json.push_str("\\u");
                    for shift in [12, 8, 4, 0] {
                        json.extend(char::from_digit(u32::from(character) >> shift & 15, 16));
                    }
                }
                other => json.push(other),
            }
        }
        json.push('"');
    }
    json.push(']');
    json
}
