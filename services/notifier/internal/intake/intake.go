// Package intake applies findings to incidents: each exactly once in effect, in the order of the stream.
//
// One change is made in steps: the incident changes by compare-and-set, its keys are made to agree, the deliveries go to the work queue, and
// the event goes to the stream INC, which says that all of it is done. Its timers are set then, which are in memory and follow from the
// incident, and incidents that it was merged with end.
// Whoever stops in between leaves the finding unacknowledged; when it comes again, the incident says that it was applied, and the later
// steps are repeated under the same message ids. What people command and what is due by time ([Clerk]) is written beside the findings; so
// whoever changes an incident finishes the change before first, if that may not be done.
package intake

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/forewarn/forewarn/services/notifier/internal/delivery"
	"github.com/forewarn/forewarn/services/notifier/internal/life"
	"github.com/forewarn/forewarn/services/notifier/internal/route"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/incident"
)

// Applier applies findings. It is not safe for concurrent use: one writer keeps the order.
type Applier struct {
	Store *incident.Store
	JS    jetstream.JetStream
	// Trail is the stream INC ([incident.OpenTrail]).
	Trail  jetstream.Stream
	Rules  life.Rules
	Router Router
	// Holder tells what is not to be told now; nil holds nothing.
	Holder Holder
	// Missed is told of people whom a channel cannot address; nil tells nobody.
	Missed func(route.Miss)
	// Reminders and Closings are timers for telling people again, and for closing what is over; nil: there are none.
	Reminders, Closings Timers
	// Now is the clock that changes of people and timers are dated by, and that tells what is over already.
	Now func() time.Time
	// Overflow takes a delivery that its channel's queue has no room for. An error keeps the finding in work.
	Overflow func(ctx context.Context, d *delivery.Delivery, cause error) error

	common *common // what is made together with other changes; nil: each is made by itself
}

// Result says what became of a finding.
type Result string

// The results of applying a finding.
const (
	// Ignored: too slight to open an incident, or the end of none.
	Ignored Result = "ignored"
	// Noted: too slight to open an incident, and kept for a while, since it may be the cause of one.
	Noted Result = "noted"
	// Repeated: it was applied before.
	Repeated Result = "repeated"
	// Refused: it would open an incident, and the store is too full for one of its severity. The next finding of
	// its episode tries again.
	Refused Result = "refused"
	// Covered: an open incident of the release that its entity is an instance of stands for it, too. When that one ends, the
	// next finding of the episode opens an incident.
	Covered Result = "covered"
	// The others name the change.
	OpenedIncident   Result = "opened"
	ReopenedIncident Result = "reopened"
	UpdatedIncident  Result = "updated"
	// JoinedIncident: a finding of another fault became part of an incident that is near.
	JoinedIncident   Result = "joined"
	ResolvedIncident Result = "resolved"
)

// Above these parts of the store nothing below critical is opened, and then nothing at all: what is left is for the
// ends of incidents that are open, and for removing old ones, which would not fit otherwise.
const (
	ReserveCritical = 0.85
	ReserveAll      = 0.95
)

// Apply applies one finding and returns when all of its effects are safe on the bus. After an error it is
// to be called again with the same finding before any other, unless it is [incident.ErrUnreadable]: f opened an
// incident that cannot be read any more.
func (a *Applier) Apply(ctx context.Context, f *finding.Finding) (Result, error) {
	for {
		r, err := a.try(ctx, f)
		if !errors.Is(err, incident.ErrConflict) || a.common != nil || ctx.Err() != nil {
			return r, err
		}
	}
}

func (a *Applier) try(ctx context.Context, f *finding.Finding) (Result, error) {
	at, err := a.find(ctx, f)
	if err != nil {
		return "", err
	}
	cur := at.cur
	if cur != nil {
		mark, seen := life.Seen(cur, f)
		if seen || at.known && mark == nil {
			return Repeated, a.repair(ctx, cur, mark, f)
		}
	}
	var noted Result
	if noted, at.around.Ordinary, err = a.note(ctx, cur, f); err != nil {
		return "", err
	}
	step := a.Rules.Apply(cur, f, at.around)
	if step == nil {
		return noted, nil
	}
	if cur == nil || cur.State != incident.Open {
		if covered, err := a.covered(ctx, f); covered || err != nil {
			return Covered, err
		}
	}
	if cur == nil {
		if fits, err := a.fits(ctx, f.Severity); !fits {
			return Refused, err
		}
	}
	if err := a.address(ctx, cur, step); err != nil {
		return "", err
	}
	if err := a.settleOther(ctx, cur); err != nil {
		return "", err
	}
	if err := a.write(ctx, cur, step); err != nil {
		return "", err
	}
	if err := a.emit(ctx, cur, step); err != nil {
		return "", err
	}
	for _, other := range at.around.Merge {
		if err := a.complete(ctx, other.ID, step.Incident); err != nil {
			return "", err
		}
	}
	if noted == Noted {
		return Noted, nil
	}
	return result(step), nil
}

// covered tells whether people are told of f by an incident of its group. What is critical has one of its own: it is of this
// instance and of today.
func (a *Applier) covered(ctx context.Context, f *finding.Finding) (bool, error) {
	if f.Group == "" || f.Severity == finding.Critical {
		return false, nil
	}
	of, err := a.lookup(ctx, func() (string, error) { return a.Store.IDByFault(ctx, incident.Fault(f.Kind, f.Group)) })
	return of != nil && of.State == incident.Open, err
}

// fits tells whether the store takes a new incident of a severity.
func (a *Applier) fits(ctx context.Context, s finding.Severity) (bool, error) {
	fill, err := a.Store.Fill(ctx)
	if err != nil {
		return false, err
	}
	return fill < ReserveCritical || s == finding.Critical && fill < ReserveAll, nil
}

func result(s *life.Step) Result {
	switch {
	case s.Reason == incident.ReasonReopened:
		return ReopenedIncident
	case s.Change.Action == finding.Opened:
		return OpenedIncident
	case s.Change.Action == finding.Resolved:
		return ResolvedIncident
	case s.Joined:
		return JoinedIncident
	}
	return UpdatedIncident
}

func (a *Applier) write(ctx context.Context, cur *incident.Incident, s *life.Step) error {
	if a.common != nil && a.common.draft.Changed(s.Incident.ID) {
		return errApart
	}
	if cur == nil {
		return a.Store.Create(ctx, s.Incident)
	}
	return a.Store.Update(ctx, s.Incident)
}

// settle finishes the newest change of cur, if its writer has not.
func (a *Applier) settle(ctx context.Context, cur *incident.Incident) error {
	done, err := incident.Published(ctx, a.Trail, cur.ID, cur.Version)
	if err != nil || done {
		return err
	}
	return a.finish(ctx, cur)
}

// settleOther is settle for the one that applies findings: what it made itself is finished, as it takes one finding after the other.
func (a *Applier) settleOther(ctx context.Context, cur *incident.Incident) error {
	if cur == nil || slices.ContainsFunc(cur.Marks, func(m incident.Mark) bool { return m.Version == cur.Version }) {
		return nil
	}
	return a.settle(ctx, cur)
}

// finish repeats all that follows from the newest change of cur.
func (a *Applier) finish(ctx context.Context, cur *incident.Incident) error {
	if a.common != nil {
		return errApart
	}
	if err := errors.Join(a.Store.Index(ctx, cur), a.Store.IndexHeld(ctx, cur)); err != nil {
		return err
	}
	if err := a.enqueue(ctx, cur); err != nil {
		return err
	}
	done, err := incident.Published(ctx, a.Trail, cur.ID, cur.Version)
	if err == nil && !done && len(cur.Timeline) > 0 {
		err = incident.PublishEvent(ctx, a.JS, incident.NewEvent(cur, cur.Timeline[len(cur.Timeline)-1]))
	}
	if err == nil {
		a.plan(nil, cur)
	}
	return err
}

// emit carries out what follows from a stored change of cur. Every part of it may be repeated.
func (a *Applier) emit(ctx context.Context, cur *incident.Incident, s *life.Step) error {
	if s.Reindex {
		if err := a.Store.IndexFrom(ctx, s.Incident, s.Places); err != nil {
			return err
		}
	}
	if s.Held {
		if err := a.Store.IndexHeld(ctx, s.Incident); err != nil {
			return err
		}
	}
	if err := a.enqueue(ctx, s.Incident); err != nil {
		return err
	}
	event := incident.NewEvent(s.Incident, s.Change)
	if a.common != nil {
		a.common.done = append(a.common.done, done{before: cur, after: s.Incident, event: event})
		return nil
	}
	if err := incident.PublishEvent(ctx, a.JS, event); err != nil {
		return err
	}
	a.plan(cur, s.Incident)
	return nil
}

// enqueue queues the deliveries of i's current version, if people are told of it.
func (a *Applier) enqueue(ctx context.Context, i *incident.Incident) error {
	if i.Notified == nil || i.Notified.Version != i.Version {
		return nil
	}
	for _, t := range i.Notified.Targets() {
		d := &delivery.Delivery{Channel: t.Channel, Reason: i.Notified.Reason, Incident: *i, To: t.To, Team: t.Team, Group: t.Group}
		if a.common != nil {
			a.common.deliveries = append(a.common.deliveries, d)
			continue
		}
		if err := a.queue(ctx, d); err != nil {
			return err
		}
	}
	return nil
}

// queue queues a delivery. A queue that is full is the trouble of its channel alone: other channels, and all findings, go on.
func (a *Applier) queue(ctx context.Context, d *delivery.Delivery) error {
	err := delivery.Enqueue(ctx, a.JS, d)
	if errors.Is(err, delivery.ErrFull) {
		return a.Overflow(ctx, d, err)
	}
	return err
}

// repair repeats what a crash may have left undone after f changed cur: what follows from the change, unless somebody has made another
// one since and so has finished it, and the ends of what was merged by it.
func (a *Applier) repair(ctx context.Context, cur *incident.Incident, m *incident.Mark, f *finding.Finding) error {
	if m == nil || m.Finding != f.ID {
		return nil
	}
	if m.Version == cur.Version {
		if err := a.finish(ctx, cur); err != nil {
			return fmt.Errorf("repeat finding %s: %w", f.ID, err)
		}
	}
	for _, id := range cur.Merged {
		if err := a.complete(ctx, id, cur); err != nil {
			return err
		}
	}
	return nil
}
