package leak

import (
	"cmp"
	"math"
	"slices"

	"github.com/forewarn/forewarn/models/robust"
)

// Instance is what is known of one instance of a component, from its Verdict.
type Instance struct {
	// Component and Version name what runs: "ledger", "7.4.1".
	Component, Version string
	// Since is when this version was first seen anywhere, in Unix milliseconds: it orders the versions.
	Since int64
	// Week is the growth a week as in Verdict, and Z the score of its trend.
	Week, Z float64
	// Early and Late are its growth as [Detector.Thirds] tells it, 0 if not known.
	Early, Late float64
	// Leaking says that the instance by itself was found to leak, Unlimited that it has no limit that Week is a share of.
	Leaking, Unlimited bool
}

// Release is what the instances of one version of a component say together.
type Release struct {
	Component, Version string
	Instances, Leaking int
	// Week is the median growth a week, Z the score of all trends together.
	Week, Z float64
	// Leaks says that the version leaks, even where no instance has shown it by itself.
	Leaks bool
	// Previous is the version before, PreviousWeek its growth; empty if it was never seen.
	Previous     string
	PreviousWeek float64
	// Regression says that the version leaks, and more than the one before, with RegressionZ as the score.
	Regression  bool
	RegressionZ float64
}

const (
	// fleetZ is the score of a version's trends together; it is higher than that of an instance, since instances under one
	// load wander together.
	fleetZ = 4
	// minInstances is how many instances make a fleet; fewer speak for themselves.
	minInstances = 3
	// regressionZ is the score at which a version grows faster than the one before (one-sided 1 %).
	regressionZ = 2.33
)

// Fleet compares the versions of each component, in the order of their names and of the versions' first sight: an idea
// of RESIN (Lou et al., OSDI 2022), where leaks too slow for one instance show in many. Scores of instances are added by
// Stouffer's method, growth of two versions is compared by the rank-sum test (Mann & Whitney 1947). Instances whose Week
// or Z is not finite are left out. O(n log n), and O(n m) for each two versions that are compared.
func Fleet(instances []Instance) []Release {
	all := slices.DeleteFunc(slices.Clone(instances), func(i Instance) bool { return !finite(i.Week) || !finite(i.Z) })
	slices.SortStableFunc(all, func(a, b Instance) int {
		return cmp.Or(cmp.Compare(a.Component, b.Component), cmp.Compare(a.Version, b.Version))
	})
	var groups [][]Instance
	for from := 0; from < len(all); {
		to := from + 1
		for to < len(all) && all[to].Component == all[from].Component && all[to].Version == all[from].Version {
			to++
		}
		groups = append(groups, all[from:to])
		from = to
	}
	slices.SortStableFunc(groups, func(a, b []Instance) int {
		return cmp.Or(cmp.Compare(a[0].Component, b[0].Component), cmp.Compare(first(a), first(b)))
	})
	out := make([]Release, len(groups))
	for i, g := range groups {
		out[i] = release(g)
		if i > 0 && out[i-1].Component == out[i].Component {
			out[i].against(out[i-1], weeks(g), weeks(groups[i-1]))
		}
	}
	return out
}

func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }

// first returns when any of the instances' version was first seen.
func first(g []Instance) int64 {
	return slices.MinFunc(g, func(a, b Instance) int { return cmp.Compare(a.Since, b.Since) }).Since
}

func weeks(g []Instance) []float64 {
	out := make([]float64, len(g))
	for i, x := range g {
		out[i] = x.Week
	}
	return out
}

func release(g []Instance) Release {
	r := Release{Component: g[0].Component, Version: g[0].Version, Instances: len(g), Week: robust.Median(weeks(g))}
	unlimited, early, late := 0, 0.0, 0.0
	for _, x := range g {
		r.Z += x.Z / math.Sqrt(float64(len(g)))
		early, late = early+x.Early, late+x.Late
		if x.Leaking {
			r.Leaking++
		}
		if x.Unlimited {
			unlimited++
		}
	}
	least := minGrowth / 2
	if 2*unlimited > r.Instances {
		least = minGrowthUnlimited / 2
	}
	slackens := late < slackensMuch*early // a cache that fills, seen clearly over all of them
	together := r.Instances >= minInstances && r.Z > fleetZ && r.Week >= least && !slackens
	r.Leaks = 2*r.Leaking > r.Instances || together
	return r
}

// against compares the growth of a version with that of the one before.
func (r *Release) against(old Release, now, before []float64) {
	r.Previous, r.PreviousWeek = old.Version, old.Week
	r.RegressionZ = rankSum(now, before)
	r.Regression = r.Leaks && (!old.Leaks && r.Week > old.Week+minGrowth/2 || r.RegressionZ > regressionZ)
}

// rankSum returns the standard score of a being larger than b, without correction for ties.
func rankSum(a, b []float64) float64 {
	u := 0.0
	for _, x := range a {
		for _, y := range b {
			u += float64(cmp.Compare(x, y)) / 2
		}
	}
	n, m := float64(len(a)), float64(len(b))
	return u / math.Sqrt(n*m*(n+m+1)/12)
}
