package leak

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// fleet returns n instances of a version that grow by about week.
func fleet(version string, since int64, n int, week, z float64, leaking int) (out []Instance) {
	for i := range n {
		out = append(out, Instance{
			Component: "ledger", Version: version, Since: since,
			Week: week * (0.9 + 0.2*float64(i)/float64(n)), Z: z, Leaking: i < leaking,
		})
	}
	return out
}

func TestFleet(t *testing.T) {
	type answer struct {
		Version, Previous string
		Leaks, Regression bool
	}
	f := func(name string, in []Instance, want ...answer) {
		t.Helper()
		var got []answer
		for _, r := range Fleet(in) {
			got = append(got, answer{r.Version, r.Previous, r.Leaks, r.Regression})
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	join := func(parts ...[]Instance) (out []Instance) {
		for _, p := range parts {
			out = append(out, p...)
		}
		return out
	}
	unlimited := fleet("10", 2, 8, 0.03, 2, 0)
	for i := range unlimited {
		unlimited[i].Unlimited = true
	}
	filling := fleet("10", 2, 8, 0.03, 2, 0)
	for i := range filling {
		filling[i].Early, filling[i].Late = 0.01, 0.004
	}
	f("nothing", nil)
	f("all fill a cache", filling, answer{"10", "", false, false})
	f("without a limit, a week's growth must be larger", unlimited, answer{"10", "", false, false})
	f("a new version leaks", join(fleet("10", 2, 5, 0.3, 4, 5), fleet("9", 1, 5, 0, 0, 0)),
		answer{"9", "", false, false}, answer{"10", "9", true, true})
	f("too slow for one instance", join(fleet("9", 1, 8, 0, 0.1, 0), fleet("10", 2, 8, 0.03, 2, 0)),
		answer{"9", "", false, false}, answer{"10", "9", true, true})
	f("mended", join(fleet("9", 1, 5, 0.3, 4, 5), fleet("10", 2, 5, 0, 0, 0)),
		answer{"9", "", true, false}, answer{"10", "9", false, false})
	f("as before", join(fleet("9", 1, 5, 0.3, 4, 5), fleet("10", 2, 5, 0.3, 4, 5)),
		answer{"9", "", true, false}, answer{"10", "9", true, false})
	f("one of many", fleet("9", 1, 8, 0.001, 0.2, 1), answer{"9", "", false, false})
	f("two, half sure", fleet("9", 1, 2, 0.05, 3, 1), answer{"9", "", false, false})
	f("not a number", []Instance{{Component: "ledger", Version: "9", Week: math.NaN()}, {Component: "ledger", Version: "9", Z: math.Inf(1)}})
}

// TestFleetKeepsComponentsApart: a version is compared with versions of its own component only, and the input stays.
func TestFleetKeepsComponentsApart(t *testing.T) {
	in := []Instance{
		{Component: "b", Version: "1", Since: 5, Week: 1, Z: 9, Leaking: true},
		{Component: "a", Version: "2", Since: 9},
		{Component: "b", Version: "1", Since: 3, Week: 1, Z: 9, Leaking: true},
	}
	before := append([]Instance(nil), in...)
	want := []Release{
		{Component: "a", Version: "2", Instances: 1},
		{Component: "b", Version: "1", Instances: 2, Leaking: 2, Week: 1, Z: 9 * math.Sqrt2, Leaks: true},
	}
	approx := cmp.Comparer(func(a, b float64) bool { return math.Abs(a-b) < 1e-9 })
	if diff := cmp.Diff(want, Fleet(in), approx); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(before, in); diff != "" {
		t.Errorf("the input changed:\n%s", diff)
	}
}
