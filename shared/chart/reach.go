package chart

import "time"

// Reach is what is known of when a limit is reached: quantiles of the date, as seen from a moment.
type Reach struct {
	At          time.Time
	Used, Limit float64
	// P10, P50 and P90 are the dates before which it is reached with 10, 50 and 90 %; nil where there is none.
	P10, P50, P90 *time.Time
}

// reachSteps is in how many steps a reach is drawn.
const reachSteps = 24

// Forecast draws the dates as straight lines from the use of then to the limit, until a time at the latest. What the use is
// in between was not foretold. It is empty where no date is more likely than not, or the limit is reached already.
func (r Reach) Forecast(until time.Time) (out Forecast) {
	if r.Limit <= 0 || r.P10 == nil || r.P50 == nil || r.Used >= r.Limit {
		return out
	}
	last := r.P50.Add(r.P50.Sub(r.At) / 4)
	if r.P90 != nil && r.P90.Before(until) {
		last = *r.P90
	}
	if last.After(until) {
		last = until
	}
	out.At = r.At
	for i := range reachSteps + 1 {
		at := r.At.Add(last.Sub(r.At) * time.Duration(i) / reachSteps)
		out.Times = append(out.Times, at)
		out.Median = append(out.Median, r.line(at, r.P50))
		out.Low80 = append(out.Low80, r.line(at, r.P90))
		out.High80 = append(out.High80, r.line(at, r.P10))
	}
	return out
}

// line returns where the line to a date is at a time.
func (r Reach) line(at time.Time, date *time.Time) float64 {
	if date == nil {
		return r.Used
	}
	whole := date.Sub(r.At)
	if whole <= 0 {
		return r.Limit
	}
	return r.Used + (r.Limit-r.Used)*min(1, float64(at.Sub(r.At))/float64(whole))
}
