package rehearsal

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/forewarn/forewarn/services/forewarn/internal/landscape"
	"github.com/forewarn/forewarn/shared/bus"
	"github.com/forewarn/forewarn/shared/telemetry"
)

// play is what is played.
type play struct {
	landscapes []*landscape.Landscape
	start, end time.Time
	// from is when the stage begins to hear of it; zero: at the start.
	from            time.Time
	interval, round time.Duration // between two samples, and between two batches and ticks
	partitions      int
	// before is called before each step; nil: nothing is done.
	before func(at time.Time)
	// close is from when on each step is published by itself and everybody is waited for, so that findings meet in the order of time.
	close time.Time
	// reached is told what time it is; nil for nobody.
	reached func(at time.Time)
}

// rest is the time after which everybody is waited for.
const rest = time.Hour

// source is who sends.
const source = "eval"

// feed plays.
func (s *stage) feed(ctx context.Context) error {
	if err := s.settler.Settle(ctx); err != nil {
		return err
	}
	p := s.play
	for at := p.start; !at.After(p.end); at = at.Add(p.interval) {
		p.step(at)
		if at.Before(p.from) {
			p.forget()
			continue
		}
		if err := s.show(ctx, at); err != nil {
			return fmt.Errorf("play %s: %w", at.Format(time.RFC3339), err)
		}
		if p.reached != nil {
			p.reached(at)
		}
	}
	return s.settler.Settle(ctx)
}

// step goes on to a time.
func (p *play) step(at time.Time) {
	if p.before != nil {
		p.before(at)
	}
	for _, l := range p.landscapes {
		l.Step(at)
	}
}

// forget drops what was measured and written.
func (p *play) forget() {
	for _, l := range p.landscapes {
		l.Drain(&telemetry.Batch{})
		l.Written()
	}
}

// show publishes when it is due, and waits for everybody when that is.
func (s *stage) show(ctx context.Context, at time.Time) error {
	near := !at.Before(s.play.close)
	if near || at.Truncate(s.play.round).Equal(at) {
		if err := s.publish(ctx, at); err != nil {
			return err
		}
	}
	if near || at.Truncate(rest).Equal(at) {
		return s.settler.Settle(ctx)
	}
	return nil
}

// publish sends what was measured and written since the last time, and a tick.
func (s *stage) publish(ctx context.Context, at time.Time) error {
	s.clock.Set(at)
	metrics, logs := make([]telemetry.Batch, s.bus.Partitions()), make([][]byte, s.bus.Partitions())
	for _, l := range s.play.landscapes {
		s.sort(l, metrics, logs)
	}
	for partition := range metrics {
		for _, b := range parts(metrics[partition]) {
			var encoder telemetry.Encoder
			if err := s.publisher.Publish(ctx, bus.Metrics, partition, source, encoder.AppendBatch(nil, &b)); err != nil {
				return err
			}
		}
		if len(logs[partition]) > 0 {
			if err := s.publisher.Publish(ctx, bus.Logs, partition, source, logs[partition]); err != nil {
				return err
			}
		}
	}
	s.bus.Tick(ctx)
	return nil
}

// sort takes what a landscape has brought to the partitions. What no worker reads would only be kept as history, which nobody has here.
func (s *stage) sort(l *landscape.Landscape, metrics []telemetry.Batch, logs [][]byte) {
	var all telemetry.Batch
	l.Drain(&all)
	for _, ts := range all.Series {
		if k := s.partition(ts.Series); k != unread {
			metrics[k].Series = append(metrics[k].Series, ts)
		}
	}
	for _, b := range l.Written() {
		k := s.bus.PartitionOf(s.catalogue.Root(b.Origin, source))
		logs[k] = telemetry.AppendLogs(logs[k], &b)
	}
}

// unread is the partition of what no worker reads.
const unread = -1

// partition returns where a series goes.
func (s *stage) partition(series *telemetry.Series) int {
	k, known := s.partitions[series.Fingerprint]
	if !known {
		k = unread
		if s.catalogue.Reads(series.Labels) || tellsState(series.Labels.Get(telemetry.MetricName)) {
			k = s.bus.PartitionOf(s.catalogue.Root(series.Labels, source))
		}
		s.partitions[series.Fingerprint] = k
	}
	return k
}

// tellsState reports whether a metric says that something is there or not, which is read without the catalogue.
func tellsState(metric string) bool {
	return metric == "up" || strings.HasSuffix(metric, "_up") || metric == "probe_success"
}

// mostSeries is how many series a message holds at most.
const mostSeries = 2000

// parts splits a batch that would be too large for a message.
func parts(b telemetry.Batch) (out []telemetry.Batch) {
	for len(b.Series) > mostSeries {
		out = append(out, telemetry.Batch{Series: b.Series[:mostSeries]})
		b.Series = b.Series[mostSeries:]
	}
	if len(b.Series) > 0 {
		out = append(out, b)
	}
	return out
}
