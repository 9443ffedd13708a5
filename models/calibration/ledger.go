package calibration

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

const (
	// MaxKinds bounds a ledger: kinds come from a catalogue, not from data.
	MaxKinds = 64

	// Sums are kept in billionths: integers add up to the same in any order.
	billion = 1e9
	// maxCount outcomes in a bin, of all kinds together, have a sum that a uint64 holds.
	maxCount = 1 << 28
)

// ErrFull is returned when a ledger has no room for another kind, or a bin would count beyond 268 million.
var ErrFull = errors.New("ledger is full")

// Ledger counts outcomes: by kind and horizon in bins of the probability, by kind and distance in bins of how far from
// the predicted date. About 12 KB a kind, however many outcomes. The zero value is empty and ready. Not safe for
// concurrent use.
type Ledger struct {
	kinds   []*account // sorted by kind
	version uint64     // newest table that any outcome was told under
}

// account holds the counts of a kind.
type account struct {
	kind     string
	horizons [Horizons]tally
	bands    [Horizons]scores
}

// tally counts the outcomes of one horizon.
type tally struct {
	bins    [bins]bin
	squares uint64 // sum of (predicted - happened)^2, in billionths
}

// bin counts the outcomes of predictions that were much alike: n are resolved, the censored ones are not among them.
type bin struct {
	n, reached, censored uint64
	sum                  uint64 // of the resolved predictions, in billionths
}

func (t *tally) resolved() (n uint64) {
	for i := range t.bins {
		n += t.bins[i].n
	}
	return n
}

func (t *tally) add(o *Outcome) {
	b, miss := &t.bins[binOf(o.Predicted)], o.Predicted
	if o.What == Censored {
		b.censored++
		return
	}
	b.n++
	b.sum += billionths(o.Predicted)
	if o.What == Reached {
		b.reached++
		miss = 1 - o.Predicted
	}
	t.squares += billionths(miss * miss)
}

// Add counts an outcome; an unresolved one is checked and left out. It returns an error, and leaves the ledger as it
// was, if a field is impossible or there is no room (ErrFull). O(log kinds); allocates for a new kind only.
func (l *Ledger) Add(o Outcome) error {
	if err := o.check(); err != nil {
		return fmt.Errorf("outcome of %s: %w", o.Kind, err)
	}
	if o.What == Unresolved {
		return nil
	}
	a, err := l.account(o.Kind)
	if err != nil {
		return err
	}
	if o.Horizon != DatesOnly {
		t := &a.horizons[o.Horizon]
		if b := &t.bins[binOf(o.Predicted)]; max(b.n, b.censored) >= maxCount {
			return fmt.Errorf("%w: %d outcomes of %s at %v; begin a new one", ErrFull, maxCount, o.Kind, o.Predicted)
		}
		t.add(&o)
	}
	if o.dated() {
		a.bands[bandOf(o.P50)].add(&o)
	}
	l.version = max(l.version, o.Version)
	return nil
}

// Published notes that a table of this version is told under, so that the next fit has a higher one.
func (l *Ledger) Published(version uint64) { l.version = max(l.version, version) }

// Resolved returns how many outcomes of all kinds and horizons are known and not censored. O(kinds).
func (l *Ledger) Resolved() (n uint64) {
	for _, a := range l.kinds {
		for h := range Horizons {
			n += a.horizons[h].resolved()
		}
	}
	return n
}

// Kinds returns the kinds that outcomes were counted of, sorted.
func (l *Ledger) Kinds() []string {
	kinds := make([]string, len(l.kinds))
	for i, a := range l.kinds {
		kinds[i] = a.kind
	}
	return kinds
}

// Families returns a ledger that counts every kind under the name of its family, if it has one. O(kinds).
func (l *Ledger) Families() *Ledger {
	out := &Ledger{version: l.version}
	for _, a := range l.kinds {
		name := family(a.kind)
		if name == "" {
			name = a.kind
		}
		to, err := out.account(name)
		if err != nil {
			continue // there are no more families than kinds
		}
		to.add(a)
	}
	return out
}

// find returns where a kind is or belongs.
func (l *Ledger) find(kind string) (int, bool) {
	return slices.BinarySearchFunc(l.kinds, kind, func(a *account, kind string) int { return strings.Compare(a.kind, kind) })
}

// account returns the counts of a kind, opened if need be.
func (l *Ledger) account(kind string) (*account, error) {
	i, found := l.find(kind)
	if !found {
		if len(l.kinds) >= MaxKinds {
			return nil, fmt.Errorf("%w: %q would be one more than %d kinds", ErrFull, kind, MaxKinds)
		}
		l.kinds = slices.Insert(l.kinds, i, &account{kind: kind})
	}
	return l.kinds[i], nil
}

// sum returns the counts of a kind; of a family those of all its kinds together, of "" those of all there are.
func (l *Ledger) sum(kind string) *account {
	var sum account
	for _, a := range l.kinds {
		if kind == "" || a.kind == kind || family(a.kind) == kind {
			sum.add(a)
		}
	}
	return &sum
}

// family returns the part of a kind before its slash, "" if it has none.
func family(kind string) string {
	name, _, found := strings.Cut(kind, "/")
	if !found {
		return ""
	}
	return name
}

// add adds the counts of another.
func (a *account) add(b *account) {
	for h := range Horizons {
		t, u := &a.horizons[h], &b.horizons[h]
		for i := range t.bins {
			t.bins[i].n += u.bins[i].n
			t.bins[i].reached += u.bins[i].reached
			t.bins[i].censored += u.bins[i].censored
			t.bins[i].sum += u.bins[i].sum
		}
		t.squares += u.squares
		for i := range scoreBins {
			a.bands[h].reached[i] += b.bands[h].reached[i]
			a.bands[h].censored[i] += b.bands[h].censored[i]
		}
	}
}

// Merge adds what another ledger has counted, as if its outcomes had been added here. On ErrFull l is unchanged.
// O(kinds).
func (l *Ledger) Merge(other *Ledger) error {
	merged := Ledger{version: max(l.version, other.version)}
	for _, from := range [...]*Ledger{l, other} {
		for _, a := range from.kinds {
			to, err := merged.account(a.kind)
			if err != nil {
				return err
			}
			to.add(a)
		}
	}
	if err := merged.check(); err != nil {
		return fmt.Errorf("%w: %w", ErrFull, err)
	}
	*l = merged
	return nil
}
