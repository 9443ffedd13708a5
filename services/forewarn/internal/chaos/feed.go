package chaos

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/cespare/xxhash/v2"

	"github.com/forewarn/forewarn/services/collector"
	"github.com/forewarn/forewarn/shared/bus"
	"github.com/forewarn/forewarn/shared/obs"
	"github.com/forewarn/forewarn/shared/telemetry"
)

// Feed publishes generated input as a collector would, under a collector's rights and from a spool of its own. What it
// has published is a function of Seed, Name and the number of the step; only the times are those of the clock.
type Feed struct {
	// Name of the publisher; hosts are called by it.
	Name string
	Seed uint64
	// URL and Key lead to the bus.
	URL, Key string
	// DataDir holds the spool, and Ledger is the file where it is written what was acknowledged.
	DataDir, Ledger string
	// Interval between two steps.
	Interval time.Duration
	// Pools are told of besides in each partition, for a load: a series each.
	Pools int
}

// batch is what a step puts into one stream.
type batch struct {
	kind      bus.Kind
	partition int
	payload   []byte
}

// Run publishes a step at each interval until ctx ends, then waits until the spool is empty, for a minute at most.
func (f Feed) Run(ctx context.Context) (err error) {
	role, health := collector.Role(), &obs.Health{}
	cfg := bus.DefaultConfig()
	cfg.URL, cfg.NKeyFile, cfg.ConnectTimeout = f.URL, f.Key, time.Minute
	b, err := bus.Open(ctx, cfg, bus.Settings{DataDir: f.DataDir, Role: &role, Health: health})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.Close()) }()
	l, err := openLedger(f.Ledger)
	if err != nil {
		return err
	}
	defer l.close()
	p, err := b.NewPublisher(f.Name)
	if err != nil {
		return err
	}
	draining, stop := context.WithCancel(context.WithoutCancel(ctx))
	drained := make(chan error, 1)
	go func() { drained <- p.Run(draining) }()
	defer func() { stop(); err = errors.Join(err, <-drained) }()
	if err := f.publish(ctx, b, p, l); err != nil {
		return err
	}
	return poll(draining, time.Minute, 100*time.Millisecond, func() error { return spoolEmpty(health) })
}

// publish publishes steps until ctx ends.
func (f Feed) publish(ctx context.Context, b *bus.Bus, p *bus.Publisher, l *ledger) error {
	t := time.NewTicker(f.Interval)
	defer t.Stop()
	for step := l.next(); ; step++ {
		all := f.step(step, time.Now(), b)
		for _, x := range all { // before any is sent: a later life must not send another one under this number
			if err := l.note(intended, step, x); err != nil {
				return err
			}
		}
		for _, x := range all {
			err := p.Publish(context.WithoutCancel(ctx), x.kind, x.partition, f.Name, x.payload)
			if err != nil {
				continue // it was refused, and nobody was told otherwise
			}
			if err := l.note(acknowledged, step, x); err != nil {
				return err
			}
		}
		select {
		case <-t.C:
		case <-ctx.Done():
			return nil
		}
	}
}

// spoolEmpty returns what a publisher says of its spool unless that is empty.
func spoolEmpty(health *obs.Health) error {
	for _, c := range health.Checks() {
		if strings.HasPrefix(c.Name, "bus/spool/") && c.State != obs.OK {
			return errors.New(c.Message)
		}
	}
	return nil
}

// step returns the batches of a step, two for each partition.
func (f Feed) step(n int, now time.Time, b *bus.Bus) (out []batch) {
	for p := range b.Partitions() {
		s := &stage{feed: f, step: n, partition: p, now: now.UnixMilli(), of: b.PartitionOf}
		out = append(out,
			batch{bus.Metrics, p, telemetry.AppendBatch(nil, s.metrics())},
			batch{bus.Logs, p, s.logs()})
	}
	return out
}

func (x batch) hash() uint64 { return xxhash.Sum64(x.payload) }

// String names the stream.
func (x batch) String() string { return fmt.Sprintf("%s_%02d", x.kind, x.partition) }
