// Package durable writes files so that a crash, of the process or of the machine, leaves the old content or the
// new one, whole.
package durable

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// Temporary is the suffix of the file that [Replace] writes beside its target. A crash may leave one behind.
const Temporary = ".tmp"

// Write writes data to path, from its beginning, and syncs it. A crash may leave a part of it.
func Write(path string, data []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o640)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// Replace puts data under path so that after a crash either the old or the new content is there, whole. Calls for
// the same path must not overlap.
func Replace(path string, data []byte) error {
	tmp := path + Temporary
	err := Write(tmp, data)
	if err == nil {
		err = os.Rename(tmp, path)
	}
	if err != nil {
		_ = os.Remove(tmp)
		return fmt.Errorf("write %s: %w", path, err)
	}
	return syncDir(filepath.Dir(path))
}

// syncDir makes renames in dir durable.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
