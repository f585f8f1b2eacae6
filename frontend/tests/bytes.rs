//! Whatever bytes a manifest has, reading it ends with values or with mistakes at places that exist.

#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "the corpus is files, and has to be read in time"
)]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use proptest::prelude::*;
use proptest::sample::{Index, select};
use slipway::diagnostic::Diagnostics;
use slipway::directives::Directives;
use slipway::manifest::{App, Manifest};
use slipway::plan::{check, print};
use slipway::rules::Rule;
use slipway::source::{MAX_BYTES, Source};

fn read(bytes: &[u8]) -> Diagnostics {
    let mut diagnostics = Diagnostics::default();
    let source = Source::new("slipway.yaml", bytes, &mut diagnostics);
    Directives::read(&source, &mut diagnostics);
    let manifest = Manifest::parse(&source, &mut diagnostics);
    for plan in manifest.apps.iter().filter_map(App::explicit_plan) {
        check(&plan, &mut diagnostics);
        print(&plan, "");
    }
    let last = source.position(u32::MAX);
    for label in diagnostics.sorted().iter().flat_map(|diagnostic| &diagnostic.labels) {
        let span = label.span().unwrap();
        assert!(span.start <= span.end, "{span:?}");
        assert!(span.start == span.end || !source.slice(span).is_empty(), "{span:?} is no part of the text");
        let (start, end) = source.range(span);
        assert!(start <= end && end <= last, "{span:?} is at {start:?} to {end:?}, after {last:?}");
    }
    assert_eq!(diagnostics.error_message(&source).is_empty(), !diagnostics.has_errors());
    diagnostics
}

fn corpus() -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/manifests");
    let files = ["broken", "valid"].into_iter().flat_map(|kind| fs::read_dir(folder.join(kind)).unwrap());
    let mut paths: Vec<_> = files.map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "yaml"));
    paths.sort();
    paths.iter().map(|path| fs::read(path).unwrap()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes(bytes: Vec<u8>) {
        read(&bytes);
    }

    #[test]
    fn any_yaml_like_text(text in r"([a-z]{1,3}|[ \n]|: |- |\[|\]|\{|\}|,|&a |\*a|<<: |#|'|\x22|\||>|!|%|é|\t|\r|\$\{|stages:|run:|\n  ){0,40}") {
        read(text.as_bytes());
    }

    #[test]
    fn manifests_with_a_few_bytes_changed(
        mut bytes in select(corpus()),
        other in select(corpus()),
        edits in proptest::collection::vec((any::<Index>(), any::<Index>(), 0..20_usize, any::<Option<u8>>()), 1..4),
    ) {
        for (at, from, length, byte) in edits {
            let at = at.index(bytes.len() + 1);
            let end = (at + length).min(bytes.len());
            let insert: Vec<_> = match byte {
                Some(byte) => vec![byte],
                None => other.iter().skip(from.index(other.len())).take(length).copied().collect(),
            };
            bytes.splice(at..end, insert);
        }
        read(&bytes);
    }
}

#[test]
fn a_manifest_has_a_size_limit() {
    let long = vec![b'#'; MAX_BYTES];
    assert!(read(&long).is_empty());
    let diagnostics = read(&[long.as_slice(), b"#"].concat());
    let rules: Vec<_> = diagnostics.sorted().iter().map(|diagnostic| diagnostic.rule).collect();
    assert_eq!(rules, [Rule::ManifestTooLarge]);
}

/// Each is the largest that is read at all; what takes the square of its length would take minutes.
#[test]
fn large_manifests_are_read_in_time() {
    let fill = |text: &str| text.repeat(MAX_BYTES / text.len());
    let count = |text: &str| (0..90_000).map(|n| text.replace('N', &n.to_string())).collect::<String>();
    let cases = [
        ("brackets", fill("[")),
        ("braces", fill("{a: ")),
        ("dashes", fill("- ")),
        ("lines", fill("a\n")),
        ("keys", count("kN: 1\n")),
        ("same key", fill("a: 1\n")),
        ("items", format!("build: {{ include: [{}] }}", fill("a,"))),
        ("quotes", format!("build: \"{}", fill("a "))),
        ("anchors", fill("&a ")),
        ("comments", fill("# é\n")),
        ("blanks", fill(" ")),
        ("questions", fill("? ")),
        ("colons", fill(": ")),
        ("dollars", format!("args: {{ A: \"{}\" }}", fill("${A}"))),
        ("unknown arguments", format!("run: {{ user: \"{}\" }}", count("${AN}"))),
    ];
    for (name, text) in cases {
        let start = Instant::now();
        read(&text.as_bytes()[..text.len().min(MAX_BYTES)]);
        let took = start.elapsed();
        assert!(took < Duration::from_secs(20), "{name} took {took:?}");
    }
}
