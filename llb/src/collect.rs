//! From the arena to a definition.

use std::collections::BTreeMap;

use buildkit_proto::pb;

use crate::{
    Definition, Location, Output, SourceFile, VertexDigest,
    capability::{Capability, CapabilitySet},
    graph::{Vertex, terminal_capabilities},
    marshal,
    metadata::VertexMetadata,
};

pub(crate) fn definition(vertices: &[Vertex], head: usize, output: Output) -> Definition {
    let order = post_order(vertices, head);
    let mut definition = pb::Definition::default();
    definition.def.reserve_exact(order.len() + 1);
    let mut sources = Sources::default();
    let mut terminal = terminal_capabilities();
    for at in order {
        let vertex = &vertices[at];
        let known = &vertex.metadata.metadata;
        terminal.add_if(known.ignore_cache, Capability::MetaIgnoreCache);
        terminal.add_if(!known.description.is_empty(), Capability::MetaDescription);
        terminal.add_if(known.export_cache.is_some(), Capability::MetaExportCache);
        let digest = vertex.digest.to_text();
        sources.add(&digest, &known.locations);
        definition.metadata.insert(digest, metadata(&vertex.metadata));
        definition.def.push(vertex.bytes.clone());
    }
    let bytes = marshal::terminal_bytes(output.vertex, output.index);
    let terminal = pb::OpMetadata { caps: names(terminal), ..pb::OpMetadata::default() };
    definition.metadata.insert(VertexDigest::of(&bytes).to_text(), terminal);
    definition.def.push(bytes);
    definition.source = Some(sources.finish());
    Definition(definition)
}

/// Children first, in the order that the Go client's recursion gives. A graph can be as deep as it
/// has vertices, so this one does not recurse.
fn post_order(vertices: &[Vertex], head: usize) -> Vec<usize> {
    let mut order = Vec::new();
    let mut seen = vec![false; vertices.len()];
    let mut path = vec![(head, 0)];
    seen[head] = true;
    while let Some((at, next)) = path.last_mut() {
        if let Some(&child) = vertices[*at].walk.get(*next) {
            *next += 1;
            if !seen[child] {
                seen[child] = true;
                path.push((child, 0));
            }
        } else {
            order.push(*at);
            path.pop();
        }
    }
    order
}

fn metadata(vertex: &VertexMetadata) -> pb::OpMetadata {
    let known = &vertex.metadata;
    let mut caps = names(vertex.capabilities);
    caps.extend(vertex.other_capabilities.iter().map(|name| (name.clone(), true)));
    pb::OpMetadata {
        ignore_cache: known.ignore_cache,
        description: known.description.iter().cloned().collect(),
        export_cache: known.export_cache.map(|value| pb::ExportCache { value }),
        caps,
        progress_group: known.progress_group.as_ref().map(|group| pb::ProgressGroup {
            id: group.id.clone(),
            name: group.name.clone(),
            weak: group.weak,
        }),
        linux_resources: vertex.resources.as_deref().map(|limits| pb::LinuxResources {
            memory: limits.memory,
            memory_swap: limits.memory_swap,
            cpu_shares: limits.cpu_shares,
            cpu_period: limits.cpu_period,
            cpu_quota: limits.cpu_quota,
            cpuset_cpus: limits.cpuset_cpus.clone(),
            cpuset_mems: limits.cpuset_mems.clone(),
        }),
    }
}

fn names(capabilities: CapabilitySet) -> BTreeMap<String, bool> {
    capabilities.iter().map(|capability| (capability.as_str().to_owned(), true)).collect()
}

/// Each distinct file once, in the order in which vertices point into them.
#[derive(Default)]
struct Sources {
    files: Vec<SourceFile>,
    locations: BTreeMap<String, pb::Locations>,
}

impl Sources {
    fn add(&mut self, digest: &str, locations: &[Location]) {
        if locations.is_empty() {
            return;
        }
        let locations = locations
            .iter()
            .map(|location| pb::Location {
                source_index: self.index(&location.file),
                ranges: location
                    .ranges
                    .iter()
                    .map(|range| pb::Range {
                        start: Some(position(range.start)),
                        end: Some(position(range.end)),
                    })
                    .collect(),
            })
            .collect();
        self.locations.insert(digest.to_owned(), pb::Locations { locations });
    }

    fn index(&mut self, file: &SourceFile) -> i32 {
        let at = self.files.iter().position(|known| known == file).unwrap_or_else(|| {
            self.files.push(file.clone());
            self.files.len() - 1
        });
        i32::try_from(at).unwrap_or(i32::MAX)
    }

    fn finish(self) -> pb::Source {
        let infos = self
            .files
            .iter()
            .map(|file| {
                let file = file.file();
                pb::SourceInfo {
                    filename: file.filename.clone(),
                    data: file.data.clone(),
                    definition: file.definition.clone().map(Into::into),
                    language: file.language.clone(),
                }
            })
            .collect();
        pb::Source { locations: self.locations, infos }
    }
}

fn position(position: crate::Position) -> pb::Position {
    pb::Position { line: position.line, character: position.character }
}
