package process

import (
	"context"
	"os"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

// A heap may grow by so many hundredths of what is in use before garbage is collected. The least is where a collector has nothing else to
// do: memory is what people see of a program that waits for samples most of the time. The most is Go's own default, for who has much to do.
const (
	leastGarbage = 12
	mostGarbage  = 100
)

// The share of the processors' time that collecting may take before the heap may grow more, and below which it may grow less.
const (
	muchCollecting   = 0.05
	littleCollecting = 0.02
)

// thriftEvery is how often the share is looked at.
const thriftEvery = 5 * time.Second

// thrift lets garbage be collected as early as it costs little, until ctx ends. Where GOGC says something, that holds.
func thrift(ctx context.Context) {
	if os.Getenv("GOGC") != "" {
		return
	}
	tick := time.NewTicker(thriftEvery)
	defer tick.Stop()
	before := collecting()
	for percent := mostGarbage; ; {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		now := collecting()
		if next := garbage(percent, now.since(before)); next != percent {
			percent = next
			debug.SetGCPercent(percent) // it collects at once where the heap has grown by more already
		}
		before = now
	}
}

// garbage returns by how much a heap may grow from now on, in hundredths, if collecting took a share of the time while it might by percent.
func garbage(percent int, share float64) int {
	switch {
	case share > muchCollecting:
		return min(mostGarbage, percent*3/2)
	case share < littleCollecting:
		return max(leastGarbage, percent*4/5)
	}
	return percent
}

// work is what processors have done so far, in seconds; it is brought up to date whenever garbage was collected.
type work struct{ collecting, all float64 }

func collecting() (w work) {
	samples := []metrics.Sample{
		{Name: "/cpu/classes/total:cpu-seconds"},
		{Name: "/cpu/classes/gc/mark/assist:cpu-seconds"},
		{Name: "/cpu/classes/gc/mark/dedicated:cpu-seconds"}, // what idle processors do costs nothing
		{Name: "/cpu/classes/gc/pause:cpu-seconds"},
	}
	metrics.Read(samples)
	for i, s := range samples {
		switch {
		case s.Value.Kind() != metrics.KindFloat64: // a Go that does not tell
		case i == 0:
			w.all = s.Value.Float64()
		default:
			w.collecting += s.Value.Float64()
		}
	}
	return w
}

// since returns the share of the time that collecting took since before, 0 if nothing was collected.
func (w work) since(before work) float64 {
	if all := w.all - before.all; all > 0 {
		return (w.collecting - before.collecting) / all
	}
	return 0
}
