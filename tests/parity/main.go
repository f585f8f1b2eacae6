// Command parity builds the graphs of this folder with BuildKit's own client, for the Rust side to
// compare with. See tests/tests/parity.
package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/solver/pb"
)

type graph struct {
	name  string
	build func() llb.State
}

var graphs []graph

func add(name string, build func() llb.State) {
	graphs = append(graphs, graph{name, build})
}

// What every definition is marshalled with: an engine that can do everything.
func constraints() []llb.ConstraintsOpt {
	return []llb.ConstraintsOpt{llb.LinuxAmd64, llb.WithCaps(pb.Caps.CapSet(pb.Caps.All()))}
}

func marshal(st llb.State) *pb.Definition {
	def, err := st.Marshal(context.Background(), constraints()...)
	if err != nil {
		panic(err)
	}
	return def.ToPB()
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) < 2 {
		return fmt.Errorf("usage: parity graphs|load|coverage|descriptors|convert|texts|attributes FOLDER, or parity bench SHAPE VERTICES")
	}
	switch args[0] {
	case "graphs":
		return write(args[1])
	case "load":
		return each(args[1], load)
	case "coverage":
		return coverage(args[1])
	case "descriptors":
		return descriptors(args[1])
	case "convert":
		return convert(args[1])
	case "texts":
		return texts(args[1])
	case "attributes":
		return attributes(args[1])
	case "bench":
		return bench(args[1:])
	default:
		return fmt.Errorf("unknown verb %q", args[0])
	}
}

// write puts the definition of each graph into the folder.
func write(folder string) error {
	for _, g := range graphs {
		dt, err := marshal(g.build()).Marshal()
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(folder, g.name+".pb"), dt, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// each reads the definitions of a folder and reports every one that fails.
func each(folder string, check func(*pb.Definition) error) error {
	files, err := filepath.Glob(filepath.Join(folder, "*.pb"))
	if err != nil {
		return err
	}
	var failed []string
	for _, file := range files {
		dt, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		var def pb.Definition
		if err := def.Unmarshal(dt); err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		if err := check(&def); err != nil {
			failed = append(failed, fmt.Sprintf("%s: %v", filepath.Base(file), err))
		}
	}
	if len(failed) > 0 {
		return fmt.Errorf("%s", strings.Join(failed, "\n"))
	}
	fmt.Println(len(files))
	return nil
}
