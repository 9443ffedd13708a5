package bus

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// errInUse: another process has the directory.
var errInUse = errors.New("in use")

// dirLock keeps other processes out of a directory. The system lets go of it when the process ends,
// however it ends.
type dirLock struct{ f *os.File }

// lockDir takes the lock of dir or says who has it.
func lockDir(dir string) (*dirLock, error) {
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return nil, unwritable(dir, err)
	}
	f, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_RDWR|os.O_CREATE, 0o640)
	if err != nil {
		return nil, unwritable(dir, err)
	}
	if err := flock(f); err != nil {
		defer f.Close()
		if !isTaken(err) {
			return nil, fmt.Errorf("lock data directory %s: %w; put it on a file system that has locks, a local one", dir, err)
		}
		return nil, fmt.Errorf("data directory %s is %w by %s; stop it or choose another --data-dir", dir, errInUse, holder(f))
	}
	// Who holds the lock is for people to read; the lock itself does not depend on it.
	if f.Truncate(0) == nil {
		_, _ = f.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0)
	}
	return &dirLock{f: f}, nil
}

// holder names the process that wrote itself into the lock file.
func holder(f *os.File) string {
	buf := make([]byte, 32)
	n, _ := f.ReadAt(buf, 0)
	if pid, err := strconv.Atoi(strings.TrimSpace(string(buf[:n]))); err == nil {
		return fmt.Sprintf("pid %d", pid)
	}
	return "another process"
}

// release gives the lock back; a nil lock is fine.
func (l *dirLock) release() {
	if l != nil {
		_ = l.f.Close()
	}
}
