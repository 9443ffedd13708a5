package anomaly

import (
	"math"
	"strings"

	"github.com/forewarn/forewarn/models/baseline"
	"github.com/forewarn/forewarn/shared/signal"
	"github.com/forewarn/forewarn/shared/telemetry"
)

// isCounter tells counters by the suffixes that Prometheus and OpenMetrics ask for.
func isCounter(name string) bool {
	return strings.HasSuffix(name, "_total") || strings.HasSuffix(name, "_bucket")
}

// natureOf returns what kind of quantity a series is that no rule reads. Rates scatter by ratios, and so do times; what has
// no telling suffix is a level, which is right for most.
func natureOf(name string) baseline.Nature {
	switch {
	case strings.HasSuffix(name, "_ratio"):
		return baseline.Share
	case isCounter(name), strings.HasSuffix(name, "_seconds"):
		return baseline.Positive
	}
	return baseline.Level
}

// natureOfRule returns what kind of quantity a rule reads: a use is never negative.
func natureOfRule(r *signal.Rule) baseline.Nature {
	if r.Unit == "ratio" {
		return baseline.Share
	}
	return baseline.Positive
}

// rate turns a counter into its increase per second.
type rate struct{ before telemetry.Sample }

// next returns the rate since the sample before; not ok for the first one, after a reset, and for what is not finite or not
// newer.
func (r *rate) next(s telemetry.Sample) (perSecond float64, ok bool) {
	if math.IsNaN(s.Value) || math.IsInf(s.Value, 0) || s.TimeMillis <= r.before.TimeMillis {
		return 0, false
	}
	before := r.before
	r.before = s
	if before.TimeMillis == 0 || s.Value < before.Value {
		return 0, false
	}
	return (s.Value - before.Value) * 1000 / float64(s.TimeMillis-before.TimeMillis), true
}
