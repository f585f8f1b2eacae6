//! A command in a container.

mod lower;
mod outputs;

use std::net::IpAddr;

pub use self::outputs::ExecOutputs;
use crate::{
    Input, LinuxResources, Platform,
    metadata::{Common, common_methods},
    mount::Mount,
};

/// A command that runs in a container on top of a file system.
///
/// ```
/// use buildkit_llb::{Exec, Graph, Image, Local, Platform, mount};
///
/// let mut graph = Graph::new(Platform::linux_amd64());
/// let source = graph.local(Local::new("context", "session-id")?);
/// let go = graph.image(Image::new("golang:1.26".parse()?));
/// let build = graph.exec(
///     Exec::new(go, ["go", "build", "-o", "/out/app", "."])
///         .env("PATH", "/usr/local/go/bin:/usr/bin:/bin")
///         .env("CGO_ENABLED", "0")
///         .cwd("/src")
///         .mount(mount::Bind::read_only(source, "/src"))
///         .mount(mount::Bind::output(buildkit_llb::Input::Scratch, "/out"))
///         .mount(mount::Cache::new("go-build", "/root/.cache/go-build")),
/// )?;
/// let app = build.mount("/out")?;
/// # graph.definition(app)?;
/// # Ok::<(), buildkit_llb::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Exec {
    root: Input,
    args: Vec<String>,
    env: Vec<(String, String)>,
    cwd: String,
    user: String,
    hostname: String,
    extra_hosts: Vec<(String, IpAddr)>,
    network: Network,
    security: Security,
    ulimits: Vec<Ulimit>,
    cgroup_parent: String,
    devices: Vec<Device>,
    valid_exit_codes: Vec<i32>,
    proxy: Option<ProxyEnv>,
    secret_env: Vec<SecretEnv>,
    read_only_root: bool,
    mounts: Vec<Mount>,
    outputs_last: bool,
    resources: Option<LinuxResources>,
    platform: Option<Platform>,
    common: Common,
}

/// What a command can reach.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Network {
    /// A network of its own, with a way out.
    #[default]
    Sandbox,
    /// The engine's network. The client must allow it.
    Host,
    /// Itself alone.
    None,
}

/// What a command may do.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Security {
    /// What a container may.
    #[default]
    Sandbox,
    /// Nearly everything. The client must allow it.
    Insecure,
}

/// A limit as of `setrlimit(2)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ulimit {
    name: String,
    soft: i64,
    hard: i64,
}

impl Ulimit {
    /// A limit by its name without prefix, `nofile`; -1 is no limit.
    pub fn new(name: impl Into<String>, soft: i64, hard: i64) -> Self {
        Self { name: name.into(), soft, hard }
    }
}

/// A device of the engine, by its name in the Container Device Interface.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    name: String,
    optional: bool,
}

impl Device {
    /// A device by its full name, `vendor.com/gpu=gpu0`.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), optional: false }
    }

    /// Runs the command without the device where there is none.
    #[must_use]
    pub fn optional(mut self) -> Self {
        self.optional = true;
        self
    }
}

/// Proxies for the command. They are no part of the cache key.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProxyEnv {
    /// `HTTP_PROXY`
    pub http: String,
    /// `HTTPS_PROXY`
    pub https: String,
    /// `FTP_PROXY`
    pub ftp: String,
    /// `NO_PROXY`
    pub no: String,
    /// `ALL_PROXY`
    pub all: String,
}

/// An environment variable with a secret of the client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretEnv {
    id: String,
    name: String,
    optional: bool,
}

impl SecretEnv {
    /// The variable `name` holds the secret `id`.
    pub fn new(id: impl Into<String>, name: impl Into<String>) -> Self {
        Self { id: id.into(), name: name.into(), optional: false }
    }

    /// Runs the command without the variable when the client has no such secret.
    #[must_use]
    pub fn optional(mut self) -> Self {
        self.optional = true;
        self
    }
}

impl Exec {
    /// A command and its arguments on top of `root`, in the directory `/`, as root. Where `root` is an
    /// image, the environment, working directory and user of its config are not applied: set what the
    /// command needs of them, such as `PATH`, or have `buildkit-gateway` make it with
    /// `ResolvedImage::command`.
    pub fn new(root: impl Into<Input>, args: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self {
            root: root.into(),
            args: args.into_iter().map(Into::into).collect(),
            env: Vec::new(),
            cwd: "/".to_owned(),
            user: String::new(),
            hostname: String::new(),
            extra_hosts: Vec::new(),
            network: Network::default(),
            security: Security::default(),
            ulimits: Vec::new(),
            cgroup_parent: String::new(),
            devices: Vec::new(),
            valid_exit_codes: Vec::new(),
            proxy: None,
            secret_env: Vec::new(),
            read_only_root: false,
            mounts: Vec::new(),
            outputs_last: false,
            resources: None,
            platform: None,
            common: Common::default(),
        }
    }

    /// A script for `/bin/sh`.
    pub fn shell(root: impl Into<Input>, script: impl Into<String>) -> Self {
        Self::new(root, ["/bin/sh".to_owned(), "-c".to_owned(), script.into()])
    }

    /// Sets an environment variable. The order of variables is kept, and a variable that is set
    /// again moves to the end, as with the Go client. Without `PATH`, the engine sets its own.
    #[must_use]
    pub fn env(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        let name = name.into();
        self.env.retain(|(known, _)| *known != name);
        self.env.push((name, value.into()));
        self
    }

    /// Sets several environment variables, in their order.
    #[must_use]
    pub fn envs(self, variables: impl IntoIterator<Item = (impl Into<String>, impl Into<String>)>) -> Self {
        variables.into_iter().fold(self, |exec, (name, value)| exec.env(name, value))
    }

    /// Sets the working directory, which must be absolute.
    #[must_use]
    pub fn cwd(mut self, path: impl Into<String>) -> Self {
        self.cwd = path.into();
        self
    }

    /// Sets the user, `name`, `uid`, or either with `:` and a group. Else it is root.
    #[must_use]
    pub fn user(mut self, user: impl Into<String>) -> Self {
        self.user = user.into();
        self
    }

    /// Sets the host name that the command sees.
    #[must_use]
    pub fn hostname(mut self, hostname: impl Into<String>) -> Self {
        self.hostname = hostname.into();
        self
    }

    /// Adds a line to `/etc/hosts`.
    #[must_use]
    pub fn extra_host(mut self, host: impl Into<String>, address: IpAddr) -> Self {
        self.extra_hosts.push((host.into(), address));
        self
    }

    /// Sets what the command can reach.
    #[must_use]
    pub fn network(mut self, network: Network) -> Self {
        self.network = network;
        self
    }

    /// Sets what the command may do.
    #[must_use]
    pub fn security(mut self, security: Security) -> Self {
        self.security = security;
        self
    }

    /// Adds a resource limit of the process.
    #[must_use]
    pub fn ulimit(mut self, ulimit: Ulimit) -> Self {
        self.ulimits.push(ulimit);
        self
    }

    /// Sets the control group under which the engine puts the container.
    #[must_use]
    pub fn cgroup_parent(mut self, parent: impl Into<String>) -> Self {
        self.cgroup_parent = parent.into();
        self
    }

    /// Adds a device.
    #[must_use]
    pub fn device(mut self, device: Device) -> Self {
        self.devices.push(device);
        self
    }

    /// Sets the exit codes that count as success; else it is 0 alone.
    #[must_use]
    pub fn valid_exit_codes(mut self, codes: impl IntoIterator<Item = i32>) -> Self {
        self.valid_exit_codes = codes.into_iter().collect();
        self
    }

    /// Sets proxies for the command.
    #[must_use]
    pub fn proxy(mut self, proxy: ProxyEnv) -> Self {
        self.proxy = Some(proxy);
        self
    }

    /// Adds an environment variable with a secret.
    #[must_use]
    pub fn secret_env(mut self, secret: SecretEnv) -> Self {
        self.secret_env.push(secret);
        self
    }

    /// Lets the command only read its root. It then has no root output.
    #[must_use]
    pub fn read_only_root(mut self) -> Self {
        self.read_only_root = true;
        self
    }

    /// Adds a mount. Their order does not matter, but that of secrets and of sockets is kept.
    #[must_use]
    pub fn mount(mut self, mount: impl Into<Mount>) -> Self {
        self.mounts.push(mount.into());
        self
    }

    /// Adds several mounts.
    #[must_use]
    pub fn mounts(self, mounts: impl IntoIterator<Item = impl Into<Mount>>) -> Self {
        mounts.into_iter().fold(self, Self::mount)
    }

    /// Lists what outputs begin with behind all other inputs. Else inputs are in the order of the targets, as with the Go
    /// client.
    ///
    /// When a build is over the engine walks the inputs in their order for its record. BuildKit to v0.32 waits for up to
    /// 11 ms where it comes to what a result was made on right after that result (`util/flightcontrol` takes the error of a
    /// call that has just ended, "no blobs", for one to try again): other inputs in between save that.
    ///
    /// ```
    /// use buildkit_llb::{Exec, Graph, Image, Input, Local, Platform, mount};
    ///
    /// let mut graph = Graph::new(Platform::linux_amd64());
    /// let go = graph.image(Image::new("golang:1.26".parse()?));
    /// let source = graph.local(Local::new("context", "session")?);
    /// let begin = graph.local(Local::new("begin", "session")?);
    /// let build = Exec::new(go, ["go", "build"])
    ///     .mount(mount::Bind::output(begin, "/out"))
    ///     .mount(mount::Bind::read_only(source, "/src"));
    /// let mut inputs = |build| {
    ///     let built = graph.exec(build)?.mount("/out")?;
    ///     Ok::<_, buildkit_llb::Error>(graph.definition(built)?.vertices()[..3].to_vec())
    /// };
    /// let [go, source, begin] = [go, source, begin].map(|input| input.vertex());
    /// assert_eq!(inputs(build.clone())?, [go, begin, source]);
    /// assert_eq!(inputs(build.outputs_last())?, [go, source, begin]);
    /// # Ok::<(), buildkit_llb::Error>(())
    /// ```
    #[must_use]
    pub fn outputs_last(mut self) -> Self {
        self.outputs_last = true;
        self
    }

    /// Limits what the container uses. No part of the digest or the cache key.
    #[must_use]
    pub fn resources(mut self, resources: LinuxResources) -> Self {
        self.resources = Some(resources);
        self
    }

    /// Runs on a worker of this platform, instead of that of the root.
    #[must_use]
    pub fn platform(mut self, platform: Platform) -> Self {
        self.platform = Some(platform);
        self
    }
}

common_methods!(Exec);
