package web

import (
	"context"
	"net/http"
	"net/url"

	"go.uber.org/zap"

	"github.com/forewarn/forewarn/services/console/internal/pipeline"
	"github.com/forewarn/forewarn/shared/incident"
	"github.com/forewarn/forewarn/shared/signal"
)

// shownEpisodes is how many incidents of a signal its page lists.
const shownEpisodes = 20

// signalPage is the content of the page /signals/{key}.
type signalPage struct {
	*signal.State
	Figure figure
	// Incidents are those of this signal, the newest first.
	Incidents []*incident.Incident
	// Learned says how far it is known.
	Learned string
}

// signalPath returns the address of a signal's page.
func signalPath(key string) string { return named("/signals/", key) }

// named returns the address of what has a key. Keys hold label values, which may be longer than addresses should be.
func named(folder, key string) string {
	if len(key) > pipeline.LongKey {
		key = pipeline.Digest(key)
	}
	return folder + url.PathEscape(key)
}

// signalsUnavailable says that nothing is known of signals now.
func (w *Web) signalsUnavailable(rw http.ResponseWriter, p *page) {
	w.say(rw, p, http.StatusServiceUnavailable, p.Say("Unavailable", "暂不可用"),
		p.Say("Signals could not be read.", "无法读取信号。"), p.Say("Try again.", "请重试。"))
}

// findSignal returns the signal that a request names, or answers that there is none and returns nil.
func (w *Web) findSignal(rw http.ResponseWriter, r *http.Request, p *page) *signal.State {
	snapshot, err := w.settings.Source.Signals(r.Context())
	if err != nil {
		w.signalsUnavailable(rw, p)
		return nil
	}
	if sig := snapshot.Named(r.PathValue("key")); sig != nil {
		return sig
	}
	w.say(rw, p, http.StatusNotFound, p.Say("Not found", "未找到"),
		p.Say("There is no such signal.", "没有这个信号。"),
		p.Say("It may not be watched any more; the list of signals shows what there is.", "它可能已不再被监测；请从信号列表查看现有信号。"))
	return nil
}

func (w *Web) signal(rw http.ResponseWriter, r *http.Request) {
	p := w.newPage(rw, r)
	sig := w.findSignal(rw, r, p)
	if sig == nil {
		return
	}
	p.Path = signalPath(sig.Key)
	c := signalPage{State: sig, Learned: p.learned(sig)}
	c.Figure = w.newFigure(r.Context(), p, w.reader(p.speaker).OfSignal(sig), p.Path+"/chart")
	c.Incidents = w.incidentsOf(r.Context(), sig.Key)
	p.Title, p.Content = p.Plain(sig.Entity.Name), &c
	w.render(rw, http.StatusOK, "signal", p)
}

// incidentsOf returns the newest incidents of a signal, none if they cannot be read.
func (w *Web) incidentsOf(ctx context.Context, key string) []*incident.Incident {
	page, err := w.settings.Source.RecentIncidents(ctx, pipeline.IncidentFilter{Signal: key}, "", shownEpisodes)
	if err != nil {
		if ctx.Err() == nil {
			w.settings.Logger.Error("incidents of a signal cannot be listed", zap.Error(err))
		}
		return nil
	}
	return page.Incidents
}

// learned says in words how far a signal is known.
func (s speaker) learned(sig *signal.State) string {
	since := s.Span(sig.UpdatedAt.Sub(sig.Since))
	switch sig.Stage {
	case signal.Learning:
		return s.Sayf("learning: %s of the history that a prediction needs is there, seen for %s", "学习中：预测所需历史已有 %s，已观察 %s", s.Percent(sig.Warmup), since)
	case signal.Ready:
		return s.Sayf("ready: predictions are made, from what was seen for %s", "就绪：已在预测，已观察 %s", since)
	}
	return s.Sayf("silent: the last value came %s", "静默：最后数据在%s", s.Away(sig.UpdatedAt))
}
