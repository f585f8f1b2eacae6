package main

import (
	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/solver/pb"
	"github.com/moby/buildkit/util/apicaps"
	digest "github.com/opencontainers/go-digest"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
)

const sha = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
const commit = "0123456789abcdef0123456789abcdef01234567"

type recordType string

func (r recordType) SetImageOption(info *llb.ImageInfo) { info.RecordType = string(r) }

func init() {
	add("image", func() llb.State { return llb.Image("alpine") })
	add("image-tag", func() llb.State { return llb.Image("golang:1.26-bookworm") })
	add("image-digest", func() llb.State { return llb.Image("alpine@" + sha) })
	add("image-tag-digest", func() llb.State { return llb.Image("ghcr.io/a/b:c@" + sha) })
	add("image-registry-port", func() llb.State { return llb.Image("localhost:5000/a/b") })
	add("image-hub-owner", func() llb.State { return llb.Image("index.docker.io/a/b:1") })
	add("image-arm64", func() llb.State { return llb.Image("alpine", llb.LinuxArm64) })
	add("image-armv7", func() llb.State { return llb.Image("alpine", llb.LinuxArm) })
	add("image-windows", func() llb.State {
		return llb.Image("alpine", llb.Platform(ocispecs.Platform{
			OS: "windows", Architecture: "amd64", OSVersion: "10.0.17763", OSFeatures: []string{"a", "win32k"},
		}))
	})
	add("image-resolve-pull", func() llb.State { return llb.Image("alpine", llb.ResolveModeForcePull) })
	add("image-resolve-local", func() llb.State { return llb.Image("alpine", llb.ResolveModePreferLocal) })
	add("image-resolve-default", func() llb.State { return llb.Image("alpine", llb.ResolveModeDefault) })
	add("image-internal", func() llb.State { return llb.Image("alpine", llb.MarkImageInternal) })
	add("image-frontend", func() llb.State { return llb.Image("alpine", recordType("frontend")) })
	add("image-layer-limit", func() llb.State { return llb.Image("alpine", llb.WithLayerLimit(2)) })
	add("image-checksum", func() llb.State {
		return llb.Image("alpine", llb.WithImageChecksum(digest.Digest(sha)))
	})
	add("image-constraint", func() llb.State {
		return llb.Image("alpine", llb.Require("label==a", "label==b"))
	})

	add("oci-layout", func() llb.State { return llb.OCILayout("docker.io/library/a@" + sha) })
	add("oci-layout-store", func() llb.State {
		return llb.OCILayout("docker.io/library/a@"+sha,
			llb.OCIStore("session", "store"), llb.OCILayerLimit(3), llb.LinuxArm64)
	})

	add("blob", func() llb.State { return llb.ImageBlob("a.b/c@" + sha) })
	add("blob-file", func() llb.State {
		return llb.ImageBlob("alpine@"+sha, llb.Filename("f"), llb.Chmod(0o640), llb.Chown(1, 2))
	})
	add("blob-oci", func() llb.State {
		return llb.OCILayoutBlob("a.b/c@"+sha, llb.ImageBlobOCIStore("session", "store"))
	})

	add("local-session", func() llb.State { return llb.Local("context", llb.SessionID("s1")) })
	add("local-unique", func() llb.State { return llb.Local("context", llb.LocalUniqueID("u1")) })
	add("local-manifest", func() llb.State {
		return llb.Local("dockerfile", llb.SessionID("s1"), llb.FollowPaths([]string{"app.yaml", "app.yaml.dockerignore"}),
			llb.SharedKeyHint("dockerfile"), llb.Differ(llb.DiffNone, false),
			llb.WithCustomName("[internal] load build definition from app.yaml"))
	})
	add("local-patterns", func() llb.State {
		return llb.Local("context", llb.SessionID("s1"),
			llb.IncludePatterns([]string{"**/*.go", "go.mod"}), llb.ExcludePatterns([]string{"!a", "b"}))
	})
	add("local-escapes", func() llb.State {
		return llb.Local("context", llb.SessionID("s1"),
			llb.IncludePatterns([]string{"<a>&\"b\\c", "\b\f\n\r\t\x00\x1f\x7f", "é\u2028\u2029😀"}))
	})
	add("local-differ-required", func() llb.State {
		return llb.Local("context", llb.SessionID("s1"), llb.Differ(llb.DiffMetadata, true))
	})
	add("local-metadata-only", func() llb.State {
		return llb.Local("context", llb.SessionID("s1"), llb.MetadataOnlyTransfer(nil))
	})
	add("local-metadata-only-except", func() llb.State {
		return llb.Local("context", llb.SessionID("s1"), llb.MetadataOnlyTransfer([]string{"*.go"}))
	})

	add("git", func() llb.State { return llb.Git("https://github.com/a/b.git", "") })
	add("git-reference-subdir", func() llb.State { return llb.Git("https://github.com/a/b.git", "main:x") })
	add("git-reference", func() llb.State { return llb.Git("https://github.com/a/b.git", "", llb.GitRef("v1")) })
	add("git-subdir", func() llb.State { return llb.Git("https://github.com/a/b.git", ":/x/../y") })
	add("git-no-scheme", func() llb.State { return llb.Git("github.com/a/b", "main") })
	add("git-port-and-user", func() llb.State { return llb.Git("http://u:p@a.b:8080/c//d/", "") })
	add("git-escaped-path", func() llb.State { return llb.Git("https://a.b/c%20d.git", "") })
	add("git-scp", func() llb.State {
		return llb.Git("git@github.com:a/b.git", "main", llb.KnownSSHHosts("a ssh-rsa AAAA\n"), llb.KnownSSHHosts("b"))
	})
	add("git-ssh-agent", func() llb.State {
		return llb.Git("ssh://git@a.b/c.git", "", llb.KnownSSHHosts("a"), llb.MountSSHSock("agent"))
	})
	add("git-keep-git-dir", func() llb.State { return llb.Git("https://a.b/c.git", "", llb.KeepGitDir()) })
	add("git-checksum-mtime", func() llb.State {
		return llb.Git("https://a.b/c.git", "main", llb.GitChecksum(commit), llb.GitMTimeCommit())
	})
	add("git-mtime-checkout", func() llb.State { return llb.Git("https://a.b/c.git", "", llb.GitMTime("checkout")) })
	add("git-skip-submodules", func() llb.State { return llb.Git("https://a.b/c.git", "", llb.GitSkipSubmodules()) })
	add("git-fetch-by-commit", func() llb.State {
		return llb.Git("https://a.b/c.git", "main", llb.GitFetchByCommit(), llb.GitChecksum(commit))
	})
	add("git-bundle", func() llb.State {
		return llb.Git("https://a.b/c.git", "", llb.GitChecksum(commit),
			llb.GitBundleURL("docker-image+blob://a.b/c@"+sha))
	})
	add("git-bundle-oci", func() llb.State {
		return llb.Git("https://a.b/c.git", "", llb.GitChecksum(commit),
			llb.GitBundleURL("oci-layout+blob://a.b/c@"+sha, llb.GitBundleOCIStore("session", "store")))
	})
	add("git-checkout-bundle", func() llb.State { return llb.Git("https://a.b/c.git", "main", llb.GitCheckoutBundle()) })
	add("git-auth", func() llb.State {
		return llb.Git("https://a.b/c.git", "", llb.AuthTokenSecret("token"), llb.AuthHeaderSecret("header"))
	})
	// The client has no option for signatures; this is what the Dockerfile frontend's would be.
	add("git-signature", func() llb.State {
		var c llb.Constraints
		c.Metadata.Caps = map[apicaps.CapID]bool{
			pb.CapSourceGit: true, pb.CapSourceGitFullURL: true, pb.CapSourceGitSignatureVerify: true,
		}
		return llb.NewState(llb.NewSource("git://a.b/c.git", map[string]string{
			pb.AttrFullRemoteURL:                      "https://a.b/c.git",
			pb.AttrAuthHeaderSecret:                   llb.GitAuthHeaderKey,
			pb.AttrAuthTokenSecret:                    llb.GitAuthTokenKey,
			pb.AttrGitSignatureVerifyPubKey:           "KEY",
			pb.AttrGitSignatureVerifyRejectExpired:    "true",
			pb.AttrGitSignatureVerifyRequireSignedTag: "true",
			pb.AttrGitSignatureVerifyIgnoreSignedTag:  "true",
		}, c).Output())
	})

	add("http", func() llb.State { return llb.HTTP("https://a.b/c.tar.gz") })
	add("http-file", func() llb.State {
		return llb.HTTP("http://a.b/c?d=e#f", llb.Filename("g"), llb.Chmod(0o755), llb.Chown(3, 4))
	})
	add("http-checksum", func() llb.State { return llb.HTTP("https://a.b/c", llb.Checksum(digest.Digest(sha))) })
	add("http-headers", func() llb.State {
		return llb.HTTP("https://a.b/c", llb.AuthHeaderSecret("header"),
			llb.Header(llb.HTTPHeader{Accept: "text/plain", UserAgent: "agent"}))
	})
	add("http-signature", func() llb.State {
		return llb.HTTP("https://a.b/c", llb.VerifyPGPSignature(llb.HTTPSignatureInfo{
			PubKey: []byte("KEY"), Signature: []byte("SIGNATURE"),
		}))
	})
}
