package machinetest

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// Disk mounts a file system of the given size, such as 200m, which needs root, and returns its directory.
func Disk(tb testing.TB, size string) string {
	tb.Helper()
	dir := tb.TempDir()
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", "size="+size, "forewarn-test", dir).CombinedOutput(); err != nil { //nolint:noctx,gosec // of a test
		Need(tb, false, fmt.Sprintf("no file system can be mounted (%v: %s); run as root", err, out))
	}
	tb.Cleanup(func() {
		if out, err := exec.Command("umount", dir).CombinedOutput(); err != nil { //nolint:noctx,gosec // of a test
			tb.Errorf("umount: %v: %s", err, out)
		}
	})
	return dir
}

// Hog takes all but leave bytes of the file system of a directory, until free is called.
func Hog(tb testing.TB, dir string, leave int64) (free func()) {
	tb.Helper()
	name := filepath.Join(dir, "hog")
	f, err := os.Create(name) //nolint:gosec // of a test
	if err != nil {
		tb.Fatal(err)
	}
	n, err := io.Copy(f, io.LimitReader(zeros{}, 1<<30))
	if err == nil {
		tb.Fatal("the file system does not fill")
	}
	if err := errors.Join(f.Truncate(n-leave), f.Close()); err != nil {
		tb.Fatal(err)
	}
	return func() {
		if err := os.Remove(name); err != nil {
			tb.Fatal(err)
		}
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}
