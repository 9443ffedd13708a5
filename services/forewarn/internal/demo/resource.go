package demo

import (
	"math"
	"math/rand/v2"
	"time"

	"github.com/forewarn/forewarn/shared/telemetry"
)

const gibibyte = 1 << 30

// resource is something with a limit, and how it is used. Its curves are called once for each moment, in order.
type resource struct {
	// use is the share of size in use; limit is the limit as a share of size, nil where it stays 1.
	use, limit func(moment) float64
	// restarted returns when the process began, nil for what is no process.
	restarted func(moment) time.Time
	// until is when it ceases to be valid, zero for what does not; then it has no use and no limit.
	until time.Time
	size  float64 // in bytes, inodes, files
	noise float64 // standard deviation of what is added to the use, a share; it fades within half an hour
	free  bool    // its exporter counts what is left

	dice        *rand.Rand
	wander      float64
	used, bound float64 // of the last moment
	series      []telemetry.TimeSeries
	samples     [3]telemetry.Sample
}

// step takes the samples of a moment.
func (r *resource) step(m moment) {
	if !r.until.IsZero() {
		r.samples[0] = telemetry.Sample{TimeMillis: m.UnixMilli(), Value: float64(r.until.Unix())}
		r.series[0].Samples = r.samples[:1]
		return
	}
	const fading, rest = 0.85, 0.53 // so that the deviation stays that of the noise
	r.wander = fading*r.wander + rest*r.noise*r.dice.NormFloat64()
	limit := 1.0
	if r.limit != nil {
		limit = r.limit(m)
	}
	use := r.use(m)
	if use < limit { // what is full does not tremble
		use = min(max(0, use+r.wander), limit)
	}
	r.bound = math.Round(limit * r.size)
	r.used = min(math.Round(use*r.size), r.bound)
	r.take(m)
}

// take makes samples of what the moment has brought.
func (r *resource) take(m moment) {
	values := [3]float64{r.used, r.bound, 0}
	if r.free {
		values[0] = r.bound - r.used
	}
	if r.restarted != nil {
		values[2] = float64(r.restarted(m).Unix())
	}
	for i := range r.series {
		r.samples[i] = telemetry.Sample{TimeMillis: m.UnixMilli(), Value: values[i]}
		r.series[i].Samples = r.samples[i : i+1]
	}
}

// named gives a resource its series: in use or free, limit and, of a process, the time of its start.
func (r *resource) named(labels []telemetry.Label, metrics ...string) {
	for _, metric := range metrics {
		ls := telemetry.NewLabels(append(labels, telemetry.Label{Name: telemetry.MetricName, Value: metric})...)
		r.series = append(r.series, telemetry.TimeSeries{Series: telemetry.NewSeries(ls)})
	}
}
