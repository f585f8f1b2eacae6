//! From a pb op to the bytes that the engine hashes.

use buildkit_proto::pb;
use prost::{Message as _, encoding};

use crate::VertexDigest;

/// The bytes that Go's `proto.MarshalOptions{Deterministic: true}` writes.
///
/// Go puts the fields of a oneof behind all others, prost by number. The engine decodes every op,
/// encodes it again and reports everything under the digest of its own bytes, so with prost's
/// order builds work, but errors lose their source lines and warnings their steps. Two messages
/// written one behind the other are their merge, so the op is written in two parts.
pub(crate) fn canonical_bytes(mut op: pb::Op) -> Vec<u8> {
    let body = op.op.take();
    let body_length = body.as_ref().map_or(0, pb::op::Op::encoded_len);
    let mut bytes = Vec::with_capacity(op.encoded_len() + body_length);
    op.encode_raw(&mut bytes);
    match body {
        None => {}
        Some(pb::op::Op::Build(build)) => encode_build(build, &mut bytes),
        Some(body) => body.encode(&mut bytes),
    }
    bytes
}

/// A map entry whose value is an empty message: Go writes the value, prost leaves it out. The input
/// of a build has the index 0, so it is always one of these.
fn encode_build(mut build: pb::BuildOp, bytes: &mut Vec<u8>) {
    let inputs = std::mem::take(&mut build.inputs);
    let mut body = pb::BuildOp { builder: build.builder, ..pb::BuildOp::default() }.encode_to_vec();
    for (name, input) in inputs {
        let mut entry = Vec::new();
        encoding::string::encode(1, &name, &mut entry);
        encoding::message::encode(2, &input, &mut entry);
        encoding::bytes::encode(2, &entry, &mut body);
    }
    build.builder = 0;
    build.encode_raw(&mut body);
    encoding::bytes::encode(5, &body, bytes);
}

/// The last element of `Definition.def`: it has one input, and nothing else.
pub(crate) fn terminal_bytes(vertex: VertexDigest, index: u32) -> Vec<u8> {
    pb::Op { inputs: vec![input(vertex, index)], ..pb::Op::default() }.encode_to_vec()
}

pub(crate) fn input(vertex: VertexDigest, index: u32) -> pb::Input {
    pb::Input { digest: vertex.to_text(), index: index.into() }
}
