package main

import (
	"context"
	"fmt"

	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/solver"
	"github.com/moby/buildkit/solver/llbsolver"
	"github.com/moby/buildkit/solver/pb"
	digest "github.com/opencontainers/go-digest"
)

// load reads a definition as the engine does. The engine marshals every op again and goes by the
// digest of its own bytes: they must be ours.
func load(def *pb.Definition) error {
	if len(def.Def) == 0 {
		return nil
	}
	edge, err := llbsolver.Load(context.Background(), def, nil)
	if err != nil {
		return fmt.Errorf("engine: %w", err)
	}
	ours := map[digest.Digest]struct{}{}
	for _, dt := range def.Def {
		ours[digest.FromBytes(dt)] = struct{}{}
	}
	seen := map[digest.Digest]struct{}{}
	var walk func(v solver.Vertex) error
	walk = func(v solver.Vertex) error {
		if _, ok := ours[v.Digest()]; !ok {
			return fmt.Errorf("engine: %s (%s) is not one of our digests", v.Digest(), v.Name())
		}
		if _, ok := seen[v.Digest()]; ok {
			return nil
		}
		seen[v.Digest()] = struct{}{}
		for _, in := range v.Inputs() {
			if err := walk(in.Vertex); err != nil {
				return err
			}
		}
		return nil
	}
	if err := walk(edge.Vertex); err != nil {
		return err
	}
	if len(seen) != len(def.Def)-1 {
		return fmt.Errorf("engine: %d of %d vertices are reachable", len(seen), len(def.Def)-1)
	}

	// And as a frontend's input does, which wants metadata for every op.
	op, err := llb.NewDefinitionOp(def)
	if err != nil {
		return fmt.Errorf("client: %w", err)
	}
	again, err := llb.NewState(op).Marshal(context.Background(), constraints()...)
	if err != nil {
		return fmt.Errorf("client: %w", err)
	}
	if len(again.Def) != len(def.Def) {
		return fmt.Errorf("client: %d ops became %d", len(def.Def), len(again.Def))
	}
	return nil
}
