// Package view decides what the chart of an incident or a signal shows: how much of the past and of the forecast, which limit, what
// happened. Who draws reads the course of the signal for that time, and hands it to [View.Picture].
//
//	v := view.Reader{Language: i18n.Chinese, Zone: shanghai, Now: time.Now()}.OfIncident(in)
//	used, limit, err := courses.Course(ctx, v.Key, v.Series, v.From, v.Until)
//	png, err := renderer.PNG(v.Picture(chart.Frame{}, view.Course{Used: used, Limit: limit}))
package view

import (
	"math"
	"time"

	"github.com/forewarn/forewarn/shared/chart"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/i18n"
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

// HasHabit reports whether a signal is judged by what is usual of it.
func HasHabit(sig *signal.State) bool {
	return sig.Kind == signal.Behaviour || sig.Kind == signal.Count
}

// Reader is for whom a chart is, and when.
type Reader struct {
	Language i18n.Language
	Zone     *time.Location
	Now      time.Time
	// Calendar tells days of rest and closes; nil if that is not known.
	Calendar Calendar
}

func (r Reader) say(en, zh string) string { return i18n.Text{En: en, Zh: zh}.In(r.Language) }

// Course is what a signal used over time, and its limit. Expected is between what it was usual, nil if it has no habit.
type Course struct {
	Used, Limit []telemetry.Sample
	Expected    *signal.Band
}

// View is what one chart shows: a signal between two times, and what was foretold of it at a moment.
type View struct {
	Reader
	// Key and Series name the signal, Title and Unit are shown.
	Key, Series, Title, Unit string
	// From and Until bound the past that is drawn.
	From, Until time.Time
	Reach       chart.Reach
	// Apart draws what came since the forecast apart from what was known then.
	Apart bool
	// End is how far the forecast is drawn.
	End   time.Time
	Marks []chart.Mark
	// Present is marked as now; zero marks no present.
	Present time.Time
	// Habit tells that it has no limit but a habit; Root is that of its entity, and Ahead how far beyond the past what is usual
	// is drawn.
	Habit bool
	Root  string
	Ahead time.Duration
	// Newest is a sample that may be newer than what was read; its time is 0 if there is none.
	Newest telemetry.Sample
}

// past returns how much of the past to show beside what lies ahead.
func past(ahead time.Duration) time.Duration { return min(max(pastShare*ahead, leastPast), mostPast) }

// OfIncident shows what was foretold when the incident opened, and what came true of it.
func (r Reader) OfIncident(in *incident.Incident) View {
	v := View{
		Reader: r, Key: in.Signal, Series: in.Series, Title: in.Title.In(r.Language), Unit: in.Unit,
		Reach: reachOf(in.UpdatedAt, in.Used, in.Limit, in.ETA), Until: r.Now, Marks: marksOf(r, in), Present: r.Now, Apart: true,
	}
	if p := in.Predicted; p != nil {
		v.Reach = reachOf(p.Time, math.NaN(), in.Limit, p.ETA)
	}
	ahead := v.Until.Sub(in.OpenedAt)
	if in.ResolvedAt != nil {
		ahead = in.ResolvedAt.Sub(in.OpenedAt)
		v.Until, v.Present = in.ResolvedAt.Add(max(ahead/2, leastPast)), time.Time{}
		if v.Until.After(r.Now) {
			v.Until = r.Now
		}
	}
	if p50 := v.Reach.P50; p50 != nil {
		ahead = max(ahead, p50.Sub(v.Reach.At))
	}
	v.From = in.OpenedAt.Add(-past(ahead))
	v.End = in.OpenedAt.Add(ahead + ahead/4)
	if in.Kind == finding.Anomaly {
		v.Habit, v.Root = true, in.Entity.Root
		v.From = in.OpenedAt.Add(-max(past(ahead), habitPast))
		if in.ResolvedAt == nil {
			v.Ahead = habitAhead
		}
	}
	return v
}

// OfSignal shows the newest forecast of a signal.
func (r Reader) OfSignal(sig *signal.State) View {
	v := View{
		Reader: r, Key: sig.Key, Series: sig.Series, Title: sig.Entity.Name, Unit: sig.Unit,
		Until: r.Now, End: r.Now, Present: r.Now, Newest: telemetry.Sample{TimeMillis: sig.UpdatedAt.UnixMilli(), Value: sig.Used},
	}
	ahead := usualPast / pastShare
	if p50 := sig.ETA.P50; p50 != nil && p50.After(sig.UpdatedAt) {
		v.Reach = reachOf(sig.UpdatedAt, sig.Used, sig.Limit, sig.ETA)
		v.Present, ahead = sig.UpdatedAt, p50.Sub(sig.UpdatedAt)
		v.End = p50.Add(ahead / 4)
	}
	v.From = r.Now.Add(-past(ahead))
	if HasHabit(sig) {
		v.Habit, v.Root, v.Ahead, v.From = true, sig.Entity.Root, habitAhead, r.Now.Add(-habitPast)
		if sig.OpenedAt != nil {
			v.Marks = []chart.Mark{{At: *sig.OpenedAt, Kind: "unusual", Label: r.say("unusual since", "异常开始")}}
		}
	}
	if sig.Stage == signal.Silent {
		v.From, v.Until = sig.UpdatedAt.Add(-past(ahead)), sig.UpdatedAt
	}
	return v
}

func reachOf(at time.Time, used, limit float64, eta finding.ETA) chart.Reach {
	return chart.Reach{At: at, Used: used, Limit: limit, P10: eta.P10, P50: eta.P50, P90: eta.P90}
}
