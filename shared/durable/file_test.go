package durable

import (
	"os"
	"path/filepath"
	"testing"
)

// TestReplace: the new content is there, nothing is left beside it, and a failure leaves the old content.
func TestReplace(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "state")
	for _, want := range []string{"first, and longer", "second", ""} {
		if err := Replace(path, []byte(want)); err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(path); err != nil || string(got) != want {
			t.Errorf("got %q, %v; want %q", got, err, want)
		}
	}
	if err := os.WriteFile(path+Temporary, []byte("left by a crash"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Replace(path, []byte("third")); err != nil {
		t.Fatal(err)
	}
	if files, err := os.ReadDir(dir); err != nil || len(files) != 1 {
		t.Errorf("%v, %v; want the one file", files, err)
	}
	if err := os.Mkdir(path+Temporary, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := Replace(path, []byte("fourth")); err == nil {
		t.Error("a failure was not told")
	}
	if got, err := os.ReadFile(path); err != nil || string(got) != "third" {
		t.Errorf("after a failure: %q, %v", got, err)
	}
}
