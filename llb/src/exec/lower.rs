//! From an [`Exec`] to its op, as `client/llb/exec.go` marshals it.

use buildkit_proto::pb;

use super::{Exec, ExecOutputs, Network, Security};
use crate::{
    Capability, Error, Graph, Result,
    capability::CapabilitySet,
    graph::{Inputs, NewVertex},
    mount::{Access, Bind, Cache, ContentCache, Kind, Secret, Sharing, Ssh, Tmpfs},
    path,
};

const OP: &str = "exec";
const NO_OUTPUT: i64 = -1;
const NO_INPUT: i64 = -1;

impl Graph {
    /// Adds an exec. Refused are an exec without arguments, with a path that is not absolute, with
    /// two mounts at one target, or with an environment variable that could not be set.
    pub fn exec(&mut self, mut exec: Exec) -> Result<ExecOutputs> {
        check(&exec)?;
        let platform = match exec.platform.take() {
            Some(platform) => platform,
            None => self.platform_of(exec.root)?,
        };
        let resources = exec.resources.take();
        let common = std::mem::take(&mut exec.common);

        let mut capabilities = meta_capabilities(&exec);
        capabilities.add_if(resources.is_some(), Capability::ExecMetaLinuxResources);
        let mut inputs = Inputs::default();
        let mut mounts = Mounts { list: Vec::new(), outputs: Vec::new(), capabilities };
        mounts.add_file_systems(&exec, &mut inputs)?;
        mounts.add_secrets_and_sockets(&mut exec)?;

        let Mounts { list, outputs, capabilities } = mounts;
        let op = pb::op::Op::Exec(exec_op(exec, list)?);
        let vertex = NewVertex {
            inputs,
            resources,
            platform: Some(platform),
            ..NewVertex::new(op, common, capabilities)
        };
        Ok(ExecOutputs { vertex: self.add(vertex)?, targets: outputs })
    }
}

fn check(exec: &Exec) -> Result<()> {
    if exec.args.first().is_none_or(String::is_empty) {
        return Err(Error::Missing { op: OP, part: "an argument, the command" });
    }
    for argument in &exec.args {
        no_nul("an argument", argument)?;
    }
    let kind = "the name of an environment variable";
    let names = exec.env.iter().map(|(name, _)| name);
    for name in names.chain(exec.secret_env.iter().map(|secret| &secret.name)) {
        if name.is_empty() {
            return Err(Error::empty(kind));
        }
        if name.contains('=') {
            return Err(Error::invalid(kind, name, "it contains `=`"));
        }
        no_nul(kind, name)?;
    }
    for (_, value) in &exec.env {
        no_nul("the value of an environment variable", value)?;
    }
    let names = [
        ("the id of a secret", exec.secret_env.iter().map(|secret| &secret.id).collect::<Vec<_>>()),
        ("the name of a host", exec.extra_hosts.iter().map(|(host, _)| host).collect()),
        ("the name of a limit", exec.ulimits.iter().map(|limit| &limit.name).collect()),
        ("the name of a device", exec.devices.iter().map(|device| &device.name).collect()),
    ];
    for (kind, names) in names {
        if names.into_iter().any(String::is_empty) {
            return Err(Error::empty(kind));
        }
    }
    Ok(())
}

// The kernel would cut the text there.
fn no_nul(kind: &'static str, text: &str) -> Result<()> {
    if text.contains('\0') {
        return Err(Error::invalid(kind, text, "it contains a NUL"));
    }
    Ok(())
}

fn meta_capabilities(exec: &Exec) -> CapabilitySet {
    let mut used = CapabilitySet::from([Capability::ExecMetaBase]);
    let sets_path = exec.env.iter().any(|(name, _)| name == "PATH");
    used.add_if(!sets_path, Capability::ExecMetaSetsDefaultPath);
    used.add_if(!exec.valid_exit_codes.is_empty(), Capability::ExecValidExitCode);
    used.add_if(!exec.ulimits.is_empty(), Capability::ExecMetaUlimit);
    used.add_if(!exec.cgroup_parent.is_empty(), Capability::ExecMetaCgroupParent);
    used.add_if(exec.network != Network::Sandbox, Capability::ExecMetaNetwork);
    used.add_if(exec.security != Security::Sandbox, Capability::ExecMetaSecurity);
    used.add_if(exec.proxy.is_some(), Capability::ExecMetaProxy);
    used.add_if(!exec.devices.is_empty(), Capability::ExecMetaCdi);
    used.add_if(!exec.secret_env.is_empty(), Capability::ExecSecretEnv);
    used
}

fn exec_op(exec: Exec, mounts: Vec<pb::Mount>) -> Result<pb::ExecOp> {
    let env = exec.env.into_iter().map(|(name, value)| format!("{name}={value}")).collect();
    let proxy_env = exec.proxy.map(|proxy| pb::ProxyEnv {
        http_proxy: proxy.http,
        https_proxy: proxy.https,
        ftp_proxy: proxy.ftp,
        no_proxy: proxy.no,
        all_proxy: proxy.all,
    });
    let extra_hosts =
        exec.extra_hosts.into_iter().map(|(host, address)| pb::HostIp { host, ip: address.to_string() });
    let ulimit = exec.ulimits.into_iter().map(|limit| pb::Ulimit {
        name: limit.name,
        soft: limit.soft,
        hard: limit.hard,
    });
    let secretenv = exec.secret_env.into_iter().map(|secret| pb::SecretEnv {
        id: secret.id,
        name: secret.name,
        optional: secret.optional,
    });
    let cdi_devices =
        exec.devices.into_iter().map(|device| pb::CdiDevice { name: device.name, optional: device.optional });
    Ok(pb::ExecOp {
        meta: Some(pb::Meta {
            args: exec.args,
            env,
            cwd: path::absolute("a working directory", &exec.cwd)?,
            user: exec.user,
            proxy_env,
            extra_hosts: extra_hosts.collect(),
            hostname: exec.hostname,
            ulimit: ulimit.collect(),
            cgroup_parent: exec.cgroup_parent,
            remove_mount_stubs_recursive: true,
            valid_exit_codes: exec.valid_exit_codes,
        }),
        mounts,
        network: match exec.network {
            Network::Sandbox => pb::NetMode::Unset,
            Network::Host => pb::NetMode::Host,
            Network::None => pb::NetMode::None,
        }
        .into(),
        security: match exec.security {
            Security::Sandbox => pb::SecurityMode::Sandbox,
            Security::Insecure => pb::SecurityMode::Insecure,
        }
        .into(),
        secretenv: secretenv.collect(),
        cdi_devices: cdi_devices.collect(),
    })
}

struct Mounts {
    list: Vec<pb::Mount>,
    outputs: Vec<String>,
    capabilities: CapabilitySet,
}

impl Mounts {
    /// File systems, caches and tmpfs, sorted by target. Inputs and outputs are counted in this
    /// order: the engine takes the results of an exec by position.
    fn add_file_systems(&mut self, exec: &Exec, inputs: &mut Inputs) -> Result<()> {
        let mut file_systems: Vec<(String, &Kind)> = Vec::new();
        let root = Kind::Bind(if exec.read_only_root {
            Bind::read_only(exec.root, "/")
        } else {
            Bind::output(exec.root, "/")
        });
        for mount in std::iter::once(&root).chain(exec.mounts.iter().map(|mount| &mount.0)) {
            let target = match mount {
                Kind::Bind(bind) => &bind.target,
                Kind::Cache(cache) => &cache.target,
                Kind::Tmpfs(tmpfs) => &tmpfs.target,
                Kind::Secret(_) | Kind::Ssh(_) => continue,
            };
            file_systems.push((path::absolute("the target of a mount", target)?, mount));
        }
        file_systems.sort_by(|(left, _), (right, _)| left.cmp(right));
        if exec.outputs_last {
            for (target, mount) in &file_systems {
                if target == "/" || !mount.is_output() {
                    inputs.index_or_scratch(mount.input());
                }
            }
        }
        for (target, mount) in file_systems {
            self.check_target(&target)?;
            match mount {
                Kind::Bind(bind) => self.add_bind(bind, target, inputs),
                Kind::Cache(cache) => self.add_cache(cache, target, inputs)?,
                Kind::Tmpfs(tmpfs) => self.add_tmpfs(tmpfs, target),
                Kind::Secret(_) | Kind::Ssh(_) => {}
            }
        }
        Ok(())
    }

    /// Secrets and then sockets, in the order they were added.
    fn add_secrets_and_sockets(&mut self, exec: &mut Exec) -> Result<()> {
        // The Go client declares this one for secrets in variables, too.
        let in_variables = !exec.secret_env.is_empty();
        self.capabilities.add_if(in_variables, Capability::ExecMountSecret);
        for mount in &exec.mounts {
            if let Kind::Secret(secret) = &mount.0 {
                self.add_secret(secret)?;
            }
        }
        let mut sockets = 0;
        for mount in &exec.mounts {
            if let Kind::Ssh(ssh) = &mount.0 {
                let target = match &ssh.target {
                    Some(target) => path::absolute("the target of a mount", target)?,
                    None => format!("/run/buildkit/ssh_agent.{sockets}"),
                };
                if sockets == 0 && !exec.env.iter().any(|(name, _)| name == "SSH_AUTH_SOCK") {
                    exec.env.push(("SSH_AUTH_SOCK".to_owned(), target.clone()));
                }
                self.add_ssh(ssh, target)?;
                sockets += 1;
            }
        }
        Ok(())
    }

    fn check_target(&self, target: &str) -> Result<()> {
        if self.list.iter().any(|mount| mount.dest == target) {
            let reason = if target == "/" {
                "`/` is the root; nothing else can be mounted there".to_owned()
            } else {
                format!("two mounts have the target `{target}`")
            };
            return Err(Error::Conflict { op: OP, reason });
        }
        Ok(())
    }

    fn add_bind(&mut self, bind: &Bind, target: String, inputs: &mut Inputs) {
        let used = &mut self.capabilities;
        used.add_if(!bind.input.is_scratch(), Capability::ExecMountBind);
        used.add_if(bind.selector.is_some(), Capability::ExecMountSelector);
        used.add_if(bind.access == Access::Discard, Capability::ExecMountBindReadWriteNoOutput);
        used.add_if(bind.content_cache != ContentCache::Default, Capability::ExecMountContentCache);
        let output = if bind.access == Access::Output {
            self.outputs.push(target.clone());
            i64::try_from(self.outputs.len() - 1).unwrap_or(i64::MAX)
        } else {
            NO_OUTPUT
        };
        self.list.push(pb::Mount {
            input: inputs.index_or_scratch(bind.input),
            selector: bind.selector.clone().unwrap_or_default(),
            dest: target,
            output,
            readonly: bind.access == Access::ReadOnly,
            mount_type: pb::MountType::Bind.into(),
            content_cache: content_cache(bind.content_cache).into(),
            ..pb::Mount::default()
        });
    }

    fn add_cache(&mut self, cache: &Cache, target: String, inputs: &mut Inputs) -> Result<()> {
        if cache.id.is_empty() {
            return Err(Error::empty("the id of a cache"));
        }
        self.capabilities.add(Capability::ExecMountCache);
        self.capabilities.add(Capability::ExecMountCacheSharing);
        self.capabilities.add_if(cache.selector.is_some(), Capability::ExecMountSelector);
        let hashed_or_not = cache.hashing != ContentCache::Default;
        self.capabilities.add_if(hashed_or_not, Capability::ExecMountContentCache);
        self.list.push(pb::Mount {
            input: inputs.index_or_scratch(cache.base),
            selector: cache.selector.clone().unwrap_or_default(),
            dest: target,
            output: NO_OUTPUT,
            readonly: cache.read_only,
            mount_type: pb::MountType::Cache.into(),
            content_cache: content_cache(cache.hashing).into(),
            cache_opt: Some(pb::CacheOpt {
                id: cache.id.clone(),
                sharing: match cache.sharing {
                    Sharing::Shared => pb::CacheSharingOpt::Shared,
                    Sharing::Private => pb::CacheSharingOpt::Private,
                    Sharing::Locked => pb::CacheSharingOpt::Locked,
                }
                .into(),
            }),
            ..pb::Mount::default()
        });
        Ok(())
    }

    fn add_tmpfs(&mut self, tmpfs: &Tmpfs, target: String) {
        self.capabilities.add(Capability::ExecMountTmpfs);
        self.capabilities.add_if(tmpfs.size > 0, Capability::ExecMountTmpfsSize);
        self.list.push(pb::Mount {
            input: NO_INPUT,
            dest: target,
            output: NO_OUTPUT,
            mount_type: pb::MountType::Tmpfs.into(),
            tmpfs_opt: Some(pb::TmpfsOpt { size: tmpfs.size }),
            ..pb::Mount::default()
        });
    }

    fn add_secret(&mut self, secret: &Secret) -> Result<()> {
        if secret.id.is_empty() {
            return Err(Error::empty("the id of a secret"));
        }
        let target = path::absolute("the target of a mount", &secret.target)?;
        self.check_target(&target)?;
        self.capabilities.add(Capability::ExecMountSecret);
        self.list.push(pb::Mount {
            input: NO_INPUT,
            dest: target,
            mount_type: pb::MountType::Secret.into(),
            secret_opt: Some(pb::SecretOpt {
                id: secret.id.clone(),
                uid: secret.uid,
                gid: secret.gid,
                mode: crate::mode::permission_bits(secret.mode)?,
                optional: secret.optional,
            }),
            ..pb::Mount::default()
        });
        Ok(())
    }

    fn add_ssh(&mut self, ssh: &Ssh, target: String) -> Result<()> {
        self.check_target(&target)?;
        self.capabilities.add(Capability::ExecMountSsh);
        self.list.push(pb::Mount {
            input: NO_INPUT,
            dest: target,
            mount_type: pb::MountType::Ssh.into(),
            ssh_opt: Some(pb::SshOpt {
                id: ssh.id.clone(),
                uid: ssh.uid,
                gid: ssh.gid,
                mode: crate::mode::permission_bits(ssh.mode)?,
                optional: ssh.optional,
            }),
            ..pb::Mount::default()
        });
        Ok(())
    }
}

fn content_cache(hashed: ContentCache) -> pb::MountContentCache {
    match hashed {
        ContentCache::Default => pb::MountContentCache::Default,
        ContentCache::On => pb::MountContentCache::On,
        ContentCache::Off => pb::MountContentCache::Off,
    }
}
