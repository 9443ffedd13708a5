package bus_test

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/forewarn/forewarn/shared/bus"
	"github.com/forewarn/forewarn/shared/bustest"
)

// life is the environment variable that makes this test program the victim of TestG8G9KillNine.
const life = "FOREWARN_TEST_BUS_LIFE"

// durably is the victim's configuration: everything synced, as in production, and snapshots all the time.
func durably(c *bus.Config) {
	c.SyncInterval, c.SnapshotInterval, c.JanitorInterval = 0, 20*time.Millisecond, time.Hour
}

// TestVictim publishes and works until it is killed, and prints what was acknowledged.
func TestVictim(t *testing.T) {
	dir := os.Getenv(life)
	if dir == "" {
		t.Skip("only runs inside TestG8G9KillNine")
	}
	b := bustest.Open(t, dir, bus.Settings{}, durably)
	go func() { _ = b.Work(context.Background(), trend(&tally{})) }()
	p := publisher(t, b, "edge")
	for i := 0; ; i++ {
		payload := fmt.Sprintf("%d-%d", os.Getpid(), i)
		if i%3 == 0 {
			payload = "!" + payload
		}
		send(t, p, 0, payload)
		fmt.Println("acked " + payload)
	}
}

// G1, G8, G9: kill -9 under load, again and again. Whatever was acknowledged is there once and in order, the worker's
// state and its findings are those of an undisturbed run.
func TestG8G9KillNine(t *testing.T) {
	dir := t.TempDir()
	var acked []string
	for range 5 {
		acked = append(acked, murder(t, dir)...)
	}
	b := bustest.Open(t, dir, bus.Settings{}, durably)
	stored, _ := messages(t, b, bus.StreamName(bus.Metrics, 0))
	at := 0
	for _, want := range acked {
		i := slices.Index(stored[at:], want)
		if i < 0 {
			t.Fatalf("%q was acknowledged and is not there, or not in order", want)
		}
		at += i + 1
	}
	want, findings := undisturbed(t, stored)
	w := &tally{}
	defer running(t, b, trend(w))()
	bustest.Until(t, 20*time.Second, "the last life has caught up", func() bool { return w.now().Last == stored[len(stored)-1] })
	// A processor has seen a message before its outputs are out.
	bustest.Until(t, 20*time.Second, "its findings are out", func() bool {
		return state(t, b, bus.StreamFindings).Messages >= uint64(len(findings))
	})
	if diff := cmp.Diff(want, w.now()); diff != "" {
		t.Errorf("state differs from an undisturbed run:\n%s", diff)
	}
	data, ids := messages(t, b, bus.StreamFindings)
	for i := range data {
		data[i] += " " + ids[i]
	}
	if diff := cmp.Diff(findings, data); diff != "" {
		t.Errorf("findings differ from an undisturbed run:\n%s", diff)
	}
	t.Logf("%d acknowledged, %d stored, %d findings over 5 lives", len(acked), len(stored), len(data))
}

// murder lets a victim live until it has acknowledged a number of batches, then kills it; it returns them.
func murder(t *testing.T, dir string) (acked []string) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestVictim$")
	cmd.Env = append(os.Environ(), life+"="+dir)
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	enough := 50 + rand.IntN(150)
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		payload, ok := strings.CutPrefix(lines.Text(), "acked ")
		if !ok {
			t.Errorf("victim says %q", lines.Text())
			continue
		}
		if acked = append(acked, payload); len(acked) == enough {
			_ = cmd.Process.Kill()
		}
	}
	_ = cmd.Wait() // it was killed
	if len(acked) < enough {
		t.Fatalf("victim died by itself after %d batches", len(acked))
	}
	return acked
}
