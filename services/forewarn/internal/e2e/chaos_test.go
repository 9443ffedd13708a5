package e2e

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"testing"

	"github.com/forewarn/forewarn/services/forewarn/internal/chaos"
)

// chaosPart is what TestChaos starts this test program as: a NATS node, or a publisher of generated input.
func chaosPart(args []string) (status int) {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	if err := chaos.Main(ctx, args, os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// TestChaos is a short run of what `task chaos` does for longer: some processes of an install are killed or frozen, the NATS server among
// them, and nothing differs from an undisturbed run.
func TestChaos(t *testing.T) { withstands(t, "--faults", "6") }

// TestRollingRestart ends every process of an install once by SIGTERM under load, one after the other, and starts it again, as an upgrade
// does: each ends with status 0, and nothing differs from an undisturbed run.
func TestRollingRestart(t *testing.T) { withstands(t, "--rolling") }

// withstands runs a short chaos of one NATS node, and fails if anything differs.
func withstands(t *testing.T, how ...string) {
	t.Helper()
	dir, err := services()
	if err != nil {
		t.Fatal(err)
	}
	var table, log bytes.Buffer
	err = chaos.Main(t.Context(), append([]string{
		"--nodes", "1", "--lease", "3s", "--duration", "15s", "--takeovers", "0", "--programs", dir,
	}, how...), &table, &log)
	t.Logf("%s%s", log.String(), table.String())
	if err != nil {
		t.Error(err)
	}
}
