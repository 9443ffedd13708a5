package history

import (
	"cmp"
	"math"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/prometheus/prometheus/model/value"

	"github.com/forewarn/forewarn/shared/telemetry"
)

// Sieve takes out of batches what no server should be asked to store.
type Sieve struct {
	// Now is this machine's clock.
	Now func() time.Time
	// Retention is how far back samples are kept; 0 leaves that to the server.
	Retention time.Duration
}

// Sift returns the series of b with samples that can be stored, and counts the others in n: those of no series, of no
// possible time, and those that repeat the time of the one before. Labels that it returns are as
// [telemetry.NewLabels] makes them, and NaN is Prometheus' stale marker or its one ordinary NaN. b stays as it is.
func (s Sieve) Sift(b *telemetry.Batch, n *Appended) []telemetry.TimeSeries {
	now := s.Now()
	latest, earliest := now.Add(MaxAhead).UnixMilli(), int64(0)
	if s.Retention > 0 {
		earliest = max(0, now.Add(-s.Retention).UnixMilli())
	}
	out := make([]telemetry.TimeSeries, 0, len(b.Series))
	for i := range b.Series {
		ts := &b.Series[i]
		ls, ok := canonical(ts.Labels)
		if !ok {
			n.Invalid += len(ts.Samples)
			continue
		}
		if kept := within(ts.Samples, earliest, latest, n); len(kept) > 0 {
			out = append(out, telemetry.TimeSeries{Series: &telemetry.Series{Fingerprint: ts.Fingerprint, Labels: ls}, Samples: kept})
		}
	}
	return out
}

// within returns the samples of one series that can be stored.
func within(samples []telemetry.Sample, earliest, latest int64, n *Appended) []telemetry.Sample {
	kept := make([]telemetry.Sample, 0, len(samples))
	for _, smp := range samples {
		smp.Value = oneNaN(smp.Value)
		last := len(kept) - 1
		switch {
		case smp.TimeMillis > latest:
			n.Ahead++
		case smp.TimeMillis < earliest:
			n.TooOld++
		case last < 0 || kept[last].TimeMillis != smp.TimeMillis:
			kept = append(kept, smp)
		case math.Float64bits(kept[last].Value) == math.Float64bits(smp.Value):
			n.Stored++ // an exact repeat
		default:
			n.Conflicts++
		}
	}
	return kept
}

// oneNaN makes one of all NaN but the stale marker, so that a repeat is a repeat.
func oneNaN(v float64) float64 {
	if math.IsNaN(v) && !value.IsStaleNaN(v) {
		return math.Float64frombits(value.NormalNaN)
	}
	return v
}

// canonical returns labels sorted and without empty ones, and false if they cannot name a series.
func canonical(ls telemetry.Labels) (telemetry.Labels, bool) {
	sound := true
	for i, l := range ls {
		if !utf8.ValidString(l.Name) || !utf8.ValidString(l.Value) {
			return nil, false
		}
		sound = sound && l.Name != "" && l.Value != "" && (i == 0 || ls[i-1].Name < l.Name)
	}
	if sound {
		return ls, len(ls) > 0
	}
	ls = slices.DeleteFunc(slices.Clone(ls), func(l telemetry.Label) bool { return l.Name == "" || l.Value == "" })
	slices.SortFunc(ls, func(a, b telemetry.Label) int { return cmp.Compare(a.Name, b.Name) })
	for i := 1; i < len(ls); i++ {
		if ls[i-1].Name == ls[i].Name {
			return nil, false
		}
	}
	return ls, len(ls) > 0
}
