package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"

	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/frontend/subrequests/convertllb"
	"github.com/moby/buildkit/solver/pb"
	digest "github.com/opencontainers/go-digest"
)

// convert writes, beside each definition of a folder, what the call `convertllb` answers with.
func convert(folder string) error {
	files, err := filepath.Glob(filepath.Join(folder, "*.pb"))
	if err != nil {
		return err
	}
	for _, file := range files {
		dt, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		var def pb.Definition
		if err := def.Unmarshal(dt); err != nil {
			return err
		}
		result := convertllb.Result{
			Def:      map[digest.Digest]*pb.Op{},
			Metadata: map[digest.Digest]llb.OpMetadata{},
			Source:   def.Source,
		}
		for _, dt := range def.Def {
			var op pb.Op
			if err := op.Unmarshal(dt); err != nil {
				return err
			}
			result.Def[digest.FromBytes(dt)] = &op
		}
		for dgst, known := range def.Metadata {
			result.Metadata[digest.Digest(dgst)] = llb.NewOpMetadata(known)
		}
		dt, err = json.Marshal(&result)
		if err != nil {
			return err
		}
		if err := os.WriteFile(strings.TrimSuffix(file, ".pb")+".json", dt, 0o644); err != nil {
			return err
		}
	}
	return nil
}
