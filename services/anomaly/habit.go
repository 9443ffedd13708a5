package anomaly

import (
	"encoding"

	"github.com/forewarn/forewarn/models/baseline"
	"github.com/forewarn/forewarn/shared/signal"
)

// habit is what is learnt of a signal.
type habit interface {
	Observe(m baseline.Moment, value float64, t baseline.Terms) (j baseline.Judgement, ok bool)
	Expected(m baseline.Moment, t baseline.Terms) (low, usual, high float64, ok bool)
	Learned(millis int64) float64
	Began() int64
	Pace() float64
	Age() uint32
	encoding.BinaryAppender
	encoding.BinaryUnmarshaler
}

var (
	_ habit = (*baseline.Series)(nil)
	_ habit = (*baseline.Events)(nil)
)

// judged tells whether this service judges what a rule reads.
func judged(r *signal.Rule) bool { return r.Kind == signal.Behaviour || r.Kind == signal.Count }

// habit returns what is to be learnt of what a rule reads.
func (t *stock) habit(r *signal.Rule) habit {
	if r.Kind == signal.Count {
		return &baseline.Events{}
	}
	s := t.series.New()
	*s = baseline.New(natureOfRule(r))
	return s
}

// heir returns a habit that begins as another one is now.
func (t *stock) heir(h habit) habit {
	switch h := h.(type) {
	case *baseline.Series:
		s := t.series.New()
		*s = h.Inherit()
		return s
	case *baseline.Events:
		e := h.Inherit()
		return &e
	}
	return h
}

// terms are on what terms a signal is judged.
func (s *watched) terms() baseline.Terms {
	if s.Rule == nil {
		return baseline.Terms{}
	}
	return baseline.Terms{Least: s.Rule.Least, Period: s.Rule.Window().Seconds()}
}
