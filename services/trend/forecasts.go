package trend

import (
	"iter"

	"github.com/forewarn/forewarn/shared/signal"
)

// Forecasts yields the state of every signal that is not silent, in the order of their keys, with a forecast made at
// its newest sample. It changes nothing.
func (w *Worker) Forecasts() iter.Seq[signal.State] {
	return func(yield func(signal.State) bool) {
		for _, key := range w.sorted() {
			s := w.signals[key]
			if first, _ := s.model.known(); first == 0 || w.silentFor(s, w.cfg.SilentAfter) {
				continue
			}
			fresh := *s
			fresh.forecast(w.days, w.table)
			st := fresh.state(false)
			if !yield(st) {
				return
			}
		}
	}
}
