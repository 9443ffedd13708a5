package api

import (
	"errors"
	"net/http"
	"time"

	"github.com/forewarn/forewarn/services/console/internal/pipeline"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/incident"
	"github.com/forewarn/forewarn/shared/signal"
)

// incidentView is an incident without what only its writer needs.
type incidentView struct {
	*incident.Incident
	// Stage is where it is in its life: state and work together.
	Stage       incident.Stage `json:"stage"`
	Marks       *struct{}      `json:"marks,omitempty"`
	LastFinding *struct{}      `json:"last_finding,omitempty"`
	Notified    *struct{}      `json:"notified,omitempty"`
}

// incidentRow is an incident in a list, where the timeline would be most of the answer.
type incidentRow struct {
	incidentView
	Timeline *struct{} `json:"timeline,omitempty"`
}

// incidentPage is the answer of GET /api/v1/incidents, newest first.
type incidentPage struct {
	Incidents []incidentRow `json:"incidents"`
	// Next is the cursor of the next page, empty on the last.
	Next string `json:"next"`
	// Unreadable counts the incidents passed over that this release cannot read; whether they match is not known.
	Unreadable int `json:"unreadable"`
}

func (a *API) incidents(r *http.Request, q query) (any, error) {
	f, limit, err := incidentFilter(q)
	if err != nil {
		return nil, err
	}
	page, err := a.source.Incidents(r.Context(), f, q["after"], limit)
	if err != nil {
		return nil, err
	}
	out := incidentPage{Incidents: make([]incidentRow, len(page.Incidents)), Next: page.Next, Unreadable: page.Unreadable}
	for i, in := range page.Incidents {
		out.Incidents[i] = incidentRow{incidentView: viewOf(in)}
	}
	return out, nil
}

func incidentFilter(q query) (f pipeline.IncidentFilter, limit int, err error) {
	var errs [7]error
	stage, err := q.oneOf("stage", stages()...)
	f.Stage, errs[6] = incident.Stage(stage), err
	f.Owner = q["owner"]
	state, err := q.oneOf("state", string(incident.Open), string(incident.Resolved))
	f.State, errs[0] = incident.State(state), err
	f.Severity, errs[1] = q.oneOf("severity", string(finding.Info), string(finding.Warning), string(finding.Critical))
	f.Kind, errs[2] = q.oneOf("kind", string(finding.Exhaustion), string(finding.Leak), string(finding.Anomaly),
		string(finding.Silence), string(finding.Log), string(finding.Expiry))
	f.Text, errs[3] = q.text()
	limit, errs[4] = q.limit()
	if after := q["after"]; after != "" && !incident.ValidID(after) {
		errs[5] = badParameter("after: is no cursor of this list; pass the next of the page before")
	}
	return f, limit, firstOf(errs[:])
}

func stages() (all []string) {
	for _, s := range incident.Stages() {
		all = append(all, string(s))
	}
	return all
}

func noIncident() error {
	return &failure{status: http.StatusNotFound, code: "not_found", message: "there is no incident with this id; list them with GET /api/v1/incidents"}
}

func (a *API) incident(r *http.Request, _ query) (any, error) {
	in, err := a.source.Incident(r.Context(), r.PathValue("id"))
	if errors.Is(err, incident.ErrNotFound) {
		return nil, noIncident()
	}
	if errors.Is(err, incident.ErrUnreadable) {
		return nil, &failure{
			status: http.StatusInternalServerError, code: "unreadable",
			message: "this release cannot read the incident: it is damaged, or a newer release wrote it; run that release",
		}
	}
	if err != nil {
		return nil, err
	}
	return struct {
		incidentView
		// Possible are the actions that people can take now.
		Possible []incident.Action `json:"possible"`
	}{viewOf(in), in.Possible()}, nil
}

func viewOf(in *incident.Incident) incidentView { return incidentView{Incident: in, Stage: in.Stage()} }

// signalPage is the answer of GET /api/v1/signals, in the order of their keys.
type signalPage struct {
	Signals []signal.State `json:"signals"`
	// Next is the cursor of the next page, empty on the last.
	Next string `json:"next"`
	// AsOf is when the signals were gathered.
	AsOf time.Time `json:"as_of"`
	// MissingPartitions did not answer in time: their signals are not in the answer.
	MissingPartitions []int `json:"missing_partitions"`
	// Truncated says that the pipeline watches more signals than the console reads.
	Truncated bool `json:"truncated"`
}

func (a *API) signals(r *http.Request, q query) (any, error) {
	f, limit, err := signalFilter(q)
	if err != nil {
		return nil, err
	}
	s, err := a.source.Signals(r.Context())
	if err != nil {
		return nil, err
	}
	page, more := s.Page(f, q["after"], limit)
	out := signalPage{Signals: page, AsOf: s.AsOf.UTC(), MissingPartitions: s.Missing, Truncated: s.Truncated}
	if page == nil {
		out.Signals = []signal.State{}
	}
	if s.Missing == nil {
		out.MissingPartitions = []int{}
	}
	if more {
		out.Next = page[len(page)-1].Key
	}
	return out, nil
}

func signalFilter(q query) (f pipeline.Filter, limit int, err error) {
	var errs [4]error
	stage, err := q.oneOf("stage", string(signal.Learning), string(signal.Ready), string(signal.Silent))
	f.Stage, errs[0] = signal.Stage(stage), err
	f.Rule = q["rule"]
	f.Kind, errs[1] = q.oneOf("kind", pipeline.Kinds()...)
	f.Text, errs[2] = q.text()
	limit, errs[3] = q.limit()
	return f, limit, firstOf(errs[:])
}

func (a *API) scorecard(r *http.Request, _ query) (any, error) {
	return a.source.Scorecard(r.Context())
}

// deadLetter is a message that could not be processed or delivered.
type deadLetter struct {
	Seq     uint64    `json:"seq"`
	Time    time.Time `json:"time"`
	Subject string    `json:"subject"`
	Source  string    `json:"source,omitempty"`
	Reason  string    `json:"reason"`
	// Bytes is the size of the message, Text its beginning, as far as it is text.
	Bytes int    `json:"bytes"`
	Text  string `json:"text"`
}

// deadLetters answers GET /api/v1/dead-letters, newest first.
func (a *API) deadLetters(r *http.Request, q query) (any, error) {
	limit, err := q.limit()
	if err != nil {
		return nil, err
	}
	letters, err := a.source.DeadLetters(r.Context(), limit)
	if err != nil {
		return nil, err
	}
	out := struct {
		DeadLetters []deadLetter `json:"dead_letters"`
	}{make([]deadLetter, 0, len(letters))}
	for _, l := range letters {
		out.DeadLetters = append(out.DeadLetters, deadLetter{l.Seq, l.Time.UTC(), l.Subject, l.Source, l.Reason, len(l.Data), pipeline.Beginning(l.Data)})
	}
	return out, nil
}

func (a *API) health(r *http.Request, _ query) (any, error) { return a.source.Health(r.Context()), nil }

// firstOf returns the first error of a list, nil if there is none.
func firstOf(errs []error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
