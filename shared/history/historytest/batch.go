package historytest

import (
	"fmt"
	"time"

	"github.com/forewarn/forewarn/shared/telemetry"
)

// Series returns the series of a metric with the given label values, alternating name and value.
func Series(metric string, pairs ...string) *telemetry.Series {
	ls := []telemetry.Label{{Name: telemetry.MetricName, Value: metric}}
	for i := 0; i+1 < len(pairs); i += 2 {
		ls = append(ls, telemetry.Label{Name: pairs[i], Value: pairs[i+1]})
	}
	return telemetry.NewSeries(telemetry.NewLabels(ls...))
}

// Fleet returns n series of one metric, as of n volumes.
func Fleet(metric string, n int) []*telemetry.Series {
	out := make([]*telemetry.Series, n)
	for i := range out {
		out[i] = Series(metric, "host", fmt.Sprintf("erp-%02d", i%50), "mountpoint", fmt.Sprintf("/data/%d", i), "job", "node")
	}
	return out
}

// Fill sets b to perSeries samples of each series, step apart from start; their value is their position counted
// from first.
func Fill(b *telemetry.Batch, fleet []*telemetry.Series, start time.Time, step time.Duration, first, perSeries int) {
	if cap(b.Series) < len(fleet) {
		b.Series = make([]telemetry.TimeSeries, len(fleet))
	}
	b.Series = b.Series[:len(fleet)]
	for i, s := range fleet {
		ts := &b.Series[i]
		ts.Series, ts.Samples = s, ts.Samples[:0]
		for k := first; k < first+perSeries; k++ {
			at := start.Add(time.Duration(k) * step)
			ts.Samples = append(ts.Samples, telemetry.Sample{TimeMillis: at.UnixMilli(), Value: float64(k)})
		}
	}
}

// One returns a batch of one series.
func One(s *telemetry.Series, samples ...telemetry.Sample) *telemetry.Batch {
	return &telemetry.Batch{Series: []telemetry.TimeSeries{{Series: s, Samples: samples}}}
}
