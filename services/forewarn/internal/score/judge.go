package score

import (
	"math"

	"github.com/forewarn/forewarn/services/forewarn/internal/scenario"
)

const (
	hour = 3600.0
	day  = 24 * hour
)

// Judge compares what was said with the truth. Findings at warning or worse open an alarm.
//
// A failure is warned of if an alarm stands when it comes that began after the onset, at most 21 days ahead, and at
// least 12 hours ahead or 35 % of the way from the onset, whichever is less, but never less than an hour. On a series
// that never fails any alarm is false after the learning time: 14 days for a disk, 3 for memory.
func Judge(t *scenario.Truth, said *Said) Result {
	r := Result{Family: t.Family, Kind: t.Kind, Fails: t.Failure != nil}
	alarms := spells(said.Findings)
	switch {
	case r.Fails:
		r.Warned, r.LeadHours = warned(t, alarms)
		r.Dates = dates(t, said.Forecasts)
	case t.Avoided():
		r.Risky, r.Found = true, len(alarms) > 0
	case !t.Rising():
		r.blame(t, alarms)
	}
	r.Odds = odds(t, said.Forecasts)
	r.Sweep = sweep(t, said.Forecasts)
	return r
}

// onset returns when trouble began; the data's start if that is not known.
func onset(t *scenario.Truth) float64 {
	if t.Onset == nil {
		return float64(t.Start)
	}
	return float64(*t.Onset)
}

// warned returns whether an alarm came in time, and the lead of the first that did, in hours.
func warned(t *scenario.Truth, alarms []spell) (ok bool, leadHours float64) {
	failure, began := float64(*t.Failure), onset(t)
	need := max(hour, min(day/2, 0.35*(failure-began)))
	earliest := max(began, failure-21*day)
	for _, a := range alarms {
		if a.begin < failure && failure <= a.end+60 && a.begin >= earliest && failure-a.begin >= need {
			return true, (failure - a.begin) / hour
		}
	}
	return false, 0
}

// learned returns from when on a method is expected to know the series.
func learned(t *scenario.Truth) float64 {
	if t.Kind == scenario.Exhaustion {
		return float64(t.Start) + 14*day
	}
	return float64(t.Start) + 3*day
}

// blame counts the alarms on a series that is harmless.
func (r *Result) blame(t *scenario.Truth, alarms []spell) {
	from, end := learned(t), float64(t.End)
	r.Weeks = max(0, end-from) / day / 7
	for _, a := range alarms {
		if a.end <= from {
			r.Learning++
			continue
		}
		r.False++
		r.HoursFalse += (min(a.end, end) - max(a.begin, from)) / hour
	}
}

// dates judges the newest date given before each lead.
func dates(t *scenario.Truth, forecasts []Forecast) (out [Leads]Date) {
	near, known := day, 5*day
	if t.Kind == scenario.Leak {
		near, known = day/2, 2*day
	}
	for i, lead := range [Leads]struct{ ahead, sinceOnset float64 }{{4 * hour, hour}, {near, day / 4}, {7 * day, 2 * day}} {
		at := float64(*t.Failure) - lead.ahead
		if at >= onset(t)+lead.sinceOnset && at >= float64(t.Start)+known {
			out[i] = date(float64(*t.Failure), at, forecasts)
		}
	}
	return out
}

func date(failure, at float64, forecasts []Forecast) Date {
	last := Silent(at)
	for i := range forecasts {
		if forecasts[i].Time <= at {
			last = forecasts[i]
		}
	}
	d := Date{Asked: true, Error: 1, Width: (last.P90 - last.P10) / (failure - last.Time)}
	if !math.IsNaN(last.P50) {
		d.Error = math.Abs(last.P50-failure) / (failure - last.Time)
	}
	d.Covered = last.P10 <= failure && failure <= last.P90
	return d
}
