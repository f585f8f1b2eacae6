// Writes the goldens beside it, with BuildKit's own code:
// go run -modfile=../../../tests/engine/go.mod . .
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"

	"github.com/moby/buildkit/frontend/gateway/client"
	"github.com/moby/buildkit/frontend/subrequests"
	"github.com/moby/buildkit/frontend/subrequests/lint"
	"github.com/moby/buildkit/frontend/subrequests/outline"
	"github.com/moby/buildkit/frontend/subrequests/targets"
	"github.com/moby/buildkit/solver/pb"
)

const manifest = "# syntax=example/frontend:1\nfrom: alpine\nrun: é\nsecrets: [a]\nfrom: x\n"

func at(line int32) *pb.Location {
	p := &pb.Position{Line: line}
	return &pb.Location{Ranges: []*pb.Range{{Start: p, End: p}}}
}

func write(name string, res *client.Result, err error) {
	if err != nil {
		panic(err)
	}
	dir := os.Args[1]
	os.WriteFile(dir+"/"+name+".json", append(res.Metadata["result.json"], '\n'), 0o644)
	os.WriteFile(dir+"/"+name+".txt", res.Metadata["result.txt"], 0o644)
	fmt.Println(name, string(res.Metadata["version"]), string(res.Metadata["result.statuscode"]))
}

func main() {
	src := []byte(manifest)
	r, err := outline.Outline{
		Name: "api", Description: "the service",
		Args:    []outline.Arg{{Name: "COMMIT", Value: "unknown", Description: "what is built", Location: at(2)}, {Name: "É"}},
		Secrets: []outline.Secret{{Name: "github", Required: true, Location: at(4)}, {Name: "ca"}},
		SSH:     []outline.SSH{{Name: "default", Location: at(3)}},
		Cache:   []outline.CacheMount{{ID: "go-build", Location: at(3)}},
		Sources: [][]byte{src},
	}.ToResult()
	write("outline", r, err)
	r, err = outline.Outline{}.ToResult()
	write("outline-empty", r, err)
	r, err = targets.List{Targets: []targets.Target{
		{Name: "api", Default: true, Description: "the service", Base: "scratch", Platform: "linux/amd64", Location: at(2)},
		{Name: "api.test"}, {Default: true},
	}, Sources: [][]byte{src}}.ToResult()
	write("targets", r, err)
	info := &pb.SourceInfo{Filename: "app.yaml", Data: src, Language: "YAML"}
	l := &lint.LintResults{Sources: []*pb.SourceInfo{info}, Warnings: []lint.Warning{
		{RuleName: "Twice", Detail: "`from` is there twice", Description: "keys are unique", URL: "https://example.com/twice", Location: at(5)},
		{RuleName: "Loose", Detail: "`alpine` has no tag", Location: at(2)},
		{RuleName: "Zero", Detail: "nowhere", Location: &pb.Location{SourceIndex: -1}},
	}}
	r, err = l.ToResult(nil)
	write("lint", r, err)
	l = &lint.LintResults{Sources: []*pb.SourceInfo{info}, Warnings: []lint.Warning{}, Error: &lint.BuildError{Message: "no `from`", Location: *at(2)}}
	r, err = l.ToResult(nil)
	b := &bytes.Buffer{}
	l.PrintErrorTo(b, nil)
	r.Metadata["result.txt"] = b.Bytes()
	write("lint-error", r, err)
	l = &lint.LintResults{Sources: []*pb.SourceInfo{info}, Warnings: []lint.Warning{}}
	r, err = l.ToResult(nil)
	write("lint-clean", r, err)
	all := []subrequests.Request{outline.SubrequestsOutlineDefinition, targets.SubrequestsTargetsDefinition, lint.SubrequestLintDefinition, subrequests.SubrequestsDescribeDefinition}
	dt, _ := json.MarshalIndent(all, "", "  ")
	b = &bytes.Buffer{}
	subrequests.PrintDescribe(dt, b)
	res := client.NewResult()
	res.AddMeta("result.json", dt)
	res.AddMeta("result.txt", b.Bytes())
	write("describe", res, nil)
}
