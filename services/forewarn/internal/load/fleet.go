package load

import (
	"fmt"
	"math"
	"time"

	"github.com/forewarn/forewarn/shared/signal"
	"github.com/forewarn/forewarn/shared/telemetry"
)

// seriesEach is how many series a host of the fleet has: five volumes of two, and of 15 connection pools those in use, those
// waited for, and the time that they are used in two counters and 30 more in use.
const seriesEach = 100

const (
	volumesEach = 5
	poolsEach   = 15
	activeEach  = seriesEach - 2*volumesEach - 3*poolsEach
)

// shape is how the value of a series goes.
type shape uint8

const (
	constant  shape = iota
	shrinking       // free space: less by the hour, with what comes and goes
	daily           // a level with a day, and noise
	counting        // grows by what a daily level says
)

// track is a series of the fleet and where its value has come to.
type track struct {
	series *telemetry.Series
	shape  shape
	level  float64
	value  float64
	state  uint64 // of its dice
}

// fleet is what a partition is sent.
type fleet struct {
	tracks  []track
	samples []telemetry.Sample // one for each
	batch   telemetry.Batch
}

// newFleets makes hosts until there are so many series, each in the partition in which a collector would put it.
func newFleets(series, partitions int, cat *signal.Catalogue, partitionOf func(root string) int) []*fleet {
	out := make([]*fleet, partitions)
	for p := range out {
		out[p] = &fleet{}
	}
	for h := range series / seriesEach {
		all := host(h)
		f := out[partitionOf(cat.Root(all[0].series.Labels, "load"))]
		f.tracks = append(f.tracks, all...)
	}
	for _, f := range out {
		f.samples = make([]telemetry.Sample, len(f.tracks))
	}
	return out
}

// host returns the series of one.
func host(n int) []track {
	b := &builder{instance: fmt.Sprintf("erp-%05d:9100", n), state: uint64(n)*0x9e3779b97f4a7c15 + 1}
	for v := range volumesEach {
		mount := fmt.Sprintf("/data/%d", v)
		b.add("node_filesystem_size_bytes", constant, 1<<40, "mountpoint", mount, "device", "/dev/mapper/vg0"+mount, "fstype", "xfs")
		b.add("node_filesystem_avail_bytes", shrinking, 1<<40, "mountpoint", mount, "device", "/dev/mapper/vg0"+mount, "fstype", "xfs")
	}
	for p := range poolsEach {
		pool := fmt.Sprintf("pool-%d", p)
		b.add("hikaricp_connections_pending", daily, 3, "pool", pool, "application", "voucher")
		b.add("hikaricp_connections_usage_seconds_sum", counting, 40, "pool", pool, "application", "voucher")
		b.add("hikaricp_connections_usage_seconds_count", counting, 900, "pool", pool, "application", "voucher")
	}
	for p := range activeEach {
		b.add("hikaricp_connections_active", daily, 20, "pool", fmt.Sprintf("pool-%d", p), "application", "voucher")
	}
	return b.tracks
}

type builder struct {
	instance string
	state    uint64
	tracks   []track
}

func (b *builder) add(metric string, s shape, level float64, pairs ...string) {
	ls := []telemetry.Label{{Name: telemetry.MetricName, Value: metric}, {Name: "job", Value: "load"}, {Name: "instance", Value: b.instance}}
	for i := 0; i+1 < len(pairs); i += 2 {
		ls = append(ls, telemetry.Label{Name: pairs[i], Value: pairs[i+1]})
	}
	t := track{series: telemetry.NewSeries(telemetry.NewLabels(ls...)), shape: s, level: level, state: b.state + uint64(len(b.tracks))*0xbf58476d1ce4e5b9}
	t.value = level * (0.2 + 0.6*t.roll())
	b.tracks = append(b.tracks, t)
}

// step makes the sample of each series at a time.
func (f *fleet) step(at time.Time, interval time.Duration) {
	millis := at.UnixMilli()
	day := math.Sin(2 * math.Pi * float64(at.Unix()%86400) / 86400)
	share := interval.Hours() / (24 * 60) // of what a volume loses in 60 days
	for i := range f.tracks {
		f.samples[i] = telemetry.Sample{TimeMillis: millis, Value: f.tracks[i].step(day, share)}
	}
}

// step goes on by one sample and returns its value.
func (t *track) step(day, share float64) float64 {
	switch t.shape {
	case constant:
		return t.level
	case shrinking:
		t.value -= t.level * share * t.roll()
		return math.Round(t.value - 0.01*t.level*t.roll())
	case counting:
		t.value += t.usual(day)
		return t.value
	}
	return math.Round(t.usual(day))
}

// usual is a level by the hour, with noise.
func (t *track) usual(day float64) float64 { return t.level * (1 + 0.5*day) * (0.8 + 0.4*t.roll()) }

// roll returns a number in [0, 1): splitmix64, which is good enough for noise and costs next to nothing.
func (t *track) roll() float64 {
	t.state += 0x9e3779b97f4a7c15
	z := t.state
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb
	return float64((z^(z>>31))>>11) / (1 << 53)
}

// part returns the series from one to before another as a batch, which holds until the next call.
func (f *fleet) part(from, to int) *telemetry.Batch {
	f.batch.Series = f.batch.Series[:0]
	for i := from; i < to; i++ {
		f.batch.Series = append(f.batch.Series, telemetry.TimeSeries{Series: f.tracks[i].series, Samples: f.samples[i : i+1]})
	}
	return &f.batch
}
