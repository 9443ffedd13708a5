package embedded_test

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"

	"github.com/forewarn/forewarn/shared/history"
	"github.com/forewarn/forewarn/shared/history/embedded"
	"github.com/forewarn/forewarn/shared/history/historytest"
	"github.com/forewarn/forewarn/shared/machinetest"
	"github.com/forewarn/forewarn/shared/telemetry"
)

// The reserve stops writing before the disk is full, and appending goes on when there is room again.
func TestReserve(t *testing.T) {
	dir := machinetest.Disk(t, "200m")
	s, start := open(t, filepath.Join(dir, "history"), nil), time.Now().Add(-20*time.Minute).Truncate(time.Second)
	t.Cleanup(func() { s.Close() })
	fill(t, s, start, 0, 5)
	free := machinetest.Hog(t, dir, 10<<20)

	_, err := s.Append(t.Context(), historytest.One(historytest.Series("v"), telemetry.Sample{TimeMillis: start.UnixMilli()}))
	var full *embedded.FullError
	if !errors.As(err, &full) || !strings.Contains(err.Error(), "free space") {
		t.Errorf("append to a full disk: %v", err)
	}
	if err := s.Sync(); err != nil {
		t.Errorf("what was appended before is safe, yet: %v", err)
	}
	free()
	fill(t, s, start, 5, 5)
	if got := count(t, s, start); got != 10*2*20 {
		t.Errorf("%d samples, want %d", got, 10*2*20)
	}
}

// Somebody else takes the last byte between the look at the free space and the write: the log is torn. Appending
// the batches again when there is room leaves nothing out, also after a restart.
func TestTornWrite(t *testing.T) {
	dir := machinetest.Disk(t, "200m")
	cfg := config()
	cfg.Reserve = 0 // look away
	openHere := func() *embedded.Store {
		s, err := embedded.Open(cfg, embedded.Settings{Logger: zap.NewNop(), Dir: filepath.Join(dir, "history")})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { s.Close() })
		return s
	}
	s, start := openHere(), time.Now().Add(-20*time.Minute).Truncate(time.Second)
	fleet := historytest.Fleet("v", 500)
	free := machinetest.Hog(t, dir, 200<<10)

	const steps = 100
	var b telemetry.Batch
	failures := 0
	for k := range steps {
		for _, step := range []int{k, -k - 1} {
			historytest.Fill(&b, fleet, start, time.Second, step, 1)
			n, err := s.Append(t.Context(), &b)
			for err != nil {
				if failures++; failures == 3 { // still full: fails again, and is repeated
					free()
				}
				if failures > 3 {
					t.Fatalf("append with room: %v", err)
				}
				if s.Sync() == nil {
					t.Error("sync succeeds behind a torn write")
				}
				n, err = s.Append(t.Context(), &b)
			}
			if n != (history.Appended{Stored: 500}) {
				t.Fatalf("appended %+v", n)
			}
		}
	}
	if failures != 3 {
		t.Fatalf("%d failures, want 3: the disk was not full when it should have been", failures)
	}
	for range 2 {
		if got := count(t, s, start); got != steps*2*500 {
			t.Errorf("%d samples, want %d", got, steps*2*500)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		s = openHere()
	}
}
