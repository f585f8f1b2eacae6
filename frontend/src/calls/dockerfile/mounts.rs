//! What a `run` step sees besides its root.

use super::Ejector;
use super::sources::Part;
use super::stage::Lines;
use crate::plan::{
    Base, BindMount, CacheMount, Mode, Mount, OutputName, SecretMount, SecretPlace, Sharing, SshMount, Stage,
    Text, TmpfsMount,
};
use crate::span::Spanned;

impl<'a> Ejector<'a> {
    pub(super) fn mount(&mut self, mount: &Mount, ids: Option<(u32, u32)>, lines: &mut Lines<'a>) -> String {
        let mut fields = match mount {
            Mount::Cache(cache) => self.cache(cache, lines),
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

    fn cache(&mut self, cache: &CacheMount, lines: &mut Lines<'a>) -> Vec<String> {
        let mut fields = cache_mount(cache, lines);
        if let Some(base) = &cache.base {
            fields.push(format!("from={}", self.source(&base.from.value, lines.stage)));
            let output = self.path_of(&base.from.value, base.output.as_ref());
            let source = inside(output, base.source.as_ref().map(|source| &source.value));
            fields.extend(source.map(|source| lines.words.option("source", &source)));
        }
        fields
    }

    fn bind(&mut self, bind: &BindMount, lines: &mut Lines<'a>) -> Vec<String> {
        let Bound { from, source, target } = self.bound(bind, lines.stage);
        let mut fields = vec!["type=bind".to_owned(), format!("from={from}")];
        fields.extend(source.map(|source| lines.words.option("source", &source)));
        fields.extend(target.map(|target| lines.words.option("target", &target)));
        if !bind.read_only {
            fields.push("rw".to_owned());
        }
        fields
    }

    /// What is mounted, and where.
    fn bound(&mut self, bind: &BindMount, stage: &Stage) -> Bound {
        let source = bind.source.as_ref().map(|source| &source.value);
        let from = match &bind.from.value {
            Base::Context => {
                let part = Part { folder: source, include: &bind.include, exclude: &bind.exclude };
                self.context(&part)
            }
            Base::Scratch | Base::Slipway | Base::Stage(_) | Base::Image(_) => {
                self.source(&bind.from.value, stage)
            }
        };
        let output = self.path_of(&bind.from.value, bind.output.as_ref());
        let source = inside(output, source);
        Bound { from, source, target: bind.target.as_ref().map(|target| &target.value).or(output).cloned() }
    }

    fn path_of(&self, from: &Base, output: Option<&Spanned<OutputName>>) -> Option<&'a Text> {
        let Base::Stage(stage) = from else { return None };
        Some(&self.plan.stage(stage)?.output(&output?.value)?.path.value)
    }

    /// Whether what the step writes to an output would be thrown away with the mount that it is inside of. Slipway mounts
    /// outputs themselves.
    pub(super) fn hides_output(&self, bind: &BindMount, stage: &Stage) -> bool {
        let target = bind
            .target
            .as_ref()
            .map(|target| &target.value)
            .or_else(|| self.path_of(&bind.from.value, bind.output.as_ref()));
        let folder = format!("{}/", target.map(Text::to_string).unwrap_or_default().trim_end_matches('/'));
        stage.outputs.iter().any(|output| output.path.value.to_string().starts_with(&folder))
    }

    /// Files lie in the stage instead of being mounted.
    pub(super) fn lay_out(&mut self, bind: &BindMount, lines: &mut Lines<'a>) {
        let Bound { from, source, target } = self.bound(bind, lines.stage);
        let mut folder = |path: Option<Text>| {
            let path = path.map(|path| lines.words.word(&path)).unwrap_or_default();
            format!("/{}/", path.trim_matches('/')).replace("//", "/")
        };
        let (source, target) = (folder(source), folder(target));
        lines.push(format!("COPY --from={from} {source} {target}"));
        self.note(format!(
            "what the steps of `{}` write to `{target}` stays in that stage",
            lines.stage.name.value
        ));
    }
}

/// A bind mount as a Dockerfile names it.
struct Bound {
    from: String,
    source: Option<Text>,
    target: Option<Text>,
}

/// A folder of an output, of which there may be none.
fn inside(output: Option<&Text>, folder: Option<&Text>) -> Option<Text> {
    match (output, folder) {
        (Some(output), Some(folder)) => {
            let inside = format!("{output}/{}", folder.to_string().trim_start_matches('/'));
            Some(Text::parse(&inside).unwrap_or_else(|_| Text::literal(inside)))
        }
        (output, folder) => output.or(folder).cloned(),
    }
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
