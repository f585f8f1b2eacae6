package main

import (
	"fmt"

	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/client/llb/llbbuild"
	"github.com/moby/buildkit/solver/pb"
)

const yaml = "from: alpine\nrun: true\ncopy: é\n"

func manifest(name string) *llb.SourceMap {
	return llb.NewSourceMap(nil, name, "YAML", []byte(yaml))
}

func lines(first, last int32) []*pb.Range {
	return []*pb.Range{{Start: &pb.Position{Line: first}, End: &pb.Position{Line: last}}}
}

func command(st llb.State, arg string, opts ...llb.RunOption) llb.State {
	return st.Run(append([]llb.RunOption{llb.Args([]string{arg})}, opts...)...).Root()
}

func init() {
	add("scratch", llb.Scratch)
	add("merge", func() llb.State { return llb.Merge([]llb.State{alpine(), golang()}) })
	add("merge-three", func() llb.State {
		return llb.Merge([]llb.State{alpine(), golang(), llb.Image("busybox")}, llb.Require("label==a"))
	})
	add("merge-same-twice", func() llb.State { return llb.Merge([]llb.State{alpine(), golang(), alpine()}) })
	add("merge-with-scratch", func() llb.State {
		return llb.Merge([]llb.State{llb.Scratch(), alpine(), llb.Scratch(), golang()})
	})
	add("merge-of-one", func() llb.State { return llb.Merge([]llb.State{llb.Scratch(), alpine()}) })
	add("merge-of-none", func() llb.State { return llb.Merge([]llb.State{llb.Scratch(), llb.Scratch()}) })
	add("merge-nested", func() llb.State {
		return llb.Merge([]llb.State{llb.Merge([]llb.State{alpine(), golang()}), llb.Merge([]llb.State{golang(), alpine()})})
	})
	add("diff", func() llb.State { return llb.Diff(alpine(), command(alpine(), "make")) })
	add("diff-itself", func() llb.State { return llb.Diff(alpine(), alpine()) })
	add("diff-from-scratch", func() llb.State { return llb.Diff(llb.Scratch(), alpine()) })
	add("diff-to-scratch", func() llb.State { return llb.Diff(alpine(), llb.Scratch()) })
	add("diff-of-nothing", func() llb.State { return llb.Diff(llb.Scratch(), llb.Scratch()) })
	add("build", func() llb.State { return alpine().With(llbbuild.Build()) })
	add("build-filename", func() llb.State {
		return alpine().With(llbbuild.Build(llbbuild.WithFilename("llb.pb"), llbbuild.WithConstraints(llb.LinuxArm64)))
	})
	add("passthrough", func() llb.State { return alpine().Requires("gate", golang(), llb.Image("busybox")) })
	add("passthrough-outputs", func() llb.State {
		op := llb.NewPassthroughOp("id", []llb.PassthroughInput{
			{State: golang()}, {State: alpine(), Output: true}, {State: llb.Image("busybox"), Output: true},
		})
		return llb.NewState(op.OutputAt(1))
	})

	add("metadata-name", func() llb.State {
		return command(alpine(), "true", llb.WithCustomName("[1/1] RUN true"),
			llb.WithDescription(map[string]string{"com.docker.dockerfile.v1.command": "RUN true", "empty": ""}))
	})
	add("metadata-ignore-cache", func() llb.State { return command(alpine(), "true", llb.IgnoreCache) })
	add("metadata-export-cache", func() llb.State { return command(alpine(), "true", llb.WithExportCache()) })
	add("metadata-no-export-cache", func() llb.State { return command(alpine(), "true", llb.WithoutExportCache()) })
	add("metadata-progress-group", func() llb.State {
		return command(command(alpine(), "a", llb.ProgressGroup("id", "name", false)), "b", llb.ProgressGroup("id", "name", true))
	})
	add("metadata-merged", func() llb.State {
		a := llb.Image("alpine", llb.WithCustomName("one"), llb.IgnoreCache, llb.ProgressGroup("1", "one", false))
		b := llb.Image("alpine", llb.WithCustomName("two"), llb.WithoutExportCache(), llb.ProgressGroup("2", "two", true))
		return llb.Merge([]llb.State{command(a, "a"), command(b, "b")})
	})

	add("source-map", func() llb.State {
		m := manifest("app.yaml")
		return command(llb.Image("alpine", m.Location(lines(1, 1))), "true", m.Location(lines(2, 3)))
	})
	add("source-map-characters", func() llb.State {
		return command(alpine(), "true", manifest("app.yaml").Location([]*pb.Range{
			{Start: &pb.Position{Line: 2, Character: 5}, End: &pb.Position{Line: 2, Character: 9}},
			{Start: &pb.Position{Line: 3, Character: 6}, End: &pb.Position{Line: 3, Character: 7}},
		}))
	})
	add("source-map-files", func() llb.State {
		a, b := manifest("a.yaml"), manifest("b.yaml")
		return command(llb.Image("alpine", b.Location(lines(1, 1))), "true", a.Location(lines(2, 2)), b.Location(lines(3, 3)))
	})
	add("source-map-equal-files", func() llb.State {
		return command(llb.Image("alpine", manifest("a.yaml").Location(lines(1, 1))), "true", manifest("a.yaml").Location(lines(2, 2)))
	})
	add("source-map-equal-ops", func() llb.State {
		m := manifest("app.yaml")
		a := llb.Image("alpine", m.Location(lines(1, 1)))
		b := llb.Image("alpine", m.Location(lines(2, 2)))
		return llb.Merge([]llb.State{a, b})
	})
	add("source-map-definition", func() llb.State {
		source := llb.Local("dockerfile", llb.SessionID("s"), llb.FollowPaths([]string{"app.yaml"}))
		m := llb.NewSourceMap(&source, "app.yaml", "YAML", []byte(yaml))
		return command(alpine(), "true", m.Location(lines(2, 2)))
	})

	add("import", func() llb.State {
		op, err := llb.NewDefinitionOp(marshal(command(alpine(), "true", llb.WithCustomName("inner"), manifest("in.yaml").Location(lines(1, 1)))))
		if err != nil {
			panic(err)
		}
		return command(llb.NewState(op), "make", manifest("out.yaml").Location(lines(2, 2)))
	})
	add("import-output", func() llb.State {
		op, err := llb.NewDefinitionOp(marshal(alpine().Run(llb.Args([]string{"true"})).AddMount("/out", llb.Scratch())))
		if err != nil {
			panic(err)
		}
		return llb.Scratch().File(llb.Copy(llb.NewState(op), "/a", "/b"))
	})

	add("deep", func() llb.State {
		st := alpine()
		for i := range 300 {
			st = command(st, fmt.Sprintf("step %d", i))
		}
		return st
	})
	add("wide", func() llb.State {
		base := alpine()
		var layers []llb.State
		for i := range 60 {
			layers = append(layers, llb.Diff(base, command(base, fmt.Sprintf("layer %d", i))))
		}
		return llb.Merge(append([]llb.State{base}, layers...))
	})
	add("app-go", func() llb.State { return appGo(llb.LinuxAmd64, "linux/amd64") })
	add("app-node", appNode)
	add("app-platforms", func() llb.State {
		return llb.Merge([]llb.State{appGo(llb.LinuxAmd64, "linux/amd64"), appGo(llb.LinuxArm64, "linux/arm64")})
	})
}

// appGo is a build on the build platform for a target platform.
func appGo(target llb.ConstraintsOpt, name string) llb.State {
	m := manifest("app.yaml")
	context := llb.Local("context", llb.SessionID("s"), llb.SharedKeyHint("context"),
		llb.ExcludePatterns([]string{".git", "*.md"}), llb.WithCustomName("[internal] load build context"))
	files := llb.Local("context", llb.SessionID("s"), llb.SharedKeyHint("deps"), llb.FollowPaths([]string{"go.mod", "go.sum"}))
	toolchain := llb.Image("golang:1.26-bookworm", llb.LinuxAmd64, llb.WithCustomName("[toolchain] golang"), m.Location(lines(1, 1)))

	deps := toolchain.File(llb.Mkdir("/src", 0o755, llb.WithParents(true)).
		Copy(files, "/go.mod", "/src/").Copy(files, "/go.sum", "/src/"), llb.WithCustomName("[deps 1/2] copy"))
	download := deps.Run(llb.Args([]string{"go", "mod", "download"}), llb.Dir("/src"), llb.AddEnv("GOFLAGS", "-mod=mod"),
		llb.AddSecretWithDest("netrc", ptr("/run/secrets/netrc"), llb.SecretOptional),
		llb.WithCustomName("[deps 2/2] go mod download"), m.Location(lines(2, 2)))
	modules := download.AddMount("/go/pkg/mod", llb.Scratch())

	build := toolchain.Run(llb.Args([]string{"go", "build", "-trimpath", "-o", "/app/api", "./cmd/api"}), llb.Dir("/src"),
		llb.AddEnv("CGO_ENABLED", "0"), llb.AddEnv("TARGET", name), llb.Network(llb.NetModeNone),
		llb.AddMount("/src", context, llb.ForceNoOutput),
		llb.AddMount("/go/pkg/mod", modules, llb.Readonly, llb.ContentCache(llb.MountContentCacheOff)),
		llb.AddMount("/root/.cache/go-build", llb.Scratch(), llb.AsPersistentCacheDir("go-build", llb.CacheMountShared)),
		llb.WithCustomName("[build] go build"), m.Location(lines(3, 3)))
	app := build.AddMount("/app", llb.Scratch().File(llb.Mkdir("/app", 0o755)), llb.SourcePath("/app"))

	base := llb.Image("gcr.io/distroless/static:nonroot", target, llb.WithCustomName("["+name+" run] base"))
	return llb.Merge([]llb.State{base, app}, llb.WithCustomName("["+name+" run] layers"))
}

func appNode() llb.State {
	m := manifest("app.yaml")
	node := llb.Image("node:24-slim", m.Location(lines(1, 1)))
	context := llb.Local("context", llb.SessionID("s"), llb.SharedKeyHint("context"), llb.ExcludePatterns([]string{"node_modules"}))
	npm := func(st llb.State, args ...string) llb.ExecState {
		return st.Run(llb.Args(append([]string{"npm"}, args...)), llb.Dir("/app"),
			llb.AddEnv("NODE_ENV", "production"), llb.AddEnv("npm_config_cache", "/cache"),
			llb.AddMount("/cache", llb.Scratch(), llb.AsPersistentCacheDir("npm", llb.CacheMountLocked)),
			m.Location(lines(2, 2)))
	}
	locked := node.File(llb.Copy(context, "/package.json", "/app/", &llb.CopyInfo{CreateDestPath: true}).
		Copy(context, "/package-lock.json", "/app/"))
	deps := npm(locked, "ci").Root()
	production := npm(locked, "ci", "--omit=dev").Root()
	source := deps.File(llb.Copy(context, "/", "/app/", &llb.CopyInfo{CopyDirContentsOnly: true}))
	built := npm(source, "run", "build").Root()
	tests := npm(source, "test").Root()
	app := llb.Scratch().File(llb.Copy(built, "/app/dist", "/app/dist", &llb.CopyInfo{CreateDestPath: true}, llb.WithUIDGID(1000, 1000)).
		Copy(tests, "/app/none", "/", &llb.CopyInfo{AllowWildcard: true, AllowEmptyWildcard: true}))
	return llb.Merge([]llb.State{node, llb.Diff(locked, production), app})
}
