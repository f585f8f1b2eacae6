package main

import (
	"time"

	"github.com/moby/buildkit/client/llb"
)

func epoch() llb.CreatedTime { return llb.WithCreatedTime(time.Unix(1700000000, 0)) }

func init() {
	add("file-mkdir", func() llb.State { return alpine().File(llb.Mkdir("/d", 0o755)) })
	add("file-mkdir-options", func() llb.State {
		return alpine().File(llb.Mkdir("/d/./e/../f/", 0o700, llb.WithParents(true), llb.WithUIDGID(10001, 20002), epoch()))
	})
	add("file-mkdir-owner-name", func() llb.State {
		return alpine().File(llb.Mkdir("/d", 0o755, llb.WithUser("app:staff")))
	})
	add("file-mkfile", func() llb.State { return alpine().File(llb.Mkfile("/f", 0o644, []byte("x"))) })
	add("file-mkfile-options", func() llb.State {
		return alpine().File(llb.Mkfile("/f", 0o600, []byte{0, 0xff}, llb.WithUser("root"), epoch()))
	})
	add("file-mkfile-empty", func() llb.State { return llb.Scratch().File(llb.Mkfile("/f", 0, nil)) })
	add("file-symlink", func() llb.State { return alpine().File(llb.Symlink("../a", "/b")) })
	add("file-symlink-options", func() llb.State {
		return alpine().File(llb.Symlink("/a", "/b", llb.WithUIDGID(1, 2), epoch()))
	})
	add("file-rm", func() llb.State { return alpine().File(llb.Rm("/a")) })
	add("file-rm-options", func() llb.State {
		return alpine().File(llb.Rm("/a/*", llb.WithAllowNotFound(true), llb.WithAllowWildcard(true)))
	})
	add("file-copy", func() llb.State {
		return llb.Scratch().File(llb.Copy(alpine(), "/etc/passwd", "/p"))
	})
	add("file-copy-flags", func() llb.State {
		return llb.Scratch().File(llb.Copy(alpine(), "/etc/*", "/p/", &llb.CopyInfo{
			FollowSymlinks: true, CopyDirContentsOnly: true, AttemptUnpack: true, CreateDestPath: true,
			AllowWildcard: true, AllowEmptyWildcard: true, AlwaysReplaceExistingDestPaths: true,
		}, epoch()))
	})
	add("file-copy-patterns", func() llb.State {
		return llb.Scratch().File(llb.Copy(alpine(), "/", "/", &llb.CopyInfo{
			IncludePatterns: []string{"a", "b"}, ExcludePatterns: []string{"c"}, RequiredPaths: []string{"a"},
		}))
	})
	add("file-copy-exclude", func() llb.State {
		return llb.Scratch().File(llb.Copy(alpine(), "/", "/", llb.WithExcludePatterns([]string{"c"})))
	})
	add("file-copy-mode", func() llb.State {
		return llb.Scratch().File(llb.Copy(alpine(), "/a", "/b", llb.ChmodOpt{Mode: 0o755}))
	})
	add("file-copy-mode-setuid", func() llb.State {
		return llb.Scratch().File(llb.Copy(alpine(), "/a", "/b", llb.ChmodOpt{Mode: 0o4755}))
	})
	add("file-copy-mode-zero", func() llb.State {
		return llb.Scratch().File(llb.Copy(alpine(), "/a", "/b", llb.ChmodOpt{Mode: 0}))
	})
	add("file-copy-mode-string", func() llb.State {
		return llb.Scratch().File(llb.Copy(alpine(), "/a", "/b", llb.ChmodOpt{ModeStr: "u+rwX,go-w"}))
	})
	add("file-copy-owner", func() llb.State {
		return golang().File(llb.Copy(alpine(), "/a", "/b", llb.WithUser("app:1000")))
	})
	add("file-copy-owner-group", func() llb.State {
		return golang().File(llb.Copy(alpine(), "/a", "/b", llb.ChownOpt{Group: &llb.UserOpt{Name: "staff"}}))
	})
	add("file-copy-slashes", func() llb.State {
		return llb.Scratch().File(llb.Copy(alpine(), "/a/", "/b/").Copy(alpine(), "/a/.", "/b/.").Copy(alpine(), "/", "/."))
	})
	add("file-copy-from-scratch", func() llb.State {
		return alpine().File(llb.Copy(llb.Scratch(), "/", "/x"))
	})
	add("file-copy-from-itself", func() llb.State {
		return alpine().File(llb.Copy(alpine(), "/a", "/b"))
	})
	// The order of a definition follows from the last copy to the first.
	add("file-chain", func() llb.State {
		return alpine().File(llb.Mkdir("/d", 0o755).
			Copy(golang(), "/1", "/d/1").
			Mkfile("/d/f", 0o644, []byte("f")).
			Copy(llb.Image("busybox"), "/2", "/d/2").
			Rm("/d/f").
			Copy(llb.Image("debian"), "/3", "/d/3").
			Copy(golang(), "/4", "/d/4").
			Symlink("f", "/d/g"))
	})
	add("file-nested", func() llb.State {
		made := llb.Mkdir("/made", 0o755, llb.WithUser("app")).Mkfile("/made/f", 0o644, []byte("f"))
		return alpine().File(llb.Copy(golang(), "/1", "/1").
			Copy(made.WithState(llb.Image("busybox")), "/made", "/d").
			Copy(llb.Mkfile("/s", 0o644, nil).WithState(llb.Scratch()), "/s", "/s"))
	})
	add("file-constraint", func() llb.State { return alpine().File(llb.Rm("/a"), llb.Require("label==a")) })
}
