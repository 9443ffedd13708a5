package past

import (
	"context"
	"errors"
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"go.uber.org/zap"

	"github.com/forewarn/forewarn/shared/entity"
	"github.com/forewarn/forewarn/shared/history"
	"github.com/forewarn/forewarn/shared/history/embedded"
	"github.com/forewarn/forewarn/shared/history/historytest"
	"github.com/forewarn/forewarn/shared/signal"
	"github.com/forewarn/forewarn/shared/telemetry"
)

// start is a Wednesday.
var start = time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC) //nolint:gochecknoglobals // a constant that Go cannot express

func open(t *testing.T) history.Store {
	t.Helper()
	store, err := embedded.Open(history.DefaultConfig(), embedded.Settings{Logger: zap.NewNop(), Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() }) //nolint:errcheck // some tests have closed it
	return store
}

// state is a signal of the built-in catalogue.
func state(t *testing.T, cat *signal.Catalogue, series string) *signal.State {
	t.Helper()
	ls, err := telemetry.ParseSeries(series)
	if err != nil {
		t.Fatal(err)
	}
	b := cat.Bind(ls)
	if len(b) == 0 {
		t.Fatalf("no rule reads %s", series)
	}
	return &signal.State{Key: b[0].Key, Rule: b[0].Rule.ID, Kind: b[0].Rule.Kind, Entity: b[0].Entity, Series: series}
}

// write appends one value of a metric of a volume.
func write(t *testing.T, store history.Store, metric, mount string, at time.Time, v float64) {
	t.Helper()
	s := historytest.Series(metric, "host", "erp-01", "instance", "erp-01:9100", "mountpoint", mount, "fstype", "ext4")
	n, err := store.Append(t.Context(), historytest.One(s, telemetry.Sample{TimeMillis: at.UnixMilli(), Value: v}))
	if err != nil || n.Refused() > 0 {
		t.Fatalf("append: %+v, %v", n, err)
	}
}

func builtin(t *testing.T) *signal.Catalogue {
	t.Helper()
	cat, err := signal.Open(signal.Config{})
	if err != nil {
		t.Fatal(err)
	}
	return cat
}

func used(peaks []Peak) (out []float64) {
	for _, p := range peaks {
		out = append(out, p.Used)
	}
	return out
}

// TestRead: uses are size less free, in absolute units whatever the limit was; another volume's do not count; what comes
// later adds to what was read before, and reading twice changes nothing.
func TestRead(t *testing.T) {
	store, cat := open(t), builtin(t)
	const series = `node_filesystem_avail_bytes{fstype="ext4",host="erp-01",instance="erp-01:9100",mountpoint="/u01"}`
	r := &Reader{Store: store, Catalogue: cat}
	s := state(t, cat, series)
	days := func(from, to int) {
		for d := from; d < to; d++ {
			at, size := start.AddDate(0, 0, d), 1000.0
			if d >= 10 {
				size = 2000 // it was enlarged
			}
			write(t, store, "node_filesystem_size_bytes", "/u01", at, size)
			write(t, store, "node_filesystem_avail_bytes", "/u01", at.Add(time.Second), size-float64(100+d))
			write(t, store, "node_filesystem_avail_bytes", "/other", at.Add(time.Second), 1)
		}
	}
	read := func(last *Peaks, at time.Time) *Peaks {
		t.Helper()
		p, err := r.Read(t.Context(), s, last, at)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	days(0, 20)
	now := start.AddDate(0, 0, 20)
	first := read(nil, now)
	// July 6 and 13 are Mondays; the week of July 1 is not full, that of July 20 goes on.
	if diff := cmp.Diff([]float64{111, 118}, used(first.Weeks(now))); diff != "" {
		t.Errorf("weeks (-want +got):\n%s", diff)
	}
	if got := first.Months(now); len(got) != 0 {
		t.Errorf("full months: %v, want none", got)
	}
	days(20, 40)
	now = start.AddDate(0, 0, 40)
	again := read(first, now)
	again = read(again, now)
	if diff := cmp.Diff([]float64{111, 118, 125, 132, 139}, used(again.Weeks(now))); diff != "" {
		t.Errorf("later weeks (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]float64{130}, used(again.Months(now))); diff != "" {
		t.Errorf("months (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(used(read(nil, now).Weeks(now)), used(again.Weeks(now))); diff != "" {
		t.Errorf("read at once and in parts (-at once +in parts):\n%s", diff)
	}
	if n := len(first.Weeks(now)); n != 3 {
		t.Errorf("the peaks of the first time were changed: %d weeks", n)
	}
}

// TestNotFinite: NaN and infinite samples, and a limit that is too old, give no use.
func TestNotFinite(t *testing.T) {
	store, cat := open(t), builtin(t)
	r := &Reader{Store: store, Catalogue: cat}
	s := state(t, cat, `node_filesystem_avail_bytes{fstype="ext4",host="erp-01",instance="erp-01:9100",mountpoint="/u01"}`)
	monday := start.AddDate(0, 0, 5)
	write(t, store, "node_filesystem_size_bytes", "/u01", monday, 1000)
	for i, avail := range []float64{900, math.NaN(), math.Inf(-1), 700, -50} {
		write(t, store, "node_filesystem_avail_bytes", "/u01", monday.Add(time.Duration(i)*time.Minute), avail)
	}
	write(t, store, "node_filesystem_avail_bytes", "/u01", monday.Add(7*time.Hour), 5)
	now := monday.AddDate(0, 0, 7)
	p, err := r.Read(t.Context(), s, nil, now)
	if err != nil {
		t.Fatal(err)
	}
	want := []Peak{{Start: monday, End: now, Used: 300}}
	if diff := cmp.Diff(want, p.Weeks(now), cmpopts.EquateApproxTime(0)); diff != "" {
		t.Errorf("weeks (-want +got):\n%s", diff)
	}
}

func TestReadFails(t *testing.T) {
	store, cat := open(t), builtin(t)
	r := &Reader{Store: store, Catalogue: cat}
	s := &signal.State{Key: "k", Rule: "gone", Entity: entity.Entity{ID: "e"}}
	if _, err := r.Read(t.Context(), s, nil, start); err == nil {
		t.Error("a rule that is not known: no error")
	}
	s = state(t, cat, `node_memory_MemAvailable_bytes{host="erp-01"}`)
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Read(t.Context(), s, nil, start); !errors.Is(err, history.ErrClosed) {
		t.Errorf("a closed history: %v", err)
	}
}

// TestReadEnds: a long history is left when nobody waits for it.
func TestReadEnds(t *testing.T) {
	store, cat := open(t), builtin(t)
	b := historytest.One(historytest.Series("node_memory_MemAvailable_bytes", "host", "erp-01"))
	for i := range looks + 10 {
		b.Series[0].Samples = append(b.Series[0].Samples, telemetry.Sample{TimeMillis: start.UnixMilli() + int64(i), Value: 1})
	}
	if _, err := store.Append(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	s := state(t, cat, `node_memory_MemAvailable_bytes{host="erp-01"}`)
	if _, err := (&Reader{Store: store, Catalogue: cat}).Read(ctx, s, nil, start.Add(time.Hour)); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want that of the context", err)
	}
}
