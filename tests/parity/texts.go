package main

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"

	"github.com/containerd/platforms"
	"github.com/distribution/reference"
	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/solver/pb"
)

// answer is what the libraries that BuildKit uses make of a text; what they refuse is empty.
type answer struct {
	Reference string `json:"reference"`
	Familiar  string `json:"familiar"`
	Platform  string `json:"platform"`
	Git       string `json:"git"`
	Remote    string `json:"remote"`
}

// texts reads texts.json and writes answers.json.
func texts(folder string) error {
	dt, err := os.ReadFile(filepath.Join(folder, "texts.json"))
	if err != nil {
		return err
	}
	var questions []string
	if err := json.Unmarshal(dt, &questions); err != nil {
		return err
	}
	answers := make([]answer, len(questions))
	for i, text := range questions {
		answers[i] = ask(text)
	}
	if dt, err = json.Marshal(answers); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(folder, "answers.json"), dt, 0o644)
}

func ask(text string) answer {
	var a answer
	if named, err := reference.ParseNormalizedNamed(text); err == nil {
		named = reference.TagNameOnly(named)
		a.Reference, a.Familiar = named.String(), reference.FamiliarString(named)
	}
	if platform, err := platforms.Parse(text); err == nil {
		a.Platform = platforms.FormatAll(platforms.Normalize(platform))
	}
	url, fragment, _ := strings.Cut(text, "#")
	st := llb.Git(url, fragment, llb.KnownSSHHosts("a"))
	if _, dt, _, _, err := st.Output().Vertex(context.Background(), &llb.Constraints{}).Marshal(context.Background(), llb.NewConstraints()); err == nil {
		var op pb.Op
		if err := op.Unmarshal(dt); err == nil {
			a.Git, a.Remote = op.GetSource().Identifier, op.GetSource().Attrs[pb.AttrFullRemoteURL]
		}
	}
	return a
}
