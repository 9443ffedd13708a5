package trend

import "github.com/forewarn/forewarn/shared/signal"

// Watch has f called with every observation that moves a signal on: its key, its time in Unix milliseconds, use and
// limit in the rule's unit, the latter 0 where there is none. The times of a signal do not fall unless its sender's
// clock was corrected. It is for those who keep histories or play other rules on the same observations; nil ends it.
func (w *Worker) Watch(f func(key string, millis int64, used, limit float64)) { w.watch = f }

// State returns what is known of a signal, with the forecast that was made last; false if there is none of that key.
func (w *Worker) State(key string) (signal.State, bool) {
	s, ok := w.signals[key]
	if !ok {
		return signal.State{}, false
	}
	return s.state(w.silentFor(s, w.cfg.SilentAfter)), true
}
