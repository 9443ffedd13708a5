//go:build unix

package logfile

import (
	"io/fs"
	"syscall"
)

// identify returns what stays the same while a file is renamed.
func identify(_ string, info fs.FileInfo) identity {
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		return identity{Device: uint64(st.Dev), Inode: uint64(st.Ino)} //nolint:unconvert // differs by system
	}
	return identity{}
}
