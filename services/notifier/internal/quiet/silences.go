package quiet

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"go.uber.org/zap"

	"github.com/forewarn/forewarn/shared/incident"
	"github.com/forewarn/forewarn/shared/silence"
)

const (
	prefix = "silence." // silence.<id> in the bucket of incidents
	// keep is how long a silence that is over stays in the list.
	keep = 30 * 24 * time.Hour
	// maxSilences bounds how many there are, over ones included.
	maxSilences = 2000
	// lateStart is how long before now a silence may begin, of somebody whose clock is behind.
	lateStart = 5 * time.Minute
)

// load reads what is stored.
func (b *Book) load(ctx context.Context) error {
	l, err := b.s.KV.ListKeysFiltered(ctx, prefix+"*")
	if err != nil {
		return fmt.Errorf("list silences: %w", err)
	}
	var keys []string
	for key := range l.Keys() {
		keys = append(keys, key)
	}
	if err := ctx.Err(); err != nil { // a list cut short looks complete otherwise
		return fmt.Errorf("list silences: %w", err)
	}
	for _, key := range keys {
		e, err := b.s.KV.Get(ctx, key)
		if errors.Is(err, jetstream.ErrKeyNotFound) {
			continue
		}
		if err != nil {
			return fmt.Errorf("read silence %s: %w", key, err)
		}
		s, err := silence.Decode(e.Value())
		if err != nil {
			b.s.Logger.Error("stored silence not understood, it silences nothing", zap.String("key", key), zap.Error(err))
			continue
		}
		b.silences[s.ID] = s
	}
	return nil
}

// Command does what a command asks for, at a time, and returns the answer. An error is the bus's.
func (b *Book) Command(ctx context.Context, request []byte, now time.Time) ([]byte, error) {
	reply, err := b.obey(ctx, request, now)
	if err != nil {
		return nil, err
	}
	return json.Marshal(reply)
}

func (b *Book) obey(ctx context.Context, request []byte, now time.Time) (silence.Reply, error) {
	c, err := silence.DecodeCommand(request)
	if err != nil {
		return silence.Reply{Problem: err.Error()}, nil //nolint:nilerr // it is the asker's
	}
	switch c.Do {
	case silence.Create:
		return b.create(ctx, c.Silence, now)
	case silence.Expire:
		return b.expire(ctx, c, now)
	}
	return b.list(ctx)
}

// create makes a silence. One with the id of one that there is changes nothing, so that asking again does no harm.
func (b *Book) create(ctx context.Context, wanted *silence.Silence, now time.Time) (silence.Reply, error) {
	s := *wanted
	s.Created, s.Held, s.ExpiredBy = now, 0, ""
	if s.ID == "" {
		s.ID = incident.NewID(now, rand.Text())
	}
	if s.Starts.IsZero() || s.Starts.Before(now.Add(-lateStart)) {
		s.Starts = now
	}
	if err := s.Problems(); err != nil {
		return silence.Reply{Problem: err.Error()}, nil //nolint:nilerr // it is the asker's
	}
	if !silence.ValidID(s.ID) {
		return silence.Reply{Problem: fmt.Sprintf("id: %q is none; leave it out", s.ID)}, nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if old := b.silences[s.ID]; old != nil {
		return silence.Reply{Silences: []silence.Silence{*old}}, nil
	}
	if len(b.silences) >= maxSilences {
		return silence.Reply{Problem: fmt.Sprintf("there are %d silences; write a route or a window of maintenance for what recurs", maxSilences)}, nil
	}
	return b.put(ctx, &s)
}

// expire ends a silence. One that is over stays as it is.
func (b *Book) expire(ctx context.Context, c *silence.Command, now time.Time) (silence.Reply, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	old := b.silences[c.ID]
	if old == nil {
		return silence.Reply{Missing: true}, nil
	}
	if old.State(now) == silence.Expired {
		return silence.Reply{Silences: []silence.Silence{*old}}, nil
	}
	s := *old
	s.Ends, s.ExpiredBy = now, cmp.Or(c.By, "?")
	return b.put(ctx, &s)
}

// put stores a silence, and has what it concerns looked at. The caller holds the lock.
func (b *Book) put(ctx context.Context, s *silence.Silence) (silence.Reply, error) {
	if err := b.store(ctx, s); err != nil {
		return silence.Reply{}, err
	}
	select {
	case b.kick <- struct{}{}:
	default: // said already
	}
	return silence.Reply{Silences: []silence.Silence{*s}}, nil
}

func (b *Book) store(ctx context.Context, s *silence.Silence) error {
	data, err := silence.Encode(s)
	if err != nil {
		return err
	}
	if _, err := b.s.KV.Put(ctx, prefix+s.ID, data); err != nil {
		return fmt.Errorf("store silence %s: %w", s.ID, err)
	}
	b.silences[s.ID] = s
	return nil
}

// list returns all silences, the newest first, with how many incidents each has held so far.
func (b *Book) list(ctx context.Context) (silence.Reply, error) {
	held, err := b.s.Store.Held(ctx)
	if err != nil {
		return silence.Reply{}, err
	}
	counts := count(held)
	b.mu.Lock()
	defer b.mu.Unlock()
	r := silence.Reply{Silences: []silence.Silence{}}
	for _, id := range slices.Sorted(maps.Keys(b.silences)) {
		s := *b.silences[id]
		s.Held = max(s.Held, counts[id])
		r.Silences = append(r.Silences, s)
	}
	slices.Reverse(r.Silences)
	return r, nil
}

// count counts the incidents that each silence holds.
func count(held []*incident.Incident) map[string]int {
	counts := map[string]int{}
	for _, i := range held {
		if i.Held.By == incident.BySilence {
			counts[i.Held.Name]++
		}
	}
	return counts
}

// tidy notes how many incidents each silence has held, and forgets those that were over long ago.
func (b *Book) tidy(ctx context.Context, held []*incident.Incident, now time.Time) error {
	counts := count(held)
	b.mu.Lock()
	defer b.mu.Unlock()
	for id, old := range maps.Clone(b.silences) {
		if now.Sub(old.Ends) > keep {
			if err := b.s.KV.Purge(ctx, prefix+id, jetstream.PurgeTTL(time.Second)); err != nil {
				return fmt.Errorf("remove silence %s: %w", id, err)
			}
			delete(b.silences, id)
			continue
		}
		if counts[id] > old.Held {
			s := *old
			s.Held = counts[id]
			if err := b.store(ctx, &s); err != nil {
				return err
			}
		}
	}
	return nil
}
