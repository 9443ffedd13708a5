package anomaly

import (
	"cmp"
	"slices"
	"time"

	"github.com/forewarn/forewarn/shared/finding"
)

const (
	// lostAfter is when the episode of what has fallen silent ends, since nothing can be said any more.
	lostAfter = time.Hour
	// forgetAfter is how long a baseline is kept that learns nothing: kinds of day come back within six weeks.
	forgetAfter = 42 * 24 * time.Hour
)

// Tick says what time it is, so that silence is noticed.
func (w *Watcher) Tick(now time.Time) []finding.Finding {
	w.now = now
	out := w.farewell()
	if w.cat == nil {
		return append(out, w.silences()...)
	}
	for _, s := range w.sorted() {
		silent := w.silence(s)
		if s.Episode != "" && silent >= lostAfter {
			out = append(out, s.lost(now))
			s.close()
		}
		if silent >= forgetAfter {
			w.drop(s)
		}
	}
	w.makeRoom()
	return out
}

// silence returns for how long nothing was heard.
func (w *Watcher) silence(s *watched) time.Duration { return w.now.Sub(time.UnixMilli(s.Heard)) }

// silences tells which series have stopped, each by how long its pauses usually are.
func (w *Watcher) silences() (out []finding.Finding) {
	for _, s := range w.sorted() {
		if s.silent == "" && s.silence.Silent(w.now.UnixMilli()) {
			s.silent = s.newEpisode(w.now)
			out = append(out, s.stopped(w.now))
		}
	}
	return out
}

// makeRoom forgets what is silent when more is about to be refused, what was learned least of first: what comes under ever
// new names must not keep out what is there to stay.
func (w *Watcher) makeRoom() {
	if len(w.watched) <= w.cfg.MaxSeries/10*9 {
		return
	}
	var silent []*watched
	for _, s := range w.sorted() {
		if s.Episode == "" && w.silence(s) >= lostAfter {
			silent = append(silent, s)
		}
	}
	slices.SortStableFunc(silent, func(a, b *watched) int { return cmp.Compare(a.habit.Age(), b.habit.Age()) })
	for _, s := range silent[:min(len(silent), len(w.watched)-w.cfg.MaxSeries/10*8)] {
		w.drop(s)
	}
}
