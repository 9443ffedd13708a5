//go:build !linux

package host

import (
	"context"
	"fmt"
	"slices"

	"github.com/shirou/gopsutil/v4/disk"
)

// readMounts asks the system for its mounts.
func readMounts(ctx context.Context) ([]Mount, error) {
	all, err := disk.PartitionsWithContext(ctx, true)
	if err != nil {
		return nil, fmt.Errorf("read mount table: %w", err)
	}
	out := make([]Mount, len(all))
	for i, p := range all {
		out[i] = Mount{Device: p.Device, FSType: p.Fstype, Point: p.Mountpoint, ReadOnly: slices.Contains(p.Opts, "ro")}
	}
	return out, nil
}
