package planner

import (
	"cmp"
	"slices"
	"strings"
	"sync"

	"github.com/forewarn/forewarn/services/planner/internal/past"
	"github.com/forewarn/forewarn/shared/plan"
	"github.com/forewarn/forewarn/shared/signal"
)

// entry is all that is kept of a signal between two nights. It is replaced, never changed.
type entry struct {
	state signal.State
	// peaks is what the plan rests on, nil before history was read.
	peaks *past.Peaks
	// plan is the one without a scenario; made tells that there is one.
	plan plan.Plan
	made bool
	// rank is the place in the list: the date to buy, then the key.
	rank string
}

// ranked returns the entry with its place in the list.
func (e entry) ranked() *entry {
	e.rank = rankOf(&e.plan) + " " + e.plan.Signal
	return &e
}

// rankOf orders plans: the date to buy, then the date on which it is full, then those that last, then those without.
func rankOf(p *plan.Plan) string {
	const never, none = "9998-00-00", "9999-00-00"
	switch {
	case p.Outlook == nil:
		return none
	case p.Purchase.By != nil:
		return iso(p.Purchase.By)
	case p.Full.P50 != nil:
		return never + " " + iso(p.Full.P50)
	}
	return never + " " + none
}

// book holds the entries. Safe for concurrent use.
type book struct {
	mu      sync.Mutex
	entries map[string]*entry
	// list is sorted by rank; nil when out of date.
	list []*entry
}

func newBook() *book { return &book{entries: map[string]*entry{}} }

func (b *book) get(key string) *entry {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.entries[key]
}

func (b *book) put(e entry) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.entries[e.state.Key], b.list = e.ranked(), nil
}

// watch notes the signals that there are now. complete tells that no others are left, so that what is gone can go.
func (b *book) watch(signals []signal.State, complete bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := make(map[string]bool, len(signals))
	for _, s := range signals {
		now[s.Key] = true
		if e, ok := b.entries[s.Key]; ok {
			next := *e
			next.state = s
			b.entries[s.Key] = &next
			continue
		}
		b.entries[s.Key] = &entry{state: s}
	}
	for key := range b.entries {
		if complete && !now[key] {
			delete(b.entries, key)
		}
	}
	b.list = nil
}

// due returns the entries for which the test holds, the fullest first: after a start these have their plans soonest.
func (b *book) due(test func(*entry) bool) (out []*entry) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, e := range b.entries {
		if test(e) {
			out = append(out, e)
		}
	}
	slices.SortFunc(out, func(a, b *entry) int {
		return cmp.Or(cmp.Compare(b.state.Used/b.state.Limit, a.state.Used/a.state.Limit), cmp.Compare(a.state.Key, b.state.Key))
	})
	return out
}

// count returns how many have a plan, how many were looked at and have none, and how many were not looked at.
func (b *book) count() (planned, without, pending int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, e := range b.entries {
		switch {
		case !e.made:
			pending++
		case e.plan.Outlook == nil:
			without++
		default:
			planned++
		}
	}
	return planned, without, pending
}

// page returns the plans behind the cursor that pass.
func (b *book) page(q *plan.Request) (out []plan.Plan, next string) {
	text := strings.ToLower(q.Text)
	list := b.sorted()
	from, _ := slices.BinarySearchFunc(list, q.After, func(e *entry, after string) int { return cmp.Compare(e.rank, after) })
	out = []plan.Plan{}
	last := ""
	for _, e := range list[from:] {
		if e.rank == q.After || q.Rule != "" && e.plan.Rule != q.Rule || !contains(&e.plan, text) {
			continue
		}
		if len(out) == q.Limit {
			return out, last
		}
		out, last = append(out, e.plan), e.rank
	}
	return out, ""
}

// contains reports whether the lower-case text is in what people look for.
func contains(p *plan.Plan, text string) bool {
	return text == "" || strings.Contains(strings.ToLower(p.Signal), text) || strings.Contains(strings.ToLower(p.Entity.Name), text)
}

func (b *book) sorted() []*entry {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.list == nil {
		b.list = []*entry{}
		for _, e := range b.entries {
			if e.made {
				b.list = append(b.list, e)
			}
		}
		slices.SortFunc(b.list, func(a, b *entry) int { return cmp.Compare(a.rank, b.rank) })
	}
	return b.list
}
