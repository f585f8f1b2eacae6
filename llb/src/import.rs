//! From a definition to the arena.

use std::collections::BTreeMap;

use buildkit_proto::pb;
use prost::Message as _;

use crate::{
    Capability, Definition, Error, Graph, Input, LinuxResources, Location, Metadata, Output, Platform,
    Position, ProgressGroup, Range, Result, SourceFile, VertexDigest, capability::CapabilitySet, file,
    metadata::VertexMetadata,
};

impl Graph {
    /// Adds the vertices of a definition, byte for byte, with all that is known of them, and
    /// returns its result. This is how what another build solved becomes an input of this one.
    pub fn import(&mut self, definition: &Definition) -> Input {
        let pb = definition.as_pb();
        let files = source_files(pb);
        for bytes in vertices(pb) {
            let digest = VertexDigest::of(bytes);
            let Ok(op) = pb::Op::decode(bytes.as_slice()) else { continue };
            let inputs: Vec<Output> = op.inputs.iter().filter_map(handle).collect();
            let platform = match op.platform.as_ref().and_then(Platform::from_pb) {
                Some(platform) => Some(self.intern(platform)),
                None => lineage(&op)
                    .and_then(|at| inputs.get(at))
                    .and_then(|&input| self.find(input).ok())
                    .and_then(|at| self.platform_at(at)),
            };
            let key = digest.to_string();
            let mut metadata = pb.metadata.get(&key).map(metadata).unwrap_or_default();
            metadata.metadata.locations = locations(pb, &key, &files);
            let walk = self.places(&walk_order(&op, inputs));
            self.insert_bytes(bytes.clone(), walk, platform, metadata);
        }
        definition.head().map_or(Input::Scratch, Input::Output)
    }
}

/// Refuses what the engine or a later step would stumble over, and puts inputs before their users.
pub(crate) fn check(mut definition: pb::Definition) -> Result<pb::Definition> {
    let Some((terminal, vertices)) = definition.def.split_last() else { return Ok(definition) };
    let ops = vertices
        .iter()
        .map(|bytes| {
            let digest = VertexDigest::of(bytes);
            Ok((digest, decode(digest, bytes)?))
        })
        .collect::<Result<Vec<_>>>()?;
    let places: BTreeMap<VertexDigest, usize> =
        ops.iter().enumerate().map(|(at, (digest, _))| (*digest, at)).collect();
    let inputs = ops
        .iter()
        .map(|(digest, op)| op.inputs.iter().map(|input| place(&places, *digest, input)).collect())
        .collect::<Result<Vec<Vec<usize>>>>()?;

    let digest = VertexDigest::of(terminal);
    let op = decode(digest, terminal)?;
    match &op.inputs[..] {
        [input] if op.op.is_none() => place(&places, digest, input)?,
        _ => {
            let reason = "the last op must have one input and nothing else";
            return Err(invalid(Some(digest), reason.to_owned()));
        }
    };
    if inputs.iter().enumerate().any(|(at, inputs)| inputs.iter().any(|&input| input >= at)) {
        let order = bottom_up(&inputs);
        let terminal = terminal.clone();
        let mut def: Vec<_> = order.into_iter().map(|at| vertices[at].clone()).collect();
        def.push(terminal);
        definition.def = def;
    }
    if let Some(source) = definition.source.as_mut() {
        check_source(source)?;
    }
    Ok(definition)
}

fn check_source(source: &mut pb::Source) -> Result<()> {
    for location in source.locations.values().flat_map(|locations| &locations.locations) {
        let file = usize::try_from(location.source_index).ok();
        if file.and_then(|file| source.infos.get(file)).is_none() {
            return Err(invalid(None, "a source location points at no file".to_owned()));
        }
    }
    for info in &mut source.infos {
        // As deep as messages can be nested, and the decoder has a limit for that.
        info.definition = info.definition.take().map(check).transpose()?;
    }
    Ok(())
}

/// The places of all vertices, inputs before their users and otherwise as they stand. There are no
/// cycles: a vertex would have to hold its own digest.
fn bottom_up(inputs: &[Vec<usize>]) -> Vec<usize> {
    let mut order = Vec::with_capacity(inputs.len());
    let mut seen = vec![false; inputs.len()];
    for start in 0..inputs.len() {
        let mut path = vec![(start, 0)];
        while let Some((at, next)) = path.last_mut() {
            let input = if seen[*at] { None } else { inputs[*at].get(*next) };
            if let Some(&input) = input {
                *next += 1;
                path.push((input, 0));
            } else {
                if !std::mem::replace(&mut seen[*at], true) {
                    order.push(*at);
                }
                path.pop();
            }
        }
    }
    order
}

fn decode(digest: VertexDigest, bytes: &[u8]) -> Result<pb::Op> {
    pb::Op::decode(bytes).map_err(|error| invalid(Some(digest), error.to_string()))
}

fn place(places: &BTreeMap<VertexDigest, usize>, at: VertexDigest, input: &pb::Input) -> Result<usize> {
    handle(input).and_then(|output| places.get(&output.vertex).copied()).ok_or_else(|| {
        let reason = format!("its input `{}:{}` is not there", input.digest, input.index);
        invalid(Some(at), reason)
    })
}

fn invalid(vertex: Option<VertexDigest>, reason: String) -> Error {
    Error::Definition { vertex, reason }
}

/// All but the terminal op.
pub(crate) fn vertices(definition: &pb::Definition) -> &[Vec<u8>] {
    definition.def.split_last().map_or(&[], |(_, vertices)| vertices)
}

pub(crate) fn handle(input: &pb::Input) -> Option<Output> {
    Some(Output::new(VertexDigest::parse(&input.digest)?, u32::try_from(input.index).ok()?))
}

fn walk_order(op: &pb::Op, inputs: Vec<Output>) -> Vec<Output> {
    match &op.op {
        Some(pb::op::Op::File(file)) => file::walk::of_op(file, inputs.len())
            .into_iter()
            .filter_map(|at| inputs.get(at).copied())
            .collect(),
        _ => inputs,
    }
}

/// Which input hands its platform on to what stands on the op.
fn lineage(op: &pb::Op) -> Option<usize> {
    let index = match op.op.as_ref()? {
        pb::op::Op::File(file) => file.actions.first()?.input,
        pb::op::Op::Diff(diff) => diff.lower?.input,
        pb::op::Op::Passthrough(passthrough) => *passthrough.outputs.first()?,
        pb::op::Op::Exec(exec) => exec.mounts.iter().find(|mount| mount.dest == "/")?.input,
        pb::op::Op::Merge(_) => 0,
        pb::op::Op::Source(_) | pb::op::Op::Build(_) => return None,
    };
    usize::try_from(index).ok()
}

fn source_files(definition: &pb::Definition) -> Vec<SourceFile> {
    let infos = definition.source.iter().flat_map(|source| &source.infos);
    infos
        .map(|info| {
            let file = SourceFile::new(&info.filename, info.data.clone(), &info.language);
            match &info.definition {
                Some(definition) => file.definition(Definition(definition.clone())),
                None => file,
            }
        })
        .collect()
}

fn locations(definition: &pb::Definition, vertex: &str, files: &[SourceFile]) -> Vec<Location> {
    let source = definition.source.as_ref();
    let Some(locations) = source.and_then(|source| source.locations.get(vertex)) else {
        return Vec::new();
    };
    let file = |index| files.get(usize::try_from(index).ok()?).cloned();
    locations
        .locations
        .iter()
        .filter_map(|location| {
            let ranges = location
                .ranges
                .iter()
                .map(|range| Range { start: position(range.start), end: position(range.end) });
            Some(Location { file: file(location.source_index)?, ranges: ranges.collect() })
        })
        .collect()
}

fn position(position: Option<pb::Position>) -> Position {
    let pb::Position { line, character } = position.unwrap_or_default();
    Position { line, character }
}

fn metadata(metadata: &pb::OpMetadata) -> VertexMetadata {
    let mut capabilities = CapabilitySet::default();
    let mut other_capabilities = Vec::new();
    for name in metadata.caps.keys() {
        match Capability::from_name(name) {
            Some(capability) => capabilities.add(capability),
            None => other_capabilities.push(name.clone()),
        }
    }
    VertexMetadata {
        metadata: Metadata {
            ignore_cache: metadata.ignore_cache,
            export_cache: metadata.export_cache.map(|export| export.value),
            description: metadata.description.clone().into_iter().collect(),
            progress_group: metadata.progress_group.as_ref().map(|group| ProgressGroup {
                id: group.id.clone(),
                name: group.name.clone(),
                weak: group.weak,
            }),
            locations: Vec::new(),
        },
        capabilities,
        other_capabilities,
        resources: metadata.linux_resources.as_ref().map(|limits| {
            Box::new(LinuxResources {
                memory: limits.memory,
                memory_swap: limits.memory_swap,
                cpu_shares: limits.cpu_shares,
                cpu_period: limits.cpu_period,
                cpu_quota: limits.cpu_quota,
                cpuset_cpus: limits.cpuset_cpus.clone(),
                cpuset_mems: limits.cpuset_mems.clone(),
            })
        }),
    }
}
