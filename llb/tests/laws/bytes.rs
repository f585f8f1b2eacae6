//! Whatever bytes come in, they are a definition or an error.

use buildkit_llb::{
    Definition, Exec, File, Graph, Image, Input, Merge, Metadata, Platform, SourceFile, file, mount,
};
use buildkit_proto::{Message as _, pb};
use proptest::prelude::*;

fn valid() -> Vec<u8> {
    let mut graph = Graph::new(Platform::linux_amd64());
    let alpine = graph.image(Image::new("alpine".parse().expect("a valid reference")));
    let manifest = SourceFile::new("app.yaml", "a: b\n", "YAML")
        .definition(graph.definition(alpine).expect("a known output"));
    let exec = Exec::shell(alpine, "true")
        .mount(mount::Bind::output(Input::Scratch, "/out"))
        .metadata(Metadata::named("name").at(manifest.line(1).expect("a line")));
    let out = graph.exec(exec).and_then(|outputs| outputs.mount("/out")).expect("an output");
    let copy = graph.file(File::new(alpine).copy(file::Copy::new(out, "/a", "/b"))).expect("valid");
    let merged = graph.merge(Merge::new([alpine, copy, out])).expect("known outputs");
    graph.definition(merged).expect("a known output").into_pb().encode_to_vec()
}

/// Reads the bytes, and uses all that can be done with what was read.
fn use_up(definition: pb::Definition) {
    let Ok(definition) = Definition::try_from(definition) else { return };
    definition.to_text();
    definition.to_mermaid();
    definition.capabilities();
    let mut graph = Graph::new(Platform::linux_amd64());
    let imported = graph.import(&definition);
    assert_eq!(imported.output(), definition.head());
    let exec = graph.exec(Exec::shell(imported, "true")).expect("what was imported is known");
    let above = graph.definition(exec.root().expect("an output")).expect("a known output");
    let again = Definition::try_from(above.as_pb().clone());
    assert_eq!(again, Ok(above));
}

/// An op as strange as the wire allows: indices out of range, parts missing.
fn strange_op() -> impl Strategy<Value = pb::Op> {
    let index = || prop_oneof![-2..4_i64, any::<i64>()];
    let inputs = prop::collection::vec(index(), 0..3);
    let mount = (index(), index(), any::<i32>(), "/?[a-z]{0,3}").prop_map(|(input, output, kind, dest)| {
        pb::Mount { input, output, mount_type: kind % 6, dest, ..pb::Mount::default() }
    });
    let exec = prop::collection::vec(mount, 0..3)
        .prop_map(|mounts| pb::op::Op::Exec(pb::ExecOp { mounts, ..pb::ExecOp::default() }));
    let action =
        (index(), index(), index(), any::<bool>()).prop_map(|(input, secondary_input, output, set)| {
            let copy = pb::file_action::Action::Copy(pb::FileActionCopy::default());
            pb::FileAction { input, secondary_input, output, action: set.then_some(copy) }
        });
    let file =
        prop::collection::vec(action, 0..3).prop_map(|actions| pb::op::Op::File(pb::FileOp { actions }));
    let merge = prop::collection::vec(index(), 0..3).prop_map(|inputs| {
        let inputs = inputs.into_iter().map(|input| pb::MergeInput { input }).collect();
        pb::op::Op::Merge(pb::MergeOp { inputs })
    });
    let diff = prop::option::of(index()).prop_map(|lower| {
        let lower = lower.map(|input| pb::LowerDiffInput { input });
        pb::op::Op::Diff(pb::DiffOp { lower, upper: None })
    });
    let gate = prop::collection::vec(index(), 0..3)
        .prop_map(|outputs| pb::op::Op::Passthrough(pb::PassthroughOp { id: String::new(), outputs }));
    let source = any::<String>()
        .prop_map(|identifier| pb::op::Op::Source(pb::SourceOp { identifier, ..pb::SourceOp::default() }));
    let body = prop_oneof![exec, file, merge, diff, gate, source];
    (inputs, prop::option::of(body), any::<String>()).prop_map(|(inputs, op, os)| pb::Op {
        inputs: inputs.into_iter().map(|index| pb::Input { digest: String::new(), index }).collect(),
        op,
        platform: Some(pb::Platform { os, ..pb::Platform::default() }),
        constraints: None,
    })
}

/// Each op stands on those before it, and the last is the terminal one.
fn chain(mut ops: Vec<pb::Op>) -> pb::Definition {
    let mut definition = pb::Definition::default();
    let mut last = String::new();
    ops.push(pb::Op { inputs: vec![pb::Input::default()], ..pb::Op::default() });
    for mut op in ops {
        op.inputs.iter_mut().for_each(|input| input.digest.clone_from(&last));
        let bytes = op.encode_to_vec();
        last = buildkit_llb::VertexDigest::of(&bytes).to_string();
        definition.def.push(bytes);
    }
    definition
}

proptest! {
    #[test]
    fn any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        if let Ok(definition) = pb::Definition::decode(bytes.as_slice()) {
            use_up(definition);
        }
        use_up(pb::Definition { def: vec![bytes], ..pb::Definition::default() });
    }

    #[test]
    fn spoiled_bytes(changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4), cut in any::<prop::sample::Index>(), is_cut in any::<bool>()) {
        let mut bytes = valid();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if is_cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        if let Ok(definition) = pb::Definition::decode(bytes.as_slice()) {
            use_up(definition);
        }
    }

    #[test]
    fn strange_ops(ops in prop::collection::vec(strange_op(), 1..5)) {
        use_up(chain(ops));
    }
}
