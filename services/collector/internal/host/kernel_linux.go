package host

import (
	"bytes"
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// identity is what uname says.
type identity struct{ domain, machine, node, release, system, version string }

func uname() (identity, error) {
	var u unix.Utsname
	if err := unix.Uname(&u); err != nil {
		return identity{}, err
	}
	s := func(b []byte) string { return unix.ByteSliceToString(b) }
	return identity{
		domain: s(u.Domainname[:]), machine: s(u.Machine[:]), node: s(u.Nodename[:]),
		release: s(u.Release[:]), system: s(u.Sysname[:]), version: s(u.Version[:]),
	}, nil
}

// fileDescriptors returns how many are open on the whole machine and how many may be.
func fileDescriptors() (allocated, maximum float64, ok bool) {
	data, err := os.ReadFile("/proc/sys/fs/file-nr")
	if err != nil {
		return 0, 0, false
	}
	f := bytes.Fields(data)
	if len(f) < 3 {
		return 0, 0, false
	}
	a, errA := strconv.ParseFloat(string(f[0]), 64)
	m, errM := strconv.ParseFloat(string(f[2]), 64)
	return a, m, errA == nil && errM == nil
}
