package bus_test

import (
	"testing"
	"time"

	"github.com/forewarn/forewarn/shared/bus"
	"github.com/forewarn/forewarn/shared/bustest"
)

// G23: a server that is started again has forgotten leases and members, which are in memory; work goes on all the same, and all is said once.
func TestG23ServerForgetsLeases(t *testing.T) {
	ext := newExternal(t)
	b := bustest.Open(t, t.TempDir(), bus.Settings{}, ext.shared)
	a := &tallies{all: map[int]*tally{}}
	defer sharing(t, b, a)()
	p := publisher(t, b, "edge")
	send(t, p, 0, "!a")
	heard := func(n uint64) func() bool {
		return func() bool {
			s, err := b.JetStream().Stream(t.Context(), bus.StreamFindings)
			return err == nil && s.CachedInfo().State.Msgs == n
		}
	}
	bustest.Until(t, 10*time.Second, "it is at work", heard(2))
	ext.stop()
	ext.start()
	for _, name := range []string{"MEMBER", "KV_" + bus.BucketLease} {
		bustest.Eventually(t, 15*time.Second, func() error {
			_, err := b.JetStream().Stream(t.Context(), name)
			return err
		})
	}
	second := bustest.Open(t, t.TempDir(), bus.Settings{}, ext.shared)
	defer sharing(t, second, &tallies{all: map[int]*tally{}})()
	for partition := range 4 {
		bustest.Eventually(t, 15*time.Second, func() error { return p.Publish(t.Context(), bus.Metrics, partition, "test", []byte("!b")) })
	}
	bustest.Until(t, 15*time.Second, "all partitions are at work again", heard(10))
}
