//! From the arena to a definition.

use std::collections::BTreeMap;

use buildkit_proto::pb;

use crate::{
    Definition, Location, Output, Position, SourceFile, VertexDigest,
    capability::{Capability, CapabilitySet},
    graph::{Vertex, terminal_capabilities},
    marshal,
    metadata::VertexMetadata,
};

pub(crate) fn definition(
    vertices: &[Vertex],
    by_digest: &BTreeMap<VertexDigest, usize>,
    head: usize,
    output: Output,
) -> Definition {
    let mut needed = vec![false; vertices.len()];
    let order = post_order(vertices, head, &mut needed);
    let mut def = Vec::with_capacity(order.len() + 1);
    let mut files = Files::default();
    let mut terminal = terminal_capabilities();
    for at in order {
        let vertex = &vertices[at];
        let known = &vertex.metadata.metadata;
        terminal.add_if(known.ignore_cache, Capability::MetaIgnoreCache);
        terminal.add_if(!known.description.is_empty(), Capability::MetaDescription);
        terminal.add_if(known.export_cache.is_some(), Capability::MetaExportCache);
        known.locations.iter().for_each(|location| files.add(&location.file));
        def.push(vertex.bytes.clone());
    }
    let bytes = marshal::terminal_bytes(output.vertex, output.index);
    let terminal_digest = VertexDigest::of(&bytes).to_text();
    def.push(bytes);

    // By digest, so that the maps are filled in their own order: that is quicker than searching the place
    // of each key.
    let mut metadata = Vec::with_capacity(def.len());
    let mut locations = Vec::new();
    for vertex in by_digest.values().filter(|&&at| needed[at]).map(|&at| &vertices[at]) {
        let digest = vertex.digest.to_text();
        let places = &vertex.metadata.metadata.locations;
        if !places.is_empty() {
            locations.push((digest.clone(), pb::Locations { locations: files.locations(places) }));
        }
        metadata.push((digest, pb_metadata(&vertex.metadata)));
    }
    let caps = names(terminal);
    metadata.push((terminal_digest, pb::OpMetadata { caps, ..pb::OpMetadata::default() }));
    let metadata = metadata.into_iter().collect();
    let locations = locations.into_iter().collect();
    let source = Some(pb::Source { locations, infos: files.infos() });
    Definition(pb::Definition { def, metadata, source })
}

/// Children first, in the order that the Go client's recursion gives. A graph can be as deep as it
/// has vertices, so this one does not recurse.
fn post_order(vertices: &[Vertex], head: usize, seen: &mut [bool]) -> Vec<usize> {
    let mut order = Vec::new();
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

fn pb_metadata(vertex: &VertexMetadata) -> pb::OpMetadata {
    let known = &vertex.metadata;
    let mut description = BTreeMap::new();
    for (key, text) in &known.description {
        description.insert(key.clone(), text.clone());
    }
    let mut caps = names(vertex.capabilities);
    caps.extend(vertex.other_capabilities.iter().map(|name| (name.clone(), true)));
    pb::OpMetadata {
        ignore_cache: known.ignore_cache,
        description,
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
    let mut names = BTreeMap::new();
    for capability in capabilities.iter() {
        names.insert(capability.as_str().to_owned(), true);
    }
    names
}

/// Each distinct file once, in the order in which vertices point into them.
#[derive(Default)]
struct Files(Vec<SourceFile>);

impl Files {
    fn add(&mut self, file: &SourceFile) {
        if !self.0.contains(file) {
            self.0.push(file.clone());
        }
    }

    fn locations(&self, locations: &[Location]) -> Vec<pb::Location> {
        let index = |file| self.0.iter().position(|known| known == file).unwrap_or_default();
        locations
            .iter()
            .map(|location| pb::Location {
                source_index: i32::try_from(index(&location.file)).unwrap_or(i32::MAX),
                ranges: location
                    .ranges
                    .iter()
                    .map(|range| pb::Range {
                        start: Some(position(range.start)),
                        end: Some(position(range.end)),
                    })
                    .collect(),
            })
            .collect()
    }

    fn infos(&self) -> Vec<pb::SourceInfo> {
        self.0
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
            .collect()
    }
}

fn position(position: Position) -> pb::Position {
    pb::Position { line: position.line, character: position.character }
}
