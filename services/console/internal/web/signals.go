package web

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/forewarn/forewarn/services/console/internal/pipeline"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/signal"
)

// shownSignals is how many signals a page of the list has.
const shownSignals = 50

// signalList is one page of the ranked signals.
type signalList struct {
	paging
	Rows []*signal.State
	// Total counts all signals.
	Total                   int
	Learning, Ready, Silent int
	// Rising counts those that climb and were seen too briefly for a date, Foreseen those that more likely than not reach
	// their limit within a week.
	Rising, Foreseen            int
	Missing                     []int
	Truncated, Failed           bool
	Text, Stage, Kind, Severity string
	// Rule is the id of the one that is asked for, Entity the id of an entity whose signals are, or those in it.
	Rule, Entity string
	// size is how many rows a page has.
	size int
	// severity is that of the signals' open incidents, by the signals' keys.
	severity map[string]finding.Severity
}

// newSignalList returns the empty page of signals that the query asks for.
func newSignalList(query url.Values, severity map[string]finding.Severity) signalList {
	l := signalList{
		Text: searched(query), Stage: query.Get("stage"), Kind: query.Get("kind"), Severity: query.Get("severity"),
		Rule: query.Get("rule"), Entity: query.Get("entity"), size: shownSignals, severity: severity,
	}
	l.paging = newPaging("/signals", chosen("q", l.Text, "severity", l.Severity, "kind", l.Kind, "stage", l.Stage,
		"rule", l.Rule, "entity", l.Entity), query.Get("page"))
	return l
}

// searched returns what a query searches for, cut to what makes sense.
func searched(query url.Values) string {
	return strings.ToValidUTF8(query.Get("q")[:min(len(query.Get("q")), 4*maxText)], "")
}

// fill counts the signals, and takes the rows of the page from those that pass.
func (l *signalList) fill(s *pipeline.Snapshot) {
	l.Total, l.Missing, l.Truncated = len(s.Signals), s.Missing, s.Truncated
	match := pipeline.Filter{
		Text: l.Text, Stage: signal.Stage(l.Stage), Kind: l.Kind, Rule: l.Rule, Entity: l.Entity,
	}.Matcher()
	var found []*signal.State
	for _, i := range s.Ranked {
		sig := &s.Signals[i]
		l.count(sig)
		if match(sig) && (l.Severity == "" || string(l.severity[sig.Key]) == l.Severity) {
			found = append(found, sig)
		}
	}
	l.rank(found)
	from, to := l.cut(len(found), l.size)
	l.Rows = found[from:to]
}

// count adds one signal to the numbers.
func (l *signalList) count(sig *signal.State) {
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

// chosen returns a query of those names, which alternate with their values, that have one.
func chosen(pairs ...string) url.Values {
	q := url.Values{}
	for pair := range slices.Chunk(pairs, 2) {
		if value := pair[len(pair)-1]; value != "" {
			q.Set(pair[0], value)
		}
	}
	return q
}

func address(path string, q url.Values) string {
	if len(q) == 0 {
		return path
	}
	return path + "?" + q.Encode()
}

// listSignals reads all that a list of signals shows; the list says what failed.
func (w *Web) listSignals(r *http.Request, size int) signalList {
	ctx := r.Context()
	var open openIncidents
	var wg sync.WaitGroup
	wg.Go(func() { open = w.openIncidents(ctx) })
	snapshot, err := w.settings.Source.Signals(ctx)
	wg.Wait()
	l := newSignalList(r.URL.Query(), open.severity)
	l.size = size
	if l.Failed = err != nil; err == nil {
		l.fill(snapshot)
	}
	return l
}

// signals serves the list of signals.
func (w *Web) signals(rw http.ResponseWriter, r *http.Request) {
	if r.URL.Query().Get("format") == "csv" {
		w.signalsCSV(rw, r)
		return
	}
	p := w.newPage(rw, r)
	l := w.listSignals(r, shownSignals)
	p.Query = address("", l.query)
	p.Title, p.Content = p.Say("Signals", "信号"), &l
	w.render(rw, http.StatusOK, "signals", p)
}

// SignalsOf returns the address of the signals of an entity and of what is in it.
func (s speaker) SignalsOf(id string) string { return address("/signals", chosen("entity", id)) }

// SignalsBy returns the address of the signals of a rule that are at a stage, "" for any.
func (s speaker) SignalsBy(rule, stage string) string {
	return address("/signals", chosen("rule", rule, "stage", stage))
}
