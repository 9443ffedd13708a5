package web

import (
	"net/http"

	"go.uber.org/zap"

	"github.com/forewarn/forewarn/services/console/internal/pipeline"
	"github.com/forewarn/forewarn/shared/incident"
)

// shownIncidents is how many incidents a page of the list has.
const shownIncidents = 50

// incidentList is one page of the list of incidents, the newest first.
type incidentList struct {
	Rows                        []*incident.Incident
	Text, State, Severity, Kind string
	Stage                       string
	// After is where this page begins, Next where the next one does; empty on the first and the last.
	After, Next string
	Unreadable  int
	Failed      bool
}

// newIncidentList returns the empty page of incidents that a request asks for.
func newIncidentList(r *http.Request) incidentList {
	q := r.URL.Query()
	l := incidentList{Text: searched(q), State: q.Get("state"), Severity: q.Get("severity"), Kind: q.Get("kind"), Stage: q.Get("stage")}
	if after := q.Get("after"); incident.ValidID(after) {
		l.After = after
	}
	return l
}

func (l *incidentList) filter() pipeline.IncidentFilter {
	return pipeline.IncidentFilter{State: incident.State(l.State), Stage: incident.Stage(l.Stage), Severity: l.Severity, Kind: l.Kind, Text: l.Text}
}

// incidents serves the list of incidents.
func (w *Web) incidents(rw http.ResponseWriter, r *http.Request) {
	if r.URL.Query().Get("format") == "csv" {
		w.incidentsCSV(rw, r)
		return
	}
	p := w.newPage(rw, r)
	l := newIncidentList(r)
	page, err := w.settings.Source.RecentIncidents(r.Context(), l.filter(), l.After, shownIncidents)
	if l.Failed = err != nil; err != nil && r.Context().Err() == nil {
		w.settings.Logger.Error("incidents cannot be listed", zap.Error(err))
	}
	l.Rows, l.Next, l.Unreadable = page.Incidents, page.Next, page.Unreadable
	p.Query = l.Link("")
	p.Query = p.Query[len("/incidents"):]
	p.Title, p.Content = p.Say("Incidents", "事件"), &l
	w.render(rw, http.StatusOK, "incidents", p)
}

// Filtered reports whether only some incidents were asked for.
func (l *incidentList) Filtered() bool { return l.Text+l.State+l.Stage+l.Severity+l.Kind != "" }

// Link returns the address of the page of the same list that begins after an incident.
func (l *incidentList) Link(after string) string {
	return address("/incidents", chosen("q", l.Text, "state", l.State, "stage", l.Stage, "severity", l.Severity, "kind", l.Kind, "after", after))
}

// CSV returns the address of the list as a file.
func (l *incidentList) CSV() string {
	return address("/incidents.csv", chosen("q", l.Text, "state", l.State, "stage", l.Stage, "severity", l.Severity, "kind", l.Kind))
}
