package backup_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/zap/zaptest"

	"github.com/forewarn/forewarn/services/forewarn/internal/backup"
	"github.com/forewarn/forewarn/shared/bus"
	"github.com/forewarn/forewarn/shared/bustest"
	"github.com/forewarn/forewarn/shared/history"
	"github.com/forewarn/forewarn/shared/history/embedded"
	"github.com/forewarn/forewarn/shared/history/historytest"
	"github.com/forewarn/forewarn/shared/telemetry"
)

func openHistory(t *testing.T, dir string) *embedded.Store {
	t.Helper()
	s, err := embedded.Open(history.DefaultConfig(), embedded.Settings{Logger: zaptest.NewLogger(t), Dir: filepath.Join(dir, "history")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() }) //nolint:errcheck // closed by the test, too
	return s
}

// TestHistory: the samples of a database that is open are copied if that is asked for, those in finished blocks and those that came late among them.
func TestHistory(t *testing.T) {
	dir := t.TempDir()
	bustest.Open(t, dir, bus.Settings{}).Close() //nolint:errcheck // the test's clean-up tells
	store := openHistory(t, dir)
	begin := time.Now().Add(-12 * time.Hour).Truncate(2 * time.Hour)
	series := historytest.Series("disk")
	put := func(at time.Time, v float64) {
		t.Helper()
		n, err := store.Append(t.Context(), historytest.One(series, telemetry.Sample{TimeMillis: at.UnixMilli(), Value: v}))
		if err != nil || n.Stored != 1 {
			t.Fatalf("appended %+v, %v", n, err)
		}
	}
	for m := range 600 {
		put(begin.Add(time.Duration(m)*time.Minute), float64(m))
	}
	put(begin.Add(30*time.Second), -1)
	if err := store.Close(); err != nil { // a database that is opened anew compacts what is due
		t.Fatal(err)
	}
	store = openHistory(t, dir)
	put(begin.Add(11*time.Hour), 660)
	want := historytest.Read(t, store, begin, time.Now(), "disk")

	o := backup.Options{DataDir: dir, Bus: bustest.Config(), History: true}
	with, m := take(t, o)
	if names := members(m); !strings.Contains(names, "history/wal/") || strings.Contains(names, "lock") {
		t.Errorf("members of the history: %s", names)
	}
	o.History = false
	if _, m := take(t, o); strings.Contains(members(m), "history/") {
		t.Error("the history was copied without being asked for")
	}
	if left, err := filepath.Glob(filepath.Join(dir, ".backup-*")); err != nil || len(left) > 0 {
		t.Errorf("left %v behind (%v)", left, err)
	}

	other := t.TempDir()
	if _, err := backup.Restore(t.Context(), backup.RestoreOptions{Input: with, DataDir: other, Bus: bustest.Config()}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, historytest.Read(t, openHistory(t, other), begin, time.Now(), "disk")); diff != "" {
		t.Errorf("samples (-want +got):\n%s", diff)
	}
	if info, err := os.Stat(filepath.Join(other, "history")); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("rights of what was restored: %v (%v)", info.Mode(), err)
	}
}

func members(m *backup.Manifest) string {
	var b strings.Builder
	for _, f := range m.Members {
		b.WriteString(f.Name + "\n")
	}
	return b.String()
}
