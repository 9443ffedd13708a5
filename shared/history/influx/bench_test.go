package influx_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/forewarn/forewarn/shared/history/historytest"
	"github.com/forewarn/forewarn/shared/history/servertest"
	"github.com/forewarn/forewarn/shared/telemetry"
)

// BenchmarkAppend appends batches of 2,000 samples of 10,000 series, and reads a million back.
func BenchmarkAppend(b *testing.B) {
	s := open(b, settings(servertest.InfluxDB(b).URL, "bench"))
	fleet, start := historytest.Fleet("v", 10_000), time.Now().Add(-24*time.Hour).Truncate(time.Hour)
	for _, perSeries := range []int{1, 10} {
		b.Run(fmt.Sprintf("samples_per_series=%d", perSeries), func(b *testing.B) {
			size, step, samples := 2000/perSeries, 0, 0
			var batch telemetry.Batch
			b.ReportAllocs()
			for b.Loop() {
				part, round := (step*size)%len(fleet), (step*size)/len(fleet)
				historytest.Fill(&batch, fleet[part:part+size], start, time.Second, round*perSeries, perSeries)
				step++
				n, err := s.Append(b.Context(), &batch)
				if err != nil || n.Refused() > 0 {
					b.Fatalf("%+v, %v", n, err)
				}
				samples += n.Stored
			}
			b.ReportMetric(float64(samples)/b.Elapsed().Seconds(), "samples/s")
		})
	}
	b.Run("read", func(b *testing.B) {
		samples := 0
		for b.Loop() {
			samples += historytest.Count(historytest.Read(b, s, start, time.Now(), "v"))
		}
		if samples == 0 {
			b.Fatal("nothing was read")
		}
		b.ReportMetric(float64(samples)/b.Elapsed().Seconds(), "samples/s")
	})
}
