package trend

import (
	"iter"

	"github.com/forewarn/forewarn/shared/signal"
)

// Forecasts yields the state of every signal that is not silent, in the order of their keys, with a forecast made at
// its newest sample. A near rule's signals are left out unless their limit is at hand and nothing leaks: the leak's rule
// that reads the same series forecasts it better. It changes nothing.
func (w *Worker) Forecasts() iter.Seq[signal.State] {
	return func(yield func(signal.State) bool) {
		leaking := w.leaking()
		for _, s := range w.sorted() {
			if first, _ := s.model.known(); first == 0 || w.silentFor(s, w.cfg.SilentAfter) {
				continue
			}
			fresh := *s
			fresh.forecast(w.days, w.table)
			if s.rule.Near && (leaking[s.series()] || fresh.last.Within[0] < w.cfg.OpenProbability) {
				continue
			}
			st := fresh.state(false)
			if !yield(st) {
				return
			}
		}
	}
}

// leaking returns the series that a leak's rule reads, and found to leak.
func (w *Worker) leaking() map[string]bool {
	out := map[string]bool{}
	for _, s := range w.signals {
		if s.leak != nil && s.leak.Leaking {
			out[s.series()] = true
		}
	}
	return out
}
