package web

import (
	"net/http"
	"sync"

	"github.com/forewarn/forewarn/services/console/internal/pipeline"
	"github.com/forewarn/forewarn/shared/incident"
	"github.com/forewarn/forewarn/shared/signal"
)

const (
	// shownCharts is how many signals of an entity have a chart on its page.
	shownCharts = 12
	// shownInner is how many of the entities in another its page lists.
	shownInner = 50
)

// entityPage is the content of the page /entities/{id}.
type entityPage struct {
	*pipeline.Node
	// Charts are the most dangerous of its signals and of what is in it, of AllSignals.
	Charts     []smallChart
	AllSignals int
	// Holds is what is in it, the most dangerous first, of AllInner.
	Holds    []entityRow
	AllInner int
	// Beside is what else is in the same outer entity.
	Beside []entityRow
	// Incidents are the open ones of it and of what is in it, the worst first.
	Incidents []*incident.Incident
	Failed    bool
}

// smallChart is one chart among others.
type smallChart struct {
	*signal.State
	outlook
	Figure figure
}

// Path is the address of the signal's page.
func (c smallChart) Path() string { return signalPath(c.State.Key) }

// entity serves the page of one entity.
func (w *Web) entity(rw http.ResponseWriter, r *http.Request) {
	p, ctx := w.newPage(rw, r), r.Context()
	var open openIncidents
	var wg sync.WaitGroup
	wg.Go(func() { open = w.openIncidents(ctx) })
	s, err := w.settings.Source.Signals(ctx)
	wg.Wait()
	if err != nil {
		w.signalsUnavailable(rw, p)
		return
	}
	n := s.Entities().Named(r.PathValue("id"))
	if n == nil {
		w.say(rw, p, http.StatusNotFound, p.Say("Not found", "未找到"),
			p.Say("There is no such entity.", "没有这个对象。"),
			p.Say("It may not be watched any more; the list of entities shows what there is.", "它可能已不再被监测；请从对象列表查看。"))
		return
	}
	p.Path = entityPath(n.ID)
	p.live(r)
	troubles := troublesOf(&open)
	c := entityPage{Node: n, AllSignals: n.Total(), AllInner: len(n.Inner), Failed: open.IncidentsFailed}
	c.Charts = chartsOf(p, s, n)
	for _, in := range n.Inner[:min(len(n.Inner), shownInner)] {
		c.Holds = append(c.Holds, newEntityRow(s, in, troubles))
	}
	c.Beside = beside(s, n, troubles)
	for _, in := range open.Open {
		if in.Entity.ID == n.ID || in.Entity.Root == n.ID {
			c.Incidents = append(c.Incidents, in)
		}
	}
	c.Incidents = c.Incidents[:min(len(c.Incidents), shownOpen)]
	p.Title, p.Content = p.Plain(n.Name), &c
	w.render(rw, http.StatusOK, "entity", p)
}

// beside returns what is in the same outer entity as another one is.
func beside(s *pipeline.Snapshot, n *pipeline.Node, troubles map[string]trouble) (out []entityRow) {
	if n.Outer == nil {
		return nil
	}
	const most = 10
	for _, other := range n.Outer.Inner {
		if other != n && len(out) < most {
			out = append(out, newEntityRow(s, other, troubles))
		}
	}
	return out
}

// chartsOf returns small charts of the signals of an entity, its own first, then those of what is in it.
func chartsOf(p *page, s *pipeline.Snapshot, n *pipeline.Node) (out []smallChart) {
	add := func(signals []int) {
		for _, i := range signals {
			if sig := &s.Signals[i]; len(out) < shownCharts {
				alt := p.Plain(p.Sayf("Chart of %s, %s", "%s 的图表，%s", sig.Entity.Name, p.RuleName(sig.Rule)))
				out = append(out, smallChart{sig, outlookOfSignal(p, sig), figure{Path: signalPath(sig.Key) + "/chart", Alt: alt, Shown: true}})
			}
		}
	}
	add(n.Signals)
	for _, in := range n.Inner {
		add(in.Signals)
	}
	return out
}
