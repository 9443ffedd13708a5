//go:build unix && !solaris

package bus

import (
	"errors"
	"os"
	"syscall"
)

// flock takes an exclusive lock on f at once or fails.
func flock(f *os.File) error { return syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) }

// isNoSpace tells whether err means that a disk or a quota is full.
func isNoSpace(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)
}
