package anomaly

import (
	"fmt"

	"github.com/forewarn/forewarn/shared/entity"
	"github.com/forewarn/forewarn/shared/telemetry"
)

// maxBindings bounds the series whose labels or uses a partition keeps at hand; others are looked up each time. It leaves room for sums.
func (c *Config) maxBindings() int { return max(100_000, 4*c.MaxSeries) }

// binding is one use of a series: an input of what is watched, as one sender reports it. The zero binding is of no use.
type binding struct {
	*watched
	input int
	group uint64   // of the sender
	also  *binding // the next use; nearly all series have one, which needs no memory of its own so
}

// all are the uses.
func (b *binding) all(yield func(*binding) bool) {
	for ; b != nil && b.watched != nil && yield(b); b = b.also {
	}
}

// update is a sample on its way to what is read of several series.
type update struct {
	binding
	series uint64 // its fingerprint
	telemetry.Sample
}

// alone tells that every sample can be judged as it comes.
func (b *binding) alone() bool { return b.Rule == nil || !b.Rule.Several() }

// hear notes a sample of the sender that is listened to.
func (b *binding) hear(series uint64, sample telemetry.Sample) {
	if b.Rule == nil {
		b.silence.Hear(sample.TimeMillis)
		return
	}
	if b.listensTo(b.group, sample.TimeMillis) {
		b.Hear(b.input, series, sample)
		b.Last = max(b.Last, sample.TimeMillis)
	}
}

// Wants reports whether a series with these labels may be good for anything here. Of others samples need not be brought.
func (w *Watcher) Wants(ls telemetry.Labels) bool {
	return w.cat == nil || w.cat.Selects(ls, judged)
}

// Knows reports whether it is known what a series is good for.
func (w *Watcher) Knows(fingerprint uint64) bool {
	_, ok := w.known(fingerprint)
	return ok
}

// known returns what a series is good for, not ok if its labels must tell.
func (w *Watcher) known(fingerprint uint64) (bound binding, ok bool) {
	bound, ok = w.bindings.Get(fingerprint)
	for b := range bound.all {
		ok = ok && !b.gone()
	}
	return bound, ok
}

// bind returns what a series is good for.
func (w *Watcher) bind(series *telemetry.Series) binding {
	if known, ok := w.known(series.Fingerprint); ok {
		return known
	}
	bound, complete := w.lookUp(series)
	if complete { // else it is let in as soon as there is room
		w.bindings.Put(series.Fingerprint, bound)
	}
	return bound
}

// byItself returns the use of a series without a catalogue.
func (w *Watcher) byItself(series *telemetry.Series) binding {
	key := fmt.Sprintf("%016x", series.Fingerprint)
	s := w.find(nil, key)
	if s == nil {
		s = w.add(newSeries(w.place(&entity.Entity{ID: key}), series))
	}
	return binding{watched: s}
}

// name notes the notation of a series of the primary input: the least, so that it does not depend on who came first.
func (w *Watcher) name(s *watched, ls telemetry.Labels) {
	if name := ls.String(); s.Series == "" || name < s.Series {
		s.Series = w.stock.text.Copy(name)
	}
}

// lookUp asks the catalogue what a series is good for; not complete if there is no room for some of it.
func (w *Watcher) lookUp(series *telemetry.Series) (bound binding, complete bool) {
	if w.cat == nil {
		return w.byItself(series), true
	}
	last := (*binding)(nil)
	complete = true
	for _, b := range w.cat.Bind(series.Labels) {
		if !judged(b.Rule) {
			continue
		}
		s := w.find(b.Rule, b.Entity.ID)
		if s == nil {
			if w.count >= w.cfg.MaxSeries {
				w.stats.Refused++
				complete = false
				continue
			}
			s = w.add(w.newWatched(&b, series.Labels))
		}
		if b.Input == 0 {
			w.name(s, series.Labels)
		}
		use := binding{watched: s, input: b.Input, group: b.Group}
		if last == nil {
			bound, last = use, &bound
		} else {
			last.also = &use
			last = &use
		}
	}
	return bound, complete
}
