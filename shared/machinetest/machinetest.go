// Package machinetest finds what a test needs of the machine that it runs on: programs, and file systems that are small. Where something is
// not there the test is skipped, saying what to install; with FOREWARN_REQUIRE_SERVERS=1, as in CI, it fails instead, so that no test is left
// out unseen.
//
//	path := machinetest.Program(t, "pdftotext", "poppler-utils")
package machinetest

import (
	"os"
	"os/exec"
	"testing"
)

// Program returns the path of a program, which the package of that name on Debian has.
func Program(tb testing.TB, name, debian string) string {
	tb.Helper()
	path, err := exec.LookPath(name)
	Need(tb, err == nil, name+" is not installed; apt-get install --no-install-recommends "+debian)
	return path
}

// Need goes on if ok, and else skips the test or fails it, saying what is the matter and what to do.
func Need(tb testing.TB, ok bool, otherwise string) {
	tb.Helper()
	if ok {
		return
	}
	if os.Getenv("FOREWARN_REQUIRE_SERVERS") == "1" {
		tb.Fatalf("FOREWARN_REQUIRE_SERVERS=1, and %s", otherwise)
	}
	tb.Skipf("SKIPPED, not tested here: %s", otherwise)
}
