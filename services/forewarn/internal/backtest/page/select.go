package page

import (
	"cmp"
	"slices"

	"github.com/forewarn/forewarn/services/forewarn/internal/backtest/contest"
)

// story is what a page tells of, in the order in which it is told.
type story struct {
	episodes []*episode
	reached  map[*episode]*contest.Verdict // the failure that an episode was followed by
	missed   []*contest.Verdict
	calm     []*record
	forgot   int
}

// tell selects from all recorders. Two signals of a series may both have episodes; a failure belongs to the first that
// stood when it came.
func tell(in *Input) *story {
	s := &story{reached: map[*episode]*contest.Verdict{}}
	records := map[string]*record{}
	for _, r := range in.Recorders {
		s.episodes = append(s.episodes, r.close()...)
		s.forgot += r.forgot
		for key, rec := range r.signals {
			if st, ok := r.state(key); ok {
				rec.state = st
			}
			records[key] = rec
		}
	}
	failures := map[string][]*contest.Verdict{}
	for i := range in.Compared.Verdicts {
		v := &in.Compared.Verdicts[i]
		failures[v.State.Series] = append(failures[v.State.Series], v)
		if !v.Warned {
			s.missed = append(s.missed, v)
		}
	}
	for _, e := range s.episodes {
		for _, v := range failures[e.first.Series] {
			if v.At >= e.at && (e.ended == 0 || v.At <= e.ended+60_000) && s.reached[e] == nil {
				s.reached[e] = v
			}
		}
	}
	slices.SortFunc(s.episodes, func(a, b *episode) int {
		return cmp.Or(-cmp.Compare(s.harm(a), s.harm(b)), byWeight(a, b))
	})
	slices.SortStableFunc(s.missed, func(a, b *contest.Verdict) int { return cmp.Compare(a.At, b.At) })
	s.rest(records, failures)
	return s
}

// harm is 1 for an episode after which the limit was reached.
func (s *story) harm(e *episode) int {
	if s.reached[e] != nil {
		return 1
	}
	return 0
}

// rest finds the signals of which there is nothing to tell, one of each series, the fullest first.
func (s *story) rest(records map[string]*record, failures map[string][]*contest.Verdict) {
	busy := map[string]bool{}
	for _, e := range s.episodes {
		busy[e.first.Series], busy[e.last.Series] = true, true
	}
	for _, r := range records {
		if r.loud > 0 {
			busy[r.state.Series] = true
		}
	}
	bySeries := map[string]*record{}
	for key, r := range records {
		series := r.state.Series
		if busy[series] || failures[series] != nil || r.newest == 0 {
			continue
		}
		if before := bySeries[series]; before == nil || key < before.key {
			bySeries[series] = r
		}
	}
	for _, r := range bySeries {
		s.calm = append(s.calm, r)
	}
	slices.SortFunc(s.calm, func(a, b *record) int {
		return cmp.Or(-cmp.Compare(a.share(), b.share()), cmp.Compare(a.key, b.key))
	})
}

// share is the newest use as a share of the limit, 0 where there is none.
func (s *record) share() float64 {
	if s.limit <= 0 {
		return 0
	}
	return s.used / s.limit
}
