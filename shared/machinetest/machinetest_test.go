package machinetest_test

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/forewarn/forewarn/shared/machinetest"
)

// verdict is a test that notes how it ended.
type verdict struct {
	testing.TB
	skipped, failed string
}

func (*verdict) Helper() {}

func (v *verdict) Fatalf(_ string, args ...any) { v.failed = args[0].(string); runtime.Goexit() }
func (v *verdict) Skipf(_ string, args ...any)  { v.skipped = args[0].(string); runtime.Goexit() }

// of runs something as a test of its own.
func of(t *testing.T, run func(testing.TB)) *verdict {
	t.Helper()
	v, done := &verdict{TB: t}, make(chan struct{})
	go func() { defer close(done); run(v) }()
	<-done
	return v
}

// TestProgram: one that is there is found; one that is not is skipped with a remedy, and fails where all must be there.
func TestProgram(t *testing.T) {
	dir := t.TempDir()
	there := filepath.Join(dir, "something")
	if err := os.WriteFile(there, []byte("#!/bin/sh\n"), 0o700); err != nil { //nolint:gosec // a program
		t.Fatal(err)
	}
	t.Setenv("PATH", dir)
	t.Setenv("FOREWARN_REQUIRE_SERVERS", "")
	var path string
	if v := of(t, func(tb testing.TB) { path = machinetest.Program(tb, "something", "some-tools") }); path != there || v.skipped+v.failed != "" {
		t.Errorf("found %q, %+v", path, v)
	}
	absent := func(tb testing.TB) { machinetest.Program(tb, "nothing", "no-tools") }
	if v := of(t, absent); !strings.Contains(v.skipped, "apt-get install --no-install-recommends no-tools") || v.failed != "" {
		t.Errorf("skipped %q, failed %q", v.skipped, v.failed)
	}
	t.Setenv("FOREWARN_REQUIRE_SERVERS", "1")
	if v := of(t, absent); !strings.Contains(v.failed, "nothing is not installed") || v.skipped != "" {
		t.Errorf("skipped %q, failed %q", v.skipped, v.failed)
	}
}
