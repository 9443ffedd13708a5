package pipeline

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/forewarn/forewarn/shared/entity"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/signal"
)

func keys(list []signal.State) (out []string) {
	for _, s := range list {
		out = append(out, s.Key)
	}
	return out
}

func TestSnapshotSortsRanksAndDropsRepeats(t *testing.T) {
	s := newSnapshot(time.Now(), []signal.State{
		{Key: "b", Used: 1, Limit: 10},
		{Key: "d", Probability: finding.Horizons{H24: 0.1}},
		{Key: "a", Used: 9, Limit: 10},
		{Key: "b", Used: 1, Limit: 10},
		{Key: "c", Probability: finding.Horizons{H24: 0.9}},
		{Key: "e", Probability: finding.Horizons{D30: 0.5}},
		{Key: "f"},
		{Key: "g", Used: 5, Limit: 10, Probability: finding.Horizons{H24: 0.0001}},
		{Key: "h", Used: 1, Limit: 10, Episode: "trend:00:1"},
	}, []int{3, 1}, false)
	if diff := cmp.Diff([]string{"a", "b", "c", "d", "e", "f", "g", "h"}, keys(s.Signals)); diff != "" {
		t.Errorf("order: %s", diff)
	}
	var ranked []string
	for _, i := range s.Ranked {
		ranked = append(ranked, s.Signals[i].Key)
	}
	if diff := cmp.Diff([]string{"h", "c", "d", "a", "g", "b", "e", "f"}, ranked); diff != "" {
		t.Errorf("rank: %s", diff)
	}
	if diff := cmp.Diff([]int{1, 3}, s.Missing); diff != "" {
		t.Errorf("missing: %s", diff)
	}
}

func TestPagesMeetEndToEnd(t *testing.T) {
	var all []signal.State
	for i := range 25 {
		all = append(all, signal.State{Key: fmt.Sprintf("k%02d", i), Entity: entity.Entity{Name: fmt.Sprintf("Name %d", i%2)}})
	}
	s := newSnapshot(time.Now(), all, nil, false)
	f := func(filter Filter, limit, want int) {
		t.Helper()
		var got []string
		for after, more := "", true; more; {
			var page []signal.State
			page, more = s.Page(filter, after, limit)
			got = append(got, keys(page)...)
			if more {
				after = page[len(page)-1].Key
			}
		}
		if len(got) != want {
			t.Errorf("%+v by %d: %d signals, want %d", filter, limit, len(got), want)
		}
	}
	f(Filter{}, 1, 25)
	f(Filter{}, 5, 25)
	f(Filter{}, 25, 25)
	f(Filter{}, 100, 25)
	f(Filter{Text: "nAME 1"}, 5, 12)
	f(Filter{Rule: "x"}, 5, 0)
	// A cursor whose signal is gone goes on behind it.
	if page, _ := s.Page(Filter{}, "k10x", 1); page[0].Key != "k11" {
		t.Errorf("after a key that is gone comes %q", page[0].Key)
	}
	if s.ByKey("k07") == nil || s.ByKey("k7") != nil {
		t.Error("signals are not found by key")
	}
}
