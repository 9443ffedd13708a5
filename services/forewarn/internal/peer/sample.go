package peer

import "math"

// Sample is a value and its limit at one time.
type Sample struct {
	Time         float64 // Unix seconds
	Value, Limit float64 // in the same unit
	// Free is true if Value is what is left, false if it is what is used.
	Free bool
}

// Used returns the use as a share of the limit.
func (s *Sample) Used() float64 {
	if s.Free {
		return 1 - s.Value/s.Limit
	}
	return s.Value / s.Limit
}

// Reading is what a rule says after a sample.
type Reading struct {
	Firing bool
	// P10, P50 and P90 are quantiles of the time to the limit in seconds: +Inf for never, NaN where the rule says
	// nothing of the kind.
	P10, P50, P90 float64
	// Within is the probability of reaching the limit within 4 hours, 24 hours, 7 and 30 days; NaN as above.
	Within [4]float64
	// Urgency ranks how near the limit seems, 0 to 1, for rules that do not rank by P50; else NaN.
	Urgency float64
}

// silent returns a reading that says nothing.
func silent() Reading {
	no := math.NaN()
	return Reading{P10: no, P50: no, P90: no, Within: [4]float64{no, no, no, no}, Urgency: no}
}

const (
	hour = 3600.0
	day  = 24 * hour
)

// pending delays an alert until its condition has held for so long, as "for" does in Prometheus.
type pending struct {
	hold  float64 // seconds
	since float64
	holds bool
	fired bool
}

func (p *pending) fires(condition bool, now float64) bool {
	if !condition {
		p.holds, p.fired = false, false
		return false
	}
	if !p.holds {
		p.holds, p.since = true, now
	}
	p.fired = p.fired || now-p.since >= p.hold
	return p.fired
}
