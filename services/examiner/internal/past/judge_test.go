package past

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/forewarn/forewarn/services/examiner/internal/evidence"
	"github.com/forewarn/forewarn/shared/checks"
)

var night = time.Date(2026, 3, 12, 3, 0, 0, 0, time.UTC)

func gaugeOf(least float64) *evidence.Metric {
	return &evidence.Metric{Read: evidence.Level, Least: least, Scale: 1}
}

// filled returns a course of seven days whose buckets have the values of a function.
func filled(m *evidence.Metric, value func(i int) float64) *Course {
	c := newCourse(m, night, 7)
	for i := range c.part {
		c.part[i] = value(i)
		if m.Read == evidence.Share {
			c.whole[i] = 1000
		}
	}
	return c
}

// TestHealthyNoiseIsClear: on stationary noise of many shapes, some of them with the habits of a day, at most one time in a hundred
// anything is found. The least value is as low as it can be, so that it does not help.
func TestHealthyNoiseIsClear(t *testing.T) {
	daily := func(i int) float64 { return 1 + 0.9*math.Sin(2*math.Pi*float64(i)/288) }
	for name, noise := range map[string]func(r *rand.Rand, i int) float64{
		"normal":              func(r *rand.Rand, _ int) float64 { return 10 + r.NormFloat64() },
		"exponential":         func(r *rand.Rand, _ int) float64 { return r.ExpFloat64() },
		"lognormal":           func(r *rand.Rand, _ int) float64 { return math.Exp(r.NormFloat64()) },
		"daily":               func(r *rand.Rand, i int) float64 { return daily(i) * (1 + 0.3*r.NormFloat64()) },
		"daily bursts":        func(r *rand.Rand, i int) float64 { return daily(i) * r.ExpFloat64() },
		"rare events":         func(r *rand.Rand, _ int) float64 { return rare(r, 0.02) },
		"seldom, large":       func(r *rand.Rand, _ int) float64 { return 50 * rare(r, 0.005) },
		"counts of about two": func(r *rand.Rand, _ int) float64 { return poisson(r, 2) },
	} {
		for _, read := range []evidence.Read{evidence.Level, evidence.Rate} {
			r := rand.New(rand.NewPCG(7, 11))
			m := &evidence.Metric{Read: read, Least: 1e-9, Scale: 1}
			const trials = 1000
			found := 0
			for range trials {
				if filled(m, func(i int) float64 { return noise(r, i) }).Judge(m).Verdict == checks.Found {
					found++
				}
			}
			t.Logf("%s, %s: %.1f %% found", name, read, 100*float64(found)/trials)
			if found > trials/100 {
				t.Errorf("%s, %s: found in %d of %d courses, more than 1 %%", name, read, found, trials)
			}
		}
	}
}

func rare(r *rand.Rand, p float64) float64 {
	if r.Float64() < p {
		return 1
	}
	return 0
}

func poisson(r *rand.Rand, mean float64) float64 {
	n, p := 0, math.Exp(-mean)
	for u, sum := r.Float64(), p; u > sum && n < 100; sum += p {
		n++
		p *= mean / float64(n)
	}
	return float64(n)
}

// TestTroubleIsFound: what is three times the usual for the last ten minutes, or all of the half hour, is found in every kind of course,
// with the time at which it began.
func TestTroubleIsFound(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, read := range []evidence.Read{evidence.Level, evidence.Rate, evidence.Share} {
		for _, since := range []int{2, 6} {
			m := &evidence.Metric{Read: read, Least: 1e-3, Scale: 1, Events: 1}
			c := filled(m, func(int) float64 { return 10 + r.NormFloat64() })
			for i := len(c.part) - since; i < len(c.part); i++ {
				c.part[i] *= 3
			}
			j := c.Judge(m)
			began := night.Add(-time.Duration(since) * Bucket)
			if j.Verdict != checks.Found || j.Now < 2*j.Usual || j.Since.Sub(began).Abs() > 2*Bucket {
				t.Errorf("%s for %d buckets: %+v, want it found since %v", read, since, j, began)
			}
		}
	}
}

// TestJudge: the conditions one by one.
func TestJudge(t *testing.T) {
	f := func(name string, want checks.Verdict, m *evidence.Metric, c *Course) {
		t.Helper()
		if j := c.Judge(m); j.Verdict != want {
			t.Errorf("%s: %+v, want %s", name, j, want)
		}
	}
	last := func(n int, usual, now float64) func(int) float64 {
		length := len(newCourse(gaugeOf(1), night, 7).part)
		return func(i int) float64 {
			if i >= length-n {
				return now
			}
			return usual
		}
	}
	only := func(n int, value float64) func(int) float64 {
		length := len(newCourse(gaugeOf(1), night, 7).part)
		return func(i int) float64 {
			if i < length-n {
				return math.NaN()
			}
			return value
		}
	}
	f("never before", checks.Found, gaugeOf(1), filled(gaugeOf(1), last(3, 0, 5)))
	f("one bucket is a spike", checks.Clear, gaugeOf(4), filled(gaugeOf(4), last(1, 0, 5)))
	f("below the least", checks.Clear, gaugeOf(6), filled(gaugeOf(6), last(6, 0, 5)))
	f("less than half as much again", checks.Clear, gaugeOf(1), filled(gaugeOf(1), last(6, 10, 14)))
	f("no data", checks.Unknown, gaugeOf(1), filled(gaugeOf(1), func(int) float64 { return math.NaN() }))
	f("nothing to compare with", checks.Unknown, gaugeOf(1), filled(gaugeOf(1), only(20, 5)))
	sure := gaugeOf(1)
	sure.Surely = 5
	f("nothing to compare with, and sure", checks.Found, sure, filled(sure, only(6, 5)))
	f("a day of history", checks.Clear, gaugeOf(1), filled(gaugeOf(1), only(288, 5)))
	few := &evidence.Metric{Read: evidence.Rate, Least: 1e-9, Scale: 1, Events: 5}
	f("two events", checks.Clear, few, filled(few, last(6, 0, 1)))
	f("many events", checks.Found, few, filled(few, last(6, 0, 4)))

	nightly := filled(gaugeOf(1), func(int) float64 { return 0 })
	for d := range 8 {
		for k := range 6 {
			nightly.part[len(nightly.part)-1-d*288-k] = 5
		}
	}
	f("every night", checks.Clear, gaugeOf(1), nightly)
}

// TestStart: a process that started just now is found, unless it does so every night or was never seen before.
func TestStart(t *testing.T) {
	m := &evidence.Metric{Read: evidence.Start, Scale: 1}
	f := func(want checks.Verdict, starts ...time.Duration) {
		t.Helper()
		c := newCourse(m, night, 7)
		for _, s := range starts {
			c.started(float64(night.Add(-s).Unix()))
		}
		if j := c.Judge(m); j.Verdict != want {
			t.Errorf("started %v before: %+v, want %s", starts, j, want)
		}
	}
	const day = 24 * time.Hour
	f(checks.Unknown)
	f(checks.Clear, 90*day)
	f(checks.Found, 90*day, 10*time.Minute)
	f(checks.Clear, 10*time.Minute)
	f(checks.Clear, 90*day, 10*time.Minute, day+10*time.Minute, 2*day)
	f(checks.Found, 90*day, 10*time.Minute, day+12*time.Hour, 2*day+5*time.Hour)
}

// TestCounter: a counter grows by its differences, by what it shows after it began anew, and by nothing known over a pause.
func TestCounter(t *testing.T) {
	m := &evidence.Metric{Read: evidence.Rate, Scale: 1}
	c := newCourse(m, night, 1)
	k := &counter{course: c, into: c.part}
	for _, s := range []struct {
		before time.Duration
		v      float64
	}{{22 * time.Minute, 100}, {8 * time.Minute, 500}, {7 * time.Minute, 510}, {6 * time.Minute, 4}, {0, 5}} {
		k.sample(night.Add(-s.before), s.v)
	}
	n := len(c.part)
	if got := fmt.Sprint(c.part[n-3:]); got != "[NaN 14 1]" {
		t.Errorf("growths %s", got)
	}
}
