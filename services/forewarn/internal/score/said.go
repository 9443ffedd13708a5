package score

import "math"

// Finding is one statement about an episode, as far as it is judged.
type Finding struct {
	Time     float64 // Unix seconds
	Action   string  // opened, updated or resolved
	Severity string  // info, warning or critical; empty counts as warning
	Episode  string
}

// Forecast is what a method expected at one time. NaN stands for what it did not say.
type Forecast struct {
	Time float64 // Unix seconds
	// Within holds the probability that the limit is reached within each of the horizons, 0 to 1.
	Within [Horizons]float64
	// P10, P50 and P90 are quantiles of the date of the failure in Unix seconds; NaN also beyond 180 days.
	P10, P50, P90 float64
	// Urgency ranks how near the failure seems, 0 (not in sight) to 1, by the method's own measure: it is what a
	// threshold is swept over.
	Urgency float64
}

// The horizons of Forecast.Within.
const (
	Within4h = iota
	Within24h
	Within7d
	Within30d
	Horizons // their number
)

// Silent returns a forecast that says nothing but its time.
func Silent(at float64) Forecast {
	no := math.NaN()
	return Forecast{Time: at, Within: [Horizons]float64{no, no, no, no}, P10: no, P50: no, P90: no}
}

// Said is all that a method said about one series, in the order of time.
type Said struct {
	Findings  []Finding
	Forecasts []Forecast
}
