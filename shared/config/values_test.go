package config

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestSecretFollowsItsFile: tokens in files are renewed, hourly by Kubernetes.
func TestSecretFollowsItsFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "token")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var s Secret
	f := func(want string) {
		t.Helper()
		if got := s.Reveal(); got != want {
			t.Errorf("revealed %q, want %q", got, want)
		}
		for _, shown := range []string{s.String(), fmt.Sprintf("%v %+v %#v %s %q %x", s, s, s, s, s, s)} {
			if strings.Contains(shown, want) || strings.Contains(shown, path) {
				t.Errorf("shown as %s", shown)
			}
		}
	}
	write("first\n")
	if err := s.UnmarshalText([]byte("file:" + path)); err != nil {
		t.Fatal(err)
	}
	f("first")
	write("second\n")
	f("second")
	write("") // while it is being written
	f("first")
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	f("first")
	if err := s.UnmarshalText([]byte("\x00/etc/passwd\x00x")); err == nil {
		t.Error("a literal secret that looks like one from a file is taken")
	}
}
