package driver

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/zap"

	"github.com/forewarn/forewarn/shared/history"
	"github.com/forewarn/forewarn/shared/history/embedded"
	"github.com/forewarn/forewarn/shared/history/historytest"
	"github.com/forewarn/forewarn/shared/telemetry"
)

// TestRead: a counter's increase within [1d] is that of the day at whose end it is evaluated; days without a number are left out.
func TestRead(t *testing.T) {
	store, err := embedded.Open(history.DefaultConfig(), embedded.Settings{Logger: zap.NewNop(), Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close() //nolint:errcheck // the test's
	start := time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC)
	total := 0.0
	for h := range 5 * 24 {
		total += float64(h/24 + 1) // day 0: 24, day 1: 48, …
		sample := telemetry.Sample{TimeMillis: start.Add(time.Duration(h) * time.Hour).UnixMilli(), Value: total}
		for _, company := range []string{"a", "b"} {
			if _, err := store.Append(t.Context(), historytest.One(historytest.Series("erp_vouchers_total", "company", company), sample)); err != nil {
				t.Fatal(err)
			}
		}
	}
	r := NewReader(store)
	read := func(query string) (Days, error) { return r.Read(t.Context(), query, start, start.AddDate(0, 0, 5)) }
	got, err := read(`sum(last_over_time(erp_vouchers_total[1d]) - (last_over_time(erp_vouchers_total[1d] offset 1d)))`)
	if err != nil {
		t.Fatal(err)
	}
	// A day ends with the first sample of the next one, which is of that moment.
	want := Days{{start, 2 * 25}, {start.AddDate(0, 0, 1), 2 * 49}, {start.AddDate(0, 0, 2), 2 * 73}, {start.AddDate(0, 0, 3), 2 * 97}, {start.AddDate(0, 0, 4), 2 * 115}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("days (-want +got):\n%s", diff)
	}
	if mean := got.Mean(start.AddDate(0, 0, 1), start.AddDate(0, 0, 3)); mean != (2*49+2*73)/2 {
		t.Errorf("mean of two days %v", mean)
	}
	if mean := got.Mean(start.AddDate(1, 0, 0), start.AddDate(2, 0, 0)); !math.IsNaN(mean) {
		t.Errorf("mean of no day %v, want NaN", mean)
	}
	if got, err := read(`no_such_series`); err != nil || len(got) != 0 {
		t.Errorf("a query without a result: %v, %v", got, err)
	}
	if got, err := read(`scalar(no_such_series)`); err != nil || len(got) != 0 {
		t.Errorf("a query that gives NaN: %v, %v", got, err)
	}
	fails := func(query, want string) {
		t.Helper()
		if _, err := read(query); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want one with %q", query, err, want)
		}
	}
	fails(`last_over_time(erp_vouchers_total[1d])`, "it gives 2 series")
	fails(`sum(`, "parse error")
	fails(`label_replace(erp_vouchers_total, "a", "b", "c", "(")`, "invalid regular expression")
}
