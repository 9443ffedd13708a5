package web

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"go.uber.org/zap"

	"github.com/forewarn/forewarn/services/console/internal/pipeline"
	"github.com/forewarn/forewarn/shared/incident"
	"github.com/forewarn/forewarn/shared/selector"
	"github.com/forewarn/forewarn/shared/silence"
)

// silencePage is the content of the page /silences.
type silencePage struct {
	// Active are those that hold or are going to, the newest first; Over those of the last days that do not any more.
	Active, Over []silence.Silence
	Form         silenceForm
}

// silenceForm asks for a silence.
type silenceForm struct {
	Match, Author, Comment string
	// Scopes are what else than Match may be silenced, of an incident; none shows a field for it.
	Scopes []scope
	// Window is when the window of maintenance ends that holds the incident, nil if none does.
	Window *time.Time
	Error  string
}

// scope is a selector that a person can choose.
type scope struct{ Name, Match string }

// silences serves the list of silences.
func (w *Web) silences(rw http.ResponseWriter, r *http.Request) {
	p := w.newPage(rw, r)
	w.showSilences(rw, r, p, http.StatusOK, silenceForm{})
}

func (w *Web) showSilences(rw http.ResponseWriter, r *http.Request, p *page, status int, f silenceForm) {
	all, err := w.settings.Source.Silence(r.Context(), silence.Command{Do: silence.List})
	if err != nil {
		w.noNotifier(rw, r, p, err)
		return
	}
	c := silencePage{Form: f}
	for _, s := range all {
		if s.State(p.Now) == silence.Expired {
			c.Over = append(c.Over, s)
		} else {
			c.Active = append(c.Active, s)
		}
	}
	p.Title, p.Content = p.Say("Silences", "静默"), &c
	w.render(rw, status, "silences", p)
}

// addSilence makes the silence of a form.
func (w *Web) addSilence(rw http.ResponseWriter, r *http.Request) {
	p := w.newPage(rw, r)
	r.Body = http.MaxBytesReader(rw, r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		w.showSilences(rw, r, p, http.StatusBadRequest, silenceForm{Error: p.Say("The form could not be read.", "无法读取表单。")})
		return
	}
	f := silenceForm{
		Match: r.PostForm.Get("match"), Author: strings.TrimSpace(r.PostForm.Get("author")), Comment: strings.TrimSpace(r.PostForm.Get("comment")),
	}
	s, err := f.silence(r.PostForm.Get("for"), p.Now)
	if err == nil {
		_, err = w.settings.Source.Silence(r.Context(), silence.Command{Do: silence.Create, Silence: s})
	}
	switch {
	case errors.Is(err, silence.ErrRefused), errors.Is(err, errForm):
		f.Error = err.Error()
		w.showSilences(rw, r, p, http.StatusBadRequest, f)
	case err != nil:
		w.noNotifier(rw, r, p, err)
	default:
		http.Redirect(rw, r, "/silences", http.StatusSeeOther)
	}
}

// errForm says that a form holds something that cannot be read.
var errForm = errors.New("the form was refused")

// silence returns what the form asks for: for so long as a duration says, or until a time.
func (f *silenceForm) silence(span string, now time.Time) (*silence.Silence, error) {
	match, err := selector.Parse(f.Match)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errForm, err)
	}
	s := &silence.Silence{Author: f.Author, Comment: f.Comment, Match: match, Starts: now.UTC()}
	if d, err := time.ParseDuration(span); err == nil {
		s.Ends = s.Starts.Add(d)
		return s, nil
	}
	if s.Ends, err = time.Parse(time.RFC3339, span); err != nil {
		return nil, fmt.Errorf("%w: for: %q is no duration and no time", errForm, span)
	}
	return s, nil
}

// endSilence ends a silence.
func (w *Web) endSilence(rw http.ResponseWriter, r *http.Request) {
	p := w.newPage(rw, r)
	r.Body = http.MaxBytesReader(rw, r.Body, maxForm)
	id := r.PathValue("id")
	if err := r.ParseForm(); err != nil || !silence.ValidID(id) {
		w.notFound(rw, r)
		return
	}
	by := strings.TrimSpace(r.PostForm.Get("by"))
	_, err := w.settings.Source.Silence(r.Context(), silence.Command{Do: silence.Expire, ID: id, By: by})
	switch {
	case errors.Is(err, silence.ErrNotFound):
		w.notFound(rw, r)
	case err != nil:
		w.noNotifier(rw, r, p, err)
	default:
		http.Redirect(rw, r, "/silences", http.StatusSeeOther)
	}
}

// noNotifier says that nobody keeps silences.
func (w *Web) noNotifier(rw http.ResponseWriter, r *http.Request, p *page, err error) {
	if r.Context().Err() == nil { // else the client went away
		w.settings.Logger.Warn("the notifier does not answer", zap.Error(err))
	}
	w.say(rw, p, http.StatusServiceUnavailable, p.Say("Unavailable", "暂不可用"),
		p.Say("The notifier, which keeps the silences, did not answer.", "管理静默的通知服务没有响应。"),
		p.Say("Try again; the page of the pipeline shows the state of its parts.", "请重试；链路页显示各环节的状态。"))
}

// silencing fills in by which silences an incident is matched now, none if that is not known, and what a person may silence of it.
func (w *Web) silencing(p *page, r *http.Request, c *incidentPage) {
	if all, err := w.settings.Source.Silence(r.Context(), silence.Command{Do: silence.List}); err == nil {
		c.Silences = pipeline.Silencing(all, c.Incident, func(s *silence.Silence) bool { return s.State(p.Now) == silence.Active })
	}
	c.Form.Scopes = scopes(p, c.Incident)
	if h := c.Held; h != nil && h.By == incident.ByMaintenance {
		c.Form.Window = h.Until
	}
}

// scopes returns what of an incident can be silenced, the least first.
func scopes(p *page, i *incident.Incident) (out []scope) {
	for _, s := range []struct{ name, field, value string }{
		{p.Say("this trouble", "仅此问题"), selector.Signal, i.Signal},
		{p.Sayf("all of %s", "%s 的所有问题", p.Cut(i.Entity.Name)), selector.ID, i.Entity.ID},
		{p.Sayf("everything in %s", "%s 内的全部", p.Cut(i.Entity.Root)), selector.Root, i.Entity.Root},
	} {
		sel, err := selector.Exactly(s.field, s.value)
		if s.value == "" || err != nil || len(out) > 0 && s.field == selector.Root && i.Entity.Root == i.Entity.ID {
			continue
		}
		out = append(out, scope{Name: s.name, Match: sel.String()})
	}
	return out
}
