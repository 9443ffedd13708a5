package backtest

import (
	"math/rand/v2"
	"os"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestSorter: in memory or through files, records come in the order of time, those of one time as they were added.
func TestSorter(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	type plain struct {
		Millis int64
		Value  float64
		Source uint32
	}
	f := func(records, inMemory int) {
		t.Helper()
		s := newSorter()
		s.most = inMemory
		r := rand.New(rand.NewPCG(1, 2))
		var want []plain
		for i := range records {
			p := plain{r.Int64N(50), float64(i), r.Uint32N(3)}
			want = append(want, p)
			if err := s.add(int(p.Source), p.Millis, p.Value); err != nil {
				t.Fatal(err)
			}
		}
		slices.SortStableFunc(want, func(a, b plain) int { return int(a.Millis - b.Millis) })
		if err := s.sort(); err != nil {
			t.Fatal(err)
		}
		var got []plain
		for {
			r, ok, err := s.next()
			if err != nil {
				t.Fatal(err)
			}
			if !ok {
				break
			}
			got = append(got, plain{r.millis, r.value, r.source})
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%d records, %d in memory (-want +got):\n%s", records, inMemory, diff)
		}
		if err := s.close(); err != nil {
			t.Error(err)
		}
	}
	f(0, 10)
	f(1, 10)
	f(1000, 1000)
	f(1000, 999)
	f(1000, 100)
	f(1000, 7)
	left, err := os.ReadDir(os.Getenv("TMPDIR"))
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestSorterWithoutRoom(t *testing.T) {
	t.Setenv("TMPDIR", "/nowhere")
	s := newSorter()
	s.most = 1
	for i := range 2 {
		if err := s.add(0, int64(i), 0); (err != nil) != (i == 1) {
			t.Errorf("record %d: %v", i, err)
		}
	}
}
