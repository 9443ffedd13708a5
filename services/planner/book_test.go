package planner

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/forewarn/forewarn/services/planner/internal/past"
	"github.com/forewarn/forewarn/shared/plan"
	"github.com/forewarn/forewarn/shared/signal"
)

// TestDue: a plan is made anew on another day (UTC), for another limit, and soon where history could not be read.
func TestDue(t *testing.T) {
	now := monday.Add(time.Hour)
	p := &planner{set: Settings{Now: func() time.Time { return now }}}
	f := func(want bool, change func(*entry)) {
		t.Helper()
		e := &entry{made: true, peaks: &past.Peaks{}, state: signal.State{Limit: 1000}, plan: plan.Plan{MadeAt: monday, Limit: 1000}}
		change(e)
		if got := p.due(e); got != want {
			t.Errorf("due %v, want %v: %+v", got, want, e.plan)
		}
	}
	f(false, func(*entry) {})
	f(true, func(e *entry) { e.made = false })
	f(true, func(e *entry) { e.plan.MadeAt = monday.Add(-time.Second) })
	f(true, func(e *entry) { e.state.Limit = 1100 })
	f(true, func(e *entry) { e.state.Limit = 900 })
	f(false, func(e *entry) { e.state.Limit = 1001 })
	f(true, func(e *entry) { e.peaks = nil })
	f(false, func(e *entry) { e.peaks, e.plan.MadeAt = nil, now.Add(-time.Minute) })
}

// TestRanks: what is to be bought soonest comes first, what has no plan last; what was not looked at is not listed.
func TestRanks(t *testing.T) {
	day := func(month time.Month) *time.Time { d := time.Date(2027, month, 1, 0, 0, 0, 0, time.UTC); return &d }
	b := newBook()
	put := func(key string, o *plan.Outlook) {
		b.put(entry{made: true, state: signal.State{Key: key}, plan: plan.Plan{Signal: key, Outlook: o}})
	}
	put("without", nil)
	put("lasts", &plan.Outlook{})
	put("lasts, full later", &plan.Outlook{Full: plan.Dates{P50: day(12)}})
	put("later", &plan.Outlook{Purchase: plan.Purchase{By: day(10)}})
	put("soon", &plan.Outlook{Purchase: plan.Purchase{By: day(2)}})
	b.watch([]signal.State{{Key: "new"}}, false)
	keys := func() (out []string) {
		plans, _ := b.page(&plan.Request{Limit: plan.MaxPage})
		for _, p := range plans {
			out = append(out, p.Signal)
		}
		return out
	}
	if diff := cmp.Diff([]string{"soon", "later", "lasts, full later", "lasts", "without"}, keys()); diff != "" {
		t.Errorf("order (-want +got):\n%s", diff)
	}
	if planned, without, pending := b.count(); planned != 4 || without != 1 || pending != 1 {
		t.Errorf("%d planned, %d without, %d pending", planned, without, pending)
	}
	b.watch([]signal.State{{Key: "soon", Limit: 7}, {Key: "new"}}, true)
	if diff := cmp.Diff([]string{"soon"}, keys()); diff != "" {
		t.Errorf("once all others are gone (-want +got):\n%s", diff)
	}
	if e := b.get("soon"); e.state.Limit != 7 || !e.made {
		t.Errorf("what stays: %+v", e)
	}
}

// TestFullestFirst: after a start what is nearly full has its plan first.
func TestFullestFirst(t *testing.T) {
	b := newBook()
	b.watch([]signal.State{{Key: "a", Used: 1, Limit: 10}, {Key: "b", Used: 9, Limit: 10}, {Key: "c", Used: 90, Limit: 100}}, true)
	var got []string
	for _, e := range b.due(func(e *entry) bool { return !e.made }) {
		got = append(got, e.state.Key)
	}
	if diff := cmp.Diff([]string{"b", "c", "a"}, got); diff != "" {
		t.Errorf("order (-want +got):\n%s", diff)
	}
}
