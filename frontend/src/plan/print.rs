//! The plan as a manifest: what it prints reads back as the same plan.

mod yaml;

use yaml::Yaml;

use super::{
    Arg, Base, BindMount, Copy, CopyMode, Healthcheck, Image, Inherit, Mount, Network, OutputName, Plan,
    Port, Protocol, Run, SecretMount, SecretPlace, Sharing, Stage, Step, Text, Variable,
};
use crate::span::Spanned;

/// The plan in the manifest's explicit form. `header` are the comment lines that come first, such as
/// `# syntax=slipway/frontend:1`.
pub fn print(plan: &Plan, header: &str) -> String {
    let mut root = Mapping::default();
    if !plan.args.is_empty() {
        root.add("args", Yaml::block(plan.args.iter().map(arg).collect()));
    }
    root.add(
        "stages",
        Yaml::block(plan.stages.iter().map(|item| (item.name.value.to_string(), stage(item))).collect()),
    );
    let body = Yaml::block(root.entries).print();
    if header.is_empty() { body } else { format!("{}\n{body}", header.trim_end()) }
}

/// The keys that are written, in their order.
#[derive(Default)]
struct Mapping {
    entries: Vec<(String, Yaml)>,
}

impl Mapping {
    fn add(&mut self, key: &str, value: Yaml) {
        self.entries.push((key.to_owned(), value));
    }

    fn text(&mut self, key: &str, text: Option<&Text>) {
        if let Some(text) = text {
            self.add(key, string(text));
        }
    }

    fn spanned(&mut self, key: &str, text: Option<&Spanned<Text>>) {
        self.text(key, text.map(|text| &text.value));
    }

    fn mode(&mut self, mode: Option<impl Into<CopyMode>>) {
        if let Some(mode) = mode.map(Into::into) {
            self.add("mode", Yaml::String(format!("{:04o}", mode.bits())));
        }
    }

    fn argv(&mut self, key: &str, argv: Option<&Vec<Text>>) {
        if let Some(argv) = argv {
            self.add(key, Yaml::List(argv.iter().map(string).collect()));
        }
    }

    fn list(&mut self, key: &str, texts: &[Spanned<Text>]) {
        if !texts.is_empty() {
            self.add(key, Yaml::List(texts.iter().map(|text| string(&text.value)).collect()));
        }
    }

    fn environment(&mut self, variables: &[Variable]) {
        if !variables.is_empty() {
            let entry = |variable: &Variable| (variable.name.value.clone(), string(&variable.value));
            self.add("environment", Yaml::Map(variables.iter().map(entry).collect()));
        }
    }

    fn network(&mut self, network: Option<&Spanned<Network>>) {
        if let Some(network) = network {
            let word = match network.value {
                Network::Default => "default",
                Network::None => "none",
                Network::Host => "host",
            };
            self.add("network", Yaml::word(word));
        }
    }

    fn mounts(&mut self, mounts: &[Spanned<Mount>]) {
        if !mounts.is_empty() {
            self.add("mounts", Yaml::List(mounts.iter().map(|mount| self::mount(&mount.value)).collect()));
        }
    }

    fn flag(&mut self, key: &str, value: bool, default: bool) {
        if value != default {
            self.add(key, Yaml::Plain(value.to_string()));
        }
    }

    fn finish(self) -> Yaml {
        Yaml::Map(self.entries)
    }
}

fn string(text: &Text) -> Yaml {
    Yaml::String(text.to_string())
}

fn arg(arg: &Arg) -> (String, Yaml) {
    (arg.name.value.to_string(), arg.default.as_ref().map_or(Yaml::Nothing, string))
}

fn base(base: &Base) -> Yaml {
    Yaml::String(base.to_string())
}

fn stage(stage: &Stage) -> Yaml {
    let mut keys = Mapping::default();
    keys.add("from", base(&stage.from.value));
    keys.spanned("platform", stage.platform.as_ref());
    keys.spanned("working_dir", stage.working_dir.as_ref());
    keys.environment(&stage.environment);
    keys.spanned("user", stage.user.as_ref());
    keys.network(stage.network.as_ref());
    if !stage.merge.is_empty() {
        let layers = stage.merge.iter().map(|layer| {
            let mut keys = Mapping::default();
            keys.add("from", Yaml::word(layer.value.from.as_str()));
            if let Some(output) = &layer.value.output {
                keys.add("output", Yaml::word(output.value.as_str()));
            }
            keys.finish()
        });
        keys.add("merge", Yaml::List(layers.collect()));
    }
    keys.mounts(&stage.mounts);
    if !stage.outputs.is_empty() {
        let outputs =
            stage.outputs.iter().map(|output| (output.name.value.to_string(), string(&output.path.value)));
        keys.add("outputs", Yaml::Map(outputs.collect()));
    }
    if !stage.steps.is_empty() {
        keys.add("steps", Yaml::blocks(stage.steps.iter().map(|item| step(&item.value)).collect()));
    }
    if let Some(image) = &stage.image {
        keys.add("image", self::image(image));
    }
    Yaml::block(keys.entries)
}

fn step(step: &Step) -> Yaml {
    let mut keys = Mapping::default();
    let value = match step {
        Step::Run(run) => return self::run(run),
        Step::Copy(copy) => self::copy(copy),
        Step::File(file) => {
            keys.add("path", string(&file.path.value));
            keys.add("content", string(&file.content));
            keys.spanned("owner", file.owner.as_ref());
            keys.mode(file.mode);
            keys.finish()
        }
        Step::Mkdir(mkdir) => {
            keys.add("path", string(&mkdir.path.value));
            keys.spanned("owner", mkdir.owner.as_ref());
            keys.mode(mkdir.mode);
            keys.finish()
        }
        Step::Symlink(symlink) => {
            keys.add("target", string(&symlink.target));
            keys.add("path", string(&symlink.path.value));
            keys.finish()
        }
        Step::Remove(remove) => {
            keys.add("path", string(&remove.path.value));
            keys.finish()
        }
        Step::DependsOn(stage) => Yaml::word(stage.value.as_str()),
    };
    Yaml::block(vec![(step.keyword().to_owned(), value)])
}

fn run(run: &Run) -> Yaml {
    let mut keys = Mapping::default();
    keys.argv("run", Some(&run.argv));
    keys.mounts(&run.mounts);
    keys.environment(&run.environment);
    keys.spanned("working_dir", run.working_dir.as_ref());
    keys.spanned("user", run.user.as_ref());
    keys.network(run.network.as_ref());
    Yaml::block(keys.entries)
}

fn copy(copy: &Copy) -> Yaml {
    let mut keys = Mapping::default();
    keys.add("from", base(&copy.from.value));
    if let Some(output) = &copy.output {
        keys.add("output", Yaml::word(output.value.as_str()));
    }
    keys.spanned("source", copy.source.as_ref());
    keys.list("include", &copy.include);
    keys.list("exclude", &copy.exclude);
    keys.add("to", string(&copy.to.value));
    keys.spanned("owner", copy.owner.as_ref());
    keys.mode(copy.mode);
    keys.finish()
}

fn mount(mount: &Mount) -> Yaml {
    let mut keys = Mapping::default();
    match mount {
        Mount::Cache(cache) => {
            keys.add("type", Yaml::word("cache"));
            keys.text("id", cache.id.as_ref());
            keys.add("target", string(&cache.target.value));
            match cache.sharing {
                Sharing::Shared => {}
                Sharing::Private => keys.add("sharing", Yaml::word("private")),
                Sharing::Locked => keys.add("sharing", Yaml::word("locked")),
            }
            keys.mode(cache.mode);
            if let Some(base) = &cache.base {
                part(&base.from, base.output.as_ref(), base.source.as_ref(), &mut keys);
            }
        }
        Mount::Secret(secret) => secret_mount(secret, &mut keys),
        Mount::Ssh(ssh) => {
            keys.add("type", Yaml::word("ssh"));
            keys.add("id", Yaml::String(ssh.id.to_string()));
            keys.spanned("target", ssh.target.as_ref());
            keys.flag("required", ssh.required, true);
            keys.mode(ssh.mode);
        }
        Mount::Bind(bind) => bind_mount(bind, &mut keys),
        Mount::Tmpfs(tmpfs) => {
            keys.add("type", Yaml::word("tmpfs"));
            keys.add("target", string(&tmpfs.target.value));
            if let Some(size) = tmpfs.size {
                keys.add(
                    "size",
                    Yaml::String(quantity(size, &[("g", 1 << 30), ("m", 1 << 20), ("k", 1 << 10)], "b")),
                );
            }
        }
    }
    keys.finish()
}

fn secret_mount(secret: &SecretMount, keys: &mut Mapping) {
    keys.add("type", Yaml::word("secret"));
    keys.add("id", Yaml::String(secret.id.to_string()));
    match &secret.place {
        SecretPlace::File(target) => keys.add("target", string(&target.value)),
        SecretPlace::Variable(name) => keys.add("env", Yaml::String(name.value.clone())),
    }
    keys.flag("required", secret.required, true);
    keys.mode(secret.mode);
}

fn part(
    from: &Spanned<Base>,
    output: Option<&Spanned<OutputName>>,
    source: Option<&Spanned<Text>>,
    keys: &mut Mapping,
) {
    keys.add("from", base(&from.value));
    if let Some(output) = output {
        keys.add("output", Yaml::word(output.value.as_str()));
    }
    keys.spanned("source", source);
}

fn bind_mount(bind: &BindMount, keys: &mut Mapping) {
    keys.add("type", Yaml::word("bind"));
    part(&bind.from, bind.output.as_ref(), bind.source.as_ref(), keys);
    keys.spanned("target", bind.target.as_ref());
    keys.list("include", &bind.include);
    keys.list("exclude", &bind.exclude);
    keys.flag("read_only", bind.read_only, false);
    keys.flag("content_cache", bind.content_cache, true);
}

fn image(image: &Image) -> Yaml {
    let mut keys = Mapping::default();
    match image.inherit {
        Inherit::All => {}
        Inherit::Environment => keys.add("inherit", Yaml::word("environment")),
        Inherit::Nothing => keys.add("inherit", Yaml::word("nothing")),
    }
    keys.argv("entrypoint", image.entrypoint.as_ref());
    keys.argv("command", image.command.as_ref());
    keys.environment(&image.environment);
    keys.spanned("user", image.user.as_ref());
    keys.spanned("working_dir", image.working_dir.as_ref());
    if !image.expose.is_empty() {
        keys.add("expose", Yaml::List(image.expose.iter().map(|port| self::port(port.value)).collect()));
    }
    if let Some(healthcheck) = &image.healthcheck {
        keys.add("healthcheck", self::healthcheck(healthcheck));
    }
    keys.spanned("stop_signal", image.stop_signal.as_ref());
    if !image.labels.is_empty() {
        let labels = image.labels.iter().map(|(name, value)| (name.clone(), string(value)));
        keys.add("labels", Yaml::Map(labels.collect()));
    }
    keys.list("volumes", &image.volumes);
    // `image:` alone also says that the stage has a config: an empty mapping is written out.
    if keys.entries.is_empty() { Yaml::Map(Vec::new()) } else { Yaml::block(keys.entries) }
}

fn port(port: Port) -> Yaml {
    match port.protocol {
        Protocol::Tcp => Yaml::Plain(port.number.to_string()),
        Protocol::Udp => Yaml::String(format!("{}/udp", port.number)),
        Protocol::Sctp => Yaml::String(format!("{}/sctp", port.number)),
    }
}

fn healthcheck(healthcheck: &Healthcheck) -> Yaml {
    let mut keys = Mapping::default();
    match healthcheck {
        Healthcheck::Disabled => keys.add("disable", Yaml::Plain("true".to_owned())),
        Healthcheck::Test { test, interval, timeout, start_period, start_interval, retries } => {
            keys.argv("test", Some(test));
            let times = [
                ("interval", interval),
                ("timeout", timeout),
                ("start_period", start_period),
                ("start_interval", start_interval),
            ];
            for (key, time) in times {
                if let Some(nanoseconds) = time {
                    keys.add(key, Yaml::String(duration(*nanoseconds)));
                }
            }
            if let Some(retries) = retries {
                keys.add("retries", Yaml::Plain(retries.to_string()));
            }
        }
    }
    keys.finish()
}

/// `1m30s`: every unit that is needed.
pub(crate) fn duration(nanoseconds: u64) -> String {
    const UNITS: &[(&str, u64)] = &[
        ("h", 3_600_000_000_000),
        ("m", 60_000_000_000),
        ("s", 1_000_000_000),
        ("ms", 1_000_000),
        ("us", 1000),
        ("ns", 1),
    ];
    let mut rest = nanoseconds;
    let mut text = String::new();
    for (unit, size) in UNITS {
        if rest >= *size {
            text += &(rest / size).to_string();
            text += unit;
            rest %= size;
        }
    }
    if text.is_empty() { "0s".to_owned() } else { text }
}

/// In the largest unit that leaves nothing over.
fn quantity(number: u64, units: &[(&str, u64)], smallest: &str) -> String {
    let unit = units.iter().find(|(_, size)| number != 0 && number.is_multiple_of(*size));
    unit.map_or_else(|| format!("{number}{smallest}"), |(unit, size)| format!("{}{unit}", number / size))
}
