package embedded_test

import (
	"fmt"
	"testing"
	"time"

	"go.uber.org/zap"

	"github.com/forewarn/forewarn/shared/history/embedded"
	"github.com/forewarn/forewarn/shared/history/historytest"
	"github.com/forewarn/forewarn/shared/telemetry"
)

// BenchmarkAppend appends batches of 2,000 samples, one to ten per series, of 10,000 series.
func BenchmarkAppend(b *testing.B) {
	for _, perSeries := range []int{1, 10} {
		b.Run(fmt.Sprintf("samples_per_series=%d", perSeries), func(b *testing.B) {
			s, err := embedded.Open(config(), embedded.Settings{
				Logger: zap.NewNop(), Dir: b.TempDir(), Now: func() time.Time { return time.Now().Add(10000 * time.Hour) },
			})
			if err != nil {
				b.Fatal(err)
			}
			defer s.Close()
			fleet, start := historytest.Fleet("v", 10_000), time.Now().Truncate(time.Hour)
			size := 2000 / perSeries
			var batch telemetry.Batch
			b.ReportAllocs()
			step, samples := 0, 0
			for b.Loop() {
				part := (step * size) % len(fleet)
				round := (step * size) / len(fleet)
				historytest.Fill(&batch, fleet[part:part+size], start, 15*time.Second, round*perSeries, perSeries)
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
}

// BenchmarkSync appends a batch and forces it to disk.
func BenchmarkSync(b *testing.B) {
	s, err := embedded.Open(config(), embedded.Settings{Logger: zap.NewNop(), Dir: b.TempDir()})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	fleet, start := historytest.Fleet("v", 200), time.Now().Add(-time.Hour)
	var batch telemetry.Batch
	b.ReportAllocs()
	step := 0
	for b.Loop() {
		historytest.Fill(&batch, fleet, start, time.Millisecond, step, 1)
		step++
		if _, err := s.Append(b.Context(), &batch); err != nil {
			b.Fatal(err)
		}
		if err := s.Sync(); err != nil {
			b.Fatal(err)
		}
	}
}
