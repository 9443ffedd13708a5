package web

import (
	"cmp"
	"net/http"
	"net/url"
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
	shownOpen     = 100 // open incidents on the overview
	shownResolved = 5   // resolved ones
	shownSignals  = 50  // signals on a page of the list
	shownPlans    = 10  // things to buy
)

// overview is the content of the page /.
type overview struct {
	Problems []problem
	openIncidents
	Resolved []*incident.Incident
	Signals  signalList
	// Purchases are the plans with something to buy, the soonest first.
	Purchases []plan.Plan
	Paused    bool
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

// signalList is one page of the ranked signals.
type signalList struct {
	Rows []*signal.State
	// Total counts all signals, Found those that pass the filter.
	Total, Found            int
	Learning, Ready, Silent int
	// Rising counts those that climb and were seen too briefly for a date, Foreseen those that more likely than not reach
	// their limit within a week.
	Rising, Foreseen         int
	Missing                  []int
	Truncated, Failed        bool
	Text, Stage              string
	First, Last, Page, Pages int
	// paused is kept in links.
	paused bool
	// severity is that of the signals' open incidents, by the signals' keys.
	severity map[string]finding.Severity
}

func (w *Web) overview(rw http.ResponseWriter, r *http.Request) {
	p := w.newPage(rw, r)
	query := r.URL.Query()
	o := overview{Paused: query.Get("refresh") == "off"}
	if !o.Paused {
		p.Refresh = refreshSeconds
	}
	var health pipeline.Health
	var wg sync.WaitGroup // each part waits for the bus
	wg.Go(func() { o.openIncidents = w.openIncidents(r) })
	wg.Go(func() { o.Resolved = w.resolvedIncidents(r) })
	wg.Go(func() { o.Purchases = w.purchases(r) })
	wg.Go(func() { health = w.settings.Source.Health(r.Context()) })
	signals, err := w.settings.Source.Signals(r.Context())
	wg.Wait()
	o.Signals = newSignalList(query, o.severity)
	if o.Signals.Failed = err != nil; err == nil {
		o.Signals.fill(signals)
	}
	o.settle(signals)
	o.Signals.paused = o.Paused
	o.Problems = problems(p.speaker, health)
	p.Title, p.Content = p.Say("Overview", "总览"), &o
	if n := o.OpenCount; n > 0 {
		p.Title = "(" + strconv.Itoa(n) + ") " + p.Title
	}
	w.render(rw, http.StatusOK, "overview", p)
}

// openIncidents reads the open incidents.
func (w *Web) openIncidents(r *http.Request) openIncidents {
	page, err := w.settings.Source.Incidents(r.Context(), pipeline.IncidentFilter{State: incident.Open}, "", readOpen)
	if err != nil {
		if r.Context().Err() == nil {
			w.settings.Logger.Error("incidents cannot be listed", zap.Error(err))
		}
		return openIncidents{IncidentsFailed: true}
	}
	all := bySeverity(page.Incidents)
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
func (w *Web) resolvedIncidents(r *http.Request) []*incident.Incident {
	page, err := w.settings.Source.Incidents(r.Context(), pipeline.IncidentFilter{State: incident.Resolved}, "", shownResolved)
	if err != nil {
		return nil // the open ones say so
	}
	return page.Incidents
}

// purchases returns what is to be bought, none if the planner does not say.
func (w *Web) purchases(r *http.Request) []plan.Plan {
	reply, err := w.settings.Source.Capacity(r.Context(), plan.Request{Limit: shownPlans})
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

// newSignalList returns the empty page of signals that the query asks for.
func newSignalList(query url.Values, severity map[string]finding.Severity) signalList {
	l := signalList{Text: query.Get("q"), Stage: query.Get("stage"), Page: 1, severity: severity}
	l.Text = l.Text[:min(len(l.Text), 4*maxText)]
	if n, err := strconv.Atoi(query.Get("page")); err == nil && n > 0 {
		l.Page = n
	}
	return l
}

// fill counts the signals, and takes the rows of the page from those that pass.
func (l *signalList) fill(s *pipeline.Snapshot) {
	l.Total, l.Missing, l.Truncated = len(s.Signals), s.Missing, s.Truncated
	match := pipeline.Filter{Text: l.Text, Stage: signal.Stage(l.Stage)}.Matcher()
	var found []*signal.State
	for _, i := range s.Ranked {
		sig := &s.Signals[i]
		switch sig.Stage {
		case signal.Learning:
			l.Learning++
		case signal.Ready:
			l.Ready++
		case signal.Silent:
			l.Silent++
		}
		switch {
		case sig.Stage != signal.Ready:
		case sig.Probability.D7 >= 0.5:
			l.Foreseen++
		case sig.Rising:
			l.Rising++
		}
		if match(sig) {
			found = append(found, sig)
		}
	}
	l.rank(found)
	l.Found = len(found)
	l.Pages = max(1, (l.Found+shownSignals-1)/shownSignals)
	l.Page = min(l.Page, l.Pages)
	from := (l.Page - 1) * shownSignals
	l.Rows = found[from:min(from+shownSignals, l.Found)]
	l.First, l.Last = from+1, from+len(l.Rows)
}

// rank orders the signals with open episodes, which come first, by the severity of their incidents.
func (l *signalList) rank(found []*signal.State) {
	n := 0
	for n < len(found) && found[n].Episode != "" {
		n++
	}
	slices.SortStableFunc(found[:n], func(a, b *signal.State) int {
		return cmp.Compare(l.severity[b.Key].Rank(), l.severity[a.Key].Rank())
	})
}

// Filtered reports whether only some signals were asked for.
func (l *signalList) Filtered() bool { return l.Text != "" || l.Stage != "" }

// Link returns the address of another page of the same list.
func (l *signalList) Link(page int) string {
	q := url.Values{}
	for name, v := range map[string]string{"q": l.Text, "stage": l.Stage} {
		if v != "" {
			q.Set(name, v)
		}
	}
	if page > 1 {
		q.Set("page", strconv.Itoa(page))
	}
	if l.paused {
		q.Set("refresh", "off")
	}
	return "/?" + q.Encode() + "#signals"
}

// Prev and Next return the numbers of the neighbouring pages, 0 where there is none.
func (l *signalList) Prev() int { return l.Page - 1 }

// Next returns the number of the next page, 0 on the last.
func (l *signalList) Next() int {
	if l.Page >= l.Pages {
		return 0
	}
	return l.Page + 1
}
