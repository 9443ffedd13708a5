package history_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/forewarn/forewarn/shared/history"
)

// TestBisect: whichever samples a server refuses, all others are stored, in few requests.
func TestBisect(t *testing.T) {
	f := func(n, most int, bad ...int) {
		t.Helper()
		stored, requests := map[int]bool{}, 0
		var refused []int
		err := history.Bisect(n, func(from, to int) error {
			requests++
			for _, b := range bad {
				if b >= from && b < to {
					return &history.Refusal{Said: "no"}
				}
			}
			for i := from; i < to; i++ {
				stored[i] = true
			}
			return nil
		}, func(from, to int, _ *history.Refusal) {
			for i := from; i < to; i++ {
				refused = append(refused, i)
			}
		})
		if err != nil || len(stored) != n-len(bad) || requests > most {
			t.Errorf("%d of %d stored by %d requests, %v", len(stored), n, requests, err)
		}
		if diff := cmp.Diff(bad, refused); diff != "" {
			t.Errorf("refused (-want +got):\n%s", diff)
		}
	}
	f(0, 0)
	f(1000, 1)
	f(1, 1, 0)
	f(1000, 21, 0)
	f(1000, 21, 999)
	f(1000, 60, 3, 500, 700)
	f(4, 7, 0, 1, 2, 3)
}

func TestBisectEnds(t *testing.T) {
	away := errors.New("away")
	var asked [][2]int
	err := history.Bisect(8, func(from, to int) error {
		asked = append(asked, [2]int{from, to})
		if to-from == 8 {
			return &history.Refusal{}
		}
		return away
	}, func(int, int, *history.Refusal) { t.Error("nothing was refused") })
	if !errors.Is(err, away) || len(asked) != 2 {
		t.Errorf("%v after %v", err, asked)
	}
	var all []int
	err = history.Bisect(8, func(int, int) error { return &history.Refusal{All: true} }, func(from, to int, _ *history.Refusal) { all = append(all, from, to) })
	if err != nil || !slices.Equal(all, []int{0, 8}) {
		t.Errorf("%v, %v", err, all)
	}
}
