package embedded

import (
	"strings"
	"testing"
	"time"

	"go.uber.org/zap/zaptest"

	"github.com/forewarn/forewarn/shared/history"
	"github.com/forewarn/forewarn/shared/history/historytest"
	"github.com/forewarn/forewarn/shared/telemetry"
)

func openAt(t *testing.T, now func() time.Time) *Store {
	t.Helper()
	s, err := Open(history.DefaultConfig(), Settings{Logger: zaptest.NewLogger(t), Dir: t.TempDir(), Now: now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func mustStore(t *testing.T, s *Store, b *telemetry.Batch) {
	t.Helper()
	if n, err := s.Append(t.Context(), b); err != nil || n.Stored != b.Samples() {
		t.Fatalf("appended %+v of %d, %v", n, b.Samples(), err)
	}
}

// A series that has left memory is appended to by its labels, and nothing of what it had is lost.
func TestStaleReference(t *testing.T) {
	start := time.Now().Add(-12 * time.Hour).Truncate(2 * time.Hour)
	s := openAt(t, nil)
	sleeper, busy := historytest.Series("sleeper"), historytest.Series("busy")
	mustStore(t, s, historytest.One(sleeper, telemetry.Sample{TimeMillis: start.UnixMilli(), Value: 1}))
	for h := range 24 {
		at := start.Add(time.Duration(h) * 30 * time.Minute)
		mustStore(t, s, historytest.One(busy, telemetry.Sample{TimeMillis: at.UnixMilli(), Value: 1}))
	}
	if err := s.db.Compact(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, known := s.refs.Get(sleeper.Fingerprint); s.db.Head().NumSeries() != 1 || !known {
		t.Fatalf("%d series in memory, want the busy one only, while the sleeper's reference is still known", s.db.Head().NumSeries())
	}
	again := telemetry.Sample{TimeMillis: start.Add(12 * time.Hour).UnixMilli(), Value: 2}
	mustStore(t, s, historytest.One(sleeper, again))
	got := historytest.Read(t, s, start, start.Add(24*time.Hour), "sleeper")[`{__name__="sleeper"}`]
	if len(got) != 2 || got[1] != historytest.Points(again)[0] {
		t.Errorf("samples of the sleeper: %v, want both", got)
	}
	if st := s.Stats(); st.Blocks == 0 || st.Bytes == 0 || st.Series != 2 || !st.Oldest.Equal(start) {
		t.Errorf("stats %+v", st)
	}
}

// A clock that was wrong says so at the next start; samples stay refused only as long as the window demands.
func TestFutureSamplesAtOpen(t *testing.T) {
	dir := t.TempDir()
	openWith := func(now time.Time) *Store {
		s, err := Open(history.DefaultConfig(), Settings{Logger: zaptest.NewLogger(t), Dir: dir, Now: func() time.Time { return now }})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	now := time.Now()
	s := openWith(now.Add(72 * time.Hour))
	mustStore(t, s, historytest.One(historytest.Series("v"), telemetry.Sample{TimeMillis: now.Add(72 * time.Hour).UnixMilli()}))
	s.Close()
	s = openWith(now)
	defer s.Close()
	n, err := s.Append(t.Context(), historytest.One(historytest.Series("v"), telemetry.Sample{TimeMillis: now.UnixMilli()}))
	if n.TooOld != 1 || err != nil {
		t.Errorf("appended %+v, %v; want one too old", n, err)
	}
}

// A clock that jumps ahead and is set right again costs no sample.
func TestClockJump(t *testing.T) {
	now := time.Now()
	s := openAt(t, func() time.Time { return now })
	at := func(ahead time.Duration) *telemetry.Batch {
		return historytest.One(historytest.Series("v"), telemetry.Sample{TimeMillis: now.Add(ahead).UnixMilli()})
	}
	mustStore(t, s, at(0))
	now = now.Add(48 * time.Hour)
	if n, err := s.Append(t.Context(), at(0)); err == nil || n.Stored != 0 || !strings.Contains(err.Error(), "NTP") {
		t.Fatalf("appended %+v, %v; want an error that says what to do", n, err)
	}
	now = now.Add(-48 * time.Hour)
	mustStore(t, s, at(15*time.Second))
}

// Chunks are moved out of memory while there is room, and what Sync covers is remembered.
func TestMaintenance(t *testing.T) {
	s := openAt(t, nil)
	var b telemetry.Batch
	historytest.Fill(&b, historytest.Fleet("v", 10), time.Now().Add(-time.Hour), time.Second, 0, 500)
	mustStore(t, s, &b)
	s.mapChunks()
	if s.dead != nil || s.torn != nil {
		t.Fatal(s.dead, s.torn)
	}
	for range 2 {
		if err := s.Sync(); err != nil {
			t.Fatal(err)
		}
	}
	if s.synced != 1 {
		t.Errorf("synced %d batches, want 1", s.synced)
	}
}

// A panic of the TSDB ends writing, not the process.
func TestPanicIsAnError(t *testing.T) {
	s := openAt(t, nil)
	s.appendMu.Lock()
	err := s.guard(func() error { panic("no space left on device") })
	s.appendMu.Unlock()
	if err == nil {
		t.Fatal("no error")
	}
	if _, got := s.Append(t.Context(), &telemetry.Batch{}); got == nil || got.Error() != err.Error() {
		t.Errorf("append: %v, want %v", got, err)
	}
	if got := s.Sync(); got == nil {
		t.Error("sync: no error")
	}
	s.appendMu.Lock()
	s.dead = nil // so that the database is closed
	s.appendMu.Unlock()
}
