package baseline_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/forewarn/forewarn/models/baseline"
)

var fively = baseline.Terms{Period: fiveMinutes}

// count gives n periods of five minutes to events, and returns the judgements.
func count(e *baseline.Events, from, n int, draw func(i int) float64) (out []baseline.Judgement) {
	clock := baseline.NewClock(nil)
	for i := from; i < from+n; i++ {
		if j, ok := e.Observe(clock.At(1_767_225_600_000+int64(i)*fiveMinutes*1000), draw(i), fively); ok {
			out = append(out, j)
		}
	}
	return out
}

// TestBudgetOfEvents holds the budget on events that come alone, in bursts and by the hour of the day, and finds many more,
// at once or spread over an hour, and none where there were always some.
func TestBudgetOfEvents(t *testing.T) {
	f := func(name string, draw func(r *rand.Rand, i int) float64, more float64) {
		t.Helper()
		const series, days = 30, 70
		alarms, found := 0, 0
		for seed := range uint64(series) {
			r := rand.New(rand.NewPCG(seed, 17))
			var e baseline.Events
			for i, j := range count(&e, 0, days*288, func(i int) float64 { return draw(r, i) }) {
				if j.Action == baseline.Opened && i >= 21*288 {
					alarms++
				}
			}
			hit := false
			for _, j := range count(&e, days*288, 12, func(i int) float64 { return draw(r, i) + more }) {
				hit = hit || j.Flagged
			}
			if hit {
				found++
			}
		}
		rate := float64(alarms) / (series * (days - 21) / 7.0)
		t.Logf("%s: %.3f false alarms per series-week, %d of %d found", name, rate, found, series)
		if rate > 0.05 || found < series*95/100 {
			t.Errorf("%s: %.3f false alarms per series-week, %d of %d found", name, rate, found, series)
		}
	}
	f("one a week", func(r *rand.Rand, _ int) float64 { return poisson(r, 1.0/2016) }, 2)
	f("one an hour", func(r *rand.Rand, _ int) float64 { return poisson(r, 1.0/12) }, 2)
	f("two a period", func(r *rand.Rand, _ int) float64 { return poisson(r, 2) }, 8)
	f("bursts", func(r *rand.Rand, _ int) float64 {
		if r.Float64() < 0.01 {
			return 1 + poisson(r, 5*r.ExpFloat64())
		}
		return 0
	}, 10)
	f("by day", func(r *rand.Rand, i int) float64 {
		return poisson(r, 3*math.Max(0, math.Sin(2*math.Pi*float64(i)/288)))
	}, 20) // hours of the day are not known, so that it takes more
	f("steps of hours", func(r *rand.Rand, i int) float64 {
		return poisson(r, 0.2*math.Exp(rand.New(rand.NewPCG(uint64(i/24), 1)).NormFloat64()))
	}, 8)
}

func TestEventsThatCease(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	var e baseline.Events
	count(&e, 0, 30*288, func(int) float64 { return poisson(r, 3) })
	hit := false
	for _, j := range count(&e, 30*288, 26, func(int) float64 { return 0 }) {
		hit = hit || j.Flagged && j.Value == 0 && j.Seconds == 3600 && j.Low > 20
	}
	if !hit {
		t.Error("an hour without any is not found where there are 36")
	}
}

func TestEventsThatStayMoreAreSaidOnce(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var e baseline.Events
	var actions []baseline.Action
	for _, j := range count(&e, 0, 60*288, func(i int) float64 { return poisson(r, 1+float64(i/(40*288)*20)) }) {
		if j.Action != baseline.None {
			actions = append(actions, j.Action)
		}
	}
	if len(actions) != 2 || actions[0] != baseline.Opened || actions[1] == baseline.Opened {
		t.Errorf("actions %v on what stays more, want one that opens and one that ends", actions)
	}
}

func TestEventsExpect(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 3))
	var e baseline.Events
	count(&e, 0, 20*288, func(int) float64 { return poisson(r, 10) })
	low, usual, high, ok := e.Expected(baseline.NewClock(nil).At(1_767_225_600_000+20*24*3600*1000), fively)
	if !ok || math.Abs(usual-10) > 0.5 || low < 3 || low > 5 || high < 16 || high > 18 {
		t.Errorf("%v to %v about %v is expected of ten a period, %v", low, high, usual, ok)
	}
}

// FuzzEvents holds that no state that is taken for one, and no count, gives nonsense.
func FuzzEvents(f *testing.F) {
	var e baseline.Events
	count(&e, 0, 400, func(i int) float64 { return float64(i % 3) })
	state, err := e.AppendBinary(nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(state, 3.0)
	f.Fuzz(func(t *testing.T, state []byte, v float64) {
		var e baseline.Events
		if err := e.UnmarshalBinary(state); err != nil {
			return
		}
		for _, j := range count(&e, 1000, 30, func(i int) float64 { return v * float64(i%4) }) {
			if !(j.Rarity >= 0) || !(j.Score >= 0 && j.Score <= 1) || math.IsNaN(j.Low) || math.IsNaN(j.High) || math.IsInf(j.Rarity, 0) {
				t.Fatalf("%+v", j)
			}
		}
		again, err := e.AppendBinary(nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := new(baseline.Events).UnmarshalBinary(again); err != nil {
			t.Fatalf("what it writes itself cannot be read: %v", err)
		}
	})
}
