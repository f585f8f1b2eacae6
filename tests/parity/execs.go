package main

import (
	"net"

	"github.com/moby/buildkit/client/llb"
)

func alpine() llb.State { return llb.Image("alpine") }

func golang() llb.State { return llb.Image("golang:1.26") }

func ptr(s string) *string { return &s }

// run is what most graphs here are: a command on alpine.
func run1(name string, opts ...llb.RunOption) {
	add(name, func() llb.State {
		return alpine().Run(append([]llb.RunOption{llb.Args([]string{"true"})}, opts...)...).Root()
	})
}

func init() {
	run1("exec")
	run1("exec-args", llb.Args([]string{"sh", "-c", "echo \"$A\"", ""}))
	run1("exec-env", llb.AddEnv("A", "1"), llb.AddEnv("B", "2"), llb.AddEnv("A", "3"), llb.AddEnv("C", ""))
	run1("exec-path", llb.AddEnv("PATH", "/bin"))
	run1("exec-meta", llb.Dir("/w"), llb.With(llb.User("1000:100"), llb.Hostname("host")))
	run1("exec-extra-hosts", llb.AddExtraHost("a.b", net.ParseIP("127.0.0.1")), llb.AddExtraHost("c", net.ParseIP("2001:db8::1")))
	run1("exec-network-host", llb.Network(llb.NetModeHost))
	run1("exec-network-none", llb.Network(llb.NetModeNone))
	run1("exec-insecure", llb.Security(llb.SecurityModeInsecure))
	run1("exec-ulimits", llb.AddUlimit(llb.UlimitNofile, 1024, 2048), llb.AddUlimit(llb.UlimitCore, -1, -1))
	run1("exec-cgroup-parent", llb.WithCgroupParent("parent"))
	run1("exec-devices", llb.AddCDIDevice(llb.CDIDeviceName("v.com/gpu=0")),
		llb.AddCDIDevice(llb.CDIDeviceName("v.com/gpu=1"), llb.CDIDeviceOptional))
	run1("exec-exit-codes", llb.ValidExitCodes(0, 3, 127))
	run1("exec-proxy", llb.WithProxy(llb.ProxyEnv{HTTPProxy: "h", HTTPSProxy: "s", FTPProxy: "f", NoProxy: "n", AllProxy: "a"}))
	run1("exec-resources", llb.WithLinuxResources(llb.LinuxResources{
		Memory: 1 << 30, MemorySwap: -1, CPUShares: 512, CPUPeriod: 100000, CPUQuota: 50000, CpusetCpus: "0-1", CpusetMems: "0",
	}))
	run1("exec-secret-env", llb.AddSecretWithDest("id", nil, llb.SecretAsEnvName("TOKEN")),
		llb.AddSecretWithDest("id2", nil, llb.SecretAsEnvName("TOKEN2"), llb.SecretOptional))
	run1("exec-constraint", llb.Require("label==a"))
	run1("exec-platform", llb.LinuxArm64)

	add("exec-bind", func() llb.State {
		return alpine().Run(llb.Args([]string{"true"}),
			llb.AddMount("/src", llb.Local("context", llb.SessionID("s")), llb.Readonly)).Root()
	})
	add("exec-bind-selector", func() llb.State {
		return alpine().Run(llb.Args([]string{"true"}),
			llb.AddMount("/src", golang(), llb.Readonly, llb.SourcePath("/usr/local/go"))).Root()
	})
	add("exec-output", func() llb.State {
		return alpine().Run(llb.Args([]string{"true"})).AddMount("/out", llb.Scratch())
	})
	add("exec-outputs-sorted", func() llb.State {
		exec := alpine().Run(llb.Args([]string{"true"}))
		z := exec.AddMount("/z", golang())
		exec.AddMount("/b", llb.Scratch(), llb.Readonly)
		exec.AddMount("/a", llb.Scratch(), llb.SourcePath("/sub"))
		return z
	})
	add("exec-discard", func() llb.State {
		return alpine().Run(llb.Args([]string{"true"}), llb.AddMount("/src", golang(), llb.ForceNoOutput)).Root()
	})
	add("exec-caches", func() llb.State {
		return alpine().Run(llb.Args([]string{"true"}),
			llb.AddMount("/locked", llb.Scratch(), llb.AsPersistentCacheDir("l", llb.CacheMountLocked)),
			llb.AddMount("/private", llb.Scratch(), llb.AsPersistentCacheDir("p", llb.CacheMountPrivate)),
			llb.AddMount("/shared", llb.Scratch(), llb.AsPersistentCacheDir("s", llb.CacheMountShared))).Root()
	})
	add("exec-cache-base", func() llb.State {
		return alpine().Run(llb.Args([]string{"true"}),
			llb.AddMount("/cache", golang(), llb.AsPersistentCacheDir("c", llb.CacheMountShared),
				llb.SourcePath("/sub"), llb.Readonly)).Root()
	})
	add("exec-tmpfs", func() llb.State {
		return alpine().Run(llb.Args([]string{"true"}),
			llb.AddMount("/tmp", llb.Scratch(), llb.Tmpfs()),
			llb.AddMount("/shm", llb.Scratch(), llb.Tmpfs(llb.TmpfsSize(64<<20)))).Root()
	})
	run1("exec-secrets", llb.AddSecretWithDest("b", ptr("/run/secrets/b")),
		llb.AddSecretWithDest("a", ptr("/run/secrets/a"), llb.SecretFileOpt(1, 2, 0o444), llb.SecretOptional))
	run1("exec-ssh", llb.AddSSHSocket())
	run1("exec-ssh-several", llb.AddEnv("SSH_AUTH_SOCK", "/x"),
		llb.AddSSHSocket(llb.SSHID("a"), llb.SSHSocketOpt("/agent", 1, 2, 0o666), llb.SSHOptional),
		llb.AddSSHSocket(llb.SSHID("b")))
	add("exec-content-cache", func() llb.State {
		return alpine().Run(llb.Args([]string{"true"}),
			llb.AddMount("/on", golang(), llb.ContentCache(llb.MountContentCacheOn), llb.ForceNoOutput),
			llb.AddMount("/off", golang(), llb.ContentCache(llb.MountContentCacheOff), llb.Readonly)).Root()
	})
	add("exec-read-only-root", func() llb.State {
		return alpine().Run(llb.Args([]string{"true"}), llb.ReadonlyRootFS()).AddMount("/out", llb.Scratch())
	})
	add("exec-scratch-root", func() llb.State {
		return llb.Scratch().Run(llb.Args([]string{"/bin/app"}),
			llb.AddMount("/bin", golang(), llb.Readonly)).Root()
	})
	add("exec-same-input-twice", func() llb.State {
		return golang().Run(llb.Args([]string{"true"}),
			llb.AddMount("/a", golang(), llb.Readonly), llb.AddMount("/b", alpine(), llb.Readonly),
			llb.AddMount("/c", golang(), llb.Readonly)).Root()
	})
	add("exec-chain-keeps-platform", func() llb.State {
		st := llb.Image("alpine", llb.LinuxArm64)
		for _, arg := range []string{"a", "b", "c"} {
			st = st.Run(llb.Args([]string{arg})).Root()
		}
		return st.File(llb.Rm("/x")).Run(llb.Args([]string{"d"})).Root()
	})
	add("exec-on-merge-keeps-platform", func() llb.State {
		a := llb.Image("alpine", llb.LinuxArm64)
		return llb.Merge([]llb.State{a, golang()}).Run(llb.Args([]string{"true"})).Root()
	})
	add("exec-windows", func() llb.State {
		return llb.Image("alpine", llb.Windows).Run(llb.Args([]string{"cmd"}), llb.Dir("/w")).Root()
	})
	add("exec-everything", func() llb.State {
		exec := alpine().Run(llb.Args([]string{"make"}), llb.Dir("/src"), llb.AddEnv("A", "b"),
			llb.Network(llb.NetModeNone), llb.AddSSHSocket(), llb.AddSecretWithDest("s", ptr("/s")),
			llb.AddSecretWithDest("t", nil, llb.SecretAsEnvName("T")),
			llb.AddMount("/src", llb.Local("context", llb.SessionID("s")), llb.ForceNoOutput),
			llb.AddMount("/cache", llb.Scratch(), llb.AsPersistentCacheDir("c", llb.CacheMountLocked)),
			llb.AddMount("/tmp", llb.Scratch(), llb.Tmpfs()),
			llb.WithCustomName("[build] make"), llb.MemoryLimit(1<<20))
		out := exec.AddMount("/out", llb.Scratch())
		return llb.Merge([]llb.State{exec.Root(), out})
	})
}
