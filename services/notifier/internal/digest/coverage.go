package digest

import (
	"slices"

	"github.com/forewarn/forewarn/shared/digest"
	"github.com/forewarn/forewarn/shared/entity"
	"github.com/forewarn/forewarn/shared/signal"
)

// maxNames bounds each list of what is not covered.
const maxNames = 200

// coverage says what is not watched as it should be; nil if neither signals nor what arrives is known.
func (b *builder) coverage() *digest.Coverage {
	if b.Signals == nil && !b.Surveyed {
		return nil
	}
	c := &digest.Coverage{
		Unlimited: []string{}, Unowned: []string{}, Unread: bounded(b.Unread), SilentTargets: bounded(b.SilentTargets),
		Unheard: b.Signals == nil,
	}
	for i := range b.Signals {
		s := &b.Signals[i]
		if b.Team == "" && b.Owner != nil && b.Owner(s.Key, &s.Entity) == "" {
			c.Unowned = append(c.Unowned, rootOf(&s.Entity))
		}
		if !b.owns(s.Key, &s.Entity) {
			continue
		}
		c.Watched++
		switch s.Stage {
		case signal.Learning:
			c.Learning++
		case signal.Silent:
			c.Silent++
		}
		if s.Kind == signal.Leak && s.Limit == 0 && s.Stage == signal.Ready {
			c.Unlimited = append(c.Unlimited, s.Entity.Name)
		}
	}
	c.Unlimited, c.Unowned = bounded(c.Unlimited), bounded(c.Unowned)
	return c
}

func rootOf(e *entity.Entity) string {
	if e.Root == "" {
		return e.Name
	}
	return entity.Called(e.Root)
}

// bounded returns names sorted, each once, and not too many.
func bounded(names []string) []string {
	out := slices.Compact(slices.Sorted(slices.Values(names)))
	if out == nil {
		return []string{}
	}
	return out[:min(len(out), maxNames)]
}
