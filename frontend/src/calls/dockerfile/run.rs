//! `run` steps.

use std::collections::BTreeMap;

use super::Ejector;
use super::stage::Lines;
use super::words::{end_of, list};
use crate::lower::{ca, numeric};
use crate::plan::{Base, INHERITED, Mount, Network, Run, Text};

impl<'a> Ejector<'a> {
    pub(super) fn run(&mut self, run: &'a Run, lines: &mut Lines<'a>) {
        let stage = lines.stage;
        lines.place(run);
        let user = run.user.as_ref().or(stage.user.as_ref()).map(|user| user.value.to_string());
        let ids = numeric(&user.unwrap_or_default());
        let mut flags = Vec::new();
        let network = run.network.as_ref().or(stage.network.as_ref()).map_or(Network::Default, |n| n.value);
        match network {
            Network::Default => {}
            Network::None => flags.push("--network=none".to_owned()),
            Network::Host => flags.push("--network=host".to_owned()),
        }
        for mount in stage.mounts.iter().chain(&run.mounts) {
            if let Mount::Bind(bind) = &mount.value
                && self.hides_output(bind, stage)
            {
                self.lay_out(bind, lines);
                continue;
            }
            flags.push(format!("--mount={}", self.mount(&mount.value, ids, lines)));
        }

        let mut variables = BTreeMap::new();
        if network != Network::None {
            let argv: Vec<String> = run.argv.iter().map(Text::to_string).collect();
            let base = match &self.bottom(stage).from.value {
                Base::Image(image) => self.question.setting.catalog.base(&image.to_string()),
                Base::Scratch | Base::Context | Base::Slipway | Base::Stage(_) => None,
            };
            for target in ca::targets(&argv, base) {
                flags.push(format!("--mount=type=secret,id={},target={target},mode=0444", ca::ID));
            }
            for (name, value) in base.into_iter().flat_map(|base| &base.ca_environment) {
                variables.insert(name.clone(), Text::literal(value.as_str()));
            }
        }
        let of_stage = stage.environment.iter().filter(|_| lines.variables_beside_steps);
        for variable in of_stage.chain(&run.environment) {
            let name = &variable.name.value;
            let before = variables.get(name).filter(|_| name == INHERITED);
            let value = before.map(|before| variable.value.with(INHERITED, before));
            variables.insert(name.clone(), value.unwrap_or_else(|| variable.value.clone()));
        }
        flags.push(command(&run.argv, &variables, lines));
        lines.push(format!("RUN {}", flags.join(" \\\n    ")));
    }
}

impl Lines<'_> {
    /// `USER` and `WORKDIR` of the step. What the base says is root and `/`, as far as anybody knows.
    fn place(&mut self, run: &Run) {
        let user = run.user.as_ref().or(self.stage.user.as_ref()).map(|user| self.words.word(&user.value));
        let user = user.or_else(|| self.user.as_ref().map(|_| "0:0".to_owned()));
        let directory = run.working_dir.as_ref().or(self.stage.working_dir.as_ref());
        let directory = directory.map(|directory| self.words.word(&directory.value));
        let directory = directory.or_else(|| self.directory.as_ref().map(|_| "/".to_owned()));
        if let Some(user) = user.filter(|user| self.user.as_ref() != Some(user)) {
            self.push(format!("USER {user}"));
            self.user = Some(user);
        }
        // `WORKDIR` makes the folder for the user of that moment, as the engine does for that of a step.
        if let Some(directory) = directory.filter(|directory| self.directory.as_ref() != Some(directory)) {
            self.push(format!("WORKDIR {directory}"));
            self.directory = Some(directory);
        }
    }
}

/// The command in the plainest form that means the same: a script as a document, a list where nothing is to be
/// filled in, else words for the shell.
fn command(argv: &[Text], variables: &BTreeMap<String, Text>, lines: &mut Lines<'_>) -> String {
    let words = &mut lines.words;
    let literals: Option<Vec<String>> =
        argv.iter().map(|word| word.as_literal().map(str::to_owned)).collect();
    let is_shell = argv.len() >= 3
        && matches!(argv[0].as_literal(), Some("sh" | "/bin/sh"))
        && argv[1].as_literal() == Some("-c");
    if !is_shell
        && variables.is_empty()
        && let Some(literals) = &literals
    {
        return list(literals);
    }
    let assigned: Vec<String> =
        variables.iter().map(|(name, value)| format!("{name}={}", words.shell(value))).collect();
    if is_shell {
        let mut script = String::new();
        if !assigned.is_empty() {
            script.extend(["export ", &assigned.join(" "), "\n"]);
        }
        if argv.len() > 4 {
            let arguments: Vec<String> = argv[4..].iter().map(|word| words.shell(word)).collect();
            script.extend(["set -- ", &arguments.join(" "), "\n"]);
        }
        script += &words.script(&argv[2]);
        if !script.contains('\n') {
            return script;
        }
        return document(&script);
    }
    let argv = argv.iter().map(|word| words.shell(word));
    let line = assigned.into_iter().chain(argv).collect::<Vec<_>>().join(" ");
    if line.contains('\n') { document(&line) } else { line }
}

fn document(script: &str) -> String {
    let script = script.trim_end_matches('\n');
    let end = end_of(script);
    format!("<<\"{end}\"\n{script}\n{end}")
}
