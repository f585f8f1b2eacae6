//! The call `convertllb` answers with the JSON that BuildKit's own frontend would answer with.

use std::fs;

use buildkit_gateway::calls::convert_llb;
use serde_json::Value;

use crate::{go, handed_over, ours};

#[test]
fn parity_of_convertllb() {
    let folder = handed_over("parity-convert");
    go::run("convert", &folder);
    for (name, definition) in ours() {
        let theirs = fs::read(folder.join(format!("{name}.json"))).expect("it was written");
        let theirs: Value = serde_json::from_slice(&theirs).expect("JSON");
        let response = convert_llb(&definition);
        let json = response.get("result.json").expect("a reply");
        let ours: Value = serde_json::from_slice(json).expect("JSON");
        assert_eq!(ours, theirs, "{name}");
    }
}
