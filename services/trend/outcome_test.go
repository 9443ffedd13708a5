package trend

import (
	"bytes"
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/forewarn/forewarn/models/calibration"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/outcome"
	"github.com/forewarn/forewarn/shared/telemetry"
)

const days = 24 * time.Hour

// sized returns a batch that says how much of a volume of so many bytes is used.
func (v volume) sized(when time.Time, used, size float64) *telemetry.Batch {
	b := v.at(when, 0)
	b.Series[0].Samples[0].Value, b.Series[1].Samples[0].Value = size-used, size
	return b
}

// history is what a volume does: its use and size in GiB after a time; a size of 0 sends nothing.
type history func(age time.Duration) (used, size float64)

// live plays a history, with ticks in between, and returns the findings.
func live(w *Worker, from, to time.Duration, h history) (out []finding.Finding) {
	const step = 5 * time.Minute
	for age := from; age < to; age += step {
		when := start.Add(age)
		if used, size := h(age); size > 0 {
			out = append(out, w.Observe(when, ledger.sized(when, used*gib, size*gib))...)
		}
		out = append(out, w.Tick(when)...)
	}
	return out
}

// climb fills 100 GiB from 30 on, 10 a day.
func climb(age time.Duration) float64 { return 30 + 10*age.Hours()/24 }

// endOf returns the outcome of the last resolved finding.
func endOf(found []finding.Finding) finding.Outcome {
	for i := len(found) - 1; i >= 0; i-- {
		if f := &found[i]; f.Action == finding.Resolved && f.Outcome != nil {
			return *f.Outcome
		}
	}
	return finding.Outcome{}
}

const disk = "exhaustion/filesystem-space"

// TestOutcomes: each end that a climb can come to is told of its episode, and counted of the predictions that were made
// before it.
func TestOutcomes(t *testing.T) {
	const stop = 6 * days // 90 GiB by then
	f := func(name string, want finding.What, h history) (week calibration.Scorecard, end finding.Outcome) {
		t.Helper()
		w := NewWorker(DefaultConfig(), catalogue(t), nil)
		w.Calibrate(new(calibration.Table))
		found := live(w, 0, 20*days, h)
		end = endOf(found)
		if end.What != want {
			t.Errorf("%s: the episode became %+v", name, end)
		}
		raw, told := w.Record()
		for i := range calibration.Horizons {
			if diff := cmp.Diff(raw.Scorecard(disk, i), told.Scorecard(disk, i)); diff != "" {
				t.Errorf("%s: without a table another thing was told than made (-made +told):\n%s", name, diff)
			}
		}
		return raw.Scorecard(disk, 2), end
	}
	after := func(then float64, size float64) history {
		return func(age time.Duration) (float64, float64) {
			if age < stop {
				return climb(age), 100
			}
			return then, size
		}
	}
	reached, end := f("full", finding.Reached, func(age time.Duration) (float64, float64) {
		if age > 9*days {
			return 20, 100
		}
		return min(100, climb(age)), 100
	})
	if reached.Reached == 0 || reached.Censored != 0 {
		t.Errorf("of what filled up: %+v", reached)
	}
	if full := start.Add(7 * days); end.Time.Sub(full).Abs() > 30*time.Minute || end.LeadSeconds < 86400 {
		t.Errorf("told at %v with a lead of %d s, want %v and at least a day", end.Time, end.LeadSeconds, full)
	}
	if got, _ := f("cleaned", finding.Prevented, after(20, 100)); got.Censored == 0 || got.Reached != 0 {
		t.Errorf("of what was cleaned: %+v", got)
	}
	if got, _ := f("enlarged", finding.Enlarged, after(90, 400)); got.Censored == 0 || got.Reached != 0 {
		t.Errorf("of what was enlarged: %+v", got)
	}
	wrong, _ := f("stopped by itself", finding.Faded, after(90, 100))
	if row := wrong.AtLeast(5); row.Predictions == 0 || wrong.Censored != 0 || wrong.Reached != 0 {
		t.Errorf("of what stopped by itself: %+v", wrong)
	}
	silent, _ := f("silent", finding.Unknown, after(0, 0))
	if row := silent.AtLeast(5); row.Predictions != 0 || silent.Censored != 0 || silent.Reached != 0 {
		t.Errorf("of what fell silent: %+v", silent)
	}
}

// TestFullIsToldAtOnce: that the limit was reached is told when it is, and not over and over while it stays so.
func TestFullIsToldAtOnce(t *testing.T) {
	w := NewWorker(DefaultConfig(), catalogue(t), nil)
	found := live(w, 0, 8*days, func(age time.Duration) (float64, float64) { return min(100, climb(age)), 100 })
	var told []finding.Finding
	for i := range found {
		if o := found[i].Outcome; o != nil && o.What == finding.Reached {
			told = append(told, found[i])
		}
	}
	if len(told) == 0 || len(told) > 3 || told[0].Action != finding.Updated {
		t.Fatalf("told %d times, want once near the limit, once at it", len(told))
	}
	if full := start.Add(7 * days); told[0].Time.Sub(full).Abs() > 15*time.Minute {
		t.Errorf("told at %v, want %v", told[0].Time, full)
	}
}

// TestRestIsNoFalseAlarm: what stands still is predicted nothing of, and that is counted as right.
func TestRestIsNoFalseAlarm(t *testing.T) {
	w := NewWorker(DefaultConfig(), catalogue(t), nil)
	live(w, 0, 40*days, func(age time.Duration) (float64, float64) { return 50 + math.Sin(age.Hours()), 100 })
	_, told := w.Record()
	for h, least := range [...]uint64{38, 38, 8, 1} {
		if c := told.Scorecard(disk, h); c.Resolved < least || c.Reached != 0 || c.Censored != 0 || c.Brier > 0.01 {
			t.Errorf("horizon %d: %d resolved, %d reached, %d censored, Brier %v", h, c.Resolved, c.Reached, c.Censored, c.Brier)
		}
	}
}

// TestUsualFallsAreNoCure: what a job takes away every night is part of what was predicted; only the first times count as
// a cure.
func TestUsualFallsAreNoCure(t *testing.T) {
	w := NewWorker(DefaultConfig(), catalogue(t), nil)
	live(w, 0, 30*days, func(age time.Duration) (float64, float64) { return 30 + 40*math.Mod(age.Hours(), 24)/24, 100 })
	raw, _ := w.Record()
	if c := raw.Scorecard(disk, 1); c.Resolved < 25 || c.Censored > 3 || c.Reached != 0 {
		t.Errorf("of a saw-tooth: %d resolved, %d censored, %d reached", c.Resolved, c.Censored, c.Reached)
	}
}

// TestLateEndsCountAsLate: a prediction is judged when its horizon has passed, also if it came true before.
func TestLateEndsCountAsLate(t *testing.T) {
	w := NewWorker(DefaultConfig(), catalogue(t), nil)
	full := func(age time.Duration) (float64, float64) {
		if age > 7*days+time.Hour {
			return 20, 100
		}
		return min(100, climb(age)), 100
	}
	live(w, 0, 8*days, full)
	raw, _ := w.Record()
	if c := raw.Scorecard(disk, 3); c.Reached != 0 {
		t.Fatalf("%d predictions of 30 days were judged after 8", c.Reached)
	}
	live(w, 8*days, 40*days, full)
	if c := raw.Scorecard(disk, 3); c.Reached == 0 {
		t.Error("predictions of 30 days were not judged after 40")
	}
}

// TestEpisodesAreCounted: what became of predicted episodes is in the summary, with the lead; and it comes with the
// first tick of an hour, once.
func TestEpisodesAreCounted(t *testing.T) {
	w := NewWorker(DefaultConfig(), catalogue(t), nil)
	var total outcome.Episodes
	resolved := uint64(0)
	for age := time.Duration(0); age < 20*days; age += 5 * time.Minute {
		live(w, age, age+5*time.Minute, func(age time.Duration) (float64, float64) {
			if age > 8*days {
				return 20, 100
			}
			return min(100, climb(age)), 100
		})
		s := summaryOf(t, w)
		if s == nil {
			continue
		}
		if age%time.Hour != 0 {
			t.Errorf("a summary after %v", age)
		}
		if again := summaryOf(t, w); again != nil {
			t.Error("a summary came twice")
		}
		for i := range s.Episodes {
			total.Add(&s.Episodes[i])
		}
		var l calibration.Ledger
		if err := l.UnmarshalJSON(s.Told); err != nil {
			t.Fatal(err)
		}
		resolved += l.Resolved()
	}
	if total.Reached != 1 || total.Faded != 0 || len(total.LeadSeconds) != 1 || total.LeadSeconds[0] < 86400 {
		t.Errorf("episodes: %+v", total)
	}
	if resolved < 20 {
		t.Errorf("%d predictions are in the summaries", resolved)
	}
}

func summaryOf(t *testing.T, w *Worker) *outcome.Summary {
	t.Helper()
	s, err := w.Summary()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestSummariesSurviveRestarts: a worker restored at any moment sends the same summaries, and remembers the same.
func TestSummariesSurviveRestarts(t *testing.T) {
	alone, restarted := NewWorker(DefaultConfig(), catalogue(t), nil), NewWorker(DefaultConfig(), catalogue(t), nil)
	full := func(age time.Duration) (float64, float64) {
		if day := math.Mod(age.Hours()/24, 12); day < 8 {
			return min(100, 30+10*day), 100
		}
		return 20, 100
	}
	const step = 25 * time.Minute
	n := 0
	for age := time.Duration(0); age < 25*days; age += step {
		want, got := live(alone, age, age+step, full), live(restarted, age, age+step, full)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("findings after %v (-alone +restarted):\n%s", age, diff)
		}
		a, b := summaryOf(t, alone), summaryOf(t, restarted)
		if diff := cmp.Diff(a, b); diff != "" {
			t.Fatalf("summary after %v (-alone +restarted):\n%s", age, diff)
		}
		if a != nil {
			n++
		}
		if age/step%13 == 5 {
			state := snapshot(t, restarted)
			restarted = NewWorker(DefaultConfig(), restarted.cat, nil)
			if err := restarted.Restore(state); err != nil {
				t.Fatal(err)
			}
		}
	}
	if !bytes.Equal(snapshot(t, alone), snapshot(t, restarted)) {
		t.Error("the states differ")
	}
	if n < 10 {
		t.Errorf("only %d summaries were sent", n)
	}
}
