package web

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strconv"
	"sync"

	"go.uber.org/zap"

	"github.com/forewarn/forewarn/services/console/internal/pipeline"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/incident"
	"github.com/forewarn/forewarn/shared/plan"
	"github.com/forewarn/forewarn/shared/signal"
)

const (
	readOpen      = 500 // open incidents, of which the worst are shown; the others' signals rank by them
	shownOpen     = 50  // open incidents on the overview
	shownResolved = 5   // resolved ones
	shownDanger   = 10  // signals, the most dangerous ones
	shownPlans    = 10  // things to buy
)

// overview is the content of the page /.
type overview struct {
	Problems []problem
	openIncidents
	// Risks are the open incidents that are shown, and what is foreseen.
	Risks    []risk
	Resolved []*incident.Incident
	Signals  signalList
	// Purchases are the plans with something to buy, the soonest first.
	Purchases []plan.Plan
}

// openIncidents are the open incidents that were read, none if the store did not answer.
type openIncidents struct {
	// Open are those to show, the worst first, of OpenCount; MoreOpen says that there are still more.
	Open      []*incident.Incident
	OpenCount int
	MoreOpen  bool
	// Unreadable counts the open incidents that this release cannot read.
	Unreadable      int
	IncidentsFailed bool
	// severity is that of each signal with an open incident, by the signal's key.
	severity map[string]finding.Severity
	// signals is what the workers know now, nil if they do not say.
	signals *pipeline.Snapshot
}

// Current returns what is known now of the signal of an incident, nil if nothing is.
func (o *openIncidents) Current(in *incident.Incident) *signal.State {
	if o.signals == nil {
		return nil
	}
	return o.signals.ByKey(in.Signal)
}

// settle orders the incidents, now that it is known which are still heard of, and keeps those to show: of a volume that
// is gone nobody knows how it is, so it stands behind those that can still be helped.
func (o *openIncidents) settle(signals *pipeline.Snapshot) {
	o.signals = signals
	silent := func(in *incident.Incident) int {
		if s := o.Current(in); s != nil && s.Stage == signal.Silent {
			return 1
		}
		return 0
	}
	slices.SortStableFunc(o.Open, func(a, b *incident.Incident) int { return cmp.Compare(silent(a), silent(b)) })
	o.Open = o.Open[:min(len(o.Open), shownOpen)]
}

func (w *Web) overview(rw http.ResponseWriter, r *http.Request) {
	p := w.newPage(rw, r)
	p.live(r)
	var o overview
	ctx := r.Context()
	var health pipeline.Health
	var wg sync.WaitGroup // each part waits for the bus
	wg.Go(func() { o.openIncidents = w.openIncidents(ctx) })
	wg.Go(func() { o.Resolved = w.resolvedIncidents(ctx) })
	wg.Go(func() { o.Purchases = w.purchases(ctx) })
	wg.Go(func() { health = w.settings.Source.Health(ctx) })
	signals, err := w.settings.Source.Signals(ctx)
	wg.Wait()
	o.Signals = newSignalList(nil, o.severity)
	o.Signals.size = shownDanger
	if o.Signals.Failed = err != nil; err == nil {
		o.Signals.fill(signals)
	}
	o.settle(signals)
	o.Risks = w.risks(p, &o.openIncidents)
	o.Problems = problems(p.speaker, health)
	p.Title, p.Content = p.Say("Overview", "总览"), &o
	if n := o.OpenCount; n > 0 {
		p.Title = "(" + strconv.Itoa(n) + ") " + p.Title
	}
	w.render(rw, http.StatusOK, "overview", p)
}

// openIncidents reads the open incidents.
func (w *Web) openIncidents(ctx context.Context) openIncidents {
	page, err := w.settings.Source.RecentIncidents(ctx, pipeline.IncidentFilter{State: incident.Open}, "", readOpen)
	if err != nil {
		if ctx.Err() == nil {
			w.settings.Logger.Error("incidents cannot be listed", zap.Error(err))
		}
		return openIncidents{IncidentsFailed: true}
	}
	all := bySeverity(slices.Clone(page.Incidents))
	o := openIncidents{
		Open: all, OpenCount: len(all), MoreOpen: page.Next != "",
		Unreadable: page.Unreadable, severity: make(map[string]finding.Severity, len(all)),
	}
	for _, in := range slices.Backward(all) { // the worst is the last to be noted
		o.severity[in.Signal] = in.Severity
	}
	return o
}

// resolvedIncidents returns those opened last that are resolved, none if they cannot be read.
func (w *Web) resolvedIncidents(ctx context.Context) []*incident.Incident {
	page, err := w.settings.Source.RecentIncidents(ctx, pipeline.IncidentFilter{State: incident.Resolved}, "", shownResolved)
	if err != nil {
		return nil // the open ones say so
	}
	return page.Incidents
}

// purchases returns what is to be bought, none if the planner does not say.
func (w *Web) purchases(ctx context.Context) []plan.Plan {
	reply, err := w.settings.Source.Capacity(ctx, plan.Request{Limit: shownPlans})
	if err != nil {
		return nil // health tells what is wrong
	}
	for i := range reply.Plans {
		if p := &reply.Plans[i]; p.Outlook == nil || p.Purchase.By == nil {
			return reply.Plans[:i] // those with a date come first
		}
	}
	return reply.Plans
}
