//! `run` steps.

use std::collections::BTreeMap;

use super::Ejector;
use super::sources::Part;
use super::stage::Lines;
use super::words::{end_of, list};
use crate::lower::{ca, numeric};
use crate::plan::{
    Base, BindMount, CacheMount, Mode, Mount, Network, Run, SecretMount, SecretPlace, Sharing, SshMount,
    Stage, Text, TmpfsMount,
};

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
        let mounts = stage.mounts.iter().chain(&run.mounts);
        flags.extend(mounts.map(|mount| format!("--mount={}", self.mount(&mount.value, ids, lines))));

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
            variables.insert(variable.name.value.clone(), variable.value.clone());
        }
        flags.push(command(&run.argv, &variables, lines));
        lines.push(format!("RUN {}", flags.join(" \\\n    ")));
    }

    fn mount(&mut self, mount: &Mount, ids: Option<(u32, u32)>, lines: &mut Lines<'a>) -> String {
        let mut fields = match mount {
            Mount::Cache(cache) => cache_mount(cache, lines),
            Mount::Secret(secret) => secret_mount(secret, lines),
            Mount::Ssh(ssh) => ssh_mount(ssh, lines),
            Mount::Bind(bind) => self.bind(bind, lines),
            Mount::Tmpfs(tmpfs) => tmpfs_mount(tmpfs, lines),
        };
        let owned = matches!(mount, Mount::Cache(_) | Mount::Secret(_) | Mount::Ssh(_));
        if let Some((user, group)) = ids.filter(|_| owned) {
            fields.extend([format!("uid={user}"), format!("gid={group}")]);
        }
        fields.join(",")
    }

    fn bind(&mut self, bind: &BindMount, lines: &mut Lines<'a>) -> Vec<String> {
        let mut fields = vec!["type=bind".to_owned()];
        let source = bind.source.as_ref().map(|source| &source.value);
        let from = match &bind.from.value {
            Base::Context => {
                let part = Part { folder: source, include: &bind.include, exclude: &bind.exclude };
                self.context(&part)
            }
            Base::Scratch | Base::Slipway | Base::Stage(_) | Base::Image(_) => {
                self.source(&bind.from.value, lines.stage)
            }
        };
        fields.push(format!("from={from}"));
        let output = match (&bind.from.value, &bind.output) {
            (Base::Stage(stage), Some(output)) => output_path(self.plan.stage(stage), output),
            _ => None,
        };
        let source = match (output, source) {
            (Some(output), Some(source)) => {
                let inside = format!("{output}/{}", source.to_string().trim_start_matches('/'));
                Some(Text::parse(&inside).unwrap_or_else(|_| Text::literal(inside)))
            }
            (Some(path), None) => Some(path.clone()),
            (None, source) => source.cloned(),
        };
        fields.extend(source.map(|source| lines.words.option("source", &source)));
        let target = bind.target.as_ref().map(|target| &target.value).or(output);
        fields.extend(target.map(|target| lines.words.option("target", target)));
        if !bind.read_only {
            fields.push("rw".to_owned());
        }
        fields
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
        // `WORKDIR` makes the folder, for the user of that moment.
        if let Some(directory) = directory.filter(|directory| self.directory.as_ref() != Some(directory)) {
            self.push(format!("WORKDIR {directory}"));
            self.directory = Some(directory);
        }
        if let Some(user) = user.filter(|user| self.user.as_ref() != Some(user)) {
            self.push(format!("USER {user}"));
            self.user = Some(user);
        }
    }
}

fn output_path<'a>(stage: Option<&'a Stage>, output: &crate::plan::OutputName) -> Option<&'a Text> {
    Some(&stage?.output(output)?.path.value)
}

fn cache_mount(cache: &CacheMount, lines: &mut Lines<'_>) -> Vec<String> {
    let mut fields = vec!["type=cache".to_owned()];
    fields.extend(cache.id.as_ref().map(|id| lines.words.option("id", id)));
    fields.push(lines.words.option("target", &cache.target.value));
    match cache.sharing {
        Sharing::Shared => {}
        Sharing::Private => fields.push("sharing=private".to_owned()),
        Sharing::Locked => fields.push("sharing=locked".to_owned()),
    }
    fields.extend(mode(cache.mode));
    fields
}

fn secret_mount(secret: &SecretMount, lines: &mut Lines<'_>) -> Vec<String> {
    let mut fields = vec!["type=secret".to_owned(), format!("id={}", secret.id)];
    fields.push(match &secret.place {
        SecretPlace::File(target) => lines.words.option("target", &target.value),
        SecretPlace::Variable(name) => format!("env={}", name.value),
    });
    fields.extend(secret.required.then(|| "required".to_owned()));
    fields.extend(mode(secret.mode));
    fields
}

fn ssh_mount(ssh: &SshMount, lines: &mut Lines<'_>) -> Vec<String> {
    let mut fields = vec!["type=ssh".to_owned(), format!("id={}", ssh.id)];
    fields.extend(ssh.target.as_ref().map(|target| lines.words.option("target", &target.value)));
    fields.extend(ssh.required.then(|| "required".to_owned()));
    fields.extend(mode(ssh.mode));
    fields
}

fn tmpfs_mount(tmpfs: &TmpfsMount, lines: &mut Lines<'_>) -> Vec<String> {
    let mut fields = vec!["type=tmpfs".to_owned(), lines.words.option("target", &tmpfs.target.value)];
    fields.extend(tmpfs.size.map(|size| format!("size={size}")));
    fields
}

fn mode(mode: Option<Mode>) -> Option<String> {
    mode.map(|mode| format!("mode={:04o}", mode.bits()))
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
