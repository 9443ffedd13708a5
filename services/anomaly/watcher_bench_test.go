package anomaly

import (
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/forewarn/forewarn/shared/telemetry"
)

// pools returns a message of so many series of use, on hosts that have ten pools each.
func pools(b *testing.B, series int, at time.Time) []byte {
	b.Helper()
	points := make([]point, series)
	for i := range points {
		points[i] = point{fmt.Sprintf(`test_threads_busy{application="voucher",instance="erp-%05d:9100",job="load",pool="pool-%d"}`, i/10, i%10), float64(i % 7)}
	}
	return telemetry.AppendBatch(nil, batch(b, at, points...))
}

// BenchmarkWatcherMemory: what a signal takes that is read of a message, all that leads to it included, and how long it takes to save and
// to restore it.
func BenchmarkWatcherMemory(b *testing.B) {
	const signals = 20_000
	cfg := DefaultConfig()
	cfg.MaxSeries = signals
	cat := habitual(b)
	messages := [][]byte{pools(b, signals, newYear), pools(b, signals, newYear.Add(time.Minute))}
	var saved, restored time.Duration
	for b.Loop() {
		before := heap()
		w := NewWatcher(cfg, cat, nil)
		decoder := telemetry.NewDecoderFor(w, cfg.maxBindings())
		var read telemetry.Batch
		for i, m := range messages {
			if err := decoder.Decode(m, &read); err != nil {
				b.Fatal(err)
			}
			w.Observe(newYear.Add(time.Duration(i)*time.Minute), &read)
		}
		read, w.queue = telemetry.Batch{}, nil
		b.ReportMetric(float64(heap()-before)/signals, "bytes/signal")
		runtime.KeepAlive(decoder)

		began := time.Now()
		state := snapshotOf(b, w)
		saved += time.Since(began)
		b.ReportMetric(float64(len(state))/signals, "snapshot-bytes/signal")
		began = time.Now()
		if err := NewWatcher(cfg, cat, nil).Restore(state); err != nil {
			b.Fatal(err)
		}
		restored += time.Since(began)
	}
	b.ReportMetric(float64(saved.Nanoseconds())/float64(b.N*signals), "ns/saved")
	b.ReportMetric(float64(restored.Nanoseconds())/float64(b.N*signals), "ns/restored")
}
