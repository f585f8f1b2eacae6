package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Where clients write options and where BuildKit's own frontends read them, with what the maps of
// options are called there besides the usual names.
var optionPackages = map[string][]string{
	"github.com/docker/buildx/bake":                               nil,
	"github.com/docker/buildx/build":                              {"attrs", "res"},
	"github.com/docker/buildx/util/history":                       nil,
	"github.com/docker/buildx/commands":                           nil,
	"github.com/moby/buildkit/client":                             nil,
	"github.com/moby/buildkit/cmd/buildctl":                       nil,
	"github.com/moby/buildkit/cmd/buildctl/build":                 nil,
	"github.com/moby/buildkit/control":                            nil,
	"github.com/moby/buildkit/frontend":                           nil,
	"github.com/moby/buildkit/frontend/attestations":              nil,
	"github.com/moby/buildkit/frontend/dockerfile/builder":        nil,
	"github.com/moby/buildkit/frontend/dockerfile/dockerfile2llb": nil,
	"github.com/moby/buildkit/frontend/dockerui":                  nil,
	"github.com/moby/buildkit/frontend/gateway":                   nil,
	"github.com/moby/buildkit/frontend/gateway/forwarder":         nil,
	"github.com/moby/buildkit/frontend/gateway/grpcclient":        nil,
	"github.com/moby/buildkit/solver/llbsolver":                   nil,
	"github.com/moby/buildkit/solver/llbsolver/provenance":        nil,
}

// Usual names of such maps, with what their keys go without.
var optionMaps = map[string]string{
	"FrontendAttrs": "",
	"frontendAttrs": "",
	"FrontendOpt":   "",
	"Opts":          "",
	"opts":          "",
	"BuildArgs":     "build-arg:",
	"buildArgs":     "build-arg:",
}

// Names that are those of build arguments wherever the frontend for Dockerfiles writes them.
var predefined = regexp.MustCompile(`(?i)^(BUILDKIT_[A-Z_]+|[A-Z]+_PROXY|SOURCE_DATE_EPOCH)$`)

// Prefixes that tell an option wherever it is written.
var optionPrefixes = []string{
	"attest:", "build-arg:", "context:", "input:", "input-metadata:", "label:", "local-sessionid:",
	"sharedkey:", "vcs:",
}

// attributes prints the name of every option that these sources name, one a line, each with a place.
// A name that goes on with something else ends in `:`, and so do names of which only the beginning is
// written. The folder is that of a module that has the packages in its build list.
func attributes(folder string) error {
	args := []string{"list", "-modfile=../engine/go.mod", "-f", "{{.ImportPath}} {{.Dir}} {{join .GoFiles \" \"}}"}
	list := exec.Command("go", slices.AppendSeq(args, maps.Keys(optionPackages))...)
	list.Dir = folder
	out, err := list.Output()
	if err != nil {
		return fmt.Errorf("go list: %w", err)
	}
	places := map[string]string{}
	for line := range strings.Lines(string(out)) {
		words := strings.Fields(line)
		if err := ofPackage(words[0], words[1], words[2:], places); err != nil {
			return err
		}
	}
	for _, name := range slices.Sorted(maps.Keys(places)) {
		fmt.Printf("%s\t%s\n", name, places[name])
	}
	return nil
}

func ofPackage(name, folder string, files []string, places map[string]string) error {
	set := token.NewFileSet()
	var parsed []*ast.File
	for _, file := range files {
		tree, err := parser.ParseFile(set, folder+"/"+file, nil, 0)
		if err != nil {
			return err
		}
		parsed = append(parsed, tree)
	}
	texts := constants(parsed)
	ofDockerfiles := strings.HasSuffix(name, "/dockerui") || strings.HasSuffix(name, "/dockerfile2llb")
	note := func(node ast.Node, key string) {
		if _, known := places[key]; !known {
			at := set.Position(node.Pos())
			places[key] = fmt.Sprintf("%s/%s:%d", name, at.Filename[strings.LastIndex(at.Filename, "/")+1:], at.Line)
		}
	}
	for _, tree := range parsed {
		ast.Inspect(tree, func(node ast.Node) bool {
			switch node := node.(type) {
			case *ast.IndexExpr:
				prefix, isMap := optionMaps[last(node.X)]
				isMap = isMap || slices.Contains(optionPackages[name], last(node.X))
				if key, whole := text(node.Index, texts); isMap && key != "" {
					note(node, ended(prefix+key, whole))
				}
			case *ast.BasicLit:
				key, _ := text(node, texts)
				if ofDockerfiles && predefined.MatchString(key) {
					note(node, "build-arg:"+strings.ToUpper(key))
				}
				for _, prefix := range optionPrefixes {
					if strings.HasPrefix(key, prefix) && !strings.ContainsAny(key, " %") {
						note(node, key)
					}
				}
			}
			return true
		})
		// BuildKit's own lists, which name options that nothing indexes by name.
		if strings.HasSuffix(name, "/dockerui") || strings.HasSuffix(name, "/frontend") {
			for _, value := range constants([]*ast.File{tree}) {
				if value.isKey {
					note(value.node, value.text)
				}
			}
		}
	}
	return nil
}

// What constants with the name of an option are called.
var keyName = regexp.MustCompile(`^[kK]ey[A-Z]`)

type constant struct {
	text  string
	isKey bool
	node  ast.Node
}

// constants are the package's, as far as they are texts.
func constants(files []*ast.File) map[string]constant {
	found := map[string]constant{}
	for _, file := range files {
		for _, declared := range file.Decls {
			group, ok := declared.(*ast.GenDecl)
			if !ok || group.Tok != token.CONST {
				continue
			}
			for _, spec := range group.Specs {
				values := spec.(*ast.ValueSpec)
				for i, name := range values.Names {
					if i >= len(values.Values) {
						continue
					}
					if value, whole := text(values.Values[i], nil); whole {
						found[name.Name] = constant{value, keyName.MatchString(name.Name), name}
					}
				}
			}
		}
	}
	return found
}

// text is what is written of an expression from its beginning, and whether that is all of it.
func text(expression ast.Expr, texts map[string]constant) (string, bool) {
	switch expression := expression.(type) {
	case *ast.BasicLit:
		value, err := strconv.Unquote(expression.Value)
		return value, expression.Kind == token.STRING && err == nil
	case *ast.Ident:
		value, known := texts[expression.Name]
		return value.text, known
	case *ast.BinaryExpr:
		left, whole := text(expression.X, texts)
		if !whole {
			return left, false
		}
		right, whole := text(expression.Y, texts)
		return left + right, whole
	default:
		return "", false
	}
}

// ended keeps the part of a name up to its last `:` when something unknown follows.
func ended(key string, whole bool) string {
	if whole {
		return key
	}
	return key[:strings.LastIndex(key, ":")+1]
}

func last(expression ast.Expr) string {
	switch expression := expression.(type) {
	case *ast.Ident:
		return expression.Name
	case *ast.SelectorExpr:
		return expression.Sel.Name
	default:
		return ""
	}
}
