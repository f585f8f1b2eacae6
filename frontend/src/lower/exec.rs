//! `run` steps.

use buildkit_llb::{Exec, Input, Network as Reach, SecretEnv, mount};

use super::config::{has_variable, set_variable};
use super::context::Selection;
use super::stage::{Built, Lowerer};
use super::{Lowering, ca, refused};
use crate::diagnostic::Diagnostic;
use crate::plan::{Base, BindMount, Mount, Network, OutputName, Run, SecretPlace, Sharing, Stage};
use crate::rules::Rule;
use crate::span::{Span, Spanned};

/// A line that says what a command does. A script that starts with a comment is named by it.
pub(super) fn title(argv: &[String]) -> String {
    const LONGEST: usize = 100;
    let comment = argv.iter().find_map(|word| {
        let rest = word.strip_prefix("# ").or_else(|| word.strip_prefix("// "))?;
        rest.lines().next()
    });
    let words = argv.join(" ");
    let title = comment.unwrap_or_else(|| words.lines().next().unwrap_or_default()).trim();
    match title.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}...", &title[..end]),
        None if comment.is_none() && words.contains('\n') => format!("{title} ..."),
        None => title.to_owned(),
    }
}

impl Lowerer<'_> {
    pub(super) fn run(
        &mut self,
        stage: &Stage,
        run: &Run,
        argv: &[String],
        span: Span,
        label: &str,
        built: &mut Built,
    ) -> Lowering<()> {
        let (args, options) = (self.build.args, self.build.options);
        self.check_platform(built, span)?;
        let user = args.optional(run.user.as_ref())?.unwrap_or_else(|| built.user.clone());
        let directory = args.optional(run.working_dir.as_ref())?.unwrap_or_else(|| built.working_dir.clone());
        let network = run.network.as_ref().or(stage.network.as_ref()).map_or(Network::Default, |n| n.value);
        let reach = self.reach(network);
        let base = built.image.as_ref().and_then(|image| self.build.catalog.base(&image.familiar()));

        let mut environment = built.environment.clone();
        if let Some(base) = base.filter(|_| network != Network::None) {
            for (name, value) in &base.ca_environment {
                if !has_variable(&environment, name) {
                    set_variable(&mut environment, name, value);
                }
            }
        }
        for variable in &run.environment {
            args.set(variable, &mut environment)?;
        }

        let mut exec = Exec::new(built.root, argv)
            .cwd(directory)
            .network(reach)
            .outputs_last()
            .platform(built.platform.clone())
            .metadata(self.step_metadata(built, label, &[span]));
        for entry in &environment {
            let (name, value) = entry.split_once('=').unwrap_or((entry, ""));
            exec = exec.env(name, value);
        }
        if !user.is_empty() {
            exec = exec.user(&user);
        }
        for output in &built.outputs {
            exec = exec.mount(mount::Bind::output(output.state, &output.path).selector(&output.path));
        }
        let mut targets = Vec::new();
        for mount in stage.mounts.iter().chain(&run.mounts) {
            exec = self.mount(exec, mount, &user, built, &mut targets)?;
        }
        if network != Network::None {
            let places = ca::targets(argv, base);
            for target in places.iter().filter(|&target| !targets.contains(target)) {
                exec = exec.mount(ca::mount(target));
            }
        }
        if let Some(bytes) = options.shm_size {
            exec = exec.mount(mount::Tmpfs::new("/dev/shm").size(bytes));
        }
        exec = options.extra_hosts.iter().fold(exec, |exec, (host, address)| exec.extra_host(host, *address));
        exec = options.ulimits.iter().cloned().fold(exec, Exec::ulimit);
        exec = options.hostname.iter().fold(exec, Exec::hostname);
        exec = options.cgroup_parent.iter().fold(exec, Exec::cgroup_parent);
        exec = options.resources.iter().cloned().fold(exec, Exec::resources);
        exec = options.proxy.iter().cloned().fold(exec, Exec::proxy);

        let refused = |error: buildkit_llb::Error| refused(span, &error);
        let done = self.graph.exec(exec).map_err(refused)?;
        built.root = done.root().map_err(refused)?.into();
        for output in &mut built.outputs {
            output.state = done.mount(&output.path).map_err(refused)?.into();
        }
        Ok(())
    }

    /// A step for a platform that the engine cannot run would fail in the middle of the build.
    fn check_platform(&self, built: &Built, span: Span) -> Lowering<()> {
        let platforms = self.build.platforms;
        if platforms.runnable.is_empty() || platforms.runnable.contains(&built.platform) {
            return Ok(());
        }
        let message = format!(
            "a step of stage `{}` is for `{}`, which this builder cannot run",
            built.name, built.platform
        );
        let help = "set `platform: ${BUILDPLATFORM}` on the stage and cross-compile, or add emulation to the builder";
        Err(Box::new(Diagnostic::new(Rule::ForeignPlatform, span, message).help(help)))
    }

    fn reach(&self, network: Network) -> Reach {
        match network {
            Network::None => Reach::None,
            Network::Host => Reach::Host,
            Network::Default => self.build.options.network,
        }
    }

    /// Adds a mount of the plan, and its target to those that are taken.
    fn mount(
        &mut self,
        exec: Exec,
        mount: &Spanned<Mount>,
        user: &str,
        built: &Built,
        targets: &mut Vec<String>,
    ) -> Lowering<Exec> {
        Ok(match &mount.value {
            Mount::Cache(cache) => {
                let target = self.value(&cache.target)?;
                let id = match &cache.id {
                    Some(id) => self.build.args.value(id, mount.span)?,
                    None => target.clone(),
                };
                // As the frontend for Dockerfiles names it, also without a name space: a Dockerfile with the same id has
                // the same cache.
                let id = format!("{}/{id}", self.build.options.cache_namespace);
                targets.push(target.clone());
                let mut cache_mount = mount::Cache::new(id, target).sharing(match cache.sharing {
                    Sharing::Shared => mount::Sharing::Shared,
                    Sharing::Private => mount::Sharing::Private,
                    Sharing::Locked => mount::Sharing::Locked,
                });
                let ids = numeric(user);
                if let Some(base) = &cache.base {
                    let source = self.build.args.optional(base.source.as_ref())?;
                    let (input, folder) = self.part(&base.from, base.output.as_ref(), source, built)?;
                    cache_mount = cache_mount.base(input);
                    cache_mount = selector(folder).into_iter().fold(cache_mount, mount::Cache::selector);
                    // What is in a cache is no part of a key, and what it began with is no exception.
                    if self.build.options.engine.content_cache {
                        cache_mount = cache_mount.content_cache(mount::ContentCache::Off);
                    }
                } else if cache.mode.is_some() || ids.is_some() {
                    cache_mount =
                        cache_mount.base(self.cache_base(cache.mode, ids, mount.span)?).selector("/cache");
                }
                exec.mount(cache_mount)
            }
            Mount::Secret(secret) => {
                let id = secret.id.as_str();
                match &secret.place {
                    SecretPlace::Variable(name) => {
                        let variable = SecretEnv::new(id, &name.value);
                        exec.secret_env(if secret.required { variable } else { variable.optional() })
                    }
                    SecretPlace::File(target) => {
                        let target = self.value(target)?;
                        targets.push(target.clone());
                        let mut file = mount::Secret::new(id, target);
                        if let Some((user, group)) = numeric(user) {
                            file = file.owner(user, group);
                        }
                        if let Some(mode) = secret.mode {
                            file = file.mode(mode.bits().into());
                        }
                        exec.mount(if secret.required { file } else { file.optional() })
                    }
                }
            }
            Mount::Ssh(ssh) => {
                let id = ssh.id.as_str();
                // The engine's name for the client's default agent is the empty one.
                let mut socket = mount::Ssh::new(if id == "default" { "" } else { id });
                if let Some(target) = &ssh.target {
                    let target = self.value(target)?;
                    targets.push(target.clone());
                    socket = socket.target(target);
                }
                if let Some((user, group)) = numeric(user) {
                    socket = socket.owner(user, group);
                }
                if let Some(mode) = ssh.mode {
                    socket = socket.mode(mode.bits().into());
                }
                exec.mount(if ssh.required { socket } else { socket.optional() })
            }
            Mount::Bind(bind) => {
                let bound = self.bind(bind, mount.span, built)?;
                targets.push(bound.0);
                exec.mount(bound.1)
            }
            Mount::Tmpfs(tmpfs) => {
                let target = self.value(&tmpfs.target)?;
                targets.push(target.clone());
                let memory = mount::Tmpfs::new(target);
                exec.mount(tmpfs.size.into_iter().fold(memory, mount::Tmpfs::size))
            }
        })
    }

    /// An empty directory that the step's user may write to.
    fn cache_base(
        &mut self,
        mode: Option<crate::plan::Mode>,
        ids: Option<(u32, u32)>,
        span: Span,
    ) -> Lowering<Input> {
        use buildkit_llb::{File, Metadata, file};
        let directory = file::Mkdir::new("/cache", mode.map_or(0o755, |mode| mode.bits().into()));
        let directory = match ids {
            Some((user, group)) => directory.owner(file::Owner::ids(user, group)),
            None => directory,
        };
        let made = File::new(Input::Scratch)
            .mkdir(directory)
            .metadata(Metadata::named("[internal] prepare cache").at(self.at(span)));
        self.graph.file(made).map(Into::into).map_err(|error| refused(span, &error))
    }

    /// What is mounted of something else than the context, and the folder of it.
    fn part(
        &mut self,
        from: &Spanned<Base>,
        output: Option<&Spanned<OutputName>>,
        folder: Option<String>,
        built: &Built,
    ) -> Lowering<(Input, Option<String>)> {
        let input = self.input(from, output, built)?;
        let (Base::Stage(name), Some(output)) = (&from.value, output) else { return Ok((input, folder)) };
        let path = &self.find(name, from.span)?.output(output)?.path;
        let inside = format!("{path}/{}", folder.unwrap_or_default().trim_start_matches('/'));
        Ok((input, Some(inside)))
    }

    fn bind(&mut self, bind: &BindMount, span: Span, built: &Built) -> Lowering<(String, mount::Bind)> {
        let args = self.build.args;
        let source = args.optional(bind.source.as_ref())?;
        let mut target = args.optional(bind.target.as_ref())?;
        if let (Base::Stage(name), Some(output)) = (&bind.from.value, &bind.output) {
            let output = self.find(name, bind.from.span)?.output(output)?;
            target.get_or_insert_with(|| output.path.clone());
        }
        let (input, folder) = match &bind.from.value {
            Base::Context => {
                let wanted = Selection::of(bind.source.as_ref(), &bind.include, &bind.exclude, args)?;
                (self.load(&wanted, bind.from.span)?, source)
            }
            Base::Scratch | Base::Slipway | Base::Image(_) | Base::Stage(_) => {
                self.part(&bind.from, bind.output.as_ref(), source, built)?
            }
        };
        let target = target.ok_or_else(|| {
            Box::new(
                Diagnostic::new(Rule::MissingKey, span, "a bind mount needs `target`")
                    .help("add `target`; only an `output` has a path of its own"),
            )
        })?;
        let mut bound = if bind.read_only {
            mount::Bind::read_only(input, &target)
        } else {
            mount::Bind::discard(input, &target)
        };
        bound = selector(folder).into_iter().fold(bound, mount::Bind::selector);
        if !bind.content_cache && self.build.options.engine.content_cache {
            bound = bound.content_cache(mount::ContentCache::Off);
        }
        Ok((target, bound))
    }
}

/// `None` for all that there is.
fn selector(folder: Option<String>) -> Option<String> {
    let folder = folder?;
    let folder = folder.trim_matches('/');
    (!folder.is_empty()).then(|| format!("/{folder}"))
}

/// The ids of a user that is not root and is written as numbers.
pub(crate) fn numeric(user: &str) -> Option<(u32, u32)> {
    let (user, group) = user.split_once(':').unwrap_or((user, user));
    let (user, group) = (user.parse().ok()?, group.parse().ok()?);
    (user != 0).then_some((user, group))
}
