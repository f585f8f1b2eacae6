use super::{App, Manifest, SecretKind, StackName};
use crate::diagnostic::{Diagnostics, render_all};
use crate::plan::Text;
use crate::source::Source;

fn read(text: &str) -> Manifest {
    let mut diagnostics = Diagnostics::default();
    let source = Source::new("slipway.yaml", text.as_bytes(), &mut diagnostics);
    let manifest = Manifest::parse(&source, &mut diagnostics);
    assert!(diagnostics.is_empty(), "{}", render_all(&diagnostics.sorted(), &source));
    manifest
}

fn environment(app: &App) -> Vec<(&str, String)> {
    let variables = app.run.environment.iter();
    variables.map(|variable| (variable.name.value.as_str(), variable.value.to_string())).collect()
}

#[test]
fn a_manifest_of_one_line_is_one_app_of_which_nothing_is_said() {
    assert_eq!(read("# syntax=slipway/frontend:1"), Manifest { apps: vec![App::default()] });
}

#[test]
fn nothing_that_was_not_written_is_filled_in() {
    let apps = read("test: { gate: false }\nrun: { expose: [] }\n").apps;
    assert_eq!(apps[0].test.gate.map(|gate| gate.value), Some(false));
    assert_eq!(apps[0].build.network, None);
    assert_eq!(apps[0].run, App::default().run);
}

#[test]
fn defaults_of_apps_merge_maps_and_replace_lists_and_scalars() {
    let manifest = read(
        "stack: go
run:
  user: '1'
  command: [serve, --all]
  environment: { A: a, B: b }
apps:
  api:
    run:
      environment: { B: c, D: d }
      command: [api]
  web: { stack: node }
",
    );
    let [api, web] = manifest.apps.as_slice() else { panic!("two apps: {manifest:?}") };
    let name = |app: &App| app.name.as_ref().map(|name| name.value.to_string());
    let stack = |app: &App| app.stack.as_ref().map(|stack| stack.value);
    let command = |app: &App| app.run.command.as_ref().map(|command| command.value.clone());

    assert_eq!((name(api), stack(api)), (Some("api".to_owned()), Some(StackName::Go)));
    assert_eq!(environment(api), [("A", "a".to_owned()), ("B", "c".to_owned()), ("D", "d".to_owned())]);
    assert_eq!(command(api), Some(vec![Text::literal("api")]));
    assert_eq!(api.run.user, web.run.user);

    assert_eq!((name(web), stack(web)), (Some("web".to_owned()), Some(StackName::Node)));
    assert_eq!(environment(web), [("A", "a".to_owned()), ("B", "b".to_owned())]);
    assert_eq!(command(web), Some(vec![Text::literal("serve"), Text::literal("--all")]));
}

#[test]
fn an_app_under_apps_may_be_stages_alone_beside_defaults_for_others() {
    let manifest = read(
        "run: { user: '1' }
apps:
  api: { stack: go }
  tools: { stages: { run: { from: scratch } } }
",
    );
    assert_eq!(manifest.apps[0].explicit_plan(), None);
    assert!(manifest.apps[1].explicit_plan().is_some());
}

#[test]
fn secrets_are_typed_and_required_unless_they_say_otherwise() {
    let text = "secrets: { a: { type: netrc }, b: { type: env, env: B, required: false } }";
    let secrets = &read(text).apps[0].secrets;
    assert_eq!((&secrets[0].kind, secrets[0].required), (&SecretKind::Netrc, true));
    assert!(matches!(&secrets[1].kind, SecretKind::Env { name } if name.value == "B"));
    assert!(!secrets[1].required);
}

#[test]
fn a_folder_of_the_context_is_written_in_one_way() {
    for (written, folder) in [("api", "api"), ("./a//b/", "a/b"), (".", ""), ("./", "")] {
        let app = read(&format!("root: {written}")).apps.remove(0);
        assert_eq!(app.root.map(|root| root.value).as_deref(), Some(folder), "{written}");
    }
}
