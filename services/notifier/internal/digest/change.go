package digest

import (
	"slices"
	"time"

	"github.com/forewarn/forewarn/shared/digest"
	"github.com/forewarn/forewarn/shared/incident"
)

const (
	// moreLikely is by how much a probability must move to be worse or better.
	moreLikely = 0.15
	// sooner is by which part of the time left a date must move for that, and soonerLeast the least such move.
	sooner      = 0.2
	soonerLeast = 12 * time.Hour
)

// change says how an open incident differs from what it was at the beginning.
func (b *builder) change(in *incident.Incident) digest.Change {
	if !in.OpenedAt.Before(b.Edition.From) || in.ReopenedAt != nil && b.within(*in.ReopenedAt) {
		return digest.New
	}
	was := b.Before[in.ID]
	if was == nil {
		return digest.Same
	}
	if now, then := in.Severity.Rank(), was.Severity.Rank(); now != then {
		return worseIf(now > then)
	}
	if more := chance(in) - chance(was); more >= moreLikely || more <= -moreLikely {
		return worseIf(more > 0)
	}
	if in.ETA.P50 == nil || was.ETA.P50 == nil {
		return digest.Same
	}
	earlier := was.ETA.P50.Sub(*in.ETA.P50)
	if earlier.Abs() < max(soonerLeast, time.Duration(sooner*float64(was.ETA.P50.Sub(b.Edition.From)))) {
		return digest.Same
	}
	return worseIf(earlier > 0)
}

func worseIf(worse bool) digest.Change {
	if worse {
		return digest.Worse
	}
	return digest.Better
}

// changes counts the risks by how they differ, and lists what is over that had begun before.
func (b *builder) changes(risks []digest.Risk) digest.Changes {
	c := digest.Changes{Gone: []digest.Ending{}}
	for i := range risks {
		switch risks[i].Change {
		case digest.New:
			c.New++
		case digest.Worse:
			c.Worse++
		case digest.Better:
			c.Better++
		case digest.Same:
			c.Same++
		}
	}
	for _, in := range b.mine {
		if openAt(in, b.at) || !b.within(*in.ResolvedAt) || !in.OpenedAt.Before(b.Edition.From) {
			continue
		}
		e := digest.Ending{Incident: in.ID, Title: in.Title, At: in.ResolvedAt.UTC()}
		if in.Outcome != nil {
			e.Outcome = in.Outcome.What
		}
		c.Gone = append(c.Gone, e)
	}
	slices.SortFunc(c.Gone, func(x, y digest.Ending) int { return y.At.Compare(x.At) })
	return c
}
