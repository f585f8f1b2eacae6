//! What an op does, in lines.

use buildkit_proto::pb;

use super::{View, format_pair, quoted_if_needed, word, words};
use crate::Platform;

impl View<'_> {
    /// The first line: the kind of op, and what tells it apart.
    pub(super) fn title(&self, op: &pb::Op) -> String {
        match &op.op {
            None => "nothing".to_owned(),
            Some(pb::op::Op::Source(source)) => quoted_if_needed(&source.identifier),
            Some(pb::op::Op::Exec(exec)) => {
                let meta = exec.meta.clone().unwrap_or_default();
                format!("exec {}", words(&meta.args))
            }
            Some(pb::op::Op::File(_)) => "file".to_owned(),
            Some(pb::op::Op::Merge(merge)) => {
                let inputs: Vec<_> = merge.inputs.iter().map(|input| self.input(op, input.input)).collect();
                format!("merge {}", inputs.join(" "))
            }
            Some(pb::op::Op::Diff(diff)) => {
                let lower = diff.lower.map_or(-1, |lower| lower.input);
                let upper = diff.upper.map_or(-1, |upper| upper.input);
                format!("diff {} to {}", self.input(op, lower), self.input(op, upper))
            }
            Some(pb::op::Op::Build(build)) => {
                let inputs: Vec<_> = build
                    .inputs
                    .iter()
                    .map(|(name, input)| format!("{name}={}", self.input(op, input.input)))
                    .collect();
                format!("build {}", inputs.join(" "))
            }
            Some(pb::op::Op::Passthrough(passthrough)) => {
                format!("passthrough {}", quoted_if_needed(&passthrough.id))
            }
        }
    }

    /// The lines below it.
    pub(super) fn details(&self, op: &pb::Op) -> Vec<String> {
        let mut lines = match &op.op {
            Some(pb::op::Op::Source(source)) => attributes(&source.attrs),
            Some(pb::op::Op::Exec(exec)) => self.exec(op, exec),
            Some(pb::op::Op::File(file)) => self.file(op, file),
            Some(pb::op::Op::Build(build)) => attributes(&build.attrs),
            Some(pb::op::Op::Passthrough(passthrough)) => self.passthrough(op, passthrough),
            Some(pb::op::Op::Merge(_) | pb::op::Op::Diff(_)) | None => Vec::new(),
        };
        if let Some(platform) = &op.platform {
            lines.push(match Platform::from_pb(platform) {
                Some(normal) => format!("platform {normal}"),
                None => format!("platform {platform:?}"),
            });
        }
        for filter in op.constraints.iter().flat_map(|constraints| &constraints.filter) {
            lines.push(format!("constraint {}", quoted_if_needed(filter)));
        }
        lines
    }

    fn exec(&self, op: &pb::Op, exec: &pb::ExecOp) -> Vec<String> {
        let meta = exec.meta.clone().unwrap_or_default();
        let mut lines: Vec<String> =
            meta.env.iter().map(|variable| format!("env {}", quoted_if_needed(variable))).collect();
        for (name, value) in [
            ("cwd", &meta.cwd),
            ("user", &meta.user),
            ("hostname", &meta.hostname),
            ("cgroup-parent", &meta.cgroup_parent),
        ] {
            if !value.is_empty() {
                lines.push(format!("{name} {}", quoted_if_needed(value)));
            }
        }
        match exec.network() {
            pb::NetMode::Unset => {}
            pb::NetMode::Host => lines.push("network host".to_owned()),
            pb::NetMode::None => lines.push("network none".to_owned()),
        }
        if exec.security() == pb::SecurityMode::Insecure {
            lines.push("security insecure".to_owned());
        }
        lines.extend(meta.extra_hosts.iter().map(|host| format!("host {} {}", host.host, host.ip)));
        lines.extend(
            meta.ulimit.iter().map(|limit| format!("ulimit {}={}:{}", limit.name, limit.soft, limit.hard)),
        );
        if !meta.valid_exit_codes.is_empty() {
            lines.push(format!("exit codes {:?}", meta.valid_exit_codes));
        }
        if let Some(proxy) = &meta.proxy_env {
            let mut line = "proxy".to_owned();
            for (name, value) in [
                ("http", &proxy.http_proxy),
                ("https", &proxy.https_proxy),
                ("ftp", &proxy.ftp_proxy),
                ("no", &proxy.no_proxy),
                ("all", &proxy.all_proxy),
            ] {
                if !value.is_empty() {
                    line.push_str(&format_pair(name, value));
                }
            }
            lines.push(line);
        }
        for secret in &exec.secretenv {
            let optional = if secret.optional { " optional" } else { "" };
            lines.push(format!("env {} from secret {}{optional}", secret.name, word(&secret.id)));
        }
        for device in &exec.cdi_devices {
            let optional = if device.optional { " optional" } else { "" };
            lines.push(format!("device {}{optional}", word(&device.name)));
        }
        lines.extend(exec.mounts.iter().map(|mount| self.mount(op, mount)));
        lines
    }

    fn mount(&self, op: &pb::Op, mount: &pb::Mount) -> String {
        let dest = word(&mount.dest);
        let from = self.input(op, mount.input);
        let mut line = match mount.mount_type() {
            pb::MountType::Bind => format!("mount {dest} from {from}"),
            pb::MountType::Tmpfs => {
                let size = mount.tmpfs_opt.map_or(0, |tmpfs| tmpfs.size);
                let size = if size == 0 { String::new() } else { format!(" size={size}") };
                return format!("tmpfs {dest}{size}");
            }
            pb::MountType::Cache => {
                let cache = mount.cache_opt.clone().unwrap_or_default();
                let sharing = match cache.sharing() {
                    pb::CacheSharingOpt::Shared => "shared",
                    pb::CacheSharingOpt::Private => "private",
                    pb::CacheSharingOpt::Locked => "locked",
                };
                let base = if mount.input < 0 { String::new() } else { format!(" from {from}") };
                format!("cache {dest} id={} {sharing}{base}", word(&cache.id))
            }
            pb::MountType::Secret => {
                let secret = mount.secret_opt.clone().unwrap_or_default();
                let file = (secret.uid, secret.gid, secret.mode, secret.optional);
                return format!("secret {dest} id={}{}", word(&secret.id), client_file(file));
            }
            pb::MountType::Ssh => {
                let ssh = mount.ssh_opt.clone().unwrap_or_default();
                let file = (ssh.uid, ssh.gid, ssh.mode, ssh.optional);
                return format!("ssh {dest} id={}{}", word(&ssh.id), client_file(file));
            }
        };
        if !mount.selector.is_empty() {
            line.push_str(&format_pair("path", &mount.selector));
        }
        if mount.readonly {
            line.push_str(" read-only");
        } else if mount.output >= 0 {
            line.extend([" to output ".to_owned(), mount.output.to_string()]);
        } else if mount.mount_type() == pb::MountType::Bind {
            line.push_str(" discarded");
        }
        match mount.content_cache() {
            pb::MountContentCache::Default => {}
            pb::MountContentCache::On => line.push_str(" content-cache=on"),
            pb::MountContentCache::Off => line.push_str(" content-cache=off"),
        }
        line
    }

    fn file(&self, op: &pb::Op, file: &pb::FileOp) -> Vec<String> {
        // Actions work on inputs or on each other's results; a letter tells the two apart.
        let on = |index: i64| match usize::try_from(index).ok() {
            Some(at) if at >= op.inputs.len() => action_name(at - op.inputs.len()),
            _ => self.input(op, index),
        };
        let mut lines = Vec::new();
        for (at, action) in file.actions.iter().enumerate() {
            let what = match &action.action {
                None => "nothing".to_owned(),
                Some(pb::file_action::Action::Copy(copy)) => {
                    let from = on(action.secondary_input);
                    let what = format!("copy {from}:{} to {}", word(&copy.src), word(&copy.dest));
                    format!("{what}{}", copy_flags(copy))
                }
                Some(pb::file_action::Action::Mkfile(file)) => {
                    let rest = dated(file.owner.as_ref(), file.timestamp);
                    let data = String::from_utf8_lossy(&file.data);
                    format!("mkfile {} {:04o} {data:?}{rest}", word(&file.path), file.mode)
                }
                Some(pb::file_action::Action::Mkdir(dir)) => {
                    let parents = if dir.make_parents { " parents" } else { "" };
                    let rest = dated(dir.owner.as_ref(), dir.timestamp);
                    format!("mkdir {} {:04o}{parents}{rest}", word(&dir.path), dir.mode)
                }
                Some(pb::file_action::Action::Rm(rm)) => {
                    let missing = if rm.allow_not_found { " allow-not-found" } else { "" };
                    let wildcard = if rm.allow_wildcard { " wildcard" } else { "" };
                    format!("rm {}{missing}{wildcard}", word(&rm.path))
                }
                Some(pb::file_action::Action::Symlink(link)) => {
                    let rest = dated(link.owner.as_ref(), link.timestamp);
                    format!("symlink {} to {}{rest}", word(&link.newpath), word(&link.oldpath))
                }
            };
            let name = action_name(at);
            lines.push(format!("{name} on {}: {what}", on(action.input)));
        }
        lines
    }

    fn passthrough(&self, op: &pb::Op, passthrough: &pb::PassthroughOp) -> Vec<String> {
        (0..op.inputs.len())
            .filter_map(|at| i64::try_from(at).ok())
            .map(|at| {
                let input = self.input(op, at);
                match passthrough.outputs.iter().position(|&output| output == at) {
                    Some(output) => format!("output {output} is {input}"),
                    None => format!("after {input}"),
                }
            })
            .collect()
    }
}

fn attributes(attributes: &std::collections::BTreeMap<String, String>) -> Vec<String> {
    attributes.iter().map(|(name, value)| format!("{name} {}", quoted_if_needed(value))).collect()
}

/// `a` to `z`, and then with numbers.
fn action_name(at: usize) -> String {
    let letter = char::from(b'a' + u8::try_from(at % 26).unwrap_or_default());
    if at < 26 { letter.to_string() } else { format!("{letter}{}", at / 26) }
}

fn client_file((uid, gid, mode, optional): (u32, u32, u32, bool)) -> String {
    let optional = if optional { " optional" } else { "" };
    format!(" {mode:04o} {uid}:{gid}{optional}")
}

fn copy_flags(copy: &pb::FileActionCopy) -> String {
    let mut flags: Vec<String> = [
        (copy.follow_symlink, " follow-symlinks"),
        (copy.dir_copy_contents, " contents"),
        (copy.attempt_unpack_docker_compatibility, " unpack"),
        (copy.create_dest_path, " create-dest-path"),
        (copy.allow_wildcard, " wildcard"),
        (copy.allow_empty_wildcard, " allow-empty-wildcard"),
        (copy.always_replace_existing_dest_paths, " replace-existing"),
    ]
    .into_iter()
    .filter(|(set, _)| *set)
    .map(|(_, flag)| flag.to_owned())
    .collect();
    for (name, patterns) in [
        ("include", &copy.include_patterns),
        ("exclude", &copy.exclude_patterns),
        ("require", &copy.required_paths),
    ] {
        if !patterns.is_empty() {
            flags.push(format!(" {name}=[{}]", words(patterns)));
        }
    }
    if !copy.mode_str.is_empty() {
        flags.push(format_pair("mode", &copy.mode_str));
    } else if copy.mode != -1 {
        flags.push(format!(" mode={:04o}", copy.mode));
    }
    flags.push(dated(copy.owner.as_ref(), copy.timestamp));
    flags.concat()
}

/// Who owns what an action makes, and when it was made, where either is given.
fn dated(owner: Option<&pb::ChownOpt>, timestamp: i64) -> String {
    let name = |user: Option<&pb::UserOpt>| match user.and_then(|user| user.user.as_ref()) {
        None => String::new(),
        Some(pb::user_opt::User::ById(id)) => id.to_string(),
        Some(pb::user_opt::User::ByName(user)) => word(&user.name),
    };
    let owner = owner.map_or_else(String::new, |owner| {
        format!(" owner={}:{}", name(owner.user.as_ref()), name(owner.group.as_ref()))
    });
    let created = if timestamp == -1 { String::new() } else { format!(" created={timestamp}") };
    owner + &created
}
