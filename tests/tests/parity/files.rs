//! As `tests/parity/files.go`.

use buildkit_llb::{
    File, Graph, Input, Result,
    file::{Copy, Mkdir, Mkfile, Owner, Rm, Symlink, Timestamp},
};

use crate::{Named, alpine, golang, image};

/// Changes to alpine.
fn changed(graph: &mut Graph, change: impl FnOnce(File) -> File) -> Result<Input> {
    let base = alpine(graph)?;
    Ok(graph.file(change(File::new(base)))?.into())
}

/// A copy from alpine to scratch.
fn copied(graph: &mut Graph, src: &str, dest: &str, change: impl FnOnce(Copy) -> Copy) -> Result<Input> {
    let copy = Copy::new(alpine(graph)?, src, dest);
    Ok(graph.file(File::new(Input::Scratch).copy(change(copy)))?.into())
}

fn epoch() -> Result<Timestamp> {
    Timestamp::from_unix_seconds(1_700_000_000)
}

pub(crate) fn graphs() -> Vec<Named> {
    let mut all = simple();
    all.extend(copies());
    all.extend(chains());
    all
}

fn simple() -> Vec<Named> {
    vec![
        ("file-mkdir", |g| changed(g, |it| it.mkdir(Mkdir::new("/d", 0o755)))),
        ("file-mkdir-options", |g| {
            let mkdir =
                Mkdir::new("/d/./e/../f/", 0o700).parents().owner(Owner::ids(10001, 20002)).created(epoch()?);
            changed(g, |it| it.mkdir(mkdir))
        }),
        ("file-mkdir-owner-name", |g| {
            changed(g, |it| it.mkdir(Mkdir::new("/d", 0o755).owner(Owner::parse("app:staff"))))
        }),
        ("file-mkfile", |g| changed(g, |it| it.mkfile(Mkfile::new("/f", 0o644, "x")))),
        ("file-mkfile-options", |g| {
            let mkfile = Mkfile::new("/f", 0o600, [0, 0xff]).owner(Owner::parse("root")).created(epoch()?);
            changed(g, |it| it.mkfile(mkfile))
        }),
        ("file-mkfile-empty", |g| {
            Ok(g.file(File::new(Input::Scratch).mkfile(Mkfile::new("/f", 0, "")))?.into())
        }),
        ("file-symlink", |g| changed(g, |it| it.symlink(Symlink::new("../a", "/b")))),
        ("file-symlink-options", |g| {
            let symlink = Symlink::new("/a", "/b").owner(Owner::ids(1, 2)).created(epoch()?);
            changed(g, |it| it.symlink(symlink))
        }),
        ("file-rm", |g| changed(g, |it| it.rm(Rm::new("/a")))),
        ("file-rm-options", |g| changed(g, |it| it.rm(Rm::new("/a/*").allow_not_found().wildcard()))),
        ("file-constraint", |g| changed(g, |it| it.rm(Rm::new("/a")).constraint("label==a"))),
    ]
}

fn copies() -> Vec<Named> {
    vec![
        ("file-copy", |g| copied(g, "/etc/passwd", "/p", |it| it)),
        ("file-copy-flags", |g| {
            let epoch = epoch()?;
            copied(g, "/etc/*", "/p/", |it| {
                it.follow_symlinks()
                    .contents()
                    .unpack()
                    .create_dest_path()
                    .allow_empty_wildcard()
                    .replace_existing()
                    .created(epoch)
            })
        }),
        ("file-copy-patterns", |g| {
            copied(g, "/", "/", |it| it.include(["a", "b"]).exclude(["c"]).require(["a"]))
        }),
        ("file-copy-exclude", |g| copied(g, "/", "/", |it| it.exclude(["c"]))),
        ("file-copy-mode", |g| copied(g, "/a", "/b", |it| it.mode(0o755))),
        ("file-copy-mode-setuid", |g| copied(g, "/a", "/b", |it| it.mode(0o4755))),
        ("file-copy-mode-zero", |g| copied(g, "/a", "/b", |it| it.mode(0))),
        ("file-copy-mode-string", |g| copied(g, "/a", "/b", |it| it.symbolic_mode("u+rwX,go-w"))),
        ("file-copy-owner", |g| {
            let (base, from) = (golang(g)?, alpine(g)?);
            let copy = Copy::new(from, "/a", "/b").owner(Owner::parse("app:1000"));
            Ok(g.file(File::new(base).copy(copy))?.into())
        }),
        ("file-copy-owner-group", |g| {
            let (base, from) = (golang(g)?, alpine(g)?);
            let copy = Copy::new(from, "/a", "/b").owner(Owner::of_group("staff"));
            Ok(g.file(File::new(base).copy(copy))?.into())
        }),
        ("file-copy-slashes", |g| {
            let from = alpine(g)?;
            let file = File::new(Input::Scratch)
                .copy(Copy::new(from, "/a/", "/b/"))
                .copy(Copy::new(from, "/a/.", "/b/."))
                .copy(Copy::new(from, "/", "/."));
            Ok(g.file(file)?.into())
        }),
        ("file-copy-from-scratch", |g| changed(g, |it| it.copy(Copy::new(Input::Scratch, "/", "/x")))),
        ("file-copy-from-itself", |g| {
            let from = alpine(g)?;
            changed(g, |it| it.copy(Copy::new(from, "/a", "/b")))
        }),
    ]
}

fn chains() -> Vec<Named> {
    vec![
        ("file-chain", |g| {
            let (golang, busybox) = (golang(g)?, image(g, "busybox")?);
            let debian = image(g, "debian")?;
            changed(g, |it| {
                it.mkdir(Mkdir::new("/d", 0o755))
                    .copy(Copy::new(golang, "/1", "/d/1"))
                    .mkfile(Mkfile::new("/d/f", 0o644, "f"))
                    .copy(Copy::new(busybox, "/2", "/d/2"))
                    .rm(Rm::new("/d/f"))
                    .copy(Copy::new(debian, "/3", "/d/3"))
                    .copy(Copy::new(golang, "/4", "/d/4"))
                    .symlink(Symlink::new("f", "/d/g"))
            })
        }),
        ("file-nested", |g| {
            let (golang, busybox) = (golang(g)?, image(g, "busybox")?);
            let made = File::new(busybox)
                .mkdir(Mkdir::new("/made", 0o755).owner(Owner::parse("app")))
                .mkfile(Mkfile::new("/made/f", 0o644, "f"));
            let single = File::new(Input::Scratch).mkfile(Mkfile::new("/s", 0o644, ""));
            changed(g, |it| {
                it.copy(Copy::new(golang, "/1", "/1"))
                    .copy(Copy::new(made, "/made", "/d"))
                    .copy(Copy::new(single, "/s", "/s"))
            })
        }),
    ]
}
