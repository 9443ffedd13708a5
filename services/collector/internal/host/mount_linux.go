package host

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
)

// mountUnescape undoes the kernel's escapes in /proc/mounts.
var mountUnescape = strings.NewReplacer(`\040`, " ", `\011`, "\t", `\012`, "\n", `\134`, `\`)

// readMounts reads the mount table of process 1, the host's, as node_exporter does, so that devices have the
// same names; our own where that is not allowed.
func readMounts(context.Context) ([]Mount, error) {
	data, err := os.ReadFile("/proc/1/mounts")
	if err != nil {
		data, err = os.ReadFile("/proc/self/mounts")
	}
	if err != nil {
		return nil, fmt.Errorf("read mount table: %w", err)
	}
	return parseMounts(string(data)), nil
}

func parseMounts(table string) []Mount {
	var out []Mount
	for line := range strings.Lines(table) {
		f := strings.Fields(line)
		if len(f) < 4 {
			continue
		}
		out = append(out, Mount{
			Device: mountUnescape.Replace(f[0]), Point: mountUnescape.Replace(f[1]), FSType: f[2],
			ReadOnly: slices.Contains(strings.Split(f[3], ","), "ro"),
		})
	}
	return out
}
