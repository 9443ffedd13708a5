package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"forewarn": main})
}

// TestScript runs the command lines in testdata/script as a person would type them.
func TestScript(t *testing.T) {
	occupied, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { occupied.Close() }) //nolint:errcheck // the scripts, which run in parallel, are over
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(e *testscript.Env) error {
			e.Setenv("OCCUPIED", occupied.Addr().String())
			e.Setenv("LC_ALL", "C.UTF-8")
			return nil
		},
	})
}

// TestStopAtAnyMoment: told to end, `up` and `demo` end without an error, also before everything has started.
func TestStopAtAnyMoment(t *testing.T) {
	for _, command := range []string{"up", "demo"} {
		for _, after := range []time.Duration{0, 20 * time.Millisecond, 80 * time.Millisecond, 200 * time.Millisecond, 500 * time.Millisecond} {
			ctx, cancel := context.WithCancel(t.Context())
			timer := time.AfterFunc(after, cancel)
			err := run(ctx, []string{command, "--data-dir", t.TempDir(), "--listen", "127.0.0.1:0"}, io.Discard, io.Discard)
			timer.Stop()
			cancel()
			if err != nil {
				t.Errorf("%s, stopped after %v: %v", command, after, err)
			}
		}
	}
}

func TestHelpNamesEveryCommand(t *testing.T) {
	out, err := os.CreateTemp(t.TempDir(), "help")
	if err != nil {
		t.Fatal(err)
	}
	if err := run(t.Context(), []string{"--help"}, out, out); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(out.Name())
	if err != nil {
		t.Fatal(err)
	}
	for _, command := range []string{"up", "demo", "backtest", "patterns", "backup", "restore", "keys", "check", "version"} {
		if want := fmt.Sprintf("\n  %s ", command); !strings.Contains(string(text), want) {
			t.Errorf("help does not name %q:\n%s", command, text)
		}
	}
}
