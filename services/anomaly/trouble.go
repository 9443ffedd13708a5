package anomaly

import (
	"fmt"
	"time"

	"github.com/cespare/xxhash/v2"

	"github.com/forewarn/forewarn/shared/entity"
	"github.com/forewarn/forewarn/shared/finding"
)

// oddity is what is odd about a source or one of its patterns.
type oddity string

const (
	novel     oddity = "new"       // a pattern of trouble that was never there before
	spike     oddity = "spike"     // a pattern far more frequent than ever
	silent    oddity = "silent"    // a source that has stopped
	shapeless oddity = "shapeless" // a source of which every line is new
)

// trouble is the episode of something odd. Times are Unix milliseconds, by the clock of the bus.
type trouble struct {
	Kind    oddity           `json:"kind"`
	Episode string           `json:"episode"`
	Signal  string           `json:"signal"`
	Series  string           `json:"series"`
	Entity  entity.Entity    `json:"entity"`
	File    string           `json:"file,omitempty"`
	Service string           `json:"service,omitempty"`
	Source  string           `json:"source"`
	Severe  finding.Severity `json:"severity"`
	// Text is the pattern and Sample a line of it, redacted.
	Text   string `json:"text,omitempty"`
	Sample string `json:"sample,omitempty"`
	// Count is how many lines of it there are since it opened, or in the hour of a spike; Usual how many an hour were the most
	// before, or the longest pause in milliseconds.
	Count uint64 `json:"count"`
	Usual int64  `json:"usual"`
	Since int64  `json:"since"`
	Heard int64  `json:"heard"`
	// Told is how many lines there were when people heard of it last, and ToldAt when that was; 0: not yet.
	Told   uint64 `json:"told"`
	ToldAt int64  `json:"told_at"`
}

// signalOf returns the key of what is odd about a source, or about a pattern of it.
func signalOf(kind oddity, s *source, pattern string) string {
	key := "log-" + string(kind) + "-" + s.ID
	if pattern != "" {
		key += "-" + pattern
	}
	return key + "/" + s.Entity.ID
}

// newTrouble returns an episode that has been told to nobody yet.
func newTrouble(kind oddity, s *source, c *counted, now int64) *trouble {
	t := &trouble{
		Kind: kind, Series: s.Series, Entity: s.Entity, File: s.File, Service: s.Service, Source: s.ID,
		Severe: finding.Info, Since: now, Heard: now,
	}
	id := ""
	if c != nil {
		id, t.Text, t.Sample = c.id.String(), c.text, c.sample
	}
	t.Signal = signalOf(kind, s, id)
	t.Episode = fmt.Sprintf("%016x-%d", xxhash.Sum64String(t.Signal), now) // of what a replay sees again
	return t
}

// tell returns what is to be said: that it opens, that there are ten times as many lines or that it has become worse.
func (t *trouble) tell(now time.Time, worse bool) []finding.Finding {
	action := finding.Updated
	waited := now.UnixMilli() - t.ToldAt
	switch {
	case t.ToldAt == 0:
		action = finding.Opened
	case worse, t.Count >= manyMore*t.Told && waited >= toldAgain.Milliseconds():
	default:
		return nil
	}
	t.Told, t.ToldAt = max(t.Count, 1), now.UnixMilli()
	f := t.finding(action, now)
	f.Message = t.say(now)
	return []finding.Finding{f}
}

// ended returns what is said at the end.
func (t *trouble) ended(now time.Time) finding.Finding {
	f := t.finding(finding.Resolved, now)
	f.Message = t.sayEnded(now)
	return f
}

func (t *trouble) finding(a finding.Action, at time.Time) finding.Finding {
	f := finding.Finding{
		Episode: t.Episode, Action: a, Time: at.UTC(), Kind: finding.Anomaly, Signal: t.Signal, Series: t.Series, Entity: t.Entity,
		Severity: t.Severe, Used: float64(t.Count), Unit: "entries", Title: t.title(), Advice: t.advice(), Evidence: t.evidence(),
	}
	if t.Kind == silent {
		f.Kind = finding.Silence
	}
	return f
}

// over reports whether the episode is to end: a pattern is new for a day at most, and no longer than it comes; a spike ends with
// an hour without one. That a source is shapeless is said once. Silence ends when the source is heard.
func (t *trouble) over(now int64, resolveAfter time.Duration) bool {
	quiet := time.Duration(now-t.Heard) * time.Millisecond
	switch t.Kind {
	case novel:
		return quiet >= resolveAfter || now-t.Since >= day
	case spike:
		return quiet >= max(resolveAfter, time.Hour)
	case shapeless:
		return quiet >= resolveAfter
	}
	return false
}
