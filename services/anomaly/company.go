package anomaly

import (
	"slices"
	"time"

	"github.com/forewarn/forewarn/shared/finding"
)

const (
	// together is within what time the episodes of two signals must have opened to be one trouble. A baseline notices a moderate
	// shift after three quarters of an hour, a large one at once.
	together = time.Hour
	// lasting is how long each of them must have been unusual to be a warning, fresh how old the newest value may be at which
	// it was seen to be.
	lasting, fresh = 30 * time.Minute, 11 * time.Minute
)

// lasts returns what else of the same root entity is unusual for as long as a signal and still is, both where trouble lies, if
// that makes the signal a warning now; in the order of the keys. One trouble is one warning: if one of them is already, there
// is none.
//
// One signal alone is evidence and never more: by its budget of 0.02 a week each, 200 hosts of twenty signals give 80 times
// cause to say so in a week when all is well. Two at once are no proof either, since a busy moment comes to many signals of a
// host; but it passes.
func (w *Watcher) lasts(s *watched, at time.Time) []*watched {
	e := s.Episode
	if e.Severity != finding.Info || at.UnixMilli()-e.Opened < lasting.Milliseconds() || e.Beyond != at.UnixMilli() {
		return nil
	}
	company := w.beside(s)
	if slices.ContainsFunc(company, func(o *watched) bool { return o.Episode.Severity == finding.Warning }) {
		return nil
	}
	return slices.DeleteFunc(company, func(o *watched) bool {
		return at.UnixMilli()-o.Episode.Opened < lasting.Milliseconds() || at.UnixMilli()-o.Episode.Beyond > o.fresh()
	})
}

// fresh is how old the newest value may be at which a signal was beyond what was expected, in milliseconds.
func (s *watched) fresh() int64 {
	return max(fresh.Milliseconds(), int64(2500*s.habit.Pace()))
}

// beside returns what else of the same root entity became unusual at about the same time, where trouble lies.
func (w *Watcher) beside(s *watched) (out []*watched) {
	if !s.Episode.Bad {
		return nil
	}
	for _, at := range s.place.root.places {
		for o := at.first; o != nil; o = o.next {
			if o.Episode != nil && o.Episode.Bad && o.Rule.Aspect != s.Rule.Aspect && abs(s.Episode.Opened-o.Episode.Opened) <= together.Milliseconds() {
				out = append(out, o)
			}
		}
	}
	slices.SortFunc(out, (*watched).compare)
	return out
}

func abs(d int64) int64 { return max(d, -d) }
