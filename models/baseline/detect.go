package baseline

import "math"

// The decision statistics. Those from persistence on decide on flags; the others tell how unusual a sample is.
const (
	point      = iota // the deviation of the sample alone
	innovation        // what the deviation before does not explain
	confirmed         // of two innovations that stay, the lesser
	long              // the mean of four hours
	short             // the mean of an hour, or of two samples
	persistence
	sure // confirmed, on a scale on which power laws are exponential
	statistics
)

// detectors are the statistics that need a memory, and the tails of all.
type detectors struct {
	// Before is the deviation before, Fresh its innovation in spreads of it.
	Before, Fresh    float32
	Short, Long, Run float32
	Tails            [statistics]tail
}

const (
	longClip, shortClip, runClip = 20, 10, 6
	runDrift                     = 1 // that a deviation must exceed to add to the run
	runCap                       = 60
	sureScale                    = 3
	shortSeconds                 = 60 * 60
	longSeconds                  = 4 * 60 * 60
)

// move brings the statistics to a sample dt seconds later: z and fresh are its deviation and innovation in spreads, carry
// is how much of a deviation is left at the next sample.
func (d *detectors) move(dt, z, fresh, carry float64) (x [statistics]float64) {
	d.Short += float32(min(dt/shortSeconds, 0.5) * (clamp(z, shortClip) - float64(d.Short)))
	d.Long += float32(min(dt/longSeconds, 0.25) * (clamp(z, longClip) - float64(d.Long)))
	d.Run = float32(run(float64(d.Run), clamp(z, runClip)))
	before := float64(d.Fresh)
	d.Fresh = float32(fresh)

	x[point], x[innovation] = math.Abs(z), math.Abs(fresh)
	if now := fresh + carry*before; now*before > 0 {
		x[confirmed] = min(math.Abs(now), math.Abs(before))
	}
	x[long], x[short], x[persistence] = abs(d.Long), abs(d.Short), abs(d.Run)
	x[sure] = sureScale * math.Log1p(x[confirmed]/sureScale)
	return x
}

// run adds a deviation to a cumulative sum of one sign.
func run(sum, z float64) float64 {
	switch {
	case sum > 0:
		sum = max(0, sum+z-runDrift)
	case sum < 0:
		sum = min(0, sum+z+runDrift)
	}
	if sum == 0 {
		sum = math.Copysign(max(0, math.Abs(z)-runDrift), z)
	}
	return clamp(sum, runCap)
}

// rarities returns the rarity of each statistic.
func (d *detectors) rarities(x *[statistics]float64) (r [statistics]float64) {
	for i := range x {
		r[i] = d.Tails[i].rarity(x[i])
	}
	return r
}

const (
	excessClip = 6 // mean exceedances that one may count at most
	// mostLearnt is the rarity from which on a value does not enter its tail.
	mostLearnt = 4
)

func (d *detectors) learn(x, rarity *[statistics]float64, samples float64) {
	for i := range x {
		if rarity[i] <= mostLearnt {
			d.Tails[i].learn(x[i], samples, excessClip)
		}
	}
}

// innovationWeight tempers innovations, which are many on series that are counted in small numbers.
const innovationWeight = 0.6

// unusual joins the rarities to one, that of the rarest.
func unusual(r *[statistics]float64) float64 {
	return max(r[point], innovationWeight*r[innovation], r[confirmed], r[long], r[short])
}

func clamp(x, most float64) float64 { return min(max(x, -most), most) }

func abs(x float32) float64 { return math.Abs(float64(x)) }
