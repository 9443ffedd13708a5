package view

import (
	"cmp"
	"math"
	"slices"
	"time"

	"github.com/forewarn/forewarn/shared/chart"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/incident"
	"github.com/forewarn/forewarn/shared/telemetry"
)

// marksOf tells what happened to an incident: its opening, a change of its severity, its end.
func marksOf(r Reader, in *incident.Incident) []chart.Mark {
	out := []chart.Mark{{At: in.OpenedAt, Kind: chart.Opened}}
	level := finding.Severity("")
	for _, c := range in.Timeline {
		if level != "" && c.Level != level && c.Action == finding.Updated {
			out = append(out, chart.Mark{At: c.Time, Kind: "severity", Label: c.Level.Name().In(r.Language)})
		}
		level = c.Level
	}
	if in.ReopenedAt != nil {
		out = append(out, chart.Mark{At: *in.ReopenedAt, Kind: chart.Opened, Label: r.say("opened again", "复发")})
	}
	if o := in.Outcome; o != nil {
		if kind, ok := map[finding.What]chart.MarkKind{
			finding.Reached: chart.Failed, finding.Prevented: chart.CleanUp, finding.Enlarged: chart.Resized,
		}[o.What]; ok {
			out = append(out, chart.Mark{At: o.Time, Kind: kind})
		}
	}
	if in.ResolvedAt != nil && !in.Unheard() {
		out = append(out, chart.Mark{At: *in.ResolvedAt, Kind: chart.Resolved})
	}
	return out
}

// Picture draws the view with the course that was read, which may be empty.
func (v View) Picture(f chart.Frame, c Course) chart.Chart {
	f.Title, f.Language, f.Zone = v.Title, v.Language, v.Zone
	out := chart.Chart{Frame: f, Unit: v.Unit, Limit: Series(c.Limit), Marks: v.Marks, Now: v.Present}
	v.Reach.Limit = limitAt(c.Limit, v.Reach.At.UnixMilli(), v.Reach.Limit)
	known, since := c.Used, []telemetry.Sample(nil)
	if n := len(known); n > 0 && known[n-1].TimeMillis < v.Newest.TimeMillis {
		known = append(known[:n:n], v.Newest)
	}
	if v.Apart && v.Reach.P50 != nil {
		known, since = divided(c.Used, v.Reach.At.UnixMilli())
	}
	out.History, out.Since = Series(known), Series(since)
	out.Forecast = v.startingFrom(out.History).Forecast(v.End)
	if len(out.Limit.Times) == 0 && v.Reach.Limit > 0 {
		out.Limit = chart.Series{Times: []time.Time{v.Reach.At}, Values: []float64{v.Reach.Limit}}
	}
	if b := c.Expected; b != nil {
		out.Expected = chart.Band{Times: b.Times, Low: b.Low, High: b.High, Usual: b.Usual}
	}
	out.Shades = v.shades()
	return out
}

// limitAt returns the limit that held at a moment: a forecast led to that one, not to what it was raised to later. Where the
// course does not tell, it is the given one.
func limitAt(course []telemetry.Sample, at int64, otherwise float64) float64 {
	for i := len(course) - 1; i >= 0; i-- {
		if s := course[i]; s.TimeMillis <= at && !math.IsNaN(s.Value) {
			return s.Value
		}
	}
	return otherwise
}

// divided returns what came before a moment and what came since. Both have the moment itself if it lies between samples,
// so that their lines meet.
func divided(all []telemetry.Sample, at int64) (before, since []telemetry.Sample) {
	i, _ := slices.BinarySearchFunc(all, at, func(s telemetry.Sample, at int64) int { return cmp.Compare(s.TimeMillis, at) })
	before, since = all[:i:i], all[i:]
	if i == 0 || i == len(all) || math.IsNaN(all[i-1].Value+all[i].Value) {
		return before, since
	}
	from, to := all[i-1], all[i]
	share := float64(at-from.TimeMillis) / float64(to.TimeMillis-from.TimeMillis)
	there := telemetry.Sample{TimeMillis: at, Value: from.Value + share*(to.Value-from.Value)}
	return append(before, there), append([]telemetry.Sample{there}, since...)
}

// Foretells reports whether a forecast is drawn even if no history is known.
func (v View) Foretells() bool { return v.startingFrom(chart.Series{}).P50 != nil }

// startingFrom returns the reach, from the last use that was known then if what was said does not tell it.
func (v View) startingFrom(known chart.Series) chart.Reach {
	r := v.Reach
	for i := len(known.Values) - 1; math.IsNaN(r.Used) && i >= 0; i-- {
		r.Used = known.Values[i]
	}
	if math.IsNaN(r.Used) {
		r.P50 = nil // from where it would lead is not known
	}
	return r
}

// Series returns samples as a chart takes them.
func Series(samples []telemetry.Sample) chart.Series {
	out := chart.Series{Times: make([]time.Time, len(samples)), Values: make([]float64, len(samples))}
	for i, s := range samples {
		out.Times[i], out.Values[i] = time.UnixMilli(s.TimeMillis), s.Value
	}
	return out
}
