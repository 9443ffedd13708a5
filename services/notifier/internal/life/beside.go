package life

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/forewarn/forewarn/shared/entity"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/incident"
	"github.com/forewarn/forewarn/shared/topology"
)

const (
	// standing is for how long what stays (a limit that is reached, a silence) may go on causing trouble to what rests on it, and
	// how far from the first trouble of an incident another one may begin.
	standing = 4 * time.Hour
	// slowly is within what time two forecasts about one process, pool or database must have been made to be one: leaks are
	// judged once a day.
	slowly = 24 * time.Hour
	// maxNotes is how many slight findings an incident takes up.
	maxNotes = 15
)

// Scene is what is known around a finding.
type Scene struct {
	// Notes are slight findings of late, in the finding's outermost entity and in those that it rests on.
	Notes []incident.Note
	// Ordinary is on which share of the days before the same as the finding was noted, 0 to 1.
	Ordinary float64
	// Merge are open incidents that the finding shows to be of one fault with the one that it is applied to.
	Merge []*incident.Incident
}

// graph is what rests on what.
func (r Rules) graph() *topology.Graph {
	if r.Topology == nil {
		return &topology.Graph{}
	}
	return r.Topology
}

// Below returns the outermost entities whose notes may be causes of f: its own, and those that it rests on.
func (r Rules) Below(f *finding.Finding) []string {
	if r.JoinWindow <= 0 {
		return nil
	}
	root := short(f.Entity.Root, maxName)
	below := []string{root}
	for _, l := range r.graph().Supports(root) {
		below = append(below, l.Root)
	}
	return below
}

// Places returns where incidents near f are found, given the notes of what it rests on: what else rests on that is looked at only
// if it is in trouble, or if the same may trouble another one.
func (r Rules) Places(f *finding.Finding, notes []incident.Note) []string {
	root := short(f.Entity.Root, maxName)
	if r.JoinWindow <= 0 {
		return r.graph().Listed(root)[:1]
	}
	places := r.graph().Sought(root)
	if present(f) && befalls(f.Kind, f.Entity.Type) {
		for _, l := range r.graph().Supports(root) {
			places = append(places, topology.On(l.Root))
		}
	}
	for k := range notes {
		if on := topology.On(notes[k].Trouble.Entity.Root); !slices.Contains(places, on) {
			places = append(places, on)
		}
	}
	return places
}

// closeness orders the incidents that a finding may join as a trouble beside others; the zero value is that of none.
type closeness struct {
	how topology.Kinship
	gap time.Duration
}

func (c closeness) before(o closeness) bool {
	return cmp.Or(cmp.Compare(o.how, c.how), cmp.Compare(c.gap, o.gap)) < 0
}

// beside tells how near f is to the troubles of an open incident; not ok if it does not belong there, or there is no room.
func (r Rules) beside(i *incident.Incident, f *finding.Finding, notes []incident.Note) (best closeness, ok bool) {
	if r.JoinWindow <= 0 || !r.roomy(i, f) {
		return best, false
	}
	t := troubleOf(f, noteOf(notes, f.Episode))
	for k := range i.Marks {
		m := &i.Marks[k]
		if m.Trouble == nil || r.over(m.Ended, m.Time, f.Time) {
			continue
		}
		if c, near := r.together(t, m.Trouble, notes); near && (!ok || c.before(best)) {
			best, ok = c, true
		}
	}
	return best, ok && r.within(i, t)
}

// roomy reports whether an incident can take f up: one that is full of troubles that go on takes no other.
func (r Rules) roomy(i *incident.Incident, f *finding.Finding) bool {
	if f.Severity.Rank() >= r.MinSeverity.Rank() {
		return goingOn(i) < incident.MaxEpisodes
	}
	notes := 0
	for k := range i.Marks {
		if i.Marks[k].Note {
			notes++
		}
	}
	return notes < maxNotes && len(i.Marks) < incident.MaxEpisodes
}

// within reports whether t began no later than is likely of the fault that i is about: one trouble a quarter of an hour after the
// other would go on for ever.
func (r Rules) within(i *incident.Incident, t *incident.Trouble) bool {
	if t.Present == nil {
		return true
	}
	var first *time.Time
	for k := range i.Marks {
		m := &i.Marks[k]
		if m.Trouble != nil && m.Trouble.Present != nil && (first == nil || m.Trouble.Present.Before(*first)) {
			first = m.Trouble.Present
		}
	}
	return first == nil || t.Present.Sub(*first).Abs() <= standing
}

// together reports whether two troubles may be of one fault, and how close they are.
func (r Rules) together(t, m *incident.Trouble, notes []incident.Note) (closeness, bool) {
	near := r.graph().Near(t.Entity.Root, m.Entity.Root)
	c := closeness{how: near.How}
	switch {
	case near.How == topology.Same && foretells(t.Kind) && foretells(m.Kind):
		c.gap = t.Since.Sub(m.Since).Abs()
		return c, sameForecast(t, m)
	case t.Present == nil || m.Present == nil:
		return c, false
	case near.How == topology.Apart:
		c.gap = t.Present.Sub(*m.Present).Abs()
		return c, r.share(t, m, notes) || r.alike(t, m)
	}
	c.gap = t.Present.Sub(*m.Present).Abs()
	return c, r.timely(t, m, near.How)
}

// timely reports whether two troubles that are there began close enough to each other: within the window; what is noticed late has
// twice as long, and what stays may trouble what rests on it for hours.
func (r Rules) timely(t, m *incident.Trouble, how topology.Kinship) bool {
	gap, window := t.Present.Sub(*m.Present), r.JoinWindow
	if t.Kind == finding.Silence || m.Kind == finding.Silence {
		window *= 2
	}
	onM := how == topology.Same || how == topology.Rests // t rests on m
	onT := how == topology.Same || how == topology.Carries
	return gap.Abs() <= window || stays(m, how) && onM && gap >= 0 && gap <= standing || stays(t, how) && onT && gap <= 0 && -gap <= standing
}

// stays reports whether a trouble goes on troubling others for as long as it is there: what is unusual, what rests on it, but not what
// is in the same place, of which much is unusual at times.
func stays(t *incident.Trouble, how topology.Kinship) bool {
	return t.Kind == finding.Silence || t.Kind == finding.Anomaly && how != topology.Same || foretells(t.Kind) && t.Entity.Type != entity.Pool
}

// sameForecast reports whether two forecasts in one host or pod are about the same: what runs out is the same there. Volumes, and
// whatever each has its own room, are the same only if they are one; a leak shows in several things of one process.
func sameForecast(t, m *incident.Trouble) bool {
	a, b := ofEntity(t.Entity, t.Unit), ofEntity(m.Entity, m.Unit)
	switch {
	case t.Kind == finding.Expiry || m.Kind == finding.Expiry:
		return false
	case t.Entity.ID == m.Entity.ID && (a == space || t.Entity.ID != t.Entity.Root && t.Since.Sub(m.Since).Abs() <= slowly):
		return true
	}
	return a == b && (a == memory || a == files || a == threads)
}

// share reports whether two troubles that are apart rest on something that is in trouble, too, be it slight.
func (r Rules) share(t, m *incident.Trouble, notes []incident.Note) bool {
	below := r.graph().Below(m.Entity.Root)
	for k := range notes {
		n := &notes[k].Trouble
		if n.Present == nil || n.Entity.Root == t.Entity.Root || !slices.Contains(below, n.Entity.Root) ||
			t.Present != nil && r.over(notes[k].Ended, notes[k].Time, *t.Present) {
			continue
		}
		if r.timely(t, n, topology.Rests) && r.timely(m, n, topology.Rests) {
			return true
		}
	}
	return false
}

// over reports whether a trouble that was heard of last at a time had ended for long at another.
func (r Rules) over(ended bool, last, at time.Time) bool {
	return ended && at.Sub(last) > r.JoinWindow
}

// befalls reports whether a trouble that shows in two places at once may well have come from what both rest on. What fills up does so by
// itself, but for pools, which follow the load.
func befalls(k finding.Kind, t entity.Type) bool {
	return !foretells(k) || k != finding.Expiry && t == entity.Pool
}

// alike reports whether one rule tells of two places at the same time, and both places rest on something: what that is troubles them
// alike, though nothing is known of it. A node, which many run on, counts only if it is logs that say the same: by chance two of many are
// unusual at a time.
func (r Rules) alike(t, m *incident.Trouble) bool {
	ruleOf := func(signal string) string { id, _, _ := strings.Cut(signal, "/"); return id }
	if t.Kind != m.Kind || ruleOf(t.Signal) != ruleOf(m.Signal) || !befalls(t.Kind, t.Entity.Type) || !r.timely(t, m, topology.Apart) {
		return false
	}
	below := r.graph().Supports(m.Entity.Root)
	return slices.ContainsFunc(r.graph().Supports(t.Entity.Root), func(l topology.Link) bool {
		return (t.Kind == finding.Log || l.Relation == topology.DependsOn) &&
			slices.ContainsFunc(below, func(o topology.Link) bool { return o.Root == l.Root })
	})
}

// Alike returns the other open incidents that f shows to be of one fault with best: f is about the place where both are, or about
// what both rest on, or the same troubles a place of theirs. What is full with troubles of its own stays by itself.
func (r Rules) Alike(open []*incident.Incident, best *incident.Incident, f *finding.Finding) (out []*incident.Incident) {
	if best == nil || r.JoinWindow <= 0 || !r.carries(best, f) {
		return nil
	}
	room := incident.MaxEpisodes - goingOn(best) - 1
	for _, i := range open {
		if i.ID == best.ID || goingOn(i) > room || !r.carries(i, f) {
			continue
		}
		room -= goingOn(i)
		out = append(out, i)
	}
	return out
}

// goingOn counts the troubles of an incident that go on.
func goingOn(i *incident.Incident) (n int) {
	for k := range i.Marks {
		if !i.Marks[k].Note && !i.Marks[k].Ended {
			n++
		}
	}
	return n
}

// carries reports whether a trouble of i that is there, and goes on, is where f is or rests on it, or is the same in another place, and
// began close to f.
func (r Rules) carries(i *incident.Incident, f *finding.Finding) bool {
	t := troubleOf(f, nil)
	if k := slices.Index(i.Episodes, f.Episode); k >= 0 {
		return t.Present != nil // its own incident
	}
	for k := range i.Marks {
		m := i.Marks[k].Trouble
		if m == nil || i.Marks[k].Ended || i.Marks[k].Note || m.Present == nil || t.Present == nil {
			continue
		}
		how := r.graph().Near(t.Entity.Root, m.Entity.Root).How
		same := foretells(t.Kind) && foretells(m.Kind) && how == topology.Same
		rests := (how == topology.Same || how == topology.Carries) && !same && r.timely(t, m, how)
		if rests || how == topology.Apart && r.alike(t, m) {
			return r.within(i, t)
		}
	}
	return false
}
