package web

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync"

	"go.uber.org/zap"

	"github.com/forewarn/forewarn/services/console/internal/pipeline"
	"github.com/forewarn/forewarn/shared/entity"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/incident"
	"github.com/forewarn/forewarn/shared/signal"
	"github.com/forewarn/forewarn/shared/silence"
)

// shownChanges is how many changes of an incident are in view.
const shownChanges = 10

// incidentPage is the content of the page /incidents/{id}.
type incidentPage struct {
	*incident.Incident
	// State is what the trend workers know of the signal now, nil if they do not say.
	Signal *signal.State
	// Reasons are the evidence without the messages that joined, which the page shows by themselves.
	Reasons []finding.Evidence
	// Changes is the timeline, the newest first; Older is what of it is shown to who asks.
	Changes, Older []incident.Change
	Figure         figure
	// Runbook is where people read how it is repaired; RunbookLink is the same if it is an address.
	Runbook, RunbookLink string
	// Ranked are the likeliest causes among the troubles that joined, if there are several. Others are the entities of these but the
	// first.
	Ranked []incident.Cause
	Others []entity.Entity
	// Causes are candidates; Earlier are incidents of the same signal before this one, the newest first.
	Causes  []cause
	Earlier []*incident.Incident
	// Silences match it now; Form asks for one.
	Silences []silence.Silence
	Form     silenceForm
	// Sayings are what the logs of the place have written around it.
	Sayings []saying
	// Doing is what people do about it.
	Doing work
}

func (w *Web) incident(rw http.ResponseWriter, r *http.Request) {
	w.showIncident(rw, r, w.newPage(rw, r), http.StatusOK, "")
}

// showIncident answers with the page of an incident, and says why what was asked for was not done, if that is so.
func (w *Web) showIncident(rw http.ResponseWriter, r *http.Request, p *page, status int, refused string) {
	in, err := w.settings.Source.Incident(r.Context(), r.PathValue("id"))
	if err != nil {
		w.refuseIncident(rw, r, p, err)
		return
	}
	c := incidentPage{Incident: in, Changes: slices.Clone(in.Timeline), Reasons: reasons(in)}
	slices.Reverse(c.Changes)
	if n := shownChanges; len(c.Changes) > n+2 { // two more are no reason to hide them
		c.Changes, c.Older = c.Changes[:n], c.Changes[n:]
	}
	c.Others = in.Affected()[1:]
	if len(in.Causes) > 1 || in.Likeliest() != nil {
		c.Ranked = in.Causes
	}
	w.surround(r.Context(), &c)
	if in.State == incident.Open {
		w.silencing(p, r, &c)
	}
	c.Runbook = p.Pick(w.settings.Source.Runbook(in.Signal))
	if isAddress(c.Runbook) {
		c.RunbookLink = c.Runbook
	}
	c.Figure = w.newFigure(r.Context(), p, w.reader(p.speaker).OfIncident(in), "/incidents/"+in.ID+"/chart")
	c.Doing = newWork(r, in)
	c.Doing.Refused = refused
	p.Title, p.Content, p.Forms, p.Path = p.Plain(p.Pick(in.Title)), &c, true, "/incidents/"+in.ID
	if in.State == incident.Open && refused == "" {
		p.live(r)
	}
	w.render(rw, status, "incident", p)
}

// reasons returns the evidence of an incident that is no message which joined it, and no check that is shown by itself.
func reasons(in *incident.Incident) []finding.Evidence {
	return slices.DeleteFunc(slices.Clone(in.Evidence), func(e finding.Evidence) bool {
		return e.Name == incident.ConfirmedBy || in.Checks != nil && strings.HasPrefix(e.Name, incident.EvidenceCheck)
	})
}

// surround reads what else is known beside an incident: its signal now, what else was in trouble, and what came before.
func (w *Web) surround(ctx context.Context, c *incidentPage) {
	in := c.Incident
	var open openIncidents
	var before, around []*incident.Incident
	var wg sync.WaitGroup
	wg.Go(func() { open = w.openIncidents(ctx) })
	wg.Go(func() { before = w.incidentsOf(ctx, in.Signal) })
	wg.Go(func() { around = w.incidentsAround(ctx, in) })
	wg.Go(func() { c.Sayings = w.sayings(ctx, in) })
	s, err := w.settings.Source.Signals(ctx)
	wg.Wait()
	if err == nil {
		c.Signal = s.ByKey(in.Signal)
	}
	c.Causes = causes(in, append(open.Open, around...), s)
	for _, b := range before {
		if b.ID != in.ID {
			c.Earlier = append(c.Earlier, b)
		}
	}
}

// incidentsAround returns those that began about when another one did, none if they cannot be read.
func (w *Web) incidentsAround(ctx context.Context, in *incident.Incident) []*incident.Incident {
	end := incident.NewID(in.OpenedAt.Add(causeAfter), "")
	page, err := w.settings.Source.RecentIncidents(ctx, pipeline.IncidentFilter{}, end, readAround)
	if err != nil {
		return nil // the page itself says what is wrong
	}
	return page.Incidents
}

// isAddress reports whether a text is nothing but the address of a page.
func isAddress(text string) bool {
	return (strings.HasPrefix(text, "https://") || strings.HasPrefix(text, "http://")) && !strings.ContainsAny(text, " \n\t")
}

// refuseIncident says why an incident cannot be shown.
func (w *Web) refuseIncident(rw http.ResponseWriter, r *http.Request, p *page, err error) {
	switch {
	case errors.Is(err, incident.ErrNotFound):
		w.say(rw, p, http.StatusNotFound, p.Say("Not found", "未找到"),
			p.Say("There is no such incident.", "没有这个事件。"),
			p.Say("It may have been pruned; the overview shows what there is.", "它可能已被清理；请从总览页查看现有事件。"))
	case errors.Is(err, incident.ErrUnreadable):
		w.say(rw, p, http.StatusInternalServerError, p.Say("Not readable", "无法读取"),
			p.Say("This release cannot read the incident: it is damaged, or a newer release wrote it.", "本版本无法读取该事件：数据已损坏，或由更新的版本写入。"),
			p.Say("Run the release that wrote it.", "请运行写入它的版本。"))
	default:
		if r.Context().Err() == nil { // else the client went away
			w.settings.Logger.Error("incident cannot be read", zap.Error(err))
		}
		w.say(rw, p, http.StatusServiceUnavailable, p.Say("Unavailable", "暂不可用"),
			p.Say("The store of incidents did not answer.", "事件存储没有响应。"),
			p.Say("Try again; the overview shows the state of the pipeline.", "请重试；总览页显示各环节的状态。"))
	}
}

// bySeverity orders incidents by severity, then by when the limit is reached, the newest first otherwise.
func bySeverity(list []*incident.Incident) []*incident.Incident {
	slices.SortStableFunc(list, func(a, b *incident.Incident) int {
		if c := cmp.Compare(b.Severity.Rank(), a.Severity.Rank()); c != 0 {
			return c
		}
		switch {
		case a.ETA.P50 == nil && b.ETA.P50 == nil:
			return 0
		case a.ETA.P50 == nil:
			return 1
		case b.ETA.P50 == nil:
			return -1
		}
		return a.ETA.P50.Compare(*b.ETA.P50)
	})
	return list
}
