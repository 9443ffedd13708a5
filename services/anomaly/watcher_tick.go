package anomaly

import (
	"cmp"
	"math"
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
	w.advance(now)
	out := w.farewell()
	if w.cat == nil {
		return append(out, w.silences()...)
	}
	if w.now.UnixMilli() >= w.due {
		out = append(out, w.lose()...)
	}
	w.makeRoom()
	return out
}

// advance notes what time it is. Nobody is silent for longer than was foreseen, unless the time goes back.
func (w *Watcher) advance(now time.Time) {
	if now.Before(w.now) {
		w.due = 0
	}
	w.now = now
}

// lose ends the episodes of what is silent, forgets what has been so for weeks, and notes when it is time to look again.
func (w *Watcher) lose() (out []finding.Finding) {
	w.due = math.MaxInt64
	for _, s := range w.sorted() {
		silent := w.silence(s)
		if s.Episode != nil && silent >= lostAfter {
			out = append(out, s.lost(w.now))
			w.close(s)
		}
		if silent >= forgetAfter {
			w.drop(s)
			continue
		}
		w.due = min(w.due, s.due())
	}
	return out
}

// due returns from when on silence tells something, if nothing is heard before.
func (s *watched) due() int64 {
	if s.Episode != nil {
		return s.Heard + lostAfter.Milliseconds()
	}
	return s.Heard + forgetAfter.Milliseconds()
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
	if w.count <= w.cfg.MaxSeries/10*9 {
		return
	}
	var silent []*watched
	for _, s := range w.sorted() {
		if s.Episode == nil && w.silence(s) >= lostAfter {
			silent = append(silent, s)
		}
	}
	slices.SortStableFunc(silent, func(a, b *watched) int { return cmp.Compare(a.habit.Age(), b.habit.Age()) })
	for _, s := range silent[:min(len(silent), w.count-w.cfg.MaxSeries/10*8)] {
		w.drop(s)
	}
}
