package main

import (
	"os"
	"path/filepath"

	gateway "github.com/moby/buildkit/frontend/gateway/pb"
	"github.com/moby/buildkit/solver/errdefs"
	"github.com/moby/buildkit/util/stack"
	fsutil "github.com/tonistiigi/fsutil/types"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"
)

// descriptors writes the messages that the engine speaks, as its own code has them.
func descriptors(folder string) error {
	var set descriptorpb.FileDescriptorSet
	seen := map[string]bool{}
	var add func(file protoreflect.FileDescriptor)
	add = func(file protoreflect.FileDescriptor) {
		if seen[file.Path()] {
			return
		}
		seen[file.Path()] = true
		for i := range file.Imports().Len() {
			add(file.Imports().Get(i).FileDescriptor)
		}
		set.File = append(set.File, protodesc.ToFileDescriptorProto(file))
	}
	for _, file := range []protoreflect.FileDescriptor{
		gateway.File_github_com_moby_buildkit_frontend_gateway_pb_gateway_proto,
		errdefs.File_github_com_moby_buildkit_solver_errdefs_errdefs_proto,
		stack.File_github_com_moby_buildkit_util_stack_stack_proto,
		fsutil.File_github_com_tonistiigi_fsutil_types_wire_proto,
	} {
		add(file)
	}
	dt, err := proto.Marshal(&set)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(folder, "upstream.pb"), dt, 0o644)
}
