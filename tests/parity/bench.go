package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/moby/buildkit/client/llb"
	digest "github.com/opencontainers/go-digest"
)

// bench builds and marshals one graph, as tests/examples/bench_llb.rs does, and prints nanoseconds, those
// on a processor, peak memory in KiB, vertices and the digest of the result.
func bench(args []string) error {
	if len(args) != 2 {
		return fmt.Errorf("usage: parity bench wide|deep VERTICES")
	}
	vertices, err := strconv.Atoi(args[1])
	if err != nil {
		return err
	}
	shape := map[string]func(int) llb.State{"wide": wide, "deep": deep}[args[0]]
	if shape == nil {
		return fmt.Errorf("unknown shape %q", args[0])
	}
	start, before := time.Now(), processor()
	def := marshal(shape(vertices))
	if _, err := def.Marshal(); err != nil {
		return err
	}
	spent, used := time.Since(start).Nanoseconds(), processor()-before
	fmt.Println(spent, used, peak(), len(def.Def), digest.FromBytes(def.Def[len(def.Def)-1]))
	return nil
}

// processor is how long all threads have run.
func processor() int64 {
	var sum int64
	tasks, _ := filepath.Glob("/proc/self/task/*/schedstat")
	for _, task := range tasks {
		text, _ := os.ReadFile(task)
		first, _, _ := strings.Cut(string(text), " ")
		spent, _ := strconv.ParseInt(first, 10, 64)
		sum += spent
	}
	return sum
}

func peak() string {
	status, _ := os.ReadFile("/proc/self/status")
	for line := range strings.Lines(string(status)) {
		if value, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			return strings.Fields(value)[0]
		}
	}
	return "0"
}

func step(base, context llb.State, m *llb.SourceMap, i int) llb.State {
	number := strconv.Itoa(i)
	run := base.Run(llb.Args([]string{"make", "-C", "/src", "target-" + number}), llb.Dir("/src"),
		llb.AddEnv("CGO_ENABLED", "0"), llb.AddEnv("TARGET", number),
		llb.AddMount("/src", context, llb.Readonly),
		llb.AddMount("/root/.cache", llb.Scratch(), llb.AsPersistentCacheDir("cache", llb.CacheMountShared)),
		llb.WithCustomName("[build "+number+"] make"), m.Location(lines(2, 2)))
	return run.Root().File(llb.Copy(context, "/file-"+number, "/app/", &llb.CopyInfo{CreateDestPath: true}),
		llb.WithCustomName("[copy "+number+"]"), m.Location(lines(3, 3)))
}

// wide is many short builds of one base, merged a hundred at a time.
func wide(vertices int) llb.State {
	base, context, m := alpine(), llb.Local("context", llb.SessionID("s")), manifest("app.yaml")
	var groups, group []llb.State
	for i := range vertices / 2 {
		group = append(group, step(base, context, m, i))
		if len(group) == 100 {
			groups = append(groups, llb.Merge(group))
			group = nil
		}
	}
	return llb.Merge(append(groups, group...))
}

// deep is one long build.
func deep(vertices int) llb.State {
	st, context, m := alpine(), llb.Local("context", llb.SessionID("s")), manifest("app.yaml")
	for i := range vertices / 2 {
		st = step(st, context, m, i)
	}
	return st
}
