package course_test

import (
	"context"
	"errors"
	"math"
	"testing"
	"time"

	"go.uber.org/zap"

	"github.com/forewarn/forewarn/shared/history"
	"github.com/forewarn/forewarn/shared/history/course"
	"github.com/forewarn/forewarn/shared/history/embedded"
	"github.com/forewarn/forewarn/shared/history/historytest"
	"github.com/forewarn/forewarn/shared/signal"
	"github.com/forewarn/forewarn/shared/telemetry"
)

const key = "filesystem-space/volume:erp-01:/u01"

// volume is what a sender reports of a file system of 100 bytes, of which used(k) are used at its k-th sample.
type volume struct {
	host, mount, job string
	every            time.Duration
	used             func(k int) float64
}

// fixture is a store with volumes, and a reader of it.
type fixture struct {
	*course.Reader
	from   time.Time
	series string
}

func newFixture(t testing.TB, length time.Duration, volumes ...volume) *fixture {
	t.Helper()
	store, err := embedded.Open(history.DefaultConfig(), embedded.Settings{Logger: zap.NewNop(), Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	catalogue, err := signal.Load()
	if err != nil {
		t.Fatal(err)
	}
	f := &fixture{Reader: course.New(store, catalogue), from: time.Now().Add(-length).Truncate(time.Minute)}
	for _, v := range volumes {
		pairs := []string{"host", v.host, "mountpoint", v.mount, "job", v.job, "fstype", "ext4"}
		var avail, size []telemetry.Sample
		for k := 0; time.Duration(k)*v.every < length; k++ {
			used := v.used(k)
			if math.IsNaN(used) {
				continue // it was not reached then
			}
			at := f.from.Add(time.Duration(k) * v.every).UnixMilli()
			avail = append(avail, telemetry.Sample{TimeMillis: at, Value: 100 - used})
			if k%20 == 0 { // it says its size seldom
				size = append(size, telemetry.Sample{TimeMillis: at, Value: 100})
			}
		}
		primary := historytest.Series("node_filesystem_avail_bytes", pairs...)
		for _, b := range []*telemetry.Batch{historytest.One(primary, avail...), historytest.One(historytest.Series("node_filesystem_size_bytes", pairs...), size...)} {
			if got, err := store.Append(t.Context(), b); err != nil || got.Refused() > 0 {
				t.Fatalf("append: %+v, %v", got, err)
			}
		}
		if f.series == "" {
			f.series = primary.Labels.String()
		}
	}
	return f
}

func rising(k int) float64 { return 10 + float64(k%1000)/100 }

// TestCourseIsWhatTheRuleReads: use is reckoned from several series, of the sender that is asked for and no other.
func TestCourseIsWhatTheRuleReads(t *testing.T) {
	f := newFixture(t, time.Hour,
		volume{"erp-01", "/u01", "node", time.Minute, rising},
		volume{"erp-01", "/u01", "other", time.Minute, func(int) float64 { return 90 }},
		volume{"erp-01", "/u02", "node", time.Minute, func(int) float64 { return 95 }})
	used, limit, err := f.Course(t.Context(), key, f.series, f.from, f.from.Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	if len(used) != 60 || len(limit) != 1 || limit[0].Value != 100 {
		t.Fatalf("%d samples, limit %+v", len(used), limit)
	}
	for k, s := range used {
		if math.Abs(s.Value-rising(k)) > 1e-9 || s.TimeMillis != f.from.Add(time.Duration(k)*time.Minute).UnixMilli() {
			t.Fatalf("sample %d: %+v, want %v", k, s, rising(k))
		}
	}
}

// TestCourseIsBoundedAndKeepsPeaks: many samples become few, in order, and the one that stands out is among them.
func TestCourseIsBoundedAndKeepsPeaks(t *testing.T) {
	f := newFixture(t, 24*time.Hour, volume{"erp-01", "/u01", "node", 5 * time.Second, func(k int) float64 {
		if k == 7777 {
			return 99
		}
		return rising(k)
	}})
	used, _, err := f.Course(t.Context(), key, f.series, f.from, f.from.Add(24*time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	if len(used) > course.MaxPoints || len(used) < 100 {
		t.Errorf("%d samples, want at most %d", len(used), course.MaxPoints)
	}
	peak := false
	for i, s := range used {
		peak = peak || s.Value == 99
		if i > 0 && s.TimeMillis <= used[i-1].TimeMillis {
			t.Fatalf("sample %d is not later than the one before", i)
		}
	}
	if !peak {
		t.Error("the peak is lost")
	}
}

// TestCourseHasGaps: where a sender was silent for long, the line breaks, and only there.
func TestCourseHasGaps(t *testing.T) {
	f := newFixture(t, 10*time.Hour, volume{"erp-01", "/u01", "node", 5 * time.Minute, func(k int) float64 {
		if k > 40 && k < 80 {
			return math.NaN()
		}
		return rising(k)
	}})
	used, _, err := f.Course(t.Context(), key, f.series, f.from, f.from.Add(10*time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	gaps := 0
	for _, s := range used {
		if math.IsNaN(s.Value) {
			gaps++
		}
	}
	if gaps != 1 {
		t.Errorf("%d gaps, want 1", gaps)
	}
}

func TestCourseSaysWhatItCannot(t *testing.T) {
	f := newFixture(t, time.Hour, volume{"erp-01", "/u01", "node", time.Minute, rising})
	if _, _, err := f.Course(t.Context(), "gone/volume:erp-01:/u01", f.series, f.from, time.Now()); !errors.Is(err, course.ErrUnknown) {
		t.Errorf("a rule that is gone: %v", err)
	}
	if _, _, err := f.Course(t.Context(), key, `x{`, f.from, time.Now()); err == nil {
		t.Error("a series that cannot be read is no error")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := f.Course(ctx, key, f.series, f.from, time.Now()); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	used, limit, err := f.Course(t.Context(), key, f.series, f.from.Add(-48*time.Hour), f.from.Add(-time.Hour))
	if err != nil || len(used)+len(limit) != 0 {
		t.Errorf("before all samples: %d, %d, %v", len(used), len(limit), err)
	}
}

// BenchmarkCourse reads as many samples as a week has at one every 15 s.
func BenchmarkCourse(b *testing.B) {
	f := newFixture(b, 22*time.Hour, volume{"erp-01", "/u01", "node", 2 * time.Second, rising})
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := f.Course(b.Context(), key, f.series, f.from, time.Now()); err != nil {
			b.Fatal(err)
		}
	}
}

// TestCourseOfRates: what is shown of counters is what those who judge them read live, from the second window on, whenever the
// course begins.
func TestCourseOfRates(t *testing.T) {
	store, err := embedded.Open(history.DefaultConfig(), embedded.Settings{Logger: zap.NewNop(), Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	catalogue, err := signal.Load()
	if err != nil {
		t.Fatal(err)
	}
	rule, _ := catalogue.Rule("http-errors")
	live, want := signal.NewReading(rule), map[int64]float64{}
	from := time.Now().Add(-3 * time.Hour).Truncate(time.Hour)
	status := []string{"200", "404", "500"}
	totals := make([]float64, len(status))
	var series []*telemetry.Series
	for _, s := range status {
		series = append(series, historytest.Series("http_server_requests_seconds_count", "instance", "erp-01:8080", "job", "erp", "status", s, "uri", "/v"))
	}
	for k := range 2 * 240 {
		at := from.Add(time.Duration(k) * 15 * time.Second).UnixMilli()
		b := &telemetry.Batch{}
		for i, s := range series {
			if totals[i] += float64((k + i) % 7); k == 300 {
				totals[i] = 0 // a restart
			}
			if status[i] == "500" && k < 100 {
				totals[i] = 0
				continue // not one of them yet
			}
			sample := telemetry.Sample{TimeMillis: at, Value: totals[i]}
			b.Series = append(b.Series, telemetry.TimeSeries{Series: s, Samples: []telemetry.Sample{sample}})
			for _, binding := range catalogue.Bind(s.Labels) {
				if binding.Rule == rule {
					live.Hear(binding.Input, s.Fingerprint, sample)
				}
			}
		}
		if got, err := store.Append(t.Context(), b); err != nil || got.Refused() > 0 {
			t.Fatalf("append: %+v, %v", got, err)
		}
		if use, _, ok := live.Evaluate(at); ok {
			want[at] = use
		}
	}
	const key = "http-errors/application:erp-01:8080"
	for _, late := range []time.Duration{0, 7 * time.Minute, 71 * time.Minute} {
		used, _, err := course.New(store, catalogue).Course(t.Context(), key, series[0].Labels.String(), from.Add(late), from.Add(2*time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		same := 0
		for i, s := range used {
			if v, ok := want[s.TimeMillis]; ok && math.Abs(v-s.Value) < 1e-12 {
				same++
			} else if i > 0 && !math.IsNaN(s.Value) {
				t.Errorf("from %s on: at %d the course is %v, live %v", late, s.TimeMillis, s.Value, v)
			}
		}
		if least := int((2*time.Hour-late)/(5*time.Minute)) - 4; same < least {
			t.Errorf("from %s on: %d values as live, want %d", late, same, least)
		}
	}
}
