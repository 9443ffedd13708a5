package facts

import (
	"context"
	"fmt"
	"math"
	"time"

	build "github.com/forewarn/forewarn/services/notifier/internal/digest"
	"github.com/forewarn/forewarn/shared/chart"
	"github.com/forewarn/forewarn/shared/digest"
	"github.com/forewarn/forewarn/shared/i18n"
	"github.com/forewarn/forewarn/shared/incident"
)

// backwards is how long before an edition incidents may have opened to be looked at, beside those that are open: the days of the
// track record, and a month in which they ended.
const backwards = 125 * 24 * time.Hour

// maxIncidents bounds how many are read.
const maxIncidents = 20_000

// Incidents lists those that matter to an edition: all that are open, and those that opened not too long before.
func (r *Reader) Incidents(ctx context.Context, e build.Edition) ([]*incident.Incident, error) {
	var out []*incident.Incident
	seen := map[string]bool{}
	for _, state := range []incident.State{incident.Open, ""} {
		for q := (incident.Query{State: state, Limit: 500}); len(out) < maxIncidents; {
			page, err := r.Store.List(ctx, q)
			if err != nil {
				return nil, fmt.Errorf("list incidents: %w", err)
			}
			older := false
			for _, i := range page.Incidents {
				older = i.OpenedAt.Before(e.From.Add(-backwards))
				if !seen[i.ID] && (!older || state == incident.Open) {
					seen[i.ID] = true
					out = append(out, i)
				}
			}
			if page.Next == "" || older && state == "" { // the newest come first
				break
			}
			q.Before = page.Next
		}
	}
	return out, nil
}

const (
	// leastPast and mostPast bound how much of the past a figure shows beside three times what lies ahead.
	leastPast, mostPast = 7 * 24 * time.Hour, 28 * 24 * time.Hour
	pastShare           = 3
)

// figure reads the course of a risk until a time.
func (r *Reader) figure(ctx context.Context, risk *digest.Risk, until time.Time, lang i18n.Language) (*digest.Figure, error) {
	past := leastPast
	if p50 := risk.ETA.P50; p50 != nil {
		past = min(max(pastShare*p50.Sub(until), leastPast), mostPast)
	}
	used, limit, err := r.Courses.Course(ctx, risk.Signal, risk.Series, until.Add(-past), until)
	if err != nil {
		return nil, err
	}
	f := &digest.Figure{
		Label: i18n.Text{En: "Course of " + risk.Entity + " and its forecast", Zh: risk.Entity + " 的走势与预测"}.In(lang), Limit: risk.Limit,
	}
	for _, s := range used {
		if !math.IsNaN(s.Value) && !math.IsInf(s.Value, 0) {
			f.Times, f.Values = append(f.Times, time.UnixMilli(s.TimeMillis).UTC()), append(f.Values, s.Value)
		}
	}
	if n := len(limit); n > 0 {
		f.Limit = limit[n-1].Value
	}
	if risk.ETA.P50 != nil && !risk.Present {
		reach := chart.Reach{At: until, Used: risk.Used, Limit: f.Limit, P10: risk.ETA.P10, P50: risk.ETA.P50, P90: risk.ETA.P90}
		ahead := reach.Forecast(until.Add(past / pastShare))
		f.Ahead, f.Median = ahead.Times, ahead.Median
	}
	return f, nil
}
