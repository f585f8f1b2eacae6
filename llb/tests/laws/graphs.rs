//! Any graph, in any order of building, is the same definition.

use std::collections::BTreeSet;

use buildkit_llb::{
    Definition, Diff, Exec, File, Graph, Image, Input, Local, Merge, Metadata, Passthrough, Platform, Result,
    SourceFile, VertexDigest, file, mount,
};
use buildkit_proto::{Message as _, pb};
use proptest::prelude::*;

/// A vertex to build. Inputs are the places of earlier ones; what is not there is scratch.
#[derive(Debug, Clone)]
enum Step {
    Image(u8),
    Local(u8),
    Exec { root: usize, word: u8, read: usize, written: usize, takes_root: bool },
    File { base: usize, from: usize, nested: usize, word: u8 },
    Merge(Vec<usize>),
    Diff(usize, usize),
    Gate(Vec<usize>),
}

impl Step {
    fn inputs(&self) -> Vec<usize> {
        match self {
            Self::Image(_) | Self::Local(_) => Vec::new(),
            Self::Exec { root, read, written, .. } => vec![*root, *read, *written],
            Self::File { base, from, nested, .. } => vec![*base, *from, *nested],
            Self::Merge(inputs) | Self::Gate(inputs) => inputs.clone(),
            Self::Diff(lower, upper) => vec![*lower, *upper],
        }
    }

    fn build(&self, graph: &mut Graph, input: impl Fn(usize) -> Input) -> Result<Input> {
        let manifest = SourceFile::new("app.yaml", "a: b\n", "YAML");
        let known = Metadata::named("step").at(manifest.line(1)?);
        Ok(match self {
            Self::Image(name) => {
                let image = Image::new(format!("image{}", name % 4).parse()?).metadata(known);
                let arm = Platform::linux_arm64();
                graph.image(if name % 2 == 0 { image } else { image.platform(arm) }).into()
            }
            Self::Local(name) => graph.local(Local::new(format!("local{}", name % 4), "s")?).into(),
            Self::Exec { root, word, read, written, takes_root } => {
                let exec = Exec::shell(input(*root), format!("word {}", word % 4))
                    .mount(mount::Bind::read_only(input(*read), "/read"))
                    .mount(mount::Bind::output(input(*written), "/written"))
                    .metadata(known);
                let outputs = graph.exec(exec)?;
                if *takes_root { outputs.root()?.into() } else { outputs.mount("/written")?.into() }
            }
            Self::File { base, from, nested, word } => {
                let made = File::new(input(*nested)).mkdir(file::Mkdir::new("/made", 0o755));
                let changed = File::new(input(*base))
                    .copy(file::Copy::new(input(*from), format!("/{word}"), "/to/"))
                    .copy(file::Copy::new(made, "/made", "/"));
                graph.file(changed.metadata(known))?.into()
            }
            Self::Merge(inputs) => graph.merge(Merge::new(inputs.iter().map(|&at| input(at))))?,
            Self::Diff(lower, upper) => graph.diff(Diff::new(input(*lower), input(*upper)))?,
            Self::Gate(inputs) => {
                let outputs = inputs.iter().filter_map(|&at| input(at).output());
                let gate = outputs.fold(Passthrough::new("gate"), Passthrough::output);
                match graph.passthrough(gate) {
                    Ok(outputs) => outputs[outputs.len() - 1].into(),
                    Err(_) => Input::Scratch,
                }
            }
        })
    }
}

fn step() -> impl Strategy<Value = Step> {
    let at = || 0..40_usize;
    prop_oneof![
        any::<u8>().prop_map(Step::Image),
        any::<u8>().prop_map(Step::Local),
        (at(), any::<u8>(), at(), at(), any::<bool>()).prop_map(|(root, word, read, written, takes_root)| {
            Step::Exec { root, word, read, written, takes_root }
        }),
        (at(), at(), at(), any::<u8>()).prop_map(|(base, from, nested, word)| Step::File {
            base,
            from,
            nested,
            word
        }),
        prop::collection::vec(at(), 0..5).prop_map(Step::Merge),
        (at(), at()).prop_map(|(lower, upper)| Step::Diff(lower, upper)),
        prop::collection::vec(at(), 0..3).prop_map(Step::Gate),
    ]
}

/// Steps, and a number for each by which to shuffle them.
fn steps() -> impl Strategy<Value = Vec<(Step, u32)>> {
    prop::collection::vec((step(), any::<u32>()), 1..30)
}

/// Builds the steps in an order of their numbers, as far as inputs must come first, and returns the result
/// of the last.
fn build(steps: &[(Step, u32)], shuffled: bool) -> (Graph, Input) {
    let mut graph = Graph::new(Platform::linux_amd64());
    let mut results: Vec<Option<Input>> = vec![None; steps.len()];
    for _ in steps {
        let is_ready =
            |at: &usize| steps[*at].0.inputs().iter().all(|&input| input >= *at || results[input].is_some());
        let waiting = (0..steps.len()).filter(|at| results[*at].is_none()).filter(is_ready);
        let next = waiting.min_by_key(|&at| if shuffled { steps[at].1 } else { 0 });
        let at = next.expect("the first that is left has all its inputs");
        let input = |input: usize| if input < at { results[input] } else { None }.unwrap_or(Input::Scratch);
        results[at] = Some(steps[at].0.build(&mut graph, input).expect("valid steps"));
    }
    let last = results.pop().flatten().expect("there is a step");
    (graph, last)
}

fn definition(steps: &[(Step, u32)]) -> Definition {
    let (graph, result) = build(steps, false);
    graph.definition(result).expect("a known output")
}

/// As Go writes an op that it has read, except builds: all but the oneof, and then the oneof.
fn written_again(bytes: &[u8]) -> Vec<u8> {
    let mut op = pb::Op::decode(bytes).expect("an op");
    let body = op.op.take();
    let mut again = op.encode_to_vec();
    pb::Op { op: body, ..pb::Op::default() }.encode(&mut again).expect("a growing buffer");
    again
}

proptest! {
    #[test]
    fn the_order_of_building_does_not_matter(steps in steps()) {
        let (graph, result) = build(&steps, true);
        prop_assert_eq!(graph.definition(result), Ok(definition(&steps)));
    }

    #[test]
    fn building_twice_adds_nothing(steps in steps()) {
        let (mut graph, result) = build(&steps, false);
        let before = graph.definition(result);
        let vertices = graph.len();
        let imported = graph.import(before.as_ref().expect("a known output"));
        prop_assert_eq!(imported, result);
        prop_assert_eq!(graph.len(), vertices);
        prop_assert_eq!(graph.definition(result), before);
    }

    #[test]
    fn decoding_is_the_reverse_of_encoding(steps in steps()) {
        let definition = definition(&steps);
        let bytes = definition.as_pb().encode_to_vec();
        let decoded = pb::Definition::decode(bytes.as_slice()).expect("our own bytes");
        let decoded = Definition::try_from(decoded).expect("our own definition");
        prop_assert_eq!(&decoded, &definition);
        let mut graph = Graph::new(Platform::linux_arm64());
        let result = graph.import(&decoded);
        prop_assert_eq!(graph.definition(result), Ok(definition));
    }

    #[test]
    fn inputs_stand_before_users_and_everything_is_described(steps in steps()) {
        let definition = definition(&steps).into_pb();
        let mut before = BTreeSet::new();
        for bytes in &definition.def {
            let digest = VertexDigest::of(bytes).to_string();
            let op = pb::Op::decode(bytes.as_slice()).expect("an op");
            prop_assert!(op.inputs.iter().all(|input| before.contains(&input.digest)));
            prop_assert!(definition.metadata.contains_key(&digest));
            prop_assert_eq!(&written_again(bytes), bytes);
            prop_assert!(before.insert(digest), "each op is there once");
        }
        prop_assert_eq!(definition.metadata.len(), definition.def.len());
    }

    #[test]
    fn texts_follow_from_the_definition_alone(steps in steps()) {
        let (graph, result) = build(&steps, true);
        let shuffled = graph.definition(result).expect("a known output");
        let definition = definition(&steps);
        prop_assert_eq!(shuffled.to_text(), definition.to_text());
        prop_assert_eq!(shuffled.to_mermaid(), definition.to_mermaid());
    }
}
