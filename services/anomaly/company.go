package anomaly

import (
	"cmp"
	"slices"
	"time"

	"github.com/forewarn/forewarn/shared/finding"
)

// together is within what time the episodes of two signals must have opened to be one trouble. A baseline notices a moderate
// shift after three quarters of an hour, a large one at once.
const together = time.Hour

// company returns what else of the same root entity became unusual at about the same time as a signal that just has, by other
// rules, both where trouble lies; in the order of the keys. With any, the signal is a warning, unless one of them is already: one
// trouble is one warning.
//
// One signal alone is evidence and never more: by its budget of 0.02 a week each, 200 hosts of eight signals give 32
// times cause to say so in a week when all is well. That two of one host do so within an hour of each other by chance comes
// to 0.03 a week.
func (w *Watcher) company(s *watched) (out []*watched) {
	out = w.beside(s)
	told := slices.ContainsFunc(out, func(o *watched) bool { return o.Severity == finding.Warning })
	if len(out) > 0 && !told {
		s.Severity = finding.Warning
	}
	return out
}

// beside returns what else of the same root entity became unusual at about the same time, where trouble lies.
func (w *Watcher) beside(s *watched) (out []*watched) {
	if !s.Bad {
		return nil
	}
	for _, o := range w.roots[s.Entity.Root] {
		if o.Bad && o.rule.Aspect != s.rule.Aspect && abs(s.Opened-o.Opened) <= together.Milliseconds() {
			out = append(out, o)
		}
	}
	slices.SortFunc(out, func(a, b *watched) int { return cmp.Compare(a.Key, b.Key) })
	return out
}

func abs(d int64) int64 { return max(d, -d) }
