package evaluation

import (
	"io"
	"math"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"

	"github.com/forewarn/forewarn/models/calibration"
)

// forecasts returns the ledger of n predictions of one probability, of which a share came true, whose intervals hold a
// share of the dates.
func forecasts(t *testing.T, n int, predicted, cameTrue float64, r *rand.Rand) *calibration.Ledger {
	t.Helper()
	l := new(calibration.Ledger)
	for range n {
		o := calibration.Outcome{Kind: "exhaustion/disk", Horizon: 1, Predicted: predicted, What: calibration.NotReached}
		if r.Float64() < cameTrue {
			o.What = calibration.Reached
		}
		if err := l.Add(o); err != nil {
			t.Fatal(err)
		}
	}
	return l
}

// TestOnlyWhatIsBetterIsKept: a map is kept if it is better than none by more than chance.
func TestOnlyWhatIsBetterIsKept(t *testing.T) {
	f := func(name string, series int, raw, told, truth float64, want bool) {
		t.Helper()
		var all records
		for i := range series {
			// The same dice for both, since they are the same predictions.
			dice := func() *rand.Rand { return rand.New(rand.NewPCG(uint64(i), 1)) }
			all = append(all, struct{ raw, told *calibration.Ledger }{forecasts(t, 20, raw, truth, dice()), forecasts(t, 20, told, truth, dice())})
		}
		c := all.check()
		if got := c.curve("exhaustion", 1); got != want {
			t.Errorf("%s: kept %t: %+v", name, got, *c.find("exhaustion", 1))
		}
		if c.curve("leak", 1) || c.curve("exhaustion", 2) || c.curve("", 1) || c.date("exhaustion", 1) {
			t.Errorf("%s: what nothing is known of is kept", name)
		}
	}
	f("right", 200, 0.9, 0.5, 0.5, true)
	f("wrong", 200, 0.5, 0.9, 0.5, false)
	f("no better", 200, 0.5, 0.505, 0.5, false)
	f("a little better", 5, 0.5, 0.52, 0.55, false)
}

// TestPairedNoise: the standard error is that of what was drawn.
func TestPairedNoise(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var sum, squares, noise float64
	const rounds, series = 400, 60
	for range rounds {
		var p paired
		for range series {
			p.add(2+r.NormFloat64(), 1+0.5*r.NormFloat64(), 1)
		}
		a, b, n := p.means()
		sum, squares, noise = sum+a-b, squares+(a-b)*(a-b), noise+n/rounds
	}
	mean := sum / rounds
	spread := math.Sqrt(squares/rounds - mean*mean)
	if math.Abs(mean-1) > 0.03 || math.Abs(noise/spread-1) > 0.1 {
		t.Errorf("difference %.3f with a spread of %.4f, estimated as %.4f", mean, spread, noise)
	}
}

// TestRecordWaitsForTheEnd: what filled up counts as such, although its recording ended early; what is not over does not
// count.
func TestRecordWaitsForTheEnd(t *testing.T) {
	o := Options{Seed: 1, Series: 2, Families: []string{"runaway"}}
	got, err := o.record(t.Context(), new(calibration.Table))
	if err != nil {
		t.Fatal(err)
	}
	for i := range got {
		if c := got[i].raw.Scorecard("exhaustion", 1); c.Resolved < 5 || c.Reached == 0 {
			t.Errorf("series %d: of %d predictions %d came true", i, c.Resolved, c.Reached)
		}
	}
}

// TestPriorNeedsAllFamilies, and never what is held out.
func TestPriorNeedsAllFamilies(t *testing.T) {
	f := func(o Options, revision, want string) {
		t.Helper()
		err := WritePrior(t.Context(), o, Release{Revision: revision}, filepath.Join(t.TempDir(), "prior.json"), io.Discard)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v", o, err)
		}
	}
	f(Options{Seed: 1, Series: 1, HeldOut: true}, "v1", "held out")
	f(Options{Seed: 1, Series: 1, Families: []string{"runaway"}}, "v1", "all development families")
	f(Options{Seed: 1, Series: 1, Data: "somewhere"}, "v1", "files")
	f(Options{Seed: 1, Series: 1}, "", "--revision")
}
