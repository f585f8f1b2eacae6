//! The same graphs, built with BuildKit's own Go client and with ours, are the same definitions:
//! bytes, digests, order, metadata and source maps. `tests/parity` is the other half.

mod attributes;
mod capabilities;
mod convert;
mod execs;
mod files;
mod go;
mod others;
mod proto;
mod sources;
mod texts;

use std::collections::{BTreeMap, BTreeSet};

use buildkit_llb::{Definition, Graph, Image, Input, Output, Platform, Result};
use buildkit_proto::pb;

type Named = (&'static str, fn(&mut Graph) -> Result<Input>);

fn image(graph: &mut Graph, reference: &str) -> Result<Output> {
    Ok(graph.image(Image::new(reference.parse()?)))
}

fn alpine(graph: &mut Graph) -> Result<Output> {
    image(graph, "alpine")
}

fn golang(graph: &mut Graph) -> Result<Output> {
    image(graph, "golang:1.26")
}

fn ours() -> BTreeMap<String, Definition> {
    let mut definitions = BTreeMap::new();
    for graphs in [sources::graphs(), execs::graphs(), files::graphs(), others::graphs()] {
        for (name, build) in graphs {
            let mut graph = Graph::new(Platform::linux_amd64());
            let definition = build(&mut graph).and_then(|result| graph.definition(result));
            let definition = definition.unwrap_or_else(|error| panic!("{name}: {error}"));
            assert!(definitions.insert(name.to_owned(), definition).is_none(), "{name} twice");
        }
    }
    definitions
}

fn handed_over(name: &str) -> std::path::PathBuf {
    let definitions = ours().into_iter().map(|(name, definition)| (name, definition.into_pb()));
    go::hand_over(name, definitions)
}

/// The Go client has an entry for every vertex, also where it says nothing, and says the same place
/// again for every equal op, so that an error would show it again. Nothing else differs.
fn each_place_once(definition: &mut pb::Definition) {
    let Some(source) = &mut definition.source else { return };
    source.locations.retain(|_, locations| !locations.locations.is_empty());
    for locations in source.locations.values_mut() {
        let mut once = Vec::new();
        for location in std::mem::take(&mut locations.locations) {
            if !once.contains(&location) {
                once.push(location);
            }
        }
        locations.locations = once;
    }
    for info in &mut source.infos {
        info.definition.iter_mut().for_each(each_place_once);
    }
}

#[test]
fn parity_of_definitions() {
    let ours = ours();
    let theirs = go::definitions();
    assert_eq!(
        ours.keys().collect::<Vec<_>>(),
        theirs.keys().collect::<Vec<_>>(),
        "the two sides build the same graphs"
    );
    assert!(ours.len() >= 80);

    let mut met = BTreeSet::new();
    let mut different = Vec::new();
    for ((name, ours), (_, mut theirs)) in ours.into_iter().zip(theirs) {
        let mut settled = ours.clone().into_pb();
        capabilities::settle(&mut settled, &mut theirs, &mut met);
        each_place_once(&mut theirs);
        if settled != theirs {
            let text = Definition::try_from(theirs.clone())
                .map_or_else(|error| error.to_string(), |theirs| theirs.to_text());
            if ours.to_text() == text {
                different.push(format!("{name}:\nours {settled:#?}\nGo's {theirs:#?}"));
            } else {
                different.push(format!("{name}:\nours:\n{}Go's:\n{text}", ours.to_text()));
            }
        }
    }
    assert!(different.is_empty(), "{} graphs differ\n{}", different.len(), different.join("\n"));

    let listed = [capabilities::FORGOTTEN_BY_GO, capabilities::NEEDLESS_IN_GO].concat();
    let listed: BTreeSet<_> = listed.into_iter().map(|(capability, _)| capability).collect();
    assert_eq!(met, listed, "each known difference is met by a graph");
}

#[test]
fn parity_with_the_engines_digests() {
    let folder = handed_over("parity-load");
    assert_eq!(go::run("load", &folder), ours().len().to_string());
}

#[test]
fn parity_covers_every_field() {
    go::run("coverage", &handed_over("parity-coverage"));
}
