package trend

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/forewarn/forewarn/shared/bus"
	"github.com/forewarn/forewarn/shared/bustest"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/outcome"
	"github.com/forewarn/forewarn/shared/telemetry"
)

// pod is one instance of the fleet of the test.
type pod struct {
	partition  int
	use, limit *telemetry.Series
	level      float64
}

func newPod(b *bus.Bus, t *testing.T, version string, i int) *pod {
	labels := fmt.Sprintf(`{namespace="prod",pod="ledger-%s-%d",container="app",image="registry/ledger:%s"}`, version, i, version)
	p := &pod{level: 0.3 + 0.01*float64(i)}
	for name, to := range map[string]**telemetry.Series{"container_memory_working_set_bytes": &p.use, "container_spec_memory_limit_bytes": &p.limit} {
		ls, err := telemetry.ParseSeries(name + labels)
		if err != nil {
			t.Fatal(err)
		}
		*to = telemetry.NewSeries(ls)
	}
	p.partition = b.PartitionOf(catalogue(t).Root(p.use.Labels, "test"))
	return p
}

// hour is what the pod says in one.
func (p *pod) hour(at time.Time, dice *rand.Rand) *telemetry.Batch {
	one := func(s *telemetry.Series, v float64) telemetry.TimeSeries {
		return telemetry.TimeSeries{Series: s, Samples: []telemetry.Sample{{TimeMillis: at.UnixMilli(), Value: v}}}
	}
	return &telemetry.Batch{Series: []telemetry.TimeSeries{one(p.use, 4*gib*(p.level+0.006*dice.NormFloat64())), one(p.limit, 4*gib)}}
}

// TestRunReleases plays a roll-out over the days of a simulated bus of three partitions, with the service stopped and started in
// the middle: the release is told of once, though its instances are spread over the partitions and none is certain by itself.
func TestRunReleases(t *testing.T) {
	var now atomic.Int64
	now.Store(start.UnixNano())
	b := bustest.Open(t, t.TempDir(), bus.Settings{Clock: func() time.Time { return time.Unix(0, now.Load()) }}, func(c *bus.Config) { c.Partitions = 3 })
	publisher, err := b.NewPublisher("test")
	if err != nil {
		t.Fatal(err)
	}
	defer publisher.Close() //nolint:errcheck // the test is over
	const began, days = 4, 15
	fleets := map[string][]*pod{}
	spread := map[int]bool{}
	for _, version := range []string{"7.4.0", "7.4.1"} {
		for i := range 8 {
			p := newPod(b, t, version, i)
			fleets[version], spread[p.partition] = append(fleets[version], p), true
		}
	}
	if len(spread) < 2 {
		t.Fatal("all instances are in one partition")
	}
	dice := rand.New(rand.NewPCG(3, 4))
	stop := run(t, b)
	for h := range days * 24 {
		at := start.Add(time.Duration(h) * time.Hour)
		now.Store(at.UnixNano())
		pods := fleets["7.4.0"]
		if h >= began*24 {
			pods = fleets["7.4.1"]
		}
		for _, p := range pods {
			if h >= began*24 {
				p.level += 0.028 / 7 / 24
			}
			if err := publisher.Publish(t.Context(), bus.Metrics, p.partition, "test", telemetry.AppendBatch(nil, p.hour(at, dice))); err != nil {
				t.Fatal(err)
			}
		}
		if h%24 == 17 { // an hour after midnight
			b.Tick(t.Context())
			settled(t, b)
		}
		if h == 9*24 {
			stop()
			stop = run(t, b)
		}
	}
	stop()
	var opened, updated int
	ids := map[string]bool{}
	for _, f := range published(t, b) {
		if ids[f.ID] {
			t.Errorf("finding %s came twice", f.ID)
		}
		ids[f.ID] = true
		switch {
		case f.Entity.Type != releaseType:
			if f.Severity.Rank() >= finding.Warning.Rank() {
				t.Errorf("an instance is certain by itself: %s", f.Message.En)
			}
			continue
		case f.Signal != "container-memory-growth/release:ledger/7.4.1" || f.Severity != finding.Warning:
			t.Errorf("said of another release, or as %s: %s", f.Severity, f.Message.En)
		case f.Action == finding.Opened:
			opened++
		case f.Action == finding.Updated:
			updated++
		}
		if at := f.Time.Hour(); at != 0 && at != 1 {
			t.Errorf("it is of %v, which is not the time of the newest sample", f.Time)
		}
	}
	if opened != 1 || updated == 0 {
		t.Errorf("the release was opened %d times and updated %d times", opened, updated)
	}
}

// settled waits until all partitions and the second stage have done what is on the bus.
func settled(t *testing.T, b *bus.Bus) {
	t.Helper()
	idle := func(service string, n int) error {
		for p := range n {
			if lag, err := b.Lag(t.Context(), service, p); err != nil || lag > 0 {
				return fmt.Errorf("%s %d: lag %d, %w", service, p, lag, err)
			}
		}
		return nil
	}
	bustest.Eventually(t, 30*time.Second, func() error { return idle(Service, b.Partitions()) })
	bustest.Eventually(t, 30*time.Second, func() error { return idle(ReleaseService, 1) })
}

// published returns all findings, in their order.
func published(t *testing.T, b *bus.Bus) (out []*finding.Finding) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	stream, err := b.JetStream().Stream(ctx, bus.StreamFindings)
	if err != nil {
		t.Fatal(err)
	}
	for seq := range stream.CachedInfo().State.LastSeq {
		m, err := stream.GetMsg(ctx, seq+1)
		if err != nil {
			t.Fatal(err)
		}
		if outcome.IsSummary(m.Data) {
			continue
		}
		f, err := finding.Decode(m.Data)
		if err != nil {
			t.Fatal(err)
		}
		if f.ID != m.Header.Get(jetstream.MsgIDHeader) {
			t.Errorf("message id of finding %s: %q", f.ID, m.Header.Get(jetstream.MsgIDHeader))
		}
		out = append(out, f)
	}
	return slices.Clip(out)
}
