package incident_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/forewarn/forewarn/shared/incident"
)

var monday = time.Date(2026, 1, 26, 22, 0, 0, 0, time.UTC)

// noted remembers a fault on so many days ago, the longest ago first.
func noted(daysAgo ...int) incident.Habits {
	var h incident.Habits
	for _, d := range daysAgo {
		h, _ = h.With("f", monday.AddDate(0, 0, -d))
	}
	return h
}

func TestShare(t *testing.T) {
	var daily, working []int
	for d := 40; d >= 1; d-- {
		daily = append(daily, d)
		if day := monday.AddDate(0, 0, -d).Weekday(); day != time.Saturday && day != time.Sunday {
			working = append(working, d)
		}
	}
	for _, c := range []struct {
		name string
		days []int
		want float64
	}{
		{"never", nil, 0},
		{"today", []int{0}, 0},
		{"today, again", []int{0, 0}, 0},
		{"yesterday", []int{1}, 1. / 9},
		{"in the first two days", []int{2, 1}, 2. / 9},
		{"a week ago", []int{7}, 1. / 9},
		{"on two days of two weeks", []int{14, 3}, 2. / 16},
		{"every day", daily, 28. / 30},
		{"every day, and today", append(daily, 0), 28. / 30},
		{"on working days", working, 20. / 30},
		{"five weeks ago", []int{35}, 0},
	} {
		if got := noted(c.days...).Share("f", monday); got < c.want-1e-9 || got > c.want+1e-9 {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
		if got := noted(c.days...).Share("other", monday); got != 0 {
			t.Errorf("%s: another fault has %v", c.name, got)
		}
	}
	if got := noted(daily...).Share("f", monday.AddDate(0, 0, -10)); got != 19./21 {
		t.Errorf("of what is known, ten days ago: %v", got)
	}
}

// TestHabitsAreBounded: what is noted on many days is remembered beside any number of what came once; more days never lower a share.
func TestHabitsAreBounded(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 0))
	h := noted(9, 8, 7)
	for n := range 500 {
		h, _ = h.With(fmt.Sprint("once", n), monday.AddDate(0, 0, -r.IntN(20)))
	}
	if len(h) > 64 || h.Share("f", monday) != 3./11 {
		t.Errorf("%d faults, share %v", len(h), h.Share("f", monday))
	}
	for range 200 {
		var some, more incident.Habits
		first := 8 + r.IntN(20)
		for d := first; d > 0; d-- {
			both := d == first || r.IntN(3) == 0
			if both {
				some, _ = some.With("f", monday.AddDate(0, 0, -d))
			}
			if both || r.IntN(2) == 0 {
				more, _ = more.With("f", monday.AddDate(0, 0, -d))
			}
		}
		a, b := some.Share("f", monday), more.Share("f", monday)
		if a > b || a < 0 || b >= 1 {
			t.Fatalf("first %d days ago: %v, with more days %v", first, a, b)
		}
	}
}

func TestHabitsInTheStore(t *testing.T) {
	s, _ := newStore(t)
	want := noted(3, 1)
	for _, root := range []string{"host:a", "host:b"} {
		if err := s.PutHabits(t.Context(), root, want); err != nil {
			t.Fatal(err)
		}
	}
	read := func(root string) incident.Habits {
		t.Helper()
		h, err := s.Habits(t.Context(), root)
		if err != nil {
			t.Fatal(err)
		}
		return h
	}
	if diff := cmp.Diff(want, read("host:a")); diff != "" || read("host:c") != nil {
		t.Errorf("habits (-want +got):\n%s", diff)
	}
	h, _ := want.With("f", monday)
	if err := s.PutHabits(t.Context(), "host:b", h); err != nil {
		t.Fatal(err)
	}
	if n, err := s.PruneHabits(t.Context(), monday); n != 1 || err != nil || read("host:a") != nil || read("host:b") == nil {
		t.Errorf("pruned %d, %v; left %v and %v", n, err, read("host:a"), read("host:b"))
	}
}

// FuzzHabits: whatever is stored, what is read has shares.
func FuzzHabits(f *testing.F) {
	f.Add(`{"f":{"last":20479,"days":127}}`, int64(20480))
	f.Add(`{"f":{"last":-1}}`, int64(0))
	f.Add(`[]`, int64(1))
	f.Fuzz(func(t *testing.T, data string, day int64) {
		var known incident.Habits
		if json.Unmarshal([]byte(data), &known) != nil {
			return
		}
		for fault := range known {
			at := time.Unix(day%1e6*86400, 0)
			h, _ := known.With(fault, at)
			if share := h.Share(fault, at); share < 0 || share >= 1 {
				t.Errorf("share %v", share)
			}
		}
	})
}
