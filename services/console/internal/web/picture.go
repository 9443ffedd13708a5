package web

import (
	"cmp"
	"math"
	"slices"
	"time"

	"github.com/forewarn/forewarn/services/console/internal/pipeline"
	"github.com/forewarn/forewarn/shared/chart"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/incident"
	"github.com/forewarn/forewarn/shared/signal"
	"github.com/forewarn/forewarn/shared/telemetry"
)

const (
	// leastPast and mostPast bound how much of the past a chart shows, usualPast is that of a signal without a date.
	leastPast, usualPast, mostPast = 15 * time.Minute, 24 * time.Hour, 28 * 24 * time.Hour
	// pastShare is how many times what is foretold the past is that led to it.
	pastShare = 3
	// habitPast is how much of the past shows a habit: days that are alike. habitAhead is how far ahead what is usual is shown.
	habitPast, habitAhead = 3 * 24 * time.Hour, 24 * time.Hour
)

// hasHabit tells signals that are judged by what is usual of them.
func hasHabit(sig *signal.State) bool {
	return sig.Kind == signal.Behaviour || sig.Kind == signal.Count
}

// view is what one chart shows: a signal between two times, and what was foretold of it at a moment.
type view struct {
	speaker
	key, series, title, unit string
	from, until              time.Time // of the past that is drawn
	reach                    chart.Reach
	// apart draws what came since the forecast apart from what was known then.
	apart bool
	// end is how far the forecast is drawn.
	end   time.Time
	marks []chart.Mark
	now   time.Time // zero marks no present
	// habit tells that it has no limit but a habit; root is that of its entity, and ahead how far beyond the past what is usual
	// is drawn.
	habit bool
	root  string
	ahead time.Duration
	// newest is a sample that may be newer than what was read; its time is 0 if there is none.
	newest telemetry.Sample
	// calendar tells days of rest and closes; nil if that is not known.
	calendar Calendar
}

// past returns how much of the past to show beside what lies ahead.
func past(ahead time.Duration) time.Duration { return min(max(pastShare*ahead, leastPast), mostPast) }

// viewOfIncident shows what was foretold when the incident opened, and what came true of it.
func (w *Web) viewOfIncident(s speaker, in *incident.Incident) view {
	v := view{
		speaker: s, calendar: w.settings.Calendar, key: in.Signal, series: in.Series, title: s.Pick(in.Title), unit: in.Unit,
		reach: reachOf(in.UpdatedAt, in.Used, in.Limit, in.ETA), until: s.Now, marks: marksOf(s, in), now: s.Now, apart: true,
	}
	if p := in.Predicted; p != nil {
		v.reach = reachOf(p.Time, math.NaN(), in.Limit, p.ETA)
	}
	ahead := v.until.Sub(in.OpenedAt)
	if in.ResolvedAt != nil {
		ahead = in.ResolvedAt.Sub(in.OpenedAt)
		v.until, v.now = in.ResolvedAt.Add(max(ahead/2, leastPast)), time.Time{}
		if v.until.After(s.Now) {
			v.until = s.Now
		}
	}
	if p50 := v.reach.P50; p50 != nil {
		ahead = max(ahead, p50.Sub(v.reach.At))
	}
	v.from = in.OpenedAt.Add(-past(ahead))
	v.end = in.OpenedAt.Add(ahead + ahead/4)
	if in.Kind == finding.Anomaly {
		v.habit, v.root = true, in.Entity.Root
		v.from = in.OpenedAt.Add(-max(past(ahead), habitPast))
		if in.ResolvedAt == nil {
			v.ahead = habitAhead
		}
	}
	return v
}

// viewOfSignal shows the newest forecast of a signal.
func (w *Web) viewOfSignal(s speaker, sig *signal.State) view {
	v := view{
		speaker: s, calendar: w.settings.Calendar, key: sig.Key, series: sig.Series, title: sig.Entity.Name, unit: sig.Unit,
		until: s.Now, end: s.Now, now: s.Now, newest: telemetry.Sample{TimeMillis: sig.UpdatedAt.UnixMilli(), Value: sig.Used},
	}
	ahead := usualPast / pastShare
	if p50 := sig.ETA.P50; p50 != nil && p50.After(sig.UpdatedAt) {
		v.reach = reachOf(sig.UpdatedAt, sig.Used, sig.Limit, sig.ETA)
		v.now, ahead = sig.UpdatedAt, p50.Sub(sig.UpdatedAt)
		v.end = p50.Add(ahead / 4)
	}
	v.from = s.Now.Add(-past(ahead))
	if hasHabit(sig) {
		v.habit, v.root, v.ahead, v.from = true, sig.Entity.Root, habitAhead, s.Now.Add(-habitPast)
		if sig.OpenedAt != nil {
			v.marks = []chart.Mark{{At: *sig.OpenedAt, Kind: "unusual", Label: s.Say("unusual since", "异常开始")}}
		}
	}
	if sig.Stage == signal.Silent {
		v.from, v.until = sig.UpdatedAt.Add(-past(ahead)), sig.UpdatedAt
	}
	return v
}

func reachOf(at time.Time, used, limit float64, eta finding.ETA) chart.Reach {
	return chart.Reach{At: at, Used: used, Limit: limit, P10: eta.P10, P50: eta.P50, P90: eta.P90}
}

// marksOf tells what happened to an incident: its opening, a change of its severity, its end.
func marksOf(s speaker, in *incident.Incident) []chart.Mark {
	out := []chart.Mark{{At: in.OpenedAt, Kind: chart.Opened}}
	level := finding.Severity("")
	for _, c := range in.Timeline {
		if level != "" && c.Level != level && c.Action == finding.Updated {
			out = append(out, chart.Mark{At: c.Time, Kind: "severity", Label: s.severity(c.Level)})
		}
		level = c.Level
	}
	if in.ReopenedAt != nil {
		out = append(out, chart.Mark{At: *in.ReopenedAt, Kind: chart.Opened, Label: s.Say("opened again", "复发")})
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

// picture draws the view with the course that was read, which may be empty.
func (v view) picture(f chart.Frame, c pipeline.Course) chart.Chart {
	f.Title, f.Language, f.Zone = v.title, v.Lang, v.Zone
	out := chart.Chart{Frame: f, Unit: v.unit, Limit: series(c.Limit), Marks: v.marks, Now: v.now}
	v.reach.Limit = limitAt(c.Limit, v.reach.At.UnixMilli(), v.reach.Limit)
	known, since := c.Used, []telemetry.Sample(nil)
	if n := len(known); n > 0 && known[n-1].TimeMillis < v.newest.TimeMillis {
		known = append(known[:n:n], v.newest)
	}
	if v.apart && v.reach.P50 != nil {
		known, since = divided(c.Used, v.reach.At.UnixMilli())
	}
	out.History, out.Since = series(known), series(since)
	out.Forecast = v.startingFrom(out.History).Forecast(v.end)
	if len(out.Limit.Times) == 0 && v.reach.Limit > 0 {
		out.Limit = chart.Series{Times: []time.Time{v.reach.At}, Values: []float64{v.reach.Limit}}
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

// startingFrom returns the reach, from the last use that was known then if what was said does not tell it.
func (v view) startingFrom(known chart.Series) chart.Reach {
	r := v.reach
	for i := len(known.Values) - 1; math.IsNaN(r.Used) && i >= 0; i-- {
		r.Used = known.Values[i]
	}
	if math.IsNaN(r.Used) {
		r.P50 = nil // from where it would lead is not known
	}
	return r
}

func series(samples []telemetry.Sample) chart.Series {
	out := chart.Series{Times: make([]time.Time, len(samples)), Values: make([]float64, len(samples))}
	for i, s := range samples {
		out.Times[i], out.Values[i] = time.UnixMilli(s.TimeMillis), s.Value
	}
	return out
}
