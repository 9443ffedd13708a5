package intake

import (
	"context"
	"sync"
	"time"

	"github.com/forewarn/forewarn/services/notifier/internal/timer"
	"github.com/forewarn/forewarn/shared/incident"
)

// plan is what is to happen to an incident.
type plan struct {
	wanted  bool
	at      time.Time
	after   time.Duration // what it is reckoned from
	payload []byte
	timers  Timers
}

// sweeper finds what has no timer of a kind and should. It reads each incident that needs none once, and again when it has changed.
type sweeper struct {
	clerk   *Clerk
	kind    string
	planned func(*incident.Incident) plan

	mu    sync.Mutex
	begun bool // what an earlier process has not finished is

	// These are the sweep's own, of which there is one at a time.
	revision uint64          // of the store, for which idle holds; 0: of none
	idle     map[string]bool // not closed, and in need of no timer
}

func newSweeper(c *Clerk, kind string, planned func(*incident.Incident) plan) *sweeper {
	return &sweeper{clerk: c, kind: kind, planned: planned}
}

// fire serves timers, after what an earlier process has not finished.
func (s *sweeper) fire(ctx context.Context, due []timer.Due, serve func(*Clerk, context.Context, timer.Due) error) error {
	if err := s.begin(ctx); err != nil {
		return err
	}
	return s.clerk.each(ctx, s.kind, due, serve)
}

// begin finishes what an earlier process has not, once, and before this one notes what it has underway itself: what that leaves unfinished
// its timers come to again.
func (s *sweeper) begin(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.begun {
		return nil
	}
	underway, err := s.clerk.Store.Underway(ctx, s.kind)
	if err != nil {
		return err
	}
	for _, id := range underway {
		cur, err := s.clerk.Store.Get(ctx, id)
		if err == nil {
			err = s.clerk.settleOther(ctx, cur)
		}
		if existing(err) != nil {
			return err
		}
	}
	s.begun = true
	return nil
}

// Sweep finishes what an earlier process has not, and sets what is planned for each incident that is not closed and has no timer pending.
func (s *sweeper) Sweep(ctx context.Context, pending map[string]bool) error {
	if err := s.begin(ctx); err != nil {
		return err
	}
	if err := s.catchUp(ctx); err != nil {
		return err
	}
	ids, err := s.clerk.Store.Unclosed(ctx)
	if err != nil {
		return err
	}
	idle := make(map[string]bool, len(s.idle))
	for _, id := range ids {
		switch {
		case pending[id]:
		case s.idle[id]:
			idle[id] = true
		default:
			wanted, err := s.restore(ctx, id)
			if existing(err) != nil {
				return err
			}
			if !wanted {
				idle[id] = true
			}
		}
	}
	s.idle = idle
	return nil
}

// catchUp forgets what is known of incidents that have changed since.
func (s *sweeper) catchUp(ctx context.Context) error {
	now, err := s.clerk.Store.Revision(ctx)
	if err != nil {
		return err
	}
	if s.revision == 0 || now < s.revision { // that of another bucket
		s.revision, s.idle = now, nil
		return nil
	}
	if now == s.revision {
		return nil
	}
	changed, err := s.clerk.Store.ChangedSince(ctx, s.revision)
	if err != nil {
		return err
	}
	for _, id := range changed {
		delete(s.idle, id)
	}
	s.revision = now
	return nil
}

// restore sets the timer of an incident, and reports whether it is to have one. One that is over is left to who has made the newest change and
// not published it. If that one was read so long after it happened that the timer was over before it could be set, it is put off by as much.
func (s *sweeper) restore(ctx context.Context, id string) (wanted bool, err error) {
	i, err := s.clerk.Store.Get(ctx, id)
	if err != nil {
		return false, err
	}
	p := s.planned(i)
	if !p.wanted {
		return false, nil
	}
	if !p.at.After(s.clerk.Now()) {
		last, stored, err := incident.LastPublished(ctx, s.clerk.Trail, i.ID)
		if err != nil || last == nil || last.Incident.Version < i.Version {
			return true, err
		}
		if lag := stored.Sub(last.Change.Time); lag >= p.after {
			p.at = p.at.Add(lag)
		}
	}
	p.timers.Restore(i.ID, p.at, p.payload)
	return true, nil
}
