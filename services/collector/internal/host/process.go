package host

import (
	"cmp"
	"slices"
)

// process is one of the processes with the most resident memory.
type process struct {
	pid       int
	resident  uint64  // bytes
	name      string  // as the kernel shortens it
	startTime float64 // Unix seconds; 0 if not known
}

// most keeps the n processes with the most resident memory, in that order.
func most(all []process, n int) []process {
	slices.SortFunc(all, func(a, b process) int {
		return cmp.Or(cmp.Compare(b.resident, a.resident), cmp.Compare(a.pid, b.pid))
	})
	return all[:min(n, len(all))]
}
