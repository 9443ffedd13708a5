package calibration

import (
	"errors"
	"fmt"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func filled(t testing.TB, outcomes []Outcome) *Ledger {
	t.Helper()
	var l Ledger
	for _, o := range outcomes {
		if err := l.Add(o); err != nil {
			t.Fatal(err)
		}
	}
	return &l
}

// TestMerge: two ledgers merged are the ledger of both, and stay as small.
func TestMerge(t *testing.T) {
	disk, heap := newSource("disk", 1).outcomes(50_000), newSource("heap", 2).outcomes(50_000)
	want := filled(t, append(disk[:len(disk):len(disk)], heap...))
	got := filled(t, disk)
	if err := got.Merge(filled(t, heap)); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(encode(t, want), encode(t, got)); diff != "" {
		t.Errorf("merged (-want +got):\n%s", diff)
	}
	if err := got.Merge(filled(t, disk)); err != nil {
		t.Fatal(err)
	}
	size := len(encode(t, got))
	t.Logf("150,000 outcomes of 2 kinds: %d bytes", size)
	if size > 20_000 {
		t.Errorf("the ledger takes %d bytes, want <= 20,000", size)
	}
}

func TestLedgerIsBounded(t *testing.T) {
	var l Ledger
	o := newSource("disk", 1).outcome()
	for i := range MaxKinds {
		o.Kind = fmt.Sprint("kind ", i)
		if err := l.Add(o); err != nil {
			t.Fatal(err)
		}
	}
	before := encode(t, &l)
	o.Kind = "one too many"
	if err := l.Add(o); !errors.Is(err, ErrFull) {
		t.Errorf("Add: %v, want ErrFull", err)
	}
	if err := l.Merge(filled(t, []Outcome{o})); !errors.Is(err, ErrFull) {
		t.Errorf("Merge: %v, want ErrFull", err)
	}
	if after := encode(t, &l); before != after {
		t.Error("a refused outcome changed the ledger")
	}
}

func TestUnresolvedDoesNotCount(t *testing.T) {
	o := newSource("disk", 1).outcome()
	o.What, o.Version = Unresolved, 9
	if diff := cmp.Diff(encode(t, new(Ledger)), encode(t, filled(t, []Outcome{o}))); diff != "" {
		t.Errorf("ledger (-want +got):\n%s", diff)
	}
}

func TestScorecard(t *testing.T) {
	say := func(p float64, what What, after float64) Outcome {
		return Outcome{Kind: "disk", Horizon: 1, Predicted: p, What: what, P10: hours(20), P50: hours(24), P90: hours(30), After: hours(after)}
	}
	l := filled(t, []Outcome{
		say(0.85, Reached, 25), say(0.8, Reached, 21), say(0.9, NotReached, 24), say(1, Reached, 40), say(0.1, NotReached, 24), say(0.95, Censored, 10),
		{Kind: "disk", Horizon: DatesOnly, What: Reached, P10: hours(20), P50: hours(24), P90: hours(30), After: hours(19)},
	})
	got := l.Scorecard("disk", 1)
	want := Scorecard{Resolved: 5, Reached: 3, Censored: 1, Brier: 0.1765, Dates: 4, Covered: 2}
	for i := range want.Rows {
		want.Rows[i].From = float64(i) / 10
	}
	want.Rows[1] = Row{From: 0.1, Predictions: 1, Mean: 0.1}
	want.Rows[8] = Row{From: 0.8, Predictions: 2, Reached: 2, Mean: 0.825}
	want.Rows[9] = Row{From: 0.9, Predictions: 2, Reached: 1, Censored: 1, Mean: 0.95}
	near := cmp.Comparer(func(a, b float64) bool { return math.Abs(a-b) < 1e-9 })
	if diff := cmp.Diff(want, got, near); diff != "" {
		t.Errorf("Scorecard (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(Row{From: 0.8, Predictions: 4, Reached: 3, Censored: 1, Mean: 0.8875}, got.AtLeast(8), near); diff != "" {
		t.Errorf("AtLeast(8) (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(got, l.Scorecard("", 1)); diff != "" {
		t.Errorf("all kinds (-want +got):\n%s", diff)
	}
	for _, none := range []Scorecard{l.Scorecard("heap", 1), l.Scorecard("disk", -1), l.Scorecard("disk", Horizons)} {
		if none.Resolved != 0 || none.Dates != 0 {
			t.Errorf("a scorecard of nothing: %+v", none)
		}
	}
}
