package bus_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/forewarn/forewarn/shared/bus"
	"github.com/forewarn/forewarn/shared/bustest"
)

// G3: processes of two installs do not work on the same streams: a bus that has another name, or a data directory that was used with
// another bus, is refused, with what to do; nothing of either is touched.
func TestG3TwoInstalls(t *testing.T) {
	one, two := bustest.NewNATS(t), bustest.NewNATS(t)
	dir := t.TempDir()
	at := func(server *bustest.NATS, name string) func(*bus.Config) {
		return func(c *bus.Config) { c.URL, c.Partitions, c.Install = server.URL, 4, name }
	}
	b := bustest.Open(t, dir, bus.Settings{}, at(one, "erp"))
	bustest.Open(t, t.TempDir(), bus.Settings{}, at(one, "erp")) // another process of it
	bustest.Open(t, t.TempDir(), bus.Settings{}, at(one, ""))    // one that does not say
	bustest.Open(t, t.TempDir(), bus.Settings{}, at(two, ""))
	f := func(dir string, server *bustest.NATS, name string, want ...string) {
		t.Helper()
		_, err := bus.Open(t.Context(), bustest.Config(at(server, name)), bus.Settings{DataDir: dir})
		for _, w := range want {
			if !errors.Is(err, bus.ErrInstall) || !strings.Contains(err.Error(), w) {
				t.Errorf("Open: %v, want %q", err, w)
			}
		}
	}
	f(t.TempDir(), one, "hr", `bus.install says "hr"`, `"erp"`, "an account each", "bus.url")
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	f(dir, two, "", "was used with install", "would go to the wrong one", "remove "+filepath.Join(dir, "install"))
	if err := os.Remove(filepath.Join(dir, "install")); err != nil { // as it says
		t.Fatal(err)
	}
	bustest.Open(t, dir, bus.Settings{}, at(two, "hr")) // which names it
	f(t.TempDir(), two, "erp", `bus.install says "erp"`, `"hr"`)
}
