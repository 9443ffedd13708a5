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

// BenchmarkWatcherMemory: what a signal takes that is read of a message, all that leads to it included.
func BenchmarkWatcherMemory(b *testing.B) {
	const signals = 20_000
	cfg := DefaultConfig()
	cfg.MaxSeries = signals
	cat := habitual(b)
	messages := [][]byte{pools(b, signals, newYear), pools(b, signals, newYear.Add(time.Minute))}
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
	}
}

// BenchmarkWatcherCodec saves and restores a partition of a million series over 16.
func BenchmarkWatcherCodec(b *testing.B) {
	const signals = 20_000
	cfg := DefaultConfig()
	cfg.MaxSeries = signals
	w := NewWatcher(cfg, habitual(b), nil)
	var read telemetry.Batch
	if err := telemetry.NewDecoder(signals).Decode(pools(b, signals, newYear), &read); err != nil {
		b.Fatal(err)
	}
	w.Observe(newYear, &read)
	state := snapshotOf(b, w)
	each := func(b *testing.B) {
		b.Helper()
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*signals), "ns/signal")
	}
	b.Run("save", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			snapshotOf(b, w)
		}
		each(b)
	})
	b.Run("restore", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if err := w.Restore(state); err != nil {
				b.Fatal(err)
			}
		}
		each(b)
	})
}
