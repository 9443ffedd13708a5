package process

import (
	"context"
	"io/fs"
	"math"
	"os"
	"path"
	"runtime/debug"
	"strconv"
	"strings"
)

// heedShare is how much of the memory that a control group may use is Go's: beside the heap there are the program itself, its threads, and
// pages of files that it has just written.
const heedShare = 0.9

// HeedMemory makes the collector of garbage work as early as that costs little, until ctx ends, and harder before the process comes to the
// limit of its control group, at which the system would kill it. Where GOGC or GOMEMLIMIT say something, that holds.
func HeedMemory(ctx context.Context) {
	go thrift(ctx)
	if os.Getenv("GOMEMLIMIT") != "" {
		return
	}
	if most, ok := groupMemory(os.DirFS("/")); ok {
		debug.SetMemoryLimit(int64(heedShare * float64(most)))
	}
}

// groupMemory returns how many bytes the process may use by the control group that it is in, or by the one that a container shows it as its
// root; not ok if there is no limit, or no control group. The limits of groups around that are those of others, too.
func groupMemory(root fs.FS) (most int64, ok bool) {
	groups, err := fs.ReadFile(root, "proc/self/cgroup")
	if err != nil {
		return 0, false
	}
	most = math.MaxInt64
	for line := range strings.Lines(string(groups)) {
		parts := strings.SplitN(strings.TrimSpace(line), ":", 3) // number, controllers, path; see cgroups(7)
		if len(parts) != 3 {
			continue
		}
		dir, file := "sys/fs/cgroup", "memory.max"
		switch {
		case parts[1] == "memory": // version 1
			dir, file = "sys/fs/cgroup/memory", "memory.limit_in_bytes"
		case parts[1] != "":
			continue
		}
		for _, name := range []string{path.Join(dir, parts[2], file), path.Join(dir, file)} {
			most = min(most, limitIn(root, name))
		}
	}
	return most, most < unlimited
}

// unlimited is from where on a limit is none: version 1 writes the largest number of pages.
const unlimited = 1 << 60

// limitIn returns the number in a file, the greatest there is if the file is not there or says "max".
func limitIn(root fs.FS, name string) int64 {
	data, err := fs.ReadFile(root, name)
	if err != nil {
		return math.MaxInt64
	}
	n, err := strconv.ParseInt(strings.TrimSpace(string(data)), 10, 64)
	if err != nil || n <= 0 {
		return math.MaxInt64
	}
	return n
}
