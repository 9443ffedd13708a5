package anomaly

import (
	"math"
	"math/rand/v2"
	"testing"
)

// TestTally: whatever the order of the lines, what is counted is what came in each period, as far as that is remembered.
func TestTally(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		var all, left, right tally
		want := map[int64]uint32{}
		begin := int64(490_000) * hour
		for range 500 {
			at := begin + r.Int64N(60*hour)
			all.add(at, 1)
			if r.IntN(2) == 0 {
				left.add(at, 1)
			} else {
				right.add(at, 1)
			}
			want[at/hour]++
		}
		last := all.hours.newest
		for i := range int64(tallyHours) {
			// What came before the oldest hour at that time is lost; of the newest 48 h all that came is counted.
			if got := all.hour(last - i); got > want[last-i] || (i < 1 && got != want[last]) {
				t.Fatalf("hour %d: %d, want %d", i, got, want[last-i])
			}
		}
		if got := all.hour(last - tallyHours); got != 0 {
			t.Fatalf("an hour that is forgotten has %d", got)
		}
		left.merge(&right)
		if left.days != all.days {
			t.Fatalf("merged %v, want %v", left.days, all.days)
		}
	}
	var t2 tally
	t2.add(5*hour, math.MaxUint32)
	t2.add(5*hour, 7)
	t2.add(-3*hour, 1)
	if got := t2.hour(5); got != math.MaxUint32 {
		t.Errorf("counts do not overflow: %d", got)
	}
	if b := t2.byHour(6 * hour); len(b.Counts) != tallyHours || b.Counts[tallyHours-2] != math.MaxUint32 || b.Sum(tallyHours) != math.MaxUint32 {
		t.Errorf("by hour: %+v", b)
	}
}

// TestLogTail: the bound holds and is close, against sums of the terms.
func TestLogTail(t *testing.T) {
	for _, c := range []struct{ n, mean, variance float64 }{{20, 5, 5}, {40, 5, 20}, {8, 1, 1}, {200, 10, 100}} {
		sum := 0.0
		for k := c.n; k < c.n+5000; k++ {
			sum += math.Exp(logTerm(k, c.mean, c.variance))
		}
		if got := logTail(c.n, c.mean, c.variance); got < math.Log(sum)-1e-9 || got > math.Log(sum)+0.3 {
			t.Errorf("%+v: %g, want a little above %g", c, got, math.Log(sum))
		}
	}
	if logTail(3, 5, 5) != 0 || logTail(3, 0, 0) != 0 {
		t.Error("where it bounds nothing it is certain")
	}
}

// logTerm is the logarithm of the probability of n.
func logTerm(n, mean, variance float64) float64 {
	if variance <= mean {
		return n*math.Log(mean) - mean - logFactorial(n)
	}
	size, fail := mean*mean/(variance-mean), 1-mean/variance
	a, _ := math.Lgamma(n + size)
	b, _ := math.Lgamma(size)
	return a - b - logFactorial(n) + size*math.Log(1-fail) + n*math.Log(fail)
}
