package score

import (
	"math"

	"github.com/forewarn/forewarn/services/forewarn/internal/scenario"
)

// calmFor is how long the urgency must stay below a threshold before the alarm ends, the same for all methods, in
// seconds.
const calmFor = 6 * hour

// Threshold returns the urgency that threshold number i stands for: evenly spaced in its log-odds from -6 to +6, so that
// probabilities near 0 and 1 are told apart, and times left are spaced by their logarithm.
func Threshold(i int) float64 {
	return 1 / (1 + math.Exp(-(-6 + 12*float64(i)/(Thresholds-1))))
}

// UrgencyOf returns the urgency of a time left in seconds: 1 at none, 0.5 at a day, 0 at infinity.
func UrgencyOf(secondsLeft float64) float64 { return 1 / (1 + max(0, secondsLeft)/day) }

// sweep judges the alarms that each threshold on the urgency would have raised.
func sweep(t *scenario.Truth, forecasts []Forecast) (out [Thresholds]Alarm) {
	harmless := t.Failure == nil && !t.Avoided() && !t.Rising()
	if t.Failure == nil && !harmless {
		return out
	}
	var alarms []spell
	for i := range out {
		alarms = raise(alarms[:0], forecasts, Threshold(i))
		if !harmless {
			out[i].Warned, _ = warned(t, alarms)
			continue
		}
		for _, a := range alarms {
			if a.end > learned(t) {
				out[i].False++
			}
		}
		if len(alarms) == 0 { // nor will any higher threshold raise one
			break
		}
	}
	return out
}

// raise appends the alarms of one threshold to buf.
func raise(buf []spell, forecasts []Forecast, threshold float64) []spell {
	open, last := false, 0.0
	for i := range forecasts {
		f := &forecasts[i]
		switch {
		case f.Urgency >= threshold:
			if !open {
				buf = append(buf, spell{f.Time, math.Inf(1)})
			}
			open, last = true, f.Time
		case open && f.Time-last >= calmFor:
			open = false
			buf[len(buf)-1].end = f.Time
		}
	}
	return buf
}
