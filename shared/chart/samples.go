package chart

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"
)

// sample is one value; its time is in seconds since 1970. A gap has the value NaN.
type sample struct{ t, v float64 }

// beyond is where values stop being numbers that a picture can scale.
const beyond = 1e150

func drawable(v float64) bool { return math.Abs(v) <= beyond }

func seconds(t time.Time) float64 { return float64(t.Unix()) + float64(t.Nanosecond())/1e9 }

// The first and the last second that can be written on an axis, those of the years 1 and 9999 in every zone.
const firstSecond, lastSecond = -62_135_510_400, 253_402_214_400

func inHistory(t time.Time) bool { s := t.Unix(); return s >= firstSecond && s <= lastSecond }

// samples returns what values say of times, in the order of time; what cannot be drawn is a gap.
func samples(times []time.Time, values []float64) []sample {
	out := make([]sample, 0, len(times))
	sorted := true
	for i, t := range times {
		if !inHistory(t) || i >= len(values) {
			continue
		}
		s := sample{seconds(t), values[i]}
		if !drawable(s.v) {
			s.v = math.NaN()
		}
		sorted = sorted && (len(out) == 0 || out[len(out)-1].t <= s.t)
		out = append(out, s)
	}
	if !sorted {
		slices.SortStableFunc(out, func(a, b sample) int { return cmp.Compare(a.t, b.t) })
	}
	return out
}

func (s Series) samples() []sample { return samples(s.Times, s.Values) }

// runs cuts samples at their gaps.
func runs(all []sample) [][]sample {
	var out [][]sample
	start := 0
	for i := 0; i <= len(all); i++ {
		if i < len(all) && !math.IsNaN(all[i].v) {
			continue
		}
		if i > start {
			out = append(out, all[start:i])
		}
		start = i + 1
	}
	return out
}

func (s Series) check(name string) error { return equalLengths(name, len(s.Times), len(s.Values)) }

func (f Forecast) check() error {
	for _, list := range []struct {
		name   string
		values []float64
	}{
		{"forecast.median", f.Median},
		{"forecast.low50", f.Low50},
		{"forecast.high50", f.High50},
		{"forecast.low80", f.Low80},
		{"forecast.high80", f.High80},
	} {
		if len(list.values) == 0 {
			continue
		}
		if err := equalLengths(list.name, len(f.Times), len(list.values)); err != nil {
			return err
		}
	}
	return nil
}

func (b Band) check() error {
	err := errors.Join(equalLengths("expected.low", len(b.Times), len(b.Low)), equalLengths("expected.high", len(b.Times), len(b.High)))
	if len(b.Usual) > 0 {
		err = errors.Join(err, equalLengths("expected.usual", len(b.Times), len(b.Usual)))
	}
	return err
}

func equalLengths(name string, times, values int) error {
	if times != values {
		return fmt.Errorf("%s: %d values at %d times; give as many of each", name, values, times)
	}
	return nil
}
