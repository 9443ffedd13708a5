package intake

import (
	"context"
	"errors"
	"slices"

	"github.com/forewarn/forewarn/services/notifier/internal/life"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/incident"
)

const (
	// maxNear is how many open incidents near a finding are looked at, the newest first.
	maxNear = 50
	// maxMoves is how often an incident can have been merged into another that was merged itself.
	maxMoves = 16
)

// site is where a finding belongs.
type site struct {
	cur    *incident.Incident // nil: to none that there is
	known  bool               // its episode is indexed to cur
	around life.Scene
}

// find returns where f belongs.
func (a *Applier) find(ctx context.Context, f *finding.Finding) (at site, err error) {
	byEpisode := func() (string, error) { return a.Store.IDByEpisode(ctx, f.Episode) }
	if at.cur, err = a.lookup(ctx, byEpisode); err != nil {
		return at, err
	}
	if at.cur != nil && !leftBehind(at.cur, f) {
		at.known = true
		return at, a.reconsider(ctx, &at, f)
	}
	// A crash may have come between an incident and its keys.
	if at.cur, err = a.get(ctx, incident.NewID(f.Time, f.ID)); !errors.Is(err, incident.ErrNotFound) {
		return at, err
	}
	byFault := func() (string, error) { return a.Store.IDByFault(ctx, incident.Fault(f.Kind, f.Signal)) }
	cur, err := a.lookup(ctx, byFault)
	if err != nil {
		return site{}, err
	}
	if cur != nil {
		if _, seen := life.Seen(cur, f); seen || cur.State == incident.Open && a.Rules.Joins(cur, f) {
			return site{cur: cur}, nil
		}
	}
	if at, err = a.near(ctx, f); at.cur != nil || err != nil {
		return at, err
	}
	if cur != nil && a.Rules.Joins(cur, f) {
		at.cur = cur // it opens again
		return at, nil
	}
	at.cur, err = a.resumed(ctx, f)
	return at, err
}

// resumed returns the incident that f goes on with although it has ended, or has gone on with already, nil if there is none.
func (a *Applier) resumed(ctx context.Context, f *finding.Finding) (*incident.Incident, error) {
	if a.Rules.Notes(f) {
		return nil, nil // it opens none again
	}
	last, err := a.lookup(ctx, func() (string, error) { return a.Store.IDByRoot(ctx, f.Entity.Root) })
	if last == nil || err != nil {
		return nil, err
	}
	again := slices.Contains(last.Episodes, f.Episode) // a crash came between the incident and its keys
	if !again && !a.Rules.Resumes(last, f) {
		return nil, nil
	}
	return last, nil
}

// leftBehind reports whether f goes on with what was only a note in an incident that is over.
func leftBehind(cur *incident.Incident, f *finding.Finding) bool {
	k := slices.Index(cur.Episodes, f.Episode)
	if _, seen := life.Seen(cur, f); seen || k < 0 {
		return false
	}
	return cur.State != incident.Open && cur.Marks[k].Note
}

// reconsider looks for other incidents of the same fault when what was a forecast is there.
func (a *Applier) reconsider(ctx context.Context, at *site, f *finding.Finding) error {
	if _, seen := life.Seen(at.cur, f); seen || at.cur.State != incident.Open || !a.Rules.Seeks(f) || !life.ComesTrue(at.cur, f) {
		return nil
	}
	open, notes, err := a.surroundings(ctx, f)
	at.around = life.Scene{Notes: notes, Merge: a.Rules.Alike(open, at.cur, f)}
	return err
}

// near returns the open incident of another fault that f joins, none if there is none. After a crash between that incident and its
// keys it is the one that f has joined already.
func (a *Applier) near(ctx context.Context, f *finding.Finding) (at site, err error) {
	if !a.Rules.Seeks(f) {
		return at, nil
	}
	open, notes, err := a.surroundings(ctx, f)
	if err != nil {
		return at, err
	}
	at.cur = a.Rules.Nearest(open, f, notes)
	at.around = life.Scene{Notes: notes, Merge: a.Rules.Alike(open, at.cur, f)}
	return at, nil
}

// surroundings returns the open incidents that f may be near to, and the notes of where it is and of what that rests on.
func (a *Applier) surroundings(ctx context.Context, f *finding.Finding) (open []*incident.Incident, notes []incident.Note, err error) {
	for _, root := range a.Rules.Below(f) {
		n, err := a.Store.Notes(ctx, root)
		if err != nil {
			return nil, nil, err
		}
		notes = append(notes, n...)
	}
	open, err = a.Store.OpenAt(ctx, a.Rules.Places(f, notes), maxNear)
	return open, notes, err
}

// note keeps f if it is too slight for an incident, and says what became of it so far, and how ordinary it is. Without room there is none:
// it is no more than evidence.
func (a *Applier) note(ctx context.Context, cur *incident.Incident, f *finding.Finding) (r Result, ordinary float64, err error) {
	if !a.Rules.Notes(f) {
		return Ignored, 0, nil
	}
	if cur != nil {
		if k := slices.Index(cur.Episodes, f.Episode); k >= 0 && !cur.Marks[k].Note {
			return Ignored, 0, nil
		}
	}
	if ordinary, err = a.habit(ctx, f); err != nil {
		return "", 0, err
	}
	notes, err := a.Store.Notes(ctx, f.Entity.Root)
	if err != nil {
		return "", 0, err
	}
	notes, changed := life.Noted(notes, f, ordinary)
	if !changed {
		return Ignored, ordinary, nil
	}
	if err := a.Store.PutNotes(ctx, f.Entity.Root, notes); err != nil && !errors.Is(err, incident.ErrFull) {
		return "", 0, err
	}
	return Noted, ordinary, nil
}

// habit tells on which share of the days before the same was noted, and remembers today.
func (a *Applier) habit(ctx context.Context, f *finding.Finding) (float64, error) {
	if f.Action != finding.Opened {
		return 0, nil
	}
	habits, err := a.Store.Habits(ctx, f.Entity.Root)
	if err != nil {
		return 0, err
	}
	fault := incident.Fault(f.Kind, f.Signal)
	ordinary := habits.Share(fault, f.Time)
	if habits, news := habits.With(fault, f.Time); news {
		if err := a.Store.PutHabits(ctx, f.Entity.Root, habits); err != nil && !errors.Is(err, incident.ErrFull) {
			return 0, err
		}
	}
	return ordinary, nil
}

// complete ends an incident that another one has taken over, as far as that is not done.
func (a *Applier) complete(ctx context.Context, id string, into *incident.Incident) error {
	cur, err := a.Store.Get(ctx, id)
	if errors.Is(err, incident.ErrNotFound) || errors.Is(err, incident.ErrUnreadable) {
		return nil
	}
	if err != nil {
		return err
	}
	if step := life.Close(cur, into); step != nil {
		if err := a.settle(ctx, cur); err != nil {
			return err
		}
		if err := a.write(ctx, cur, step); err != nil {
			return err
		}
		return a.emit(ctx, cur, step)
	}
	if cur.MergedInto != into.ID {
		return nil
	}
	return a.finish(ctx, cur)
}

// lookup returns the incident whose id the function returns, or the one that goes on in its place, nil if there is none that can be
// read: beside one that is damaged, or of a newer release, people are told by a new one.
func (a *Applier) lookup(ctx context.Context, id func() (string, error)) (*incident.Incident, error) {
	key, err := id()
	if err == nil {
		var i *incident.Incident
		if i, err = a.get(ctx, key); err == nil {
			return i, nil
		}
	}
	if errors.Is(err, incident.ErrNotFound) || errors.Is(err, incident.ErrUnreadable) {
		return nil, nil
	}
	return nil, err
}

// get returns an incident, or the one that goes on in its place.
func (a *Applier) get(ctx context.Context, id string) (*incident.Incident, error) {
	i, err := a.Store.Get(ctx, id)
	for range maxMoves {
		if err != nil || i.MergedInto == "" {
			break
		}
		into, gone := a.Store.Get(ctx, i.MergedInto)
		if errors.Is(gone, incident.ErrNotFound) || errors.Is(gone, incident.ErrUnreadable) {
			break
		}
		i, err = into, gone
	}
	return i, err
}
