package bus_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/goleak"

	"github.com/forewarn/forewarn/shared/bus"
	"github.com/forewarn/forewarn/shared/bustest"
	"github.com/forewarn/forewarn/shared/config"
	"github.com/forewarn/forewarn/shared/obs"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestOpenCloseIsQuickAndLeaksNothing(t *testing.T) {
	before := goleak.IgnoreCurrent()
	b := bustest.Open(t, t.TempDir(), bus.Settings{Registry: prometheus.NewRegistry()})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- b.Run(ctx) }()
	cancel()
	if err := <-done; err != nil {
		t.Errorf("Run: %v", err)
	}
	start := time.Now()
	if err := b.Close(); err != nil {
		t.Error(err)
	}
	t.Logf("closed in %s", time.Since(start))
	goleak.VerifyNone(t, before)
}

// G1: what was acknowledged outlives the process.
func TestG1RestartKeepsEverything(t *testing.T) {
	dir, registry := t.TempDir(), prometheus.NewRegistry()
	b := bustest.Open(t, dir, bus.Settings{Registry: registry}, func(c *bus.Config) { c.SyncInterval = 0 })
	p := publisher(t, b, "here")
	send(t, p, 0, "a", "b", "c")
	kv, err := b.KeyValue(t.Context(), bus.BucketIncident)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := kv.Put(t.Context(), "one", []byte("kept")); err != nil {
		t.Fatal(err)
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	b = bustest.Open(t, dir, bus.Settings{Registry: registry})
	data, ids := messages(t, b, bus.StreamName(bus.Metrics, 0))
	if strings.Join(data, "") != "abc" || !strings.HasPrefix(ids[0], "here:") {
		t.Errorf("after the restart: %q %q", data, ids)
	}
	if kv, err = b.KeyValue(t.Context(), bus.BucketIncident); err != nil {
		t.Fatal(err)
	}
	if e, err := kv.Get(t.Context(), "one"); err != nil || string(e.Value()) != "kept" {
		t.Errorf("key after the restart: %v, %v", e, err)
	}
}

// G2: one process at a time has a data directory.
func TestG2DataDirectoryInUse(t *testing.T) {
	dir := t.TempDir()
	bustest.Open(t, dir, bus.Settings{})
	_, err := bus.Open(t.Context(), bustest.Config(), bus.Settings{DataDir: dir})
	if err == nil || !strings.Contains(err.Error(), "is in use by pid") || !strings.Contains(err.Error(), "--data-dir") {
		t.Errorf("second Open: %v", err)
	}
}

func TestUnwritableDataDirectory(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := bus.Open(t.Context(), bustest.Config(), bus.Settings{DataDir: filepath.Join(file, "sub")})
	if err == nil || !strings.Contains(err.Error(), "cannot be written") || !strings.Contains(err.Error(), "choose another --data-dir") {
		t.Errorf("Open below a file: %v", err)
	}
}

// G3: the number of partitions is that of the install.
func TestG3PartitionMismatchIsRefused(t *testing.T) {
	dir := t.TempDir()
	b := bustest.Open(t, dir, bus.Settings{}, func(c *bus.Config) { c.Partitions = 3 })
	if b.Partitions() != 3 {
		t.Errorf("%d partitions", b.Partitions())
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	_, err := bus.Open(t.Context(), bustest.Config(func(c *bus.Config) { c.Partitions = 5 }), bus.Settings{DataDir: dir})
	if !errors.Is(err, bus.ErrPartitions) || !strings.Contains(err.Error(), "set it to 3") {
		t.Errorf("Open with another number: %v", err)
	}
	if b = bustest.Open(t, dir, bus.Settings{}); b.Partitions() != 3 {
		t.Errorf("%d partitions after reopening with 0", b.Partitions())
	}
}

func TestPartitionOfIsStable(t *testing.T) {
	b := bustest.New(t)
	for root, want := range map[string]int{"host:erp-01": 3, "host:erp-02": 1, "pod:ns/x": 2, "": 1} {
		if got := b.PartitionOf(root); got != want {
			t.Errorf("PartitionOf(%q) = %d, want %d: data of existing installs would move", root, got, want)
		}
	}
}

func TestMaxStoreCanChange(t *testing.T) {
	dir := t.TempDir()
	for _, size := range []config.Bytes{64 << 20, 1 << 30, 32 << 20, 128 << 20} {
		b := bustest.Open(t, dir, bus.Settings{}, func(c *bus.Config) { c.MaxStore = size })
		s, err := b.Status(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var sum int64
		for _, st := range s.Streams {
			sum += st.MaxBytes
		}
		if sum > int64(size) || sum < int64(size)/2 {
			t.Errorf("streams take %d of %d", sum, size)
		}
		if err := b.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestConfigTellsAllErrors(t *testing.T) {
	c := bus.Config{URL: "nonsense,secret:pw@", Partitions: 65, Replicas: 2, CertFile: "x", NKeyFile: "a", CredentialsFile: "b", SyncInterval: -1, MinFree: -1}
	err := c.Validate()
	if err == nil {
		t.Fatal("nothing is wrong with it")
	}
	for _, key := range []string{"url", "partitions", "replicas", "cert_file", "nkey_file", "sync_interval", "max_store", "spool_max", "tick_interval", "min_free", "ack_timeout"} {
		if !strings.Contains(err.Error(), key+": ") {
			t.Errorf("%q is not told in:\n%v", key, err)
		}
	}
	if strings.Contains(err.Error(), "pw") {
		t.Error("a password is told")
	}
	if c := bus.DefaultConfig(); c.Validate() != nil {
		t.Errorf("default: %v", c.Validate())
	}
}

func TestExternalBusAway(t *testing.T) {
	h := &obs.Health{}
	_, err := bus.Open(t.Context(), bustest.Config(func(c *bus.Config) {
		c.URL, c.ConnectTimeout = "nats://user:hunter2@127.0.0.1:1", 50*time.Millisecond
	}), bus.Settings{DataDir: t.TempDir(), Health: h})
	if err == nil || !strings.Contains(err.Error(), "start that server, or correct bus.url") || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("Open: %v", err)
	}
}
