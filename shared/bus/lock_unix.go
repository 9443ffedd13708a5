//go:build unix && !solaris

package bus

import (
	"errors"
	"os"
	"syscall"
)

// flock takes an exclusive lock on f at once or fails.
func flock(f *os.File) error { return syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) }

// isShortage tells whether err means that the process or the machine is out of something for now, not that a file
// is bad.
func isShortage(err error) bool {
	return errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE) || errors.Is(err, syscall.ENOMEM)
}

// isTaken tells whether flock failed because another process has the lock.
func isTaken(err error) bool { return errors.Is(err, syscall.EWOULDBLOCK) }

// isNoSpace tells whether err means that a disk or a quota is full.
func isNoSpace(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)
}
