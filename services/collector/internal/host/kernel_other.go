//go:build !linux

package host

import "github.com/shirou/gopsutil/v4/host"

// identity is what the system says it is.
type identity struct{ domain, machine, node, release, system, version string }

func uname() (identity, error) {
	i, err := host.Info()
	if err != nil {
		return identity{}, err
	}
	return identity{machine: i.KernelArch, node: i.Hostname, release: i.KernelVersion, system: i.OS, version: i.PlatformVersion}, nil
}

// fileDescriptors are not counted for the whole machine here.
func fileDescriptors() (allocated, maximum float64, ok bool) { return 0, 0, false }
