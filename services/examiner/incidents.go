package examiner

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"go.uber.org/zap"

	"github.com/forewarn/forewarn/shared/bus"
	"github.com/forewarn/forewarn/shared/checks"
	"github.com/forewarn/forewarn/shared/incident"
	"github.com/forewarn/forewarn/shared/pause"
	"github.com/forewarn/forewarn/shared/transaction"
)

const (
	// sweepSoon and sweepEvery are how often open incidents are looked through for those that were missed.
	sweepSoon, sweepEvery = 2 * time.Second, time.Minute
	// tooOld is how long ago an incident may have opened and still be examined: what is known of logs reaches no further.
	tooOld = 48 * time.Hour
	// maxAsks bounds the examinations that wait, and maxAnswered how many are remembered to have been made.
	maxAsks, maxAnswered = 256, 10_000
)

// asks remembers which examinations are under way or done, by the id of their report; and reports that were told with the opening of an
// incident, by the id that it gets.
type asks struct {
	mu       sync.Mutex
	known    map[string]bool
	underWay int
	told     map[string]*checks.Report
}

func newAsks() *asks { return &asks{known: map[string]bool{}, told: map[string]*checks.Report{}} }

// tell notes a report that is told with the opening of an incident. Those that no incident came of make room.
func (a *asks) tell(incident string, r *checks.Report) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.told) >= maxAsks {
		clear(a.told)
	}
	a.told[incident] = r
}

// take returns the report that was told with the opening of an incident, nil if there was none; the next time there is none.
func (a *asks) take(incident string) *checks.Report {
	a.mu.Lock()
	defer a.mu.Unlock()
	r := a.told[incident]
	delete(a.told, incident)
	return r
}

// begin reports whether an examination is to be made now.
func (a *asks) begin(id string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.known[id] || a.underWay >= maxAsks {
		return false
	}
	if len(a.known) >= maxAnswered {
		clear(a.known) // the notifier knows better: what comes twice changes nothing
	}
	a.known[id] = true
	a.underWay++
	return true
}

// end notes that it is over; one that failed will be made again.
func (a *asks) end(id string, failed bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.underWay--
	if failed {
		delete(a.known, id)
	}
}

// watch examines incidents as they open, until ctx ends.
func (x *service) watch(ctx context.Context, jobs *sync.WaitGroup) error {
	for ctx.Err() == nil {
		err := x.set.Incidents.Watch(ctx, func(i *incident.Incident) { x.consider(ctx, i, jobs) })
		if err != nil && ctx.Err() == nil {
			x.log.Warn("incidents cannot be watched, trying again", zap.Error(err))
			pause.For(ctx, sweepSoon)
		}
	}
	return nil
}

// sweep looks through the open incidents for those that were missed, until ctx ends.
func (x *service) sweep(ctx context.Context, jobs *sync.WaitGroup) error {
	for wait := sweepSoon; ; wait = sweepEvery {
		if err := x.all(ctx, jobs); err != nil && ctx.Err() == nil {
			x.log.Warn("open incidents not looked through, will try again", zap.Error(err))
		}
		if !pause.For(ctx, wait) {
			return nil
		}
	}
}

func (x *service) all(ctx context.Context, jobs *sync.WaitGroup) error {
	for q := (incident.Query{State: incident.Open, Limit: 500}); ; {
		page, err := x.set.Incidents.List(ctx, q)
		if err != nil {
			return err
		}
		for _, i := range page.Incidents {
			x.consider(ctx, i, jobs)
		}
		if page.Next == "" {
			return nil
		}
		q.Before = page.Next
	}
}

// reportID names the examination of an incident since it opened last.
func reportID(i *incident.Incident) string { return fmt.Sprintf("%s:%s:%d", Service, i.ID, i.Reopened) }

// openedAt is when an incident opened last.
func openedAt(i *incident.Incident) time.Time {
	if i.ReopenedAt != nil {
		return *i.ReopenedAt
	}
	return i.OpenedAt
}

// consider begins the examination of an incident, if it is about a transaction and was not examined yet.
func (x *service) consider(ctx context.Context, i *incident.Incident, jobs *sync.WaitGroup) {
	if i.State != incident.Open || i.Checks != nil && i.Checks.ID == reportID(i) || x.set.Now().Sub(openedAt(i)) > tooOld {
		return
	}
	t, own := x.set.Transactions.Concerned(transaction.SubjectOf(i.Kind, i.Signal, i.Entity.Root, i.Series))
	if t == nil || !x.asks.begin(reportID(i)) {
		return
	}
	jobs.Go(func() {
		err := x.report(ctx, i, t, own)
		x.asks.end(reportID(i), err != nil)
		if err != nil && ctx.Err() == nil {
			x.metrics.examinations.WithLabelValues("failed").Inc()
			x.log.Warn("checks not published, will try again", zap.String("incident", i.ID), zap.Error(err))
		}
	})
}

// report examines a transaction for an incident and publishes the result.
func (x *service) report(ctx context.Context, i *incident.Incident, t *transaction.Transaction, own bool) error {
	if !x.ready(ctx, openedAt(i)) {
		return ctx.Err()
	}
	defer func() { <-x.slots }()
	r, took := x.asks.take(i.ID), time.Duration(0)
	if r == nil {
		r, took = x.examine(ctx, t, openedAt(i), x.cfg.Timeout)
	}
	if ctx.Err() != nil {
		return ctx.Err() // half an examination would say unknown
	}
	r.ID, r.Incident, r.Own = reportID(i), i.ID, own
	data, err := checks.Encode(r)
	if err != nil {
		return err
	}
	if _, err := x.set.Bus.JetStream().Publish(ctx, bus.SubjectFindings(Service, 0), data, jetstream.WithMsgID(r.ID)); err != nil {
		return fmt.Errorf("publish checks %s: %w", r.ID, err)
	}
	x.metrics.examined("published", took)
	x.metrics.published(r)
	return nil
}

// ready waits until what belongs to a time has been stored and read, and for a slot, which the caller gives back; false if ctx ends before.
func (x *service) ready(ctx context.Context, at time.Time) bool {
	if wait := x.cfg.Delay - x.set.Now().Sub(at); wait > 0 && !pause.For(ctx, min(wait, x.cfg.Delay)) {
		return false
	}
	select {
	case <-ctx.Done():
		return false
	case <-x.caughtUp:
	}
	select {
	case <-ctx.Done():
		return false
	case x.slots <- struct{}{}:
		return true
	}
}
