//! A frontend from its options to its answer, over the wire.

#![allow(clippy::unwrap_used, reason = "a test says what went wrong by failing")]

use std::time::Duration;

use buildkit_gateway::testing::Fake;
use buildkit_gateway::{Code, Error, Image, ImageQuery, Options, Resolved, Response, Solve, Warning};
use buildkit_llb::{Definition, Graph, Local, Platform, Reference, SourceFile, VertexDigest};
use buildkit_proto::{Any, frontend as api, rpc};
use serde_json::{Value, json};

fn options() -> Options {
    Options::new([("filename", "app.yaml")])
}

fn local(name: &str) -> Definition {
    let mut graph = Graph::new(Platform::linux_amd64());
    let output = graph.local(Local::new(name, "s1").unwrap().named("load"));
    graph.definition(output).unwrap()
}

#[test]
fn one_image() {
    let outcome = Fake::new(options()).directory("context", [("a", "b")]).run(async |gateway| {
        let files = gateway.solve(local("context")).await?.single()?;
        files.evaluate().await?;
        let image = Image::new(Platform::linux_arm64(), files, "{}")
            .base_config("{\"os\":\"linux\"}")
            .epoch(1_700_000_000)
            .annotation("k", "v");
        Ok(Response::image(image).message("bye"))
    });
    assert!(outcome.error().is_none());
    assert_eq!(outcome.definition(None), Some(local("context")));
    let platforms = json!({ "Platforms": [
        { "ID": "linux/arm64", "Platform": { "architecture": "arm64", "os": "linux" } }
    ] });
    let metadata = |key| outcome.metadata(key).unwrap();
    assert_eq!(serde_json::from_str::<Value>(metadata("refs.platforms")).unwrap(), platforms);
    assert_eq!(metadata("containerimage.config"), "{}");
    assert_eq!(metadata("containerimage.base.config"), "{\"os\":\"linux\"}");
    assert_eq!(metadata("source.date.epoch"), "1700000000");
    assert_eq!(metadata("annotation-manifest.k"), "v");
    assert_eq!(metadata("frontend.result.inlinemessage"), "bye");
    assert_eq!(outcome.calls(), ["Solve load", "Ping", "Evaluate", "Return"]);
}

#[test]
fn an_image_for_each_platform() {
    let outcome = Fake::new(options()).run(async |gateway| {
        let mut images = Vec::new();
        for platform in ["linux/arm/v7", "windows/amd64"] {
            let files = gateway.solve(Definition::scratch()).await?.single()?;
            let config = r#"{"os.version":"10.0"}"#;
            images.push(Image::new(platform.parse()?, files, config).epoch(5).annotation("k", "v"));
        }
        Response::images(images, true)
    });
    let metadata = |key| outcome.metadata(key).unwrap();
    assert_eq!(
        metadata("refs.platforms"),
        json!({ "Platforms": [
            { "ID": "linux/arm/v7", "Platform": { "architecture": "arm", "os": "linux", "variant": "v7" } },
            { "ID": "windows/amd64", "Platform": { "architecture": "amd64", "os": "windows", "os.version": "10.0" } },
        ] })
        .to_string()
    );
    assert_eq!(metadata("source.date.epoch/linux/arm/v7"), "5");
    assert_eq!(metadata("annotation-manifest[linux/arm/v7].k"), "v");
    assert_eq!(outcome.definition(Some("windows/amd64")), Some(Definition::scratch()));
    assert_eq!(outcome.definition(Some("linux/amd64")), None);
    // Also of an empty file system there is something on the wire: the daemon crashes where there is not.
    let Some(api::result::Result::Refs(refs)) = &outcome.result().unwrap().result else { panic!("no refs") };
    assert!(refs.refs.values().all(|reference| *reference != api::Ref::default()));
}

#[test]
fn shapes_that_cannot_be() {
    for (count, multi_platform) in [(0, false), (0, true), (2, false)] {
        let outcome = Fake::new(options()).run(async |gateway| {
            let files = gateway.solve(Definition::scratch()).await?.single()?;
            let image = Image::new(Platform::linux_amd64(), files, "{}");
            Response::images(vec![image; count], multi_platform)
        });
        assert_eq!(outcome.error().unwrap().code(), Code::Internal);
    }
}

#[test]
fn mistakes_have_lines() {
    let file = SourceFile::new("app.yaml", "é: [\n", "YAML");
    let outcome = Fake::new(options())
        .run(async |_| Err(Error::new("a `[` is not closed").at(&file.span(4..5)).context("app.yaml")));
    let error = outcome.error().unwrap();
    assert_eq!(error.code(), Code::Unknown);
    assert_eq!(error.to_string(), "app.yaml: a `[` is not closed");
    assert!(error.has_source());
    let [detail] = error.details() else {
        panic!("one detail");
    };
    assert_eq!(detail.type_url, "github.com/moby/buildkit/errdefs.Source+json");
    assert_eq!(
        serde_json::from_slice::<Value>(&detail.value).unwrap(),
        json!({
            "info": { "filename": "app.yaml", "data": "w6k6IFsK", "language": "YAML" },
            "ranges": [{ "start": { "line": 1, "character": 3 }, "end": { "line": 1, "character": 4 } }],
        })
    );
}

// hyper stops at 16 KiB of headers when nothing is said, and BuildKit puts the user's file into a trailer.
#[test]
fn errors_of_the_daemon_keep_their_details() {
    let manifest = SourceFile::new("app.yaml", "x".repeat(200_000), "YAML");
    let failure = Error::with_code(Code::InvalidArgument, "bad `é`\n100 %").at(&manifest.line(1).unwrap());
    let outcome = Fake::new(options()).fail("Solve", failure.clone()).run(async |gateway| {
        let error = gateway.solve(local("context")).await.unwrap_err();
        Err(error.context("while solving"))
    });
    let error = outcome.error().unwrap();
    assert_eq!(error.code(), Code::InvalidArgument);
    assert_eq!(error.message(), "while solving: bad `é`\n100 %");
    assert_eq!(error.details(), failure.details());
    assert_eq!(outcome.calls(), ["Solve", "Return"]);
}

// As `ToGRPC` of `util/grpcerrors` writes what a step leaves that exits with 2.
#[test]
fn errors_of_steps() {
    let digest = VertexDigest::of(b"a step");
    let details = [
        (
            "stack.Stack+json",
            r#"{"frames":[{"Name":"main.main","File":"/src/main.go","Line":1}]}"#.to_owned(),
        ),
        ("errdefs.Solve+json", r#"{"inputIDs":["a"],"mountIDs":["b"],"op":{"exec":{}}}"#.to_owned()),
        ("errdefs.Vertex+json", format!(r#"{{"digest":"{digest}"}}"#)),
        ("gatewayapi.ExitMessage+json", r#"{"Code":2}"#.to_owned()),
    ];
    let details = details.map(|(name, json)| Any {
        type_url: format!("github.com/moby/buildkit/{name}"),
        value: json.into_bytes(),
    });
    let failure = rpc::Status { code: 2, message: "exit code: 2".to_owned(), details: details.into() };
    let outcome = Fake::new(options()).fail("Solve", failure.into()).run(async |gateway| {
        let error = gateway.solve(local("context")).await.unwrap_err();
        assert_eq!((error.vertex(), error.exit_code()), (Some(digest), Some(2)));
        Err(error)
    });
    assert_eq!(outcome.error().unwrap().vertex(), Some(digest));

    let own = Error::new("nothing ran").at(&SourceFile::new("a", "a", "YAML").line(1).unwrap());
    assert_eq!((own.vertex(), own.exit_code()), (None, None));
    for value in ["", "[]", r#"{"digest":"sha256:00"}"#, r#"{"Code":"2"}"#, "{}"] {
        let names = ["errdefs.Vertex+json", "gatewayapi.ExitMessage+json"];
        let details = names.map(|name| Any {
            type_url: format!("github.com/moby/buildkit/{name}"),
            value: value.as_bytes().to_vec(),
        });
        let odd = Error::from(rpc::Status { details: details.into(), ..rpc::Status::default() });
        assert_eq!((odd.vertex(), odd.exit_code()), (None, None), "{value}");
    }
}

#[test]
fn a_panic_is_an_error() {
    let outcome = Fake::new(options()).run(async |gateway| {
        gateway.capabilities().await?;
        panic!("no {}", "way");
    });
    let error = outcome.error().unwrap();
    assert_eq!(error.code(), Code::Internal);
    assert_eq!(
        error.message(),
        "this is a bug of the frontend, please report it at https://example.com/issues: no way"
    );
}

#[test]
fn timers() {
    let outcome = Fake::new(options()).run(async |_| {
        let never = std::future::pending::<()>();
        assert!(tokio::time::timeout(Duration::from_millis(1), never).await.is_err());
        Ok(Response::default())
    });
    assert!(outcome.error().is_none(), "{:?}", outcome.error());
}

#[test]
fn capabilities_that_clients_rely_on() {
    let check = |caps: &str| {
        let options = Options::new([("frontend.caps", caps)]);
        Fake::new(options).run(async |_| Ok(Response::default())).error().map(|error| error.to_string())
    };
    assert_eq!(check("moby.buildkit.frontend.contexts+forward,moby.buildkit.frontend.inputs"), None);
    assert_eq!(check("moon+forward"), None);
    assert_eq!(check("moon").as_deref(), Some("unsupported frontend capability moon"));
}

#[test]
fn a_call_is_not_answered_with_an_image() {
    let answer = |response: Response| {
        let options = Options::new([("requestid", "frontend.lint")]);
        Fake::new(options).run(async |_| Ok(response)).error()
    };
    let error = answer(Response::default().metadata("containerimage.config", "{}")).unwrap();
    assert_eq!(error.message(), "unsupported request frontend.lint");
    let [detail] = error.details() else { panic!("one detail") };
    assert_eq!(detail.type_url, "github.com/moby/buildkit/errdefs.Subrequest+json");
    for key in ["result.json", "result.txt", "version"] {
        assert!(answer(Response::default().metadata(key, "")).is_none(), "{key}");
    }
}

#[test]
fn files() {
    let big = vec![b'x'; 20 << 20];
    let context = [("a/b", b"small".to_vec()), ("big", big.clone()), ("empty", Vec::new())];
    let outcome = Fake::new(options()).directory("context", context).run(async |gateway| {
        let files = gateway.solve(local("context")).await?.single()?;
        assert_eq!(files.read_file("a/b").await?, b"small");
        assert!(files.read_file("big").await? == big);
        assert_eq!(files.read_file("empty").await?, b"");
        assert_eq!(files.read_range("a/b", 1, 3).await?, b"mal");
        assert_eq!(files.find_file("nope").await?, None);
        assert_eq!(files.find_stat("nope").await?, None);
        assert_eq!(files.stat_file("a/b").await?.size, 5);
        assert_eq!(files.read_dir("a", None).await?.len(), 1);
        assert_eq!(files.read_dir(".", Some("b*")).await?.len(), 1);
        let error = files.read_file("a").await.unwrap_err();
        assert!(!error.is_not_found(), "{error}");
        let error = files.read_file("nope").await.unwrap_err();
        assert_eq!(error.to_string(), "open nope: no such file or directory");

        let scratch = gateway.solve(Definition::scratch()).await?.single()?;
        assert!(scratch.is_scratch());
        scratch.evaluate().await?;
        assert_eq!(scratch.find_file("a").await?, None);
        Ok(Response::default())
    });
    assert!(outcome.error().is_none(), "{:?}", outcome.error());
}

#[test]
fn images_are_asked_for_once() {
    let alpine: Reference = "alpine".parse().unwrap();
    let outcome = Fake::new(options()).image(&alpine, "{}").run(async |gateway| {
        let query = || ImageQuery::new(alpine.clone());
        let (one, other) = tokio::join!(
            gateway.resolve_image(query()),
            gateway.resolve_image(query().log_name("something else")),
        );
        assert_eq!(one.clone()?, other?);
        let image = one?.image()?;
        assert_eq!(image.config, b"{}");
        assert_eq!(
            image.pinned().to_string(),
            format!("docker.io/library/alpine:latest@{}", image.digest.expect("a digest"))
        );
        gateway.resolve_image(query().platform(Platform::linux_arm64())).await?;
        let missing = gateway.resolve_image(ImageQuery::new("nope".parse()?)).await;
        assert_eq!(missing.unwrap_err().code(), Code::NotFound);
        Ok(Response::default())
    });
    assert!(outcome.error().is_none(), "{:?}", outcome.error());
    let name = "ResolveSourceMeta docker-image://docker.io/library/alpine:latest";
    assert_eq!(outcome.calls().iter().filter(|call| *call == name).count(), 2);
}

#[test]
fn images_of_old_daemons_and_of_policies() {
    let alpine: Reference = "alpine".parse().unwrap();
    let outcome = Fake::new(options())
        .image(&alpine, "{}")
        .replace("docker-image://docker.io/library/evil:latest", "https://example.com/good")
        .run(async |gateway| {
            let resolved = gateway.resolve_image(ImageQuery::new("evil".parse()?)).await?;
            assert!(matches!(&resolved, Resolved::Replaced { identifier, .. } if identifier == "https://example.com/good"));
            Err(resolved.image().unwrap_err())
        });
    assert_eq!(
        outcome.error().unwrap().message(),
        "a source policy replaces an image by `https://example.com/good`, which is no image"
    );

    let outcome = Fake::new(options())
        .image(&alpine, "{}")
        .without("source.metaresolver")
        .without("gateway.evaluate")
        .directory("context", [("a", "")])
        .run(async |gateway| {
            gateway.resolve_image(ImageQuery::new(alpine.clone())).await?.image()?;
            gateway.solve(local("context")).await?.single()?.evaluate().await?;
            Ok(Response::default())
        });
    assert_eq!(
        outcome.calls(),
        ["Ping", "ResolveImageConfig docker.io/library/alpine:latest", "Solve load", "StatFile .", "Return"]
    );
}

#[test]
fn warnings_never_fail() {
    let file = SourceFile::new("app.yaml", "a\n", "YAML");
    let warning = || {
        Warning::new(VertexDigest::of(b""), "Loose: no tag (line 1)")
            .detail("a tag can move")
            .url("https://example.com/loose")
            .at(&file.line(1).unwrap())
    };
    let run = |fake: Fake| {
        fake.run(async |gateway| {
            gateway.warn(warning()).await;
            Ok(Response::default())
        })
    };
    assert_eq!(run(Fake::new(options())).warnings(), ["Loose: no tag (line 1)"]);
    let deaf = run(Fake::new(options()).fail("Warn", Error::new("no")));
    assert!(deaf.error().is_none());
}

#[test]
fn other_frontends() {
    let outcome = Fake::new(options()).run(async |gateway| {
        let solve = Solve::frontend("dockerfile.v0", gateway.options().all().clone())
            .input("context", local("context"))
            .evaluate();
        let files = gateway.solve(solve).await?.single()?;
        Ok(Response::image(Image::new(Platform::linux_amd64(), files, "{}")))
    });
    let request = outcome.solved().values().next().unwrap();
    assert_eq!(request.frontend, "dockerfile.v0");
    assert_eq!(request.frontend_opt["filename"], "app.yaml");
    assert!(request.evaluate && request.allow_result_return && request.allow_result_array_ref);
    assert_eq!(request.frontend_inputs.len(), 1);
}

#[test]
fn caches_for_other_frontends_are_an_option() {
    let json = r#"[{"Type":"registry","Attrs":{"ref":"a/b:c"}},{"Type":"gha","Attrs":{}}]"#;
    let imports = || Options::new([("cache-imports", json)]).cache_imports().unwrap();
    let sent = |solve: Solve| {
        let outcome = Fake::new(options()).run(async |gateway| Ok(gateway.solve(solve).await?.into()));
        outcome.solved()["ref-0"].frontend_opt.get("cache-imports").cloned()
    };
    let frontend = |options: &[(&str, &str)]| {
        let options = options.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Solve::frontend("dockerfile.v0", options.collect())
    };
    let option = sent(frontend(&[]).cache_imports(imports())).unwrap();
    assert_eq!(serde_json::from_str::<Value>(&option).unwrap(), serde_json::from_str::<Value>(json).unwrap());
    assert_eq!(Options::new([("cache-imports", option.as_str())]).cache_imports(), Ok(imports()));

    let own = frontend(&[("cache-imports", "[]")]).cache_imports(imports());
    assert_eq!(sent(own).as_deref(), Some("[]"));
    assert_eq!(sent(frontend(&[])), None);
    assert_eq!(sent(Solve::definition(local("context")).cache_imports(imports())), None);
}

#[test]
fn what_another_frontend_made_is_an_answer() {
    let reference = |id: &str| api::Ref { id: id.to_owned(), def: None };
    let sbom = |id| api::Attestation {
        kind: api::AttestationKind::Bundle.into(),
        r#ref: Some(reference(id)),
        in_toto_predicate_type: "https://spdx.dev/Document".to_owned(),
        ..api::Attestation::default()
    };
    let refs = [("linux/amd64", "a"), ("linux/arm64", "")].map(|(id, one)| (id.to_owned(), reference(one)));
    let made = api::Result {
        result: Some(api::result::Result::Refs(api::RefMap { refs: refs.into() })),
        metadata: [("refs.platforms".to_owned(), b"{}".to_vec())].into(),
        attestations: [("linux/amd64".to_owned(), api::Attestations { attestation: vec![sbom("s")] })].into(),
    };
    let solve = || Solve::frontend("dockerfile.v0", [].into());
    let fake = Fake::new(options()).frontend("dockerfile.v0", made.clone());
    let outcome = fake.clone().run(async |gateway| {
        let solved = gateway.solve(solve()).await?;
        let ids: Vec<_> = solved.platforms().map(|(id, one)| (id, one.id())).collect();
        assert_eq!(ids, [("linux/amd64", "a"), ("linux/arm64", "")]);
        assert_eq!(solved.attestations("linux/amd64").len(), 1);
        assert!(solved.attestations("linux/arm64").is_empty());
        Ok(solved.into())
    });
    let answer = outcome.result().unwrap();
    assert_eq!((&answer.metadata, &answer.attestations), (&made.metadata, &made.attestations));
    let Some(api::result::Result::Refs(answered)) = &answer.result else { panic!("no refs") };
    assert_eq!(answered.refs["linux/amd64"], reference("a"));
    assert_ne!(answered.refs["linux/arm64"], api::Ref::default(), "the daemon crashes at it");

    // One of its images, in an answer of one's own.
    let outcome = fake.run(async |gateway| {
        let solved = gateway.solve(solve()).await?;
        let files = solved.platform("linux/amd64").expect("it was made").clone();
        let image = Image::new(Platform::linux_amd64(), files, "{}");
        Ok(Response::image(solved.attestations("linux/amd64").into_iter().fold(image, Image::attestation)))
    });
    assert_eq!(outcome.result().unwrap().attestations, made.attestations);
}

#[test]
fn a_single_result_of_another_frontend_is_an_answer() {
    let outcome = Fake::new(options()).run(async |gateway| {
        let solved = gateway.solve(Solve::frontend("dockerfile.v0", [].into())).await?;
        assert_eq!(solved.platforms().count(), 0);
        Ok(solved.into())
    });
    let id = outcome.solved().keys().next().unwrap().clone();
    let expected = api::result::Result::Ref(api::Ref { id, def: None });
    assert_eq!(outcome.result().unwrap().result, Some(expected));
}
