package scenario

import (
	"fmt"
	"math"
	"math/rand/v2"
	"time"
)

// Rollout is the memory of the instances of one component while a new version takes the place of an old one: containers
// whose image tells the version. It is no [Family], since what is true is true of a release and not of one series.
type Rollout struct {
	// Instances is how many run of each version.
	Instances int
	// Days is how long all is recorded, At the day on which the new version begins to replace the old one.
	Days, At float64
	// Leak is what each instance of the new version leaks in a week, as a share of its limit.
	Leak float64
	// Cache is the share of its limit by which each instance of the new version warms up, ever more slowly, over about four
	// days. 0: all warm up within hours.
	Cache float64
}

// The component of a rollout and its versions.
const (
	RolloutComponent = "ledger"
	RolloutBefore    = "7.4.0"
	RolloutAfter     = "7.4.1"
)

// everyFive is five minutes between samples, in days.
const everyFive = 5 * aMinute

// Make returns a series for each instance, those of the old version first. workday is as in [Family.Make].
func (r Rollout) Make(seed uint64, workday func(time.Time) bool) (out []*Series) {
	start := newSite(rand.New(rand.NewPCG(seed, 0)), &Family{Kind: Leak}, 0, workday).start
	for i := range 2 * r.Instances {
		version, begin, end, after := RolloutBefore, 0.0, r.At, Rollout{}
		if i >= r.Instances {
			version, begin, end, after = RolloutAfter, r.At, r.Days, r
		}
		turn := float64(i%r.Instances) * 10 * aMinute // one instance after the other
		s := newSite(rand.New(rand.NewPCG(seed, uint64(i+1))), &Family{Kind: Leak}, 0, workday)
		s.step, s.days = everyFive, end-begin-turn
		s.start = start.Add(time.Duration((begin + turn) * secondsPerDay * float64(time.Second)))
		out = append(out, s.instance(version, i%r.Instances, after))
	}
	return out
}

// instance records one: it warms up for some hours, follows the load of the days, is collected, and may fill a cache or leak.
func (s *site) instance(version string, number int, r Rollout) *Series {
	floor, warm, swing, dirt := s.between(0.3, 0.45), s.between(0.02, 0.06), s.between(0.02, 0.06), s.usualGarbage()
	c := course{onset: never, leaks: r.Leak > 0, noise: 0.008, use: func(d float64) float64 {
		return floor + warm*(1-math.Exp(-d/(3*anHour))) + r.Cache*(1-math.Exp(-d/1.3)) + swing*s.load(d) + r.Leak*d/7 + dirt(d)
	}}
	of := fmt.Sprintf(`{namespace="finance",pod="ledger-%s-%d",container="app",image="registry.example/finance/%s:%s"}`, version, number, RolloutComponent, version)
	m := identity{series: "container_memory_working_set_bytes" + of, limit: "container_spec_memory_limit_bytes" + of, unit: 4 * gibibyte}
	return s.follow(&Family{Name: "rollout", Kind: Leak}, &c, &m)
}
