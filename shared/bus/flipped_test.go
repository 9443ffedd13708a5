package bus_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/forewarn/forewarn/shared/bus"
	"github.com/forewarn/forewarn/shared/bustest"
	"github.com/forewarn/forewarn/shared/obs"
)

// G11: a bit that flips on the disk, in a file of the server, costs no more than what it was in, and is said and counted. The server
// drops the message that it was in without a word: a manifest that is gone must not look like that of a worker who never saved.
func TestG11FlippedBitOnDisk(t *testing.T) {
	for what, f := range map[string]struct {
		subject func(slot string) string
		says    string
	}{
		"manifest": {func(string) string { return "snap.trend.met.00.manifest" }, "the server has lost what it had"},
		"chunk":    {func(slot string) string { return "snap.trend.met.00." + slot + ".0000" }, "goes on from the one before it"},
	} {
		t.Run(what, func(t *testing.T) {
			dir := t.TempDir()
			slot := ""
			for life := 1; life <= 3; life++ { // so that findings tell of later epochs
				b := bustest.Open(t, dir, bus.Settings{}, rarely)
				w := &tally{}
				stop := running(t, b, trend(w))
				send(t, publisher(t, b, "edge"), 0, lines(10*life-10, 10*life)...)
				bustest.Until(t, 20*time.Second, "all is read", func() bool { return w.now().Count == 10*life })
				stop() // saves, in slots 1, 0 and 1
				slot = string('0' + byte(life%2))
				if err := b.Close(); err != nil {
					t.Fatal(err)
				}
			}
			flip(t, filepath.Join(dir, "bus"), "SNAP", f.subject(slot))
			h, registry := &obs.Health{}, prometheus.NewRegistry()
			b := bustest.Open(t, dir, bus.Settings{Health: h, Registry: registry}, func(c *bus.Config) { c.SnapshotInterval, c.TickInterval = 100*time.Millisecond, time.Hour })
			again := &tally{}
			defer running(t, b, trend(again))()
			defer keeping(t, b)()
			bustest.Until(t, 60*time.Second, "it is said", func() bool {
				c := check(h, "bus/input/trend.met.00")
				return c.State == obs.Degraded && strings.Contains(c.Message, f.says)
			})
			if n := value(t, registry, "forewarn_bus_snapshot_damaged_total"); n != 1 {
				t.Errorf("counted %v", n)
			}
			p := publisher(t, b, "edge")
			defer draining(t, p)()
			send(t, p, 0, lines(30, 41)...)
			bustest.Until(t, 60*time.Second, "the stream is made anew, and all is well", func() bool {
				return value(t, registry, "forewarn_bus_restarts_total") >= 1 && check(h, "bus/canary").State == obs.OK && spooled(t, b) == 0
			})
			bustest.Until(t, 60*time.Second, "its state is saved again", func() bool {
				s, err := b.Status(t.Context()) // which the server may not answer yet
				return err == nil && again.now().Last == "40" && readerOf(s, "trend").Lag == 0
			})
		})
	}
}

// G11: a NATS server of its own that cannot read what it has stores nothing behind it, and says so to nobody. It is said in its place.
func TestG11FlippedBitOnAServer(t *testing.T) {
	ns := bustest.NewNATS(t)
	use := func(c *bus.Config) { c.URL, c.Partitions, c.SnapshotInterval = ns.URL, 4, 100*time.Millisecond }
	b := bustest.Open(t, t.TempDir(), bus.Settings{}, use)
	w := &tally{}
	stop := running(t, b, trend(w))
	send(t, publisher(t, b, "edge"), 0, lines(0, 10)...)
	bustest.Until(t, 20*time.Second, "its state is saved", func() bool { return w.now().Count == 10 && reader(t, b, "trend").Lag == 0 })
	stop()
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	ns.Stop()
	flip(t, ns.Dir(), "SNAP", "snap.trend.met.00.manifest")
	ns.Start()
	h, registry := &obs.Health{}, prometheus.NewRegistry()
	b = bustest.Open(t, t.TempDir(), bus.Settings{Health: h, Registry: registry}, use)
	defer running(t, b, trend(&tally{}))()
	bustest.Until(t, 60*time.Second, "it is said", func() bool {
		c := check(h, "bus/damage")
		return c.State == obs.Failed && strings.Contains(c.Message, "snap.trend.met.00.manifest, which is damaged") && strings.Contains(c.Message, "nats stream rm SNAP")
	})
	if n := value(t, registry, "forewarn_bus_damaged_subject_failures_total"); n == 0 {
		t.Error("it is not counted")
	}
	if err := b.JetStream().DeleteStream(t.Context(), "SNAP"); err != nil { // as it says
		t.Fatal(err)
	}
	again := bustest.Open(t, t.TempDir(), bus.Settings{}, use) // makes it anew
	bustest.Until(t, 60*time.Second, "all is well", func() bool { return check(h, "bus/damage").State == obs.OK })
	if s, err := again.Status(t.Context()); err != nil || len(s.Streams) == 0 {
		t.Errorf("status: %v", err)
	}
}

// flip changes a bit of the last message of a subject in the files of a stopped server.
func flip(t *testing.T, dir, stream, subject string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "jetstream", "*", "streams", stream, "msgs", "*.blk"))
	if err != nil || len(files) != 1 {
		t.Fatalf("files of %s: %q, %v", stream, files, err)
	}
	data, err := os.ReadFile(files[0])
	at := bytes.LastIndex(data, []byte(subject))
	if err != nil || at < 0 {
		t.Fatalf("%s is not in %s: %v", subject, files[0], err)
	}
	data[at+len(subject)+100] ^= 1
	if err := os.WriteFile(files[0], data, 0o600); err != nil {
		t.Fatal(err)
	}
}
