package notifier

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"go.uber.org/zap"

	"github.com/forewarn/forewarn/services/notifier/internal/intake"
	"github.com/forewarn/forewarn/services/notifier/internal/life"
	"github.com/forewarn/forewarn/shared/bus"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/incident"
	"github.com/forewarn/forewarn/shared/pause"
)

const (
	// lookGap is the least time between two looks at the store that a finding without room asks for.
	lookGap = 2 * time.Second
	// sweepEvery is how often open incidents are looked through; the first time is after a while, in which
	// workers can speak of what they have.
	sweepEvery = time.Hour
)

// tidyUp looks at the store every minute, and when something had no room in it, until ctx ends.
func (n *notifier) tidyUp(ctx context.Context) error {
	minute := time.NewTicker(time.Minute)
	defer minute.Stop()
	for k := 0; ; k++ {
		n.look(ctx, k%60 == 0)
		if open, err := n.store.Count(ctx, incident.Open); err == nil {
			n.metrics.open.Set(float64(open))
		}
		select {
		case <-ctx.Done():
			return nil
		case <-n.full:
			pause.For(ctx, lookGap)
			k-- // the hour is that of the minutes
		case <-minute.C:
		}
	}
}

// look removes old incidents if it is time to or the store fills up, and says how full it is then.
func (n *notifier) look(ctx context.Context, due bool) {
	fill, err := n.store.Fill(ctx)
	if err == nil && (due || fill > incident.HighWater) {
		n.prune(ctx)
		fill, err = n.store.Fill(ctx)
	}
	if err != nil {
		if ctx.Err() == nil {
			n.s.Logger.Warn("incident store not looked at, will try again", zap.Error(err))
		}
		return
	}
	n.metrics.fill.Set(fill)
	say := n.trouble("notifier/store", "")
	if fill <= incident.HighWater {
		say("")
		return
	}
	say(fmt.Sprintf("the incident store is %.0f %% full of open incidents and recent ones; from %.0f %% on only critical ones are opened, from %.0f %% on none: "+
		"raise bus.max_store, or notifier.min_severity if there are too many", 100*fill, 100*intake.ReserveCritical, 100*intake.ReserveAll))
}

// prune removes resolved incidents past their retention, and the oldest ones when the store fills up.
func (n *notifier) prune(ctx context.Context) {
	removed, err := n.store.Prune(ctx, time.Now().Add(-n.cfg.Retention))
	n.metrics.pruned.Add(float64(removed))
	if err != nil && ctx.Err() == nil {
		n.s.Logger.Warn("old incidents not removed, will try again", zap.Error(err))
	}
	if _, err := n.store.PruneNotes(ctx, time.Now().Add(-life.KeepNotes)); err != nil && ctx.Err() == nil {
		n.s.Logger.Warn("old notes not removed, will try again", zap.Error(err))
	}
	if _, err := n.store.PruneHabits(ctx, time.Now().Add(-n.cfg.Retention)); err != nil && ctx.Err() == nil {
		n.s.Logger.Warn("old habits not removed, will try again", zap.Error(err))
	}
	if removed > 0 {
		n.s.Logger.Info("old incidents removed", zap.Int("incidents", removed))
	}
}

// sweep closes incidents of which nothing was heard for long, until ctx ends.
func (n *notifier) sweep(ctx context.Context) error {
	if n.cfg.StaleAfter == 0 {
		return nil
	}
	hour := time.NewTicker(sweepEvery)
	defer hour.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-hour.C:
		}
		if err := n.closeStale(ctx, time.Now().UTC()); err != nil && ctx.Err() == nil {
			n.s.Logger.Warn("open incidents not looked through, will try again", zap.Error(err))
		}
	}
}

// closeStale says of each open incident without a change for StaleAfter that nothing was heard. It says so by a
// finding, so that the one writer of incidents ends it like any other.
func (n *notifier) closeStale(ctx context.Context, now time.Time) error {
	for q := (incident.Query{State: incident.Open}); ; {
		page, err := n.store.List(ctx, q)
		if err != nil {
			return err
		}
		var errs []error
		for _, i := range page.Incidents {
			if now.Sub(i.UpdatedAt) > n.cfg.StaleAfter && len(i.Episodes) > 0 {
				errs = append(errs, n.say(ctx, life.Silence(i, now)))
			}
		}
		if err := errors.Join(errs...); err != nil || page.Next == "" {
			return err
		}
		q.Before = page.Next
	}
}

// say puts a finding of our own on the bus.
func (n *notifier) say(ctx context.Context, f *finding.Finding) error {
	data, err := finding.Encode(f)
	if err != nil {
		return err
	}
	ack, err := n.s.Bus.JetStream().Publish(ctx, bus.SubjectFindings("notifier", 0), data, jetstream.WithMsgID(f.ID))
	if err != nil {
		return fmt.Errorf("publish finding %s: %w", f.ID, err)
	}
	if !ack.Duplicate {
		n.metrics.stale.Inc()
		n.s.Logger.Warn("nothing was heard of an open incident for long, closing it", zap.String("finding", f.ID))
	}
	return nil
}
