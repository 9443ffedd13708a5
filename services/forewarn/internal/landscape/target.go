package landscape

import (
	"slices"

	"github.com/forewarn/forewarn/shared/telemetry"
)

// target is an exporter that is scraped. What it measures is set anew at each step; while it is down nothing is.
type target struct {
	landscape *Landscape
	labels    []telemetry.Label
	down      bool
	up        *gauge
	gauges    []*gauge
}

// newTarget adds an exporter. Labels beside job and instance come in pairs of name and value.
func (l *Landscape) newTarget(job, instance string, pairs ...string) *target {
	t := &target{landscape: l, labels: append(labels(pairs), telemetry.Label{Name: "job", Value: job}, telemetry.Label{Name: "instance", Value: instance})}
	l.targets = append(l.targets, t)
	if !slices.Contains(pairs, "pod") { // of what the kubelet tells of pods there is one series for all
		t.up = t.gauge("up")
	}
	return t
}

func labels(pairs []string) (out []telemetry.Label) {
	for i := 0; i+1 < len(pairs); i += 2 {
		out = append(out, telemetry.Label{Name: pairs[i], Value: pairs[i+1]})
	}
	return out
}

// scraped notes whether the exporter answered.
func (t *target) scraped() {
	if t.up != nil {
		t.up.record(oneIf(!t.down))
	}
}

// gauge adds a series of the target.
func (t *target) gauge(metric string, pairs ...string) *gauge {
	all := append(append(labels(pairs), t.labels...), telemetry.Label{Name: telemetry.MetricName, Value: metric})
	g := &gauge{target: t, series: telemetry.NewSeries(telemetry.NewLabels(all...))}
	t.gauges = append(t.gauges, g)
	return g
}

// gauge is one series: a gauge that is set, or a counter that is added to.
type gauge struct {
	target         *target
	series         *telemetry.Series
	total          float64
	fresh, drained []telemetry.Sample
}

// set takes a sample, unless the target is down.
func (g *gauge) set(value float64) {
	if !g.target.down {
		g.record(value)
	}
}

// add takes a sample of a counter that has grown.
func (g *gauge) add(by float64) {
	if !g.target.down {
		g.total += by
		g.record(g.total)
	}
}

func (g *gauge) record(value float64) {
	g.fresh = append(g.fresh, telemetry.Sample{TimeMillis: g.target.landscape.now.millis, Value: value})
}

func (g *gauge) drain(into *telemetry.Batch) {
	if len(g.fresh) == 0 {
		return
	}
	g.drained, g.fresh = g.fresh, g.drained[:0]
	into.Series = append(into.Series, telemetry.TimeSeries{Series: g.series, Samples: g.drained})
}
