//! As `tests/parity/execs.go`.

use buildkit_llb::{
    Device, Exec, File, Graph, Image, Input, LinuxResources, Local, Merge, Network, Output, Platform,
    ProxyEnv, Result, SecretEnv, Security, Ulimit, file, mount,
};

use crate::{Named, alpine, golang, image};

/// A command on alpine; its root is the result.
fn exec(graph: &mut Graph, change: impl FnOnce(Exec) -> Exec) -> Result<Input> {
    let root = alpine(graph)?;
    Ok(graph.exec(change(Exec::new(root, ["true"])))?.root()?.into())
}

fn context(graph: &mut Graph) -> Result<Output> {
    Ok(graph.local(Local::new("context", "s")?))
}

pub(crate) fn graphs() -> Vec<Named> {
    let mut all = meta();
    all.extend(mounts());
    all.extend(composed());
    all
}

fn meta() -> Vec<Named> {
    vec![
        ("exec", |g| exec(g, |it| it)),
        ("exec-args", |g| {
            let root = alpine(g)?;
            Ok(g.exec(Exec::new(root, ["sh", "-c", "echo \"$A\"", ""]))?.root()?.into())
        }),
        ("exec-env", |g| exec(g, |it| it.env("A", "1").envs([("B", "2"), ("A", "3")]).env("C", ""))),
        ("exec-path", |g| exec(g, |it| it.env("PATH", "/bin"))),
        ("exec-meta", |g| exec(g, |it| it.cwd("/w").user("1000:100").hostname("host"))),
        ("exec-extra-hosts", |g| {
            exec(g, |it| {
                it.extra_host("a.b", [127, 0, 0, 1].into())
                    .extra_host("c", [0x2001, 0xdb8, 0, 0, 0, 0, 0, 1].into())
            })
        }),
        ("exec-network-host", |g| exec(g, |it| it.network(Network::Host))),
        ("exec-network-none", |g| exec(g, |it| it.network(Network::None))),
        ("exec-insecure", |g| exec(g, |it| it.security(Security::Insecure))),
        ("exec-ulimits", |g| {
            exec(g, |it| it.ulimit(Ulimit::new("nofile", 1024, 2048)).ulimit(Ulimit::new("core", -1, -1)))
        }),
        ("exec-cgroup-parent", |g| exec(g, |it| it.cgroup_parent("parent"))),
        ("exec-devices", |g| {
            exec(g, |it| it.device(Device::new("v.com/gpu=0")).device(Device::new("v.com/gpu=1").optional()))
        }),
        ("exec-exit-codes", |g| exec(g, |it| it.valid_exit_codes([0, 3, 127]))),
        ("exec-proxy", |g| {
            let [http, https, ftp, no, all] = ["h", "s", "f", "n", "a"].map(str::to_owned);
            exec(g, |it| it.proxy(ProxyEnv { http, https, ftp, no, all }))
        }),
        ("exec-resources", |g| {
            let limits = LinuxResources::new()
                .memory(1 << 30)
                .unlimited_swap()
                .cpu_shares(512)
                .cpu_period(100_000)
                .cpu_quota(50_000)
                .cpuset_cpus("0-1")
                .cpuset_mems("0");
            exec(g, |it| it.resources(limits))
        }),
        ("exec-secret-env", |g| {
            exec(g, |it| {
                it.secret_env(SecretEnv::new("id", "TOKEN"))
                    .secret_env(SecretEnv::new("id2", "TOKEN2").optional())
            })
        }),
        ("exec-constraint", |g| exec(g, |it| it.constraint("label==a"))),
        ("exec-platform", |g| exec(g, |it| it.platform(Platform::linux_arm64()))),
    ]
}

fn mounts() -> Vec<Named> {
    vec![
        ("exec-bind", |g| {
            let context = context(g)?;
            exec(g, |it| it.mount(mount::Bind::read_only(context, "/src")))
        }),
        ("exec-bind-selector", |g| {
            let golang = golang(g)?;
            let bind = mount::Bind::read_only(golang, "/src").selector("/usr/local/go");
            exec(g, |it| it.mount(bind))
        }),
        ("exec-output", |g| {
            let root = alpine(g)?;
            let exec = Exec::new(root, ["true"]).mount(mount::Bind::output(Input::Scratch, "/out"));
            Ok(g.exec(exec)?.mount("/out")?.into())
        }),
        ("exec-outputs-sorted", |g| {
            let (root, golang) = (alpine(g)?, golang(g)?);
            let exec = Exec::new(root, ["true"])
                .mount(mount::Bind::output(golang, "/z"))
                .mount(mount::Bind::read_only(Input::Scratch, "/b"))
                .mount(mount::Bind::output(Input::Scratch, "/a").selector("/sub"));
            Ok(g.exec(exec)?.mount("/z")?.into())
        }),
        ("exec-discard", |g| {
            let golang = golang(g)?;
            exec(g, |it| it.mount(mount::Bind::discard(golang, "/src")))
        }),
        ("exec-caches", |g| {
            exec(g, |it| {
                it.mounts([
                    mount::Cache::new("l", "/locked").sharing(mount::Sharing::Locked),
                    mount::Cache::new("p", "/private").sharing(mount::Sharing::Private),
                    mount::Cache::new("s", "/shared"),
                ])
            })
        }),
        ("exec-cache-base", |g| {
            let golang = golang(g)?;
            let cache = mount::Cache::new("c", "/cache").base(golang).selector("/sub").read_only();
            exec(g, |it| it.mount(cache))
        }),
        ("exec-tmpfs", |g| {
            exec(g, |it| it.mount(mount::Tmpfs::new("/tmp")).mount(mount::Tmpfs::new("/shm").size(64 << 20)))
        }),
        ("exec-secrets", |g| {
            exec(g, |it| {
                it.mount(mount::Secret::new("b", "/run/secrets/b"))
                    .mount(mount::Secret::new("a", "/run/secrets/a").owner(1, 2).mode(0o444).optional())
            })
        }),
        ("exec-ssh", |g| exec(g, |it| it.mount(mount::Ssh::default()))),
        ("exec-ssh-several", |g| {
            let first = mount::Ssh::new("a").target("/agent").owner(1, 2).mode(0o666).optional();
            exec(g, |it| it.env("SSH_AUTH_SOCK", "/x").mount(first).mount(mount::Ssh::new("b")))
        }),
        ("exec-content-cache", |g| {
            let golang = golang(g)?;
            exec(g, |it| {
                it.mount(mount::Bind::discard(golang, "/on").content_cache(mount::ContentCache::On))
                    .mount(mount::Bind::read_only(golang, "/off").content_cache(mount::ContentCache::Off))
            })
        }),
        ("exec-read-only-root", |g| {
            let root = alpine(g)?;
            let exec =
                Exec::new(root, ["true"]).read_only_root().mount(mount::Bind::output(Input::Scratch, "/out"));
            Ok(g.exec(exec)?.mount("/out")?.into())
        }),
        ("exec-scratch-root", |g| {
            let golang = golang(g)?;
            let exec = Exec::new(Input::Scratch, ["/bin/app"]).mount(mount::Bind::read_only(golang, "/bin"));
            Ok(g.exec(exec)?.root()?.into())
        }),
        ("exec-same-input-twice", |g| {
            let (golang, alpine) = (golang(g)?, alpine(g)?);
            let exec = Exec::new(golang, ["true"])
                .mount(mount::Bind::read_only(golang, "/a"))
                .mount(mount::Bind::read_only(alpine, "/b"))
                .mount(mount::Bind::read_only(golang, "/c"));
            Ok(g.exec(exec)?.root()?.into())
        }),
    ]
}

fn composed() -> Vec<Named> {
    vec![
        ("exec-chain-keeps-platform", |g| {
            let alpine = Image::new("alpine".parse()?).platform(Platform::linux_arm64());
            let mut st = g.image(alpine);
            for arg in ["a", "b", "c"] {
                st = g.exec(Exec::new(st, [arg]))?.root()?;
            }
            let st = g.file(File::new(st).rm(file::Rm::new("/x")))?;
            Ok(g.exec(Exec::new(st, ["d"]))?.root()?.into())
        }),
        ("exec-on-merge-keeps-platform", |g| {
            let alpine = g.image(Image::new("alpine".parse()?).platform(Platform::linux_arm64()));
            let golang = golang(g)?;
            let merged = g.merge(Merge::new([alpine, golang]))?;
            Ok(g.exec(Exec::new(merged, ["true"]))?.root()?.into())
        }),
        ("exec-windows", |g| {
            let root = g.image(Image::new("alpine".parse()?).platform("windows/amd64".parse()?));
            Ok(g.exec(Exec::new(root, ["cmd"]).cwd("/w"))?.root()?.into())
        }),
        ("exec-everything", |g| {
            let (root, context) = (image(g, "alpine")?, context(g)?);
            let exec = Exec::new(root, ["make"])
                .cwd("/src")
                .env("A", "b")
                .network(Network::None)
                .mount(mount::Ssh::default())
                .mount(mount::Secret::new("s", "/s"))
                .secret_env(SecretEnv::new("t", "T"))
                .mount(mount::Bind::discard(context, "/src"))
                .mount(mount::Cache::new("c", "/cache").sharing(mount::Sharing::Locked))
                .mount(mount::Tmpfs::new("/tmp"))
                .mount(mount::Bind::output(Input::Scratch, "/out"))
                .named("[build] make")
                .resources(LinuxResources::new().memory(1 << 20));
            let outputs = g.exec(exec)?;
            g.merge(Merge::new([outputs.root()?, outputs.mount("/out")?]))
        }),
    ]
}
