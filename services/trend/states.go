package trend

import "github.com/forewarn/forewarn/shared/signal"

// States returns what is known of every signal that has been observed, in the order of their keys: what queries are
// told, without a bus. An evaluation asks it. O(signals).
func (w *Worker) States() []signal.State {
	var out []signal.State
	for _, key := range w.sorted() {
		if s := w.signals[key]; s.model.FirstMillis != 0 {
			out = append(out, s.state(w.silence(s) > w.cfg.SilentAfter))
		}
	}
	return out
}
