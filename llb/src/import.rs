//! From a definition to the arena.

use std::collections::BTreeSet;

use buildkit_proto::pb;
use prost::Message as _;

use crate::{Error, Result, VertexDigest};

/// Refuses what the engine or a later step would stumble over.
pub(crate) fn check(definition: &pb::Definition) -> Result<()> {
    let Some((terminal, vertices)) = definition.def.split_last() else {
        return Ok(());
    };
    let mut known = BTreeSet::new();
    for bytes in vertices {
        let digest = VertexDigest::of(bytes);
        let op = decode(digest, bytes)?;
        for input in &op.inputs {
            require(&known, Some(digest), input)?;
        }
        known.insert(digest);
    }
    let digest = VertexDigest::of(terminal);
    let op = decode(digest, terminal)?;
    match &op.inputs[..] {
        [input] if op.op.is_none() => require(&known, Some(digest), input)?,
        _ => {
            return Err(invalid(
                Some(digest),
                "the last op must have one input and nothing else",
            ));
        }
    }
    let source = definition.source.clone().unwrap_or_default();
    for location in source
        .locations
        .values()
        .flat_map(|locations| &locations.locations)
    {
        let file = usize::try_from(location.source_index).ok();
        if file.and_then(|file| source.infos.get(file)).is_none() {
            return Err(invalid(None, "a source location points at no file"));
        }
    }
    Ok(())
}

fn decode(digest: VertexDigest, bytes: &[u8]) -> Result<pb::Op> {
    pb::Op::decode(bytes).map_err(|error| invalid(Some(digest), &error.to_string()))
}

fn require(
    known: &BTreeSet<VertexDigest>,
    at: Option<VertexDigest>,
    input: &pb::Input,
) -> Result<()> {
    let digest = VertexDigest::parse(&input.digest);
    if digest.is_none_or(|digest| !known.contains(&digest)) {
        return Err(invalid(
            at,
            &format!("its input `{}` does not stand before it", input.digest),
        ));
    }
    if u32::try_from(input.index).is_err() {
        return Err(invalid(
            at,
            &format!("{} is not the index of an output", input.index),
        ));
    }
    Ok(())
}

fn invalid(vertex: Option<VertexDigest>, reason: &str) -> Error {
    Error::Definition {
        vertex,
        reason: reason.to_owned(),
    }
}
