package calibration

import (
	"fmt"
	"slices"
)

// ownMaps is how many resolved outcomes a kind needs at a horizon, or in a band of dates, to have a map of its own.
const ownMaps = 500

// Fit returns the table that a set of outcomes leads to; their order does not matter. Outcomes of all kinds together
// are shrunk towards the prior (nil is the identity). A kind, and a family, with at least 500 resolved outcomes at a
// horizon has a map of its own there, shrunk towards that of the prior for it, or that of its family, or that of all
// kinds; below that it is mapped by the first of these that there is. The version is one more than that of the prior
// and of any outcome.
//
// The error names the outcome that is impossible. O(outcomes + kinds).
func Fit(outcomes []Outcome, prior *Table) (*Table, error) {
	var l Ledger
	for i, o := range outcomes {
		if err := l.Add(o); err != nil {
			return nil, fmt.Errorf("outcome %d: %w", i, err)
		}
	}
	return l.Fit(prior), nil
}

// Fit returns the table that the counted outcomes lead to, as the function [Fit] does. O(kinds), some 50 us each.
func (l *Ledger) Fit(prior *Table) *Table { return l.FitFrom(prior, ownMaps) }

// FitFrom is Fit with another number of outcomes from which a kind has maps of its own, for callers that check the
// maps on further outcomes, and [Table.Keep] those that are better than none.
func (l *Ledger) FitFrom(prior *Table, enough uint64) *Table {
	if prior == nil {
		prior = new(Table)
	}
	parent := identity()
	if prior.pooled != nil {
		parent = *prior.pooled
	}
	pooled := fitMaps(l.sum(""), parent, 1)
	t := &Table{version: 1 + max(l.version, prior.version), pooled: &pooled}
	for _, kind := range kindsOf(l, prior) {
		parent, known := *t.of(kind), prior.find(kind)
		if known != nil {
			parent = *known
		}
		own := l.sum(kind)
		if known == nil && !own.stands(enough) {
			continue
		}
		m := fitMaps(own, parent, enough)
		m.kind = kind
		t.kinds = append(t.kinds, &m)
	}
	return t
}

// kindsOf returns the kinds and families that either knows, sorted: a family comes before its kinds.
func kindsOf(l *Ledger, prior *Table) []string {
	kinds := l.Kinds()
	for _, m := range prior.kinds {
		kinds = append(kinds, m.kind)
	}
	for _, kind := range kinds {
		if f := family(kind); f != "" {
			kinds = append(kinds, f)
		}
	}
	slices.Sort(kinds)
	return slices.Compact(kinds)
}

// stands reports whether a kind has outcomes enough for any map of its own.
func (a *account) stands(enough uint64) bool {
	for h := range Horizons {
		if reached, _ := a.bands[h].count(); reached >= enough || a.horizons[h].resolved() >= enough {
			return true
		}
	}
	return false
}

// fitMaps fits what has at least enough outcomes; the rest is the parent's.
func fitMaps(a *account, parent maps, enough uint64) maps {
	m := parent
	for h := range Horizons {
		if a.horizons[h].resolved() >= enough {
			m.curves[h] = fitCurve(&a.horizons[h], parent.curves[h])
		}
		if reached, _ := a.bands[h].count(); reached >= enough {
			m.factors[h] = fitFactor(&a.bands[h], parent.factors[h])
		}
	}
	return m
}
