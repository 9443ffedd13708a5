//go:build !linux

package host

import (
	"context"
	"fmt"

	ps "github.com/shirou/gopsutil/v4/process"
)

// processes returns the n processes with the most resident memory.
func processes(ctx context.Context, n int, _ float64, buf []process) ([]process, error) {
	list, err := ps.ProcessesWithContext(ctx)
	if err != nil {
		return nil, fmt.Errorf("list processes: %w", err)
	}
	all := buf[:0]
	for _, p := range list {
		if mem, err := p.MemoryInfoWithContext(ctx); err == nil {
			all = append(all, process{pid: int(p.Pid), resident: mem.RSS})
		}
	}
	all = most(all, n)
	for i := range all {
		p := &ps.Process{Pid: int32(all[i].pid)}
		if name, err := p.NameWithContext(ctx); err == nil {
			all[i].name = name
		}
		if ms, err := p.CreateTimeWithContext(ctx); err == nil {
			all[i].startTime = float64(ms) / 1000
		}
	}
	return all, nil
}
