package secrets

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"

	"github.com/forewarn/forewarn/shared/durable"
)

// rewrite replaces the content of a file at once: whoever opens it sees the old content or the new one, whole, and so it is after
// a crash. Owner and mode stay; a link stays one.
func rewrite(path string, data []byte) (err error) {
	target, err := filepath.EvalSymlinks(path)
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	info, err := os.Stat(target)
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	tmp := target + durable.Temporary
	f, err := os.OpenFile(tmp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("write %s: %w; remove %s if no other command works on it", path, err, tmp)
	}
	if err = fill(f, info, data); err == nil {
		err = os.Rename(tmp, target)
	}
	if err != nil {
		_ = os.Remove(tmp)
		return fmt.Errorf("write %s: %w", path, err)
	}
	dir, err := os.Open(filepath.Dir(target))
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// fill gives a file owner, mode and content.
func fill(f *os.File, like os.FileInfo, data []byte) error {
	var err error
	if of, ok := like.Sys().(*syscall.Stat_t); ok {
		err = f.Chown(int(of.Uid), int(of.Gid))
	}
	if err == nil {
		err = f.Chmod(like.Mode().Perm())
	}
	if err == nil {
		_, err = f.Write(data)
	}
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}
