//! No text panics, and what is taken has a normal form.

use buildkit_llb::{
    Digest, Error, Exec, File, Git, Graph, Http, Input, Local, Metadata, Platform, ProxyEnv, Reference,
    Result, SecretEnv, SourceFile, file, mount,
};
use proptest::prelude::*;

/// Text that looks like a reference, a platform or an address as often as not.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[a-z0-9./:@_%+()#?-]{0,40}",
        "(https?|ssh|git)://[a-z.@:]{0,9}/[a-z/.%0-9#:]{0,20}",
        "[a-z]{1,5}(/[a-z0-9_.-]{0,9}){0,2}(:[a-z0-9.-]{0,5})?(@sha256:[0-9a-f]{64})?",
        "(linux|windows)(\\([0-9.+%a-z]{0,9}\\))?/(amd64|arm|arm64|aarch64|x86_64)(/v?[1-9])?",
    ]
}

fn path() -> impl Strategy<Value = String> {
    prop_oneof![any::<String>(), "/?[a-z./]{0,12}", "[A-Z]:[/\\\\][a-z]{0,5}"]
}

/// What was read is read again from what is shown, and is shown the same.
fn is_stable<T>(text: &str) -> std::result::Result<(), TestCaseError>
where
    T: std::str::FromStr<Err = Error> + std::fmt::Display + PartialEq + std::fmt::Debug,
{
    if let Ok(value) = text.parse::<T>() {
        let shown = value.to_string();
        let again: T = shown.parse().map_err(|error| TestCaseError::fail(format!("{shown}: {error}")))?;
        prop_assert_eq!(again.to_string(), shown);
        prop_assert_eq!(again, value);
    }
    Ok(())
}

fn graph() -> Graph {
    Graph::new(Platform::linux_amd64())
}

/// Whatever was taken can be marshalled and shown.
fn is_whole(graph: &Graph, result: Result<impl Into<Input>>) -> std::result::Result<(), TestCaseError> {
    if let Ok(result) = result {
        let definition = graph.definition(result).expect("a known output");
        let pb = definition.as_pb().clone();
        prop_assert_eq!(buildkit_llb::Definition::try_from(pb), Ok(definition.clone()));
        prop_assert!(!definition.to_text().is_empty());
        prop_assert!(!definition.to_mermaid().is_empty());
    }
    Ok(())
}

proptest! {
    #[test]
    fn values(text in text()) {
        is_stable::<Reference>(&text)?;
        is_stable::<Platform>(&text)?;
        is_stable::<Digest>(&text)?;
        if let Ok(reference) = text.parse::<Reference>() {
            prop_assert_eq!(reference.familiar().parse(), Ok(reference));
        }
    }

    #[test]
    fn sources(text in text(), other in text()) {
        let mut graph = graph();
        let git = Git::new(&text).and_then(|git| graph.git(git.subdir(&other)));
        is_whole(&graph, git)?;
        let http = Http::new(&text).and_then(|http| graph.http(http.filename(&other).accept(&text)));
        is_whole(&graph, http)?;
        let local = Local::new(&text, &other).map(|local| graph.local(local.include([&text, &other])));
        is_whole(&graph, local)?;
    }

    #[test]
    fn execs(words in prop::collection::vec(any::<String>(), 8), paths in prop::collection::vec(path(), 6), mode in 0..0o2000_u32) {
        let mut graph = graph();
        let exec = Exec::new(Input::Scratch, [&words[0], &words[1]])
            .env(&words[2], &words[3])
            .secret_env(SecretEnv::new(&words[4], &words[5]))
            .user(&words[6])
            .hostname(&words[7])
            .cgroup_parent(&words[0])
            .proxy(ProxyEnv { http: words[1].clone(), ..ProxyEnv::default() })
            .cwd(&paths[0])
            .mount(mount::Bind::output(Input::Scratch, &paths[1]).selector(&paths[2]))
            .mount(mount::Cache::new(&words[2], &paths[3]))
            .mount(mount::Secret::new(&words[3], &paths[4]).mode(mode))
            .mount(mount::Ssh::new(&words[4]).target(&paths[5]))
            .metadata(Metadata::named(&words[5]).describe(&words[6], &words[7]))
            .constraint(&words[0]);
        let root = graph.exec(exec).and_then(|outputs| outputs.root());
        is_whole(&graph, root)?;
    }

    #[test]
    fn files(words in prop::collection::vec(any::<String>(), 4), paths in prop::collection::vec(path(), 6), mode in 0..0o2000_u32) {
        let mut graph = graph();
        let owner = file::Owner::parse(&words[0]);
        let changed = File::new(Input::Scratch)
            .mkdir(file::Mkdir::new(&paths[0], mode).owner(owner))
            .mkfile(file::Mkfile::new(&paths[1], mode, words[1].clone()))
            .symlink(file::Symlink::new(&words[2], &paths[2]))
            .rm(file::Rm::new(&paths[3]))
            .copy(file::Copy::new(Input::Scratch, &paths[4], &paths[5]).symbolic_mode(&words[3]));
        let changed = graph.file(changed);
        is_whole(&graph, changed)?;
    }

    #[test]
    fn spans(text in "[a-é\n\r\t ]{0,40}", start in 0..60_usize, length in 0..60_usize) {
        let file = SourceFile::new("f", text.as_str(), "Text");
        let location = file.span(start..start + length);
        let range = location.ranges()[0];
        prop_assert!(range.start() <= range.end());
        prop_assert!(file.range(range.start(), range.end()).is_ok());
        // Backwards is no place, but no panic either.
        prop_assert_eq!(file.span(start + length..start).ranges().len(), 1);
    }
}
