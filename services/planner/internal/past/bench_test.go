package past

import (
	"testing"
	"time"

	"go.uber.org/zap"

	"github.com/forewarn/forewarn/shared/history"
	"github.com/forewarn/forewarn/shared/history/embedded"
	"github.com/forewarn/forewarn/shared/history/historytest"
	"github.com/forewarn/forewarn/shared/signal"
	"github.com/forewarn/forewarn/shared/telemetry"
)

// BenchmarkRead reads a day of a volume that is sampled every 15 s: two series, 11,520 samples.
func BenchmarkRead(b *testing.B) {
	store, err := embedded.Open(history.DefaultConfig(), embedded.Settings{Logger: zap.NewNop(), Dir: b.TempDir()})
	if err != nil {
		b.Fatal(err)
	}
	defer store.Close() //nolint:errcheck // the test's
	cat, err := signal.Open(signal.Config{})
	if err != nil {
		b.Fatal(err)
	}
	const day = 5760
	var batch telemetry.Batch
	for _, metric := range []string{"node_filesystem_avail_bytes", "node_filesystem_size_bytes"} {
		ts := telemetry.TimeSeries{Series: historytest.Series(metric, "host", "erp-01", "mountpoint", "/u01", "fstype", "ext4")}
		for i := range day {
			ts.Samples = append(ts.Samples, telemetry.Sample{TimeMillis: start.UnixMilli() + int64(15_000*i), Value: 1e12 - float64(i*len(metric)*4096)})
		}
		batch.Series = append(batch.Series, ts)
	}
	if n, err := store.Append(b.Context(), &batch); err != nil || n.Refused() > 0 {
		b.Fatalf("append: %+v, %v", n, err)
	}
	bound := cat.Bind(batch.Series[0].Series.Labels)[0]
	s := &signal.State{Key: bound.Key, Rule: bound.Rule.ID, Entity: bound.Entity, Series: batch.Series[0].Series.Labels.String()}
	r := &Reader{Store: store, Catalogue: cat}
	b.ReportAllocs()
	for b.Loop() {
		p, err := r.Read(b.Context(), s, nil, start.Add(24*time.Hour))
		if err != nil || p.First.IsZero() {
			b.Fatalf("read: %+v, %v", p, err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/(2*day), "ns/sample")
}
