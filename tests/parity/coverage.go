package main

import (
	"fmt"
	"sort"
	"strings"

	"github.com/moby/buildkit/solver/pb"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// Fields of ops.proto that no graph can set.
var unreachable = map[protoreflect.FullName]string{
	"pb.Mount.resultID":       "of the gateway's NewContainer, not of a graph",
	"pb.BuildOp.def":          "the engine takes the definition from an input; neither client sets it",
	"pb.BuildInput.input":     "a build has one input, so it is always 0",
	"pb.LowerDiffInput.input": "a diff from scratch is its upper side, so it is always 0",
}

// coverage reports the fields of ops.proto that no definition of the folder sets.
func coverage(folder string) error {
	seen := map[protoreflect.FullName]bool{}
	err := each(folder, func(def *pb.Definition) error {
		return note(seen, def.ProtoReflect())
	})
	if err != nil {
		return err
	}
	var missing []string
	messages := pb.File_github_com_moby_buildkit_solver_pb_ops_proto.Messages()
	for i := range messages.Len() {
		fields := messages.Get(i).Fields()
		for j := range fields.Len() {
			name := fields.Get(j).FullName()
			_, excused := unreachable[name]
			if !seen[name] && !excused {
				missing = append(missing, string(name))
			}
			if seen[name] && excused {
				missing = append(missing, string(name)+" (is set, though it is excused)")
			}
		}
	}
	for name, number := range enums() {
		if !seen[name] && number != 0 {
			missing = append(missing, string(name))
		}
	}
	if len(missing) > 0 {
		sort.Strings(missing)
		return fmt.Errorf("no graph sets:\n%s", strings.Join(missing, "\n"))
	}
	return nil
}

func enums() map[protoreflect.FullName]protoreflect.EnumNumber {
	all := map[protoreflect.FullName]protoreflect.EnumNumber{}
	enums := pb.File_github_com_moby_buildkit_solver_pb_ops_proto.Enums()
	for i := range enums.Len() {
		values := enums.Get(i).Values()
		for j := range values.Len() {
			name := enums.Get(i).FullName() + "." + protoreflect.FullName(values.Get(j).Name())
			all[name] = values.Get(j).Number()
		}
	}
	return all
}

// note adds the fields that are set in a message, and in the ops that it holds as bytes.
func note(seen map[protoreflect.FullName]bool, m protoreflect.Message) error {
	if def, ok := m.Interface().(*pb.Definition); ok {
		for _, dt := range def.Def {
			var op pb.Op
			if err := proto.Unmarshal(dt, &op); err != nil {
				return err
			}
			if err := note(seen, op.ProtoReflect()); err != nil {
				return err
			}
		}
	}
	var err error
	m.Range(func(field protoreflect.FieldDescriptor, value protoreflect.Value) bool {
		seen[field.FullName()] = true
		switch {
		case field.IsMap():
			if field.MapValue().Message() != nil {
				value.Map().Range(func(_ protoreflect.MapKey, v protoreflect.Value) bool {
					err = note(seen, v.Message())
					return err == nil
				})
			}
		case field.IsList():
			for i := 0; field.Message() != nil && i < value.List().Len() && err == nil; i++ {
				err = note(seen, value.List().Get(i).Message())
			}
		case field.Message() != nil:
			err = note(seen, value.Message())
		case field.Enum() != nil:
			name := field.Enum().Values().ByNumber(value.Enum()).Name()
			seen[field.Enum().FullName()+"."+protoreflect.FullName(name)] = true
		}
		return err == nil
	})
	return err
}
