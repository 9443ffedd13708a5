package bus_test

import (
	"slices"
	"testing"
	"time"

	"github.com/forewarn/forewarn/shared/bus"
	"github.com/forewarn/forewarn/shared/bustest"
)

// splitting is a crashing tally whose every output is a pair: one for people and one for the worker of all partitions, in
// turns that one first and this one.
type splitting struct{ crashing }

func (s *splitting) Process(m bus.Message) ([]bus.Output, error) {
	out, err := s.crashing.Process(m)
	if len(out) == 2 {
		out[m.Seq%2].Fleet = true
	}
	return out, err
}

// G20: what workers of two partitions say to the one that judges all comes to it once, though they crash in between and
// it, too; and what it says then is on FIND once.
func TestG20FleetOutputs(t *testing.T) {
	b := bustest.New(t, rarely)
	p := publisher(t, b, "edge")
	const payloads, lives = 60, 4
	all := &crashing{}
	for life := range lives {
		all = &crashing{}
		all.crash.Store(life%2 == 0)
		stops := []func(){running(t, b, bus.WorkSettings{Service: "releases", Input: bus.Fleet, Processor: all})}
		var of [2]*splitting
		for part := range of {
			of[part] = &splitting{}
			of[part].crash.Store(life != lives-1)
			stops = append(stops, running(t, b, bus.WorkSettings{Service: "trend", Input: bus.Metrics, Partition: part, Processor: of[part]}))
			send(t, p, part, lines(payloads/lives*life, payloads/lives*(life+1))...)
		}
		bustest.Until(t, 20*time.Second, "all is read", func() bool {
			n := payloads / lives * (life + 1)
			return of[0].now().Count == n && of[1].now().Count == n && all.now().Count == 2*n/3
		})
		for _, stop := range slices.Backward(stops) {
			stop()
		}
	}
	told, ids := messages(t, b, bus.StreamName(bus.Fleet, 0))
	once(t, ids, 2*payloads/3)
	answers := 0
	for _, s := range told {
		if s[0] == '!' {
			answers += 2
		}
	}
	_, ids = messages(t, b, bus.StreamFindings)
	once(t, ids, 2*payloads/3+answers)
	if err := p.Publish(t.Context(), bus.Fleet, 0, "test", []byte("x")); err == nil {
		t.Error("collectors can publish to the workers' own stream")
	}
	if err := b.Work(t.Context(), bus.WorkSettings{Service: "x", Input: bus.Fleet, Partition: 1, Processor: &tally{}}); err == nil {
		t.Error("a second partition is worked on")
	}
}

// once checks that there are so many ids, none twice.
func once(t *testing.T, ids []string, want int) {
	t.Helper()
	unique := slices.Compact(slices.Sorted(slices.Values(ids)))
	if len(ids) != want || len(unique) != want {
		t.Errorf("%d messages under %d ids; want %d: %q", len(ids), len(unique), want, ids)
	}
}

func TestSender(t *testing.T) {
	f := func(subject, want string) {
		t.Helper()
		m := bus.Message{Subject: subject}
		if got := m.Sender(); got != want {
			t.Errorf("%s is from %q, want %q", subject, got, want)
		}
	}
	f("fleet.00.trend.03", "trend")
	f("fleet.00.anomaly-queries.00", "anomaly-queries")
	f("fleet.00.tick", "")
	f("met.00.batch", "")
	f("find.trend.03.x", "")
}
