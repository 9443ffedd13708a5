package quiet

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"github.com/forewarn/forewarn/shared/i18n"
	"github.com/forewarn/forewarn/shared/incident"
	"github.com/forewarn/forewarn/shared/selector"
	"github.com/forewarn/forewarn/shared/topology"
)

const (
	// maxDown is how many open incidents are looked at where one may be of something that is down.
	maxDown = 50
	// maxChain is over how many incidents, each held by the next, it is followed who holds the last.
	maxChain = 16
)

// Down returns the troubles that keep people from being told of what rests on where they are, unless the configuration says others.
func Down() []selector.Selector {
	return []selector.Selector{
		selector.MustParse(`kind="silence", type=~"host|pod|database"`), selector.MustParse(`rule=~"rule-(HostDown|DatabaseDown)"`),
	}
}

// down returns the hold of an incident by another one, which tells that where it is, or what that rests on, is down.
func (b *Book) down(ctx context.Context, in *incident.Store, i *incident.Incident, graph *topology.Graph) (*incident.Hold, error) {
	root := i.Entity.Root
	if root == "" || len(b.s.Down) == 0 {
		return nil, nil //nolint:nilnil // nothing holds it
	}
	roots := []string{root}
	for _, l := range graph.Supports(root) {
		roots = append(roots, l.Root)
	}
	places := make([]string, 0, len(roots))
	for _, r := range roots {
		places = append(places, graph.Listed(r)[0])
	}
	open, err := in.OpenAt(ctx, places, maxDown)
	if err != nil {
		return nil, err
	}
	for _, other := range open {
		what := b.isDown(other, roots)
		if what == nil || other.ID == i.ID {
			continue
		}
		mutual, err := b.heldBy(ctx, in, other, i.ID)
		if err != nil {
			return nil, err
		}
		if !mutual {
			return &incident.Hold{By: incident.ByDown, Name: other.ID, Why: i18n.Line(cmp.Or(what.Entity.Name, what.Entity.ID))}, nil
		}
	}
	return nil, nil //nolint:nilnil // nothing holds it
}

// isDown returns the trouble of an incident which says that one of some outermost entities is down, nil if none does.
func (b *Book) isDown(i *incident.Incident, roots []string) *incident.Trouble {
	for k := range i.Marks {
		m := &i.Marks[k]
		if m.Ended || m.Note || m.Trouble == nil || !slices.Contains(roots, m.Trouble.Entity.Root) {
			continue
		}
		if slices.ContainsFunc(b.s.Down, func(sel selector.Selector) bool {
			return sel.Matches(selector.Trouble{Trouble: m.Trouble, Severity: m.Severity})
		}) {
			return m.Trouble
		}
	}
	return nil
}

// heldBy reports whether an incident is held, in the end, by the one with an id: two that rest on each other must not keep each other
// from being told.
func (b *Book) heldBy(ctx context.Context, in *incident.Store, i *incident.Incident, id string) (bool, error) {
	for range maxChain {
		if i.Held == nil || i.Held.By != incident.ByDown {
			return false, nil
		}
		if i.Held.Name == id {
			return true, nil
		}
		next, err := in.Get(ctx, i.Held.Name)
		if errors.Is(err, incident.ErrNotFound) || errors.Is(err, incident.ErrUnreadable) {
			return false, nil
		}
		if err != nil {
			return false, err
		}
		i = next
	}
	return true, nil // nobody was told of any of so many
}
