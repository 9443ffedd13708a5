package web

import (
	"cmp"
	"errors"
	"net/http"
	"slices"

	"go.uber.org/zap"

	"github.com/forewarn/forewarn/shared/incident"
	"github.com/forewarn/forewarn/shared/signal"
)

// incidentPage is the content of the page /incidents/{id}.
type incidentPage struct {
	*incident.Incident
	// State is what the trend workers know of the signal now, nil if they do not say.
	Signal *signal.State
	// Changes is the timeline, the newest first.
	Changes []incident.Change
	Figure  figure
}

func (w *Web) incident(rw http.ResponseWriter, r *http.Request) {
	p := w.newPage(rw, r)
	in, err := w.settings.Source.Incident(r.Context(), r.PathValue("id"))
	if err != nil {
		w.refuseIncident(rw, r, p, err)
		return
	}
	c := incidentPage{Incident: in, Changes: slices.Clone(in.Timeline)}
	slices.Reverse(c.Changes)
	if s, err := w.settings.Source.Signals(r.Context()); err == nil {
		c.Signal = s.ByKey(in.Signal)
	}
	c.Figure = w.newFigure(r.Context(), p, w.viewOfIncident(p.speaker, in), "/incidents/"+in.ID+"/chart")
	p.Title, p.Content = p.Plain(p.Pick(in.Title)), &c
	if in.State == incident.Open && r.URL.Query().Get("refresh") != "off" {
		p.Refresh = refreshSeconds
	}
	w.render(rw, http.StatusOK, "incident", p)
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
