package bus

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"
)

// payloadSize is about that of 2,000 samples on the wire.
const payloadSize = 40 << 10

// BenchmarkPublish is what an edge can hand over, everything synced, four partitions at once. One batch is
// 2,000 samples.
func BenchmarkPublish(b *testing.B) {
	for _, c := range []struct {
		name string
		sync time.Duration
	}{{"synced", 0}, {"unsynced", time.Minute}} {
		b.Run(c.name, func(b *testing.B) {
			bus := open(b, func(cfg *Config) { cfg.SyncInterval, cfg.MaxStore = c.sync, 16<<30 })
			p, err := bus.NewPublisher("edge")
			if err != nil {
				b.Fatal(err)
			}
			payload := noise(payloadSize)
			b.ReportAllocs()
			b.SetBytes(payloadSize)
			b.ResetTimer()
			var wg sync.WaitGroup
			for part := range 4 {
				wg.Go(func() {
					for i := part; i < b.N; i += 4 {
						if err := p.Publish(context.Background(), Metrics, part, "node", payload); err != nil {
							b.Error(err)
							return
						}
					}
				})
			}
			wg.Wait()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "batches/s")
			if n, _ := p.spool.size(); n > 0 {
				b.Errorf("%d went to the spool", n)
			}
		})
	}
}

// BenchmarkConsume is catching up on one partition.
func BenchmarkConsume(b *testing.B) {
	const stored = 2000
	bus := open(b, func(cfg *Config) { cfg.MaxStore = 2 << 30 })
	p, err := bus.NewPublisher("edge")
	if err != nil {
		b.Fatal(err)
	}
	payload := noise(payloadSize)
	for range stored {
		if err := p.Publish(context.Background(), Metrics, 0, "node", payload); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportAllocs()
	b.SetBytes(stored * payloadSize)
	for b.Loop() {
		n := 0
		err := bus.Consume(context.Background(), "MET_00", 0, func(Message) error {
			if n++; n == stored {
				return ErrClosed
			}
			return nil
		})
		if n != stored {
			b.Fatal(n, err)
		}
	}
}

// BenchmarkSnapshot saves and loads the state of one partition.
func BenchmarkSnapshot(b *testing.B) {
	for _, size := range []int{1 << 20, 16 << 20} {
		bus := open(b, func(cfg *Config) { cfg.SyncInterval, cfg.MaxStore = 0, 4<<30 })
		s := bus.newSnapshots(WorkSettings{Service: "x", Input: Metrics})
		e := &envelope{seq: 1, repeats: newRepeats(), state: noise(size)}
		b.Run(fmt.Sprintf("save/%dMiB", size>>20), func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(size))
			for b.Loop() {
				if _, err := saveWhole(context.Background(), s, e); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(fmt.Sprintf("load/%dMiB", size>>20), func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(size))
			for b.Loop() {
				if got, err := s.load(context.Background()); err != nil || len(got.state) != size {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkSpool is how fast batches go to the local disk while the bus is away.
func BenchmarkSpool(b *testing.B) {
	bus := open(b)
	p, err := bus.NewPublisher("edge")
	if err != nil {
		b.Fatal(err)
	}
	payload := noise(payloadSize)
	b.ReportAllocs()
	b.SetBytes(payloadSize)
	for b.Loop() {
		s := serial{1, p.n.Add(1)}
		if err := p.spool.add(&batch{lane: lane{Metrics, 0}, serial: s, id: messageID("edge", s), payload: payload}); err != nil {
			b.Fatal(err)
		}
	}
}
