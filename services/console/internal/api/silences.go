package api

import (
	"cmp"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/forewarn/forewarn/services/console/internal/guard"
	"github.com/forewarn/forewarn/shared/selector"
	"github.com/forewarn/forewarn/shared/silence"
)

// silenceView is a silence with its state at the time of the answer.
type silenceView struct {
	ID        string            `json:"id"`
	State     silence.State     `json:"state"`
	Author    string            `json:"author"`
	Comment   string            `json:"comment"`
	Match     selector.Selector `json:"match"`
	Starts    time.Time         `json:"starts"`
	Ends      time.Time         `json:"ends"`
	Created   time.Time         `json:"created"`
	ExpiredBy string            `json:"expired_by,omitempty"`
	Held      int               `json:"held"`
}

func silenceViewOf(s *silence.Silence, now time.Time) silenceView {
	return silenceView{
		ID: s.ID, State: s.State(now), Author: s.Author, Comment: s.Comment, Match: s.Match, Starts: s.Starts.UTC(), Ends: s.Ends.UTC(),
		Created: s.Created.UTC(), ExpiredBy: s.ExpiredBy, Held: s.Held,
	}
}

// silences answers GET /api/v1/silences, the newest first.
func (a *API) silences(r *http.Request, q query) (any, error) {
	state, err := q.oneOf("state", string(silence.Pending), string(silence.Active), string(silence.Expired))
	if err != nil {
		return nil, err
	}
	all, err := a.source.Silence(r.Context(), silence.Command{Do: silence.List})
	if err != nil {
		return nil, err
	}
	out := struct {
		Silences []silenceView `json:"silences"`
	}{[]silenceView{}}
	now := time.Now()
	for k := range all {
		if v := silenceViewOf(&all[k], now); state == "" || string(v.State) == state {
			out.Silences = append(out.Silences, v)
		}
	}
	return out, nil
}

// silenceDoc is the body of POST /api/v1/silences.
type silenceDoc struct {
	Author  string    `json:"author"`
	Comment string    `json:"comment"`
	Match   string    `json:"match"`
	Starts  time.Time `json:"starts"`
	Ends    time.Time `json:"ends"`
	// Duration may stand in place of Ends, such as "4h".
	Duration string `json:"duration"`
}

// silence answers POST /api/v1/silences.
func (a *API) silence(r *http.Request, _ query) (any, error) {
	var doc silenceDoc
	if err := readBody(r, &doc); err != nil {
		return nil, err
	}
	s := silence.Silence{Author: cmp.Or(doc.Author, guard.Actor(r)), Comment: doc.Comment, Starts: doc.Starts, Ends: doc.Ends}
	var err error
	if s.Match, err = selector.Parse(doc.Match); err != nil {
		return nil, badBody("match: %v", err)
	}
	if s.Starts.IsZero() {
		s.Starts = time.Now().UTC()
	}
	if doc.Duration != "" {
		d, err := time.ParseDuration(doc.Duration)
		if err != nil || !doc.Ends.IsZero() {
			return nil, badBody("duration: %q is no duration such as 4h, or ends is given too; give one of them", shorten(doc.Duration))
		}
		s.Ends = s.Starts.Add(d)
	}
	return a.conductSilence(r, silence.Command{Do: silence.Create, Silence: &s})
}

// unsilence answers DELETE /api/v1/silences/{id}.
func (a *API) unsilence(r *http.Request, q query) (any, error) {
	id := r.PathValue("id")
	if !silence.ValidID(id) {
		return nil, noSilence()
	}
	if len(q["by"]) > maxText {
		return nil, badParameter("by: is longer than %d bytes; say who ends it, or leave it to the token's name", maxText)
	}
	return a.conductSilence(r, silence.Command{Do: silence.Expire, ID: id, By: cmp.Or(q["by"], guard.Actor(r))})
}

// conductSilence has the notifier do something about one silence and returns it.
func (a *API) conductSilence(r *http.Request, c silence.Command) (any, error) {
	done, err := a.source.Silence(r.Context(), c)
	switch {
	case errors.Is(err, silence.ErrNotFound):
		return nil, noSilence()
	case errors.Is(err, silence.ErrRefused):
		return nil, badBody("%s", strings.TrimPrefix(err.Error(), silence.ErrRefused.Error()+": "))
	case err != nil:
		return nil, err
	case len(done) == 0:
		return nil, errors.New("the notifier answered a command without a silence")
	}
	return silenceViewOf(&done[0], time.Now()), nil
}

func noSilence() error {
	return &failure{status: http.StatusNotFound, code: "not_found", message: "there is no silence with this id; list them with GET /api/v1/silences"}
}
