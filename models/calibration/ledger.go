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
	bins     [bins]bin
	squares  uint64 // sum of (predicted - happened)^2, in billionths
	censored uint64
}

type bin struct {
	n, reached uint64
	sum        uint64 // of the predictions, in billionths
}

func (t *tally) resolved() (n uint64) {
	for i := range t.bins {
		n += t.bins[i].n
	}
	return n
}

func (t *tally) add(o *Outcome) {
	if o.What == Censored {
		t.censored++
		return
	}
	b, miss := &t.bins[binOf(o.Predicted)], o.Predicted
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
		if t.bins[binOf(o.Predicted)].n >= maxCount {
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

// pooled returns the counts of all kinds together.
func (l *Ledger) pooled() *account {
	var sum account
	for _, a := range l.kinds {
		sum.add(a)
	}
	return &sum
}

// add adds the counts of another.
func (a *account) add(b *account) {
	for h := range Horizons {
		t, u := &a.horizons[h], &b.horizons[h]
		for i := range t.bins {
			t.bins[i].n += u.bins[i].n
			t.bins[i].reached += u.bins[i].reached
			t.bins[i].sum += u.bins[i].sum
		}
		t.squares += u.squares
		t.censored += u.censored
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
