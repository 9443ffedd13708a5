//go:build linux

package bus_test

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/forewarn/forewarn/shared/bus"
	"github.com/forewarn/forewarn/shared/bustest"
	"github.com/forewarn/forewarn/shared/machinetest"
	"github.com/forewarn/forewarn/shared/obs"
)

// G15: the disk fills while the bus runs. It is said, batches are refused clearly, and when space was freed
// the bus starts again by itself: everything that was acknowledged is there and intake goes on.
func TestG15DiskFillsUp(t *testing.T) {
	dir := machinetest.Disk(t, "24m")
	h := &obs.Health{}
	b := bustest.Open(t, dir, bus.Settings{Health: h}, func(c *bus.Config) { c.SyncInterval, c.SpoolAfter, c.AckTimeout = 0, 100*time.Millisecond, time.Second })
	p := publisher(t, b, "edge")
	hog := dir + "/hog"
	if err := os.WriteFile(hog, make([]byte, 12<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	safe, refused := 0, error(nil)
	pad := strings.Repeat("x", 100<<10)
	for i := 0; refused == nil && i < 500; i++ {
		if refused = p.Publish(t.Context(), bus.Metrics, i%4, "s", []byte(pad)); refused == nil {
			safe++
		}
	}
	if !errors.Is(refused, bus.ErrSpool) || !strings.Contains(refused.Error(), "free space") {
		t.Errorf("after %d batches: %v", safe, refused)
	}
	if c := check(h, "bus/spool/edge"); c.State != obs.Failed {
		t.Errorf("health: %+v", c)
	}
	defer keeping(t, b)()
	bustest.Until(t, 20*time.Second, "it is noticed", func() bool {
		c := check(h, "bus/canary")
		return c.State == obs.Failed && strings.Contains(c.Message, "free space there")
	})
	defer draining(t, p)()
	if err := os.Remove(hog); err != nil {
		t.Fatal(err)
	}
	bustest.Until(t, 20*time.Second, "the spool is empty", func() bool { return spooled(t, b) == 0 })
	bustest.Until(t, 20*time.Second, "all is well", func() bool { return check(h, "bus/canary").State == obs.OK })
	got := 0
	for i := range 4 {
		data, _ := messages(t, b, bus.StreamName(bus.Metrics, i))
		got += len(data)
	}
	if got < safe {
		t.Errorf("%d batches were safe, %d are there", safe, got)
	}
	send(t, p, 0, "goes on")
	t.Logf("%d batches safe, %d stored", safe, got)
}

// The reserve: intake stops, with an alarm, before the disk has met its end, so that the store stays alive; with space it goes on.
func TestG15IntakeStopsBeforeTheEnd(t *testing.T) {
	dir := machinetest.Disk(t, "64m")
	h, registry := &obs.Health{}, prometheus.NewRegistry()
	b := bustest.Open(t, dir, bus.Settings{Health: h, Registry: registry}, func(c *bus.Config) { c.MinFree, c.CanaryInterval = 80<<20, 20*time.Millisecond })
	p := publisher(t, b, "edge")
	defer keeping(t, b)()
	hog := dir + "/hog"
	if err := os.WriteFile(hog, make([]byte, 32<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	safe, pad := 0, strings.Repeat("x", 50<<10)
	bustest.Eventually(t, time.Minute, func() error {
		err := p.Publish(t.Context(), bus.Metrics, safe%4, "s", []byte(pad))
		if err == nil {
			safe++
			return errors.New("batches are still taken")
		}
		if !errors.Is(err, bus.ErrDiskFull) || !strings.Contains(err.Error(), "free space there") {
			t.Fatalf("Publish: %v", err)
		}
		return nil
	})
	if c := check(h, "bus/disk"); c.State != obs.Failed || !strings.Contains(c.Message, "intake goes on by itself") {
		t.Errorf("health: %+v", c)
	}
	if c := check(h, "bus/canary"); c.State != obs.OK || value(t, registry, "forewarn_bus_restarts_total") != 0 {
		t.Errorf("the store met the end of the disk: %+v", c)
	}
	if err := os.Remove(hog); err != nil {
		t.Fatal(err)
	}
	bustest.Until(t, 20*time.Second, "intake goes on", func() bool { return p.Publish(t.Context(), bus.Metrics, 0, "s", []byte("on")) == nil })
	got := 0
	for i := range 4 {
		got += int(state(t, b, bus.StreamName(bus.Metrics, i)).LastSeq)
	}
	if got < safe {
		t.Errorf("%d batches were safe, %d were stored", safe, got)
	}
}

// G15: the disk of a NATS server fills. Its store stays dead when there is space again, which is said, with what to do; batches wait on the
// spool, and all of them are there after it was restarted.
func TestG15DiskOfAServerFillsUp(t *testing.T) {
	disk := machinetest.Disk(t, "24m")
	ns := bustest.NewNATS(t, func(o *server.Options) { o.StoreDir, o.SyncAlways = disk, true })
	h := &obs.Health{}
	b := bustest.Open(t, t.TempDir(), bus.Settings{Health: h}, func(c *bus.Config) {
		c.URL, c.Partitions, c.MaxStore, c.SpoolMax = ns.URL, 4, 64<<20, 64<<20
		c.SpoolAfter, c.AckTimeout = 100*time.Millisecond, time.Second
	})
	p := publisher(t, b, "edge")
	defer keeping(t, b)()
	defer draining(t, p)()
	hog := disk + "/hog"
	if err := os.WriteFile(hog, make([]byte, 18<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	sent, pad := 0, strings.Repeat("x", 100<<10)
	bustest.Eventually(t, time.Minute, func() error {
		send(t, p, sent%4, pad) // to the bus or the spool
		sent++
		if c := check(h, "bus/canary"); c.State != obs.Failed || !strings.Contains(c.Message, "after a full disk it needs a restart") {
			return fmt.Errorf("after %d batches: %+v", sent, c)
		}
		return nil
	})
	if err := os.Remove(hog); err != nil {
		t.Fatal(err)
	}
	ns.Stop() // as it says
	ns.Start()
	stored := func() (n int) {
		for i := range 4 {
			s, err := b.JetStream().Stream(t.Context(), bus.StreamName(bus.Metrics, i))
			if err != nil {
				return 0
			}
			n += int(s.CachedInfo().State.LastSeq)
		}
		return n
	}
	bustest.Until(t, time.Minute, "all is stored", func() bool { return stored() >= sent })
	bustest.Until(t, time.Minute, "all is well", func() bool {
		return check(h, "bus/canary").State == obs.OK && check(h, "bus/spool/edge").State == obs.OK
	})
}

// A full disk at the start is told in words.
func TestFullDiskAtStart(t *testing.T) {
	dir := machinetest.Disk(t, "1m")
	if err := os.WriteFile(dir+"/hog", make([]byte, 2<<20), 0o600); err == nil {
		t.Fatal("the disk is not full")
	}
	_, err := bus.Open(t.Context(), bustest.Config(), bus.Settings{DataDir: dir})
	if err == nil || !strings.Contains(err.Error(), "free space on its disk") {
		t.Errorf("Open: %v", err)
	}
}
