package telemetry_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/forewarn/forewarn/shared/telemetry"
)

// newBatch returns a batch of the shape that collectors publish.
func newBatch(series, samples int) *telemetry.Batch {
	r := rand.New(rand.NewPCG(1, 2))
	b := &telemetry.Batch{}
	for i := range series {
		ts := telemetry.TimeSeries{Series: telemetry.NewSeries(telemetry.NewLabels(
			telemetry.Label{Name: telemetry.MetricName, Value: fmt.Sprintf("node_filesystem_avail_bytes_%d", i%7)},
			telemetry.Label{Name: "host", Value: "erp-01"},
			telemetry.Label{Name: "instance", Value: "10.0.0.17:9100"},
			telemetry.Label{Name: "job", Value: "node"},
			telemetry.Label{Name: "device", Value: fmt.Sprintf("/dev/sd%d", i)},
			telemetry.Label{Name: "fstype", Value: "ext4"},
			telemetry.Label{Name: "mountpoint", Value: fmt.Sprintf("/srv/数据/%d", i)},
		))}
		for j := range samples {
			ts.Samples = append(ts.Samples, telemetry.Sample{TimeMillis: 1_790_000_000_000 + int64(j)*15_000, Value: r.Float64() * 1e12})
		}
		b.Series = append(b.Series, ts)
	}
	return b
}

func BenchmarkDecode(b *testing.B) {
	batch := newBatch(200, 10)
	data := telemetry.AppendBatch(nil, batch)
	for name, d := range map[string]*telemetry.Decoder{
		"inside": telemetry.NewDecoder(1000), "edge": telemetry.NewEdgeDecoder(1000),
	} {
		b.Run(name, func(b *testing.B) {
			var out telemetry.Batch
			if err := d.Decode(data, &out); err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				if err := d.Decode(data, &out); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N*batch.Samples())/b.Elapsed().Seconds(), "samples/s")
		})
	}
}

func BenchmarkEncode(b *testing.B) {
	batch := newBatch(200, 10)
	dst := telemetry.AppendBatch(nil, batch)
	b.ReportAllocs()
	for b.Loop() {
		dst = telemetry.AppendBatch(dst[:0], batch)
	}
	b.ReportMetric(float64(b.N*batch.Samples())/b.Elapsed().Seconds(), "samples/s")
	b.ReportMetric(float64(len(dst))/float64(batch.Samples()), "bytes/sample")
}
