//! A definition as people read it.

mod mermaid;
mod op;

use std::{collections::BTreeMap, fmt::Write as _};

use buildkit_proto::pb;
use prost::Message as _;

use crate::{Definition, VertexDigest, import};

impl Definition {
    /// The vertices in their order, numbered from 1, with all that is in their ops and most of what
    /// is known of them besides.
    ///
    /// The same definition gives the same text. Digests are left out: they change with any change
    /// below, and the text shows what that change is. So are capabilities.
    ///
    /// ```
    /// use buildkit_llb::{Exec, Graph, Image, Platform};
    ///
    /// let mut graph = Graph::new(Platform::linux_amd64());
    /// let alpine = graph.image(Image::new("alpine".parse()?));
    /// let exec = graph.exec(Exec::shell(alpine, "make").cwd("/src").named("[1/1] RUN make"))?;
    /// assert_eq!(
    ///     graph.definition(exec.root()?)?.to_text(),
    ///     "\
    /// 1 docker-image://docker.io/library/alpine:latest
    ///   platform linux/amd64
    /// 2 exec /bin/sh -c make
    ///   cwd /src
    ///   mount / from 1 to output 0
    ///   platform linux/amd64
    ///   name [1/1] RUN make
    /// result 2
    /// "
    /// );
    /// # Ok::<(), buildkit_llb::Error>(())
    /// ```
    pub fn to_text(&self) -> String {
        let view = View::new(self.as_pb());
        let Some(result) = self.head() else { return "result scratch\n".to_owned() };
        let mut text = String::new();
        for (at, op) in view.ops.iter().enumerate() {
            // Writing to a string cannot fail.
            let _ = writeln!(text, "{} {}", at + 1, view.title(op));
            for line in view.details(op) {
                let _ = writeln!(text, "  {line}");
            }
            for line in view.known(at) {
                let _ = writeln!(text, "  {line}");
            }
        }
        let _ = writeln!(text, "result {}", view.output(result.vertex(), result.index().into()));
        text
    }
}

/// A definition with its ops decoded and its vertices numbered.
struct View<'a> {
    definition: &'a pb::Definition,
    ops: Vec<pb::Op>,
    digests: Vec<VertexDigest>,
    numbers: BTreeMap<VertexDigest, usize>,
}

impl<'a> View<'a> {
    fn new(definition: &'a pb::Definition) -> Self {
        let mut view = Self { definition, ops: Vec::new(), digests: Vec::new(), numbers: BTreeMap::new() };
        for bytes in import::vertices(definition) {
            let digest = VertexDigest::of(bytes);
            view.ops.push(pb::Op::decode(bytes.as_slice()).unwrap_or_default());
            view.numbers.insert(digest, view.ops.len());
            view.digests.push(digest);
        }
        view
    }

    /// The number of a vertex, and of its output if it is not the first.
    fn output(&self, vertex: VertexDigest, index: i64) -> String {
        let number = self.numbers.get(&vertex).copied().unwrap_or_default();
        if index == 0 { number.to_string() } else { format!("{number}:{index}") }
    }

    /// An input of an op, by the index that the op has for it.
    fn input(&self, op: &pb::Op, index: i64) -> String {
        let input = usize::try_from(index).ok().and_then(|index| op.inputs.get(index));
        match input.and_then(import::handle) {
            Some(output) => self.output(output.vertex(), output.index().into()),
            None => "scratch".to_owned(),
        }
    }

    fn metadata(&self, at: usize) -> Option<&pb::OpMetadata> {
        self.definition.metadata.get(&self.digests[at].to_string())
    }

    /// The name that progress shows.
    fn name(&self, at: usize) -> Option<&str> {
        self.metadata(at)?.description.get("llb.customname").map(String::as_str)
    }

    /// What is known of a vertex besides its op.
    fn known(&self, at: usize) -> Vec<String> {
        let mut lines = Vec::new();
        if let Some(metadata) = self.metadata(at) {
            for (key, text) in &metadata.description {
                let key = if key == "llb.customname" { "name" } else { key };
                lines.push(format!("{key} {}", quoted_if_needed(text)));
            }
            if let Some(group) = &metadata.progress_group {
                let weak = if group.weak { " (weak)" } else { "" };
                lines.push(format!("group {} {}{weak}", group.id, quoted_if_needed(&group.name)));
            }
            if metadata.ignore_cache {
                lines.push("ignore cache".to_owned());
            }
            if let Some(export) = metadata.export_cache {
                lines.push(if export.value { "export cache" } else { "do not export cache" }.to_owned());
            }
            if let Some(limits) = &metadata.linux_resources {
                lines.push(resources(limits));
            }
        }
        lines.extend(self.places(at).unwrap_or_default());
        lines
    }

    fn places(&self, at: usize) -> Option<Vec<String>> {
        let source = self.definition.source.as_ref()?;
        let locations = source.locations.get(&self.digests[at].to_string())?;
        let place = |location: &pb::Location| {
            let file = source.infos.get(usize::try_from(location.source_index).ok()?)?;
            let ranges: Vec<_> = location.ranges.iter().map(lines_or_characters).collect();
            Some(format!("at {}:{}", file.filename, ranges.join(",")))
        };
        Some(locations.locations.iter().filter_map(place).collect())
    }
}

/// Whole lines by their numbers alone.
fn lines_or_characters(range: &pb::Range) -> String {
    let start = range.start.unwrap_or_default();
    let end = range.end.unwrap_or_default();
    match (start.character, end.character) {
        (0, 0) if start.line == end.line => start.line.to_string(),
        (0, 0) => format!("{}-{}", start.line, end.line),
        _ => format!("{}:{}-{}:{}", start.line, start.character, end.line, end.character),
    }
}

fn resources(limits: &pb::LinuxResources) -> String {
    let mut line = "resources".to_owned();
    for (name, value) in [
        ("memory", limits.memory.to_string()),
        ("memory-swap", limits.memory_swap.to_string()),
        ("cpu-shares", limits.cpu_shares.to_string()),
        ("cpu-period", limits.cpu_period.to_string()),
        ("cpu-quota", limits.cpu_quota.to_string()),
        ("cpuset-cpus", limits.cpuset_cpus.clone()),
        ("cpuset-mems", limits.cpuset_mems.clone()),
    ] {
        if !matches!(value.as_str(), "" | "0") {
            line.push_str(&format_pair(name, &value));
        }
    }
    line
}

fn format_pair(name: &str, value: &str) -> String {
    format!(" {name}={}", word(value))
}

/// Text at the end of a line: as it is, unless it would not end there.
fn quoted_if_needed(text: &str) -> String {
    let is_plain = !text.is_empty()
        && !text.starts_with(['"', ' '])
        && !text.ends_with(' ')
        && !text.chars().any(char::is_control);
    if is_plain { text.to_owned() } else { format!("{text:?}") }
}

/// Text in the middle of a line: one word.
fn word(text: &str) -> String {
    let is_plain = !text.is_empty()
        && !text.starts_with('"')
        && !text.chars().any(|character| character.is_whitespace() || character.is_control());
    if is_plain { text.to_owned() } else { format!("{text:?}") }
}

fn words<'t>(texts: impl IntoIterator<Item = &'t String>) -> String {
    texts.into_iter().map(|text| word(text)).collect::<Vec<_>>().join(" ")
}
