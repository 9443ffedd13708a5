package web

import (
	"slices"
	"time"

	"github.com/forewarn/forewarn/shared/incident"
	"github.com/forewarn/forewarn/shared/signal"
)

const (
	// shownForeseen is how many signals without an incident are listed among the risks.
	shownForeseen = 20
	// foreseenWithin and foreseenChance say which: those that more likely than not reach their limit by then.
	foreseenWithin = 30 * 24 * time.Hour
	foreseenChance = 0.5
)

// risk is one thing that may break: an open incident, or a signal that is foreseen to reach its limit.
type risk struct {
	outlook
	// Incident is nil of what is only foreseen; Signal is what is known of it now, nil if nothing is.
	Incident *incident.Incident
	Signal   *signal.State
	Key      string
	// Probability and Slack are in words; empty where nothing is known.
	Probability, Slack string
	Used, Limit        float64
	Unit               string
}

// risks returns what may break, in the order in which people should look: the open incidents as they are ordered, then
// what is foreseen, with the least time to spare first.
func (w *Web) risks(p *page, o *openIncidents) (out []risk) {
	for _, in := range o.Open {
		now := o.Current(in)
		r := risk{outlook: outlookOfIncident(p, in, now), Incident: in, Signal: now, Key: in.Signal, Used: in.Used, Limit: in.Limit, Unit: in.Unit}
		if now != nil {
			r.Used, r.Limit, r.Unit = now.Used, now.Limit, now.Unit
		}
		r.Probability, r.Slack = r.Odds(in.Probability), r.spare(w.settings.Source.TimeToFix(in.Signal))
		out = append(out, r)
	}
	if o.signals == nil {
		return out
	}
	for _, sig := range w.foreseen(o, p.Now) {
		r := risk{outlook: outlookOfSignal(p, sig), Signal: sig, Key: sig.Key, Used: sig.Used, Limit: sig.Limit, Unit: sig.Unit}
		r.Probability, r.Slack = r.Risk(), r.spare(w.settings.Source.TimeToFix(sig.Key))
		out = append(out, r)
	}
	return out
}

// foreseen returns the signals without an open incident that are expected to reach their limit, the most urgent first.
func (w *Web) foreseen(o *openIncidents, now time.Time) []*signal.State {
	var out []*signal.State
	for i := range o.signals.Signals {
		if s := &o.signals.Signals[i]; foresees(s, now) && o.severity[s.Key] == "" {
			out = append(out, s)
		}
	}
	latest := func(s *signal.State) time.Time { return s.ETA.P50.Add(-w.settings.Source.TimeToFix(s.Key)) }
	slices.SortStableFunc(out, func(a, b *signal.State) int { return latest(a).Compare(latest(b)) })
	return out[:min(len(out), shownForeseen)]
}

func foresees(s *signal.State, now time.Time) bool {
	return s.Stage == signal.Ready && s.ETA.P50 != nil && s.ETA.P50.Before(now.Add(foreseenWithin)) && s.Probability.D30 >= foreseenChance
}

// spare says how much of the time that is left is not needed for the repair; empty where one of both is not known, or the
// time is over.
func (o outlook) spare(fix time.Duration) string {
	if fix <= 0 || !o.silent.IsZero() || !o.Dated() || !o.eta.P50.After(o.Now) {
		return ""
	}
	left := o.eta.P50.Sub(o.Now) - fix
	if left < time.Minute {
		return o.Sayf("none: a repair takes about %s", "没有余地：修复约需 %s", o.Span(fix))
	}
	return o.Sayf("%s, as a repair takes about %s", "%s（修复约需 %s）", o.Span(left), o.Span(fix))
}
