// Package historytest holds the contract that every history.Store keeps, and what its tests need to look
// into one.
package historytest

import (
	"math"
	"testing"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/tsdb/chunkenc"

	"github.com/forewarn/forewarn/shared/history"
	"github.com/forewarn/forewarn/shared/telemetry"
)

// Point is a sample as it is compared in tests: NaN equals NaN if the bits are the same.
type Point struct {
	TimeMillis int64
	Bits       uint64
}

// Points returns samples as points.
func Points(samples ...telemetry.Sample) []Point {
	out := make([]Point, len(samples))
	for i, s := range samples {
		out[i] = Point{s.TimeMillis, math.Float64bits(s.Value)}
	}
	return out
}

// Read returns every sample of the metric whose name matches the regular expression, by the series' notation.
func Read(tb testing.TB, q history.Store, from, to time.Time, metric string) map[string][]Point {
	tb.Helper()
	querier, err := q.Querier(from.UnixMilli(), to.UnixMilli())
	if err != nil {
		tb.Fatalf("open querier: %v", err)
	}
	defer querier.Close()
	out := map[string][]Point{}
	set := querier.Select(tb.Context(), true, nil, labels.MustNewMatcher(labels.MatchRegexp, telemetry.MetricName, metric))
	for set.Next() {
		s := set.At()
		it := s.Iterator(nil)
		for it.Next() == chunkenc.ValFloat {
			at, v := it.At()
			out[s.Labels().String()] = append(out[s.Labels().String()], Point{at, math.Float64bits(v)})
		}
		if it.Err() != nil {
			tb.Fatalf("read %v: %v", s.Labels(), it.Err())
		}
	}
	if set.Err() != nil {
		tb.Fatalf("select: %v", set.Err())
	}
	return out
}

// Count returns how many samples there are in all.
func Count(series map[string][]Point) int {
	n := 0
	for _, points := range series {
		n += len(points)
	}
	return n
}
