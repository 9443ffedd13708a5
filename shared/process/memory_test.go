package process

import (
	"testing"
	"testing/fstest"
)

// TestGroupMemory: the limit is found where a container, a unit of systemd, and an older kernel have it, and nowhere else.
func TestGroupMemory(t *testing.T) {
	f := func(name string, want int64, files map[string]string) {
		t.Helper()
		root := fstest.MapFS{}
		for name, text := range files {
			root[name] = &fstest.MapFile{Data: []byte(text)}
		}
		got, ok := groupMemory(root)
		if ok != (want != 0) || ok && got != want {
			t.Errorf("%s: %d, %t; want %d", name, got, ok, want)
		}
	}
	const group = "proc/self/cgroup"
	f("no control groups", 0, nil)
	f("container", 1<<30, map[string]string{group: "0::/\n", "sys/fs/cgroup/memory.max": "1073741824\n"})
	f("unit", 2<<30, map[string]string{group: "0::/system.slice/forewarn.service\n", "sys/fs/cgroup/system.slice/forewarn.service/memory.max": "2147483648\n"})
	f("unit without a limit", 0, map[string]string{group: "0::/a\n", "sys/fs/cgroup/a/memory.max": "max\n"})
	f("version 1 in a container", 3<<20, map[string]string{
		group: "5:cpu,cpuacct:/docker/1\n4:memory:/docker/1\n0::/\n", "sys/fs/cgroup/memory/memory.limit_in_bytes": "3145728\n",
	})
	f("version 1 without a limit", 0, map[string]string{group: "4:memory:/\n", "sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n"})
	f("lines of something else", 0, map[string]string{group: "what\n0::/\n", "sys/fs/cgroup/memory.max": "-1"})
}
