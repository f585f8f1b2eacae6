//! References, platforms and addresses are read as the libraries that BuildKit uses read them.

use std::fs;

use buildkit_llb::{Git, Graph, Platform, Reference};
use buildkit_proto::{Message as _, pb};
use serde::Deserialize;

use crate::go;

#[derive(Debug, Deserialize)]
struct Answer {
    reference: String,
    familiar: String,
    platform: String,
    git: String,
    remote: String,
}

const SHA256: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// Pieces of texts, from which whole ones are put together.
const REFERENCE: &[&str] = &[
    "a",
    "alpine",
    "library",
    "docker.io",
    "index.docker.io",
    "localhost",
    "x.y",
    "A",
    "[::1]",
    "a-b",
    "a--b",
    "a_b",
    "a__b",
    "a___b",
    "a.b",
    "a..b",
    "-a",
    "a-",
    "é",
    "",
    "0",
    "UP",
    "x.y-",
    "1.2.3.4",
    "_",
];
const ENDING: &[&str] = &[
    "",
    ":latest",
    ":5000",
    ":",
    ":a b",
    ":_x",
    ":.x",
    ":-x",
    ":UP",
    "@sha256:",
    "@sha256:abc",
    "@md5:",
    "@",
];
const SYSTEM: &[&str] = &[
    "linux",
    "Linux",
    "macos",
    "darwin",
    "windows(10.0.17763)",
    "windows(10.0+win32k)",
    "linux(+b+a+a)",
    "linux(+)",
    "linux()",
    "linux(",
    "linux(%2F)",
    "linux(%zz)",
    "",
    "é",
    "a b",
    "l.x",
];
const PROCESSOR: &[&str] = &[
    "amd64", "x86_64", "x86-64", "AMD64", "arm64", "aarch64", "arm", "armhf", "armel", "i386", "386",
    "riscv64", "", "a+b", "a b",
];
const VARIANT: &[&str] = &[
    "", "v1", "v2", "v3", "v6", "v7", "v8", "v8.0", "v9", "v9.0", "9", "9.0", "5", "6", "7", "8", "V8", "/",
    "é",
];
const SCHEME: &[&str] = &[
    "https://",
    "http://",
    "ssh://",
    "git://",
    "HTTPS://",
    "ftp://",
    "",
    "git@",
    "ssh://git@",
    "https://u:p@",
    "a b@",
];
const HOST: &[&str] = &[
    "github.com",
    "a.b:8080",
    "A.b",
    "localhost",
    "",
    "[::1]",
    "[::1]:22",
    "a_b",
    "é.b",
    "a b",
    "a.b:x",
    "a.b:",
];
const REPOSITORY: &[&str] = &[
    "/a/b.git", ":a/b.git", "/a//b/", "/a/../b", "/a%20b", "/a%2Fb", "/a%zz", "/é", "/a b", "", "/",
    "/a?b=c", "/~a", "/a:b@c", "/a\"b", "/a|b", "/%61",
];
const FRAGMENT: &[&str] = &[
    "",
    "#",
    "#main",
    "#main:a/b",
    "#:a",
    "#main:../a",
    "#main:/",
    "#main:a:b",
    "#refs/heads/é",
    "#a b",
    "#a%20b",
    "#a#b",
];

fn questions() -> Vec<String> {
    let mut texts = Vec::new();
    let digest = format!("a/b@sha256:{SHA256}");
    let tagged = format!("a/b:c@sha256:{SHA256}");
    let long = format!("a/b@sha512:{SHA256}{SHA256}");
    let upper = format!("a/b@sha256:{}", SHA256.to_uppercase());
    texts.extend([
        digest,
        tagged,
        long,
        upper,
        SHA256.to_owned(),
        "a".repeat(300),
        format!("a:{}", "b".repeat(129)),
    ]);
    for first in REFERENCE {
        for ending in ENDING {
            texts.push(format!("{first}{ending}"));
            for second in REFERENCE {
                texts.push(format!("{first}/{second}{ending}"));
                texts.push(format!("{first}{ending}/{second}"));
                texts.push(format!("{first}/x/{second}{ending}"));
            }
        }
    }
    for system in SYSTEM {
        for processor in PROCESSOR {
            texts.push(format!("{system}/{processor}"));
            texts.extend(VARIANT.iter().map(|variant| format!("{system}/{processor}/{variant}")));
        }
    }
    for scheme in SCHEME {
        for host in HOST {
            for repository in REPOSITORY {
                texts.extend(FRAGMENT.iter().map(|fragment| format!("{scheme}{host}{repository}{fragment}")));
            }
        }
    }
    texts
}

/// The identifier and what git is given.
fn git(url: &str) -> Option<(String, String)> {
    let mut graph = Graph::new(Platform::linux_amd64());
    let output = Git::new(url).and_then(|git| graph.git(git)).ok()?;
    let definition = graph.definition(output).ok()?.into_pb();
    let op = pb::Op::decode(definition.def.first()?.as_slice()).ok()?;
    let Some(pb::op::Op::Source(mut source)) = op.op else { return None };
    Some((source.identifier, source.attrs.remove("git.fullurl")?))
}

fn say(text: Option<&str>) -> &str {
    text.unwrap_or("nothing")
}

#[test]
fn parity_of_texts() {
    let questions = questions();
    let folder = go::scratch("parity-texts");
    fs::write(folder.join("texts.json"), serde_json::to_vec(&questions).expect("texts"))
        .expect("the target folder can be written");
    go::run("texts", &folder);
    let answers = fs::read(folder.join("answers.json")).expect("it was written");
    let answers: Vec<Answer> = serde_json::from_slice(&answers).expect("the Go side's");
    assert_eq!(questions.len(), answers.len());

    let mut different = Vec::new();
    let mut taken = [0; 3];
    for (text, theirs) in questions.iter().zip(&answers) {
        let reference = text.parse::<Reference>().ok();
        let ours = reference.as_ref().map(|it| (it.to_string(), it.familiar()));
        let go = (!theirs.reference.is_empty()).then(|| (theirs.reference.clone(), theirs.familiar.clone()));
        if ours != go {
            different.push(format!("reference {text:?}: ours {ours:?}, Go's {go:?}"));
        }
        taken[0] += usize::from(ours.is_some());

        // Half a platform is completed with the machine's, which has no part in a graph.
        let ours = text.parse::<Platform>().ok().map(|it| it.to_string());
        let go = Some(&theirs.platform).filter(|it| !it.is_empty() && text.contains('/'));
        if ours.as_ref() != go {
            let go = go.map(String::as_str);
            different.push(format!("platform {text:?}: ours {}, Go's {}", say(ours.as_deref()), say(go)));
        }
        taken[1] += usize::from(ours.is_some());

        // Ours refuses what the Go client quietly mends, drops or leaves to git to fail on.
        if let Some((identifier, remote)) = git(text) {
            if (&identifier, &remote) != (&theirs.git, &theirs.remote) {
                let go = (&theirs.git, &theirs.remote);
                different.push(format!("git {text:?}: ours {:?}, Go's {go:?}", (identifier, remote)));
            }
            taken[2] += 1;
        }
    }
    assert!(different.is_empty(), "{} of {}:\n{}", different.len(), questions.len(), different.join("\n"));
    assert!(taken.iter().all(|&count| count > 200), "each kind was read: {taken:?}");
}
