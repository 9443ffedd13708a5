package anomaly

import (
	"sort"
	"strings"
	"time"

	"github.com/forewarn/forewarn/shared/query"
	"github.com/forewarn/forewarn/shared/signal"
)

const (
	// maxSignals keeps an answer below the bus's message limit of 1 MB: a state takes about 1 KB.
	maxSignals = 500
	// bandPoints is how many points a band has at most, and bandStep how far they are apart at the least.
	bandPoints, bandStep = 400, 5 * time.Minute
	// bandReach is how far from now a band may be asked for.
	bandReach = 60 * 24 * time.Hour
	// readyAt is how much of its history a habit must have to be called ready: with 14 of 21 days it needs no caution.
	readyAt = 2.0 / 3
)

// Query answers a page of signals in the order of their keys, or one signal and its band.
func (p *watcherPartition) Query(request []byte) []byte {
	return query.Answer(request, p.page)
}

// page returns what is asked for; an empty page for a signal that is not known.
func (w *Watcher) page(q signal.PageRequest) signal.Page {
	out := signal.Page{Signals: []signal.State{}}
	if q.Key != "" {
		if s := w.byKey(q.Key); s != nil && s.Last != 0 {
			out.Signals, out.Band = append(out.Signals, w.state(s)), w.band(s, q.From, q.To)
		}
		return out
	}
	if q.Limit <= 0 || q.Limit > maxSignals {
		q.Limit = maxSignals
	}
	all := w.sorted()
	for _, s := range all[sort.Search(len(all), func(i int) bool { return all[i].key() > q.After }):] {
		if out.More = len(out.Signals) == q.Limit; out.More {
			return out
		}
		if s.habit.Age() > 0 {
			out.Signals = append(out.Signals, w.state(s))
		}
	}
	return out
}

// byKey returns a signal, nil if it is not watched.
func (w *Watcher) byKey(key string) *watched {
	rule, id, _ := strings.Cut(key, "/")
	r, ok := w.cat.Rule(rule)
	if !ok {
		return nil
	}
	return w.find(r, id)
}

// state returns what is known of a signal.
func (w *Watcher) state(s *watched) signal.State {
	at := time.UnixMilli(s.Last).UTC()
	out := signal.State{
		Key: s.key(), Rule: s.Rule.ID, Series: s.Series, Kind: s.Rule.Kind, Entity: s.entity(), Unit: s.Rule.Unit, Used: s.Value,
		UpdatedAt: at, Since: time.Unix(s.habit.Began(), 0).UTC(), Stage: signal.Learning,
		Warmup: min(1, s.habit.Learned(s.Last)/readyAt), Sources: []string{s.Series},
	}
	switch {
	case w.silence(s) >= lostAfter:
		out.Stage = signal.Silent
	case out.Warmup == 1:
		out.Stage = signal.Ready
	}
	if s.Episode != nil {
		opened := time.UnixMilli(s.Episode.Opened).UTC()
		out.Episode, out.OpenedAt = s.Episode.ID, &opened
	}
	if e, ok := w.expected(s, at); ok {
		out.Expected = &e
	}
	return out
}

// expected returns what is usual of a moment, within what a use can be; not ok while that is not known.
func (w *Watcher) expected(s *watched, at time.Time) (e signal.Expected, ok bool) {
	e.Low, e.Usual, e.High, ok = s.habit.Expected(w.clock.At(at.UnixMilli()), s.terms())
	e.Low, e.High = s.possible(e.Low, e.High)
	return e, ok
}

// band returns between what a signal is usual from one time to another, by what is known now; nil while that is not known.
func (w *Watcher) band(s *watched, from, to time.Time) *signal.Band {
	if first, last := w.now.Add(-bandReach), w.now.Add(bandReach); from.Before(first) || to.After(last) || !from.Before(to) {
		return nil
	}
	step := max(bandStep, (to.Sub(from)/bandPoints).Round(time.Minute)+time.Minute)
	out := &signal.Band{}
	for at := from.UTC().Truncate(step); !at.After(to); at = at.Add(step) {
		e, ok := w.expected(s, at)
		if !ok {
			continue // it was not known yet
		}
		out.Times = append(out.Times, at)
		out.Low, out.Usual, out.High = append(out.Low, e.Low), append(out.Usual, e.Usual), append(out.High, e.High)
	}
	if len(out.Times) == 0 {
		return nil
	}
	return out
}
