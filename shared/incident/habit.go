package incident

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/bits"
	"slices"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

const (
	// habitDays is how many days back it is remembered when a fault was noted, leastDays of how many at least a share is taken: what
	// came twice in the first two days has not come every day yet.
	habitDays, leastDays = 28, 7
	// maxHabits is how many faults of one outermost entity are remembered.
	maxHabits = 64
)

// Habits tell on which days faults of one outermost entity were noted, by the fault. Days are those of UTC.
type Habits map[string]Habit

// Habit is on which days one fault was noted.
type Habit struct {
	// Last is the newest day, in days since 1970, Days has a bit for each of the 32 days before it, the lowest for the day before.
	Last int64  `json:"last"`
	Days uint32 `json:"days,omitempty"`
}

func dayOf(at time.Time) int64 { return at.Unix() / int64(24*time.Hour/time.Second) }

// before returns the days of the last four weeks before a day on which it was noted, the lowest bit for the day before.
func (h Habit) before(day int64) uint32 {
	ago := day - h.Last
	if ago < 0 { // an entry may be older than what was noted before it
		return h.Days >> min(-ago, 32) & (1<<habitDays - 1)
	}
	noted := uint64(h.Days)<<1 | 1 // the lowest bit for h.Last
	if ago == 0 {
		noted = uint64(h.Days)
		ago = 1
	}
	return uint32(noted << min(ago-1, 32) & (1<<habitDays - 1)) //nolint:gosec // 28 bits
}

// Share is on which share of the days before a time a fault was noted, counted from the first of them in four weeks, at least a week: 0
// for what is new, never quite 1.
func (h Habits) Share(fault string, at time.Time) float64 {
	noted := h[fault].before(dayOf(at))
	if _, known := h[fault]; !known || noted == 0 {
		return 0
	}
	return float64(bits.OnesCount32(noted)) / float64(max(bits.Len32(noted), leastDays)+2)
}

// With returns the habits after a fault was noted at a time, and whether that is news: a day before the newest one of the fault, which only
// comes late, is none. Of too many faults the one that was noted on the
// fewest days is forgotten, of several the one that was so longest ago.
func (h Habits) With(fault string, at time.Time) (Habits, bool) {
	day := dayOf(at)
	old, known := h[fault]
	if known && day <= old.Last {
		return h, false
	}
	out := make(Habits, len(h)+1)
	for f, habit := range h {
		out[f] = habit
	}
	out[fault] = Habit{Last: day}
	if known {
		out[fault] = Habit{Last: day, Days: old.before(day)}
	}
	for len(out) > maxHabits {
		delete(out, out.least())
	}
	return out, true
}

// least is the fault that was noted on the fewest days.
func (h Habits) least() string {
	faults := make([]string, 0, len(h))
	for f := range h {
		faults = append(faults, f)
	}
	return slices.MinFunc(faults, func(a, b string) int {
		return cmp.Or(cmp.Compare(bits.OnesCount32(h[a].Days), bits.OnesCount32(h[b].Days)), cmp.Compare(h[a].Last, h[b].Last), cmp.Compare(a, b))
	})
}

// Habits returns those of an outermost entity. What cannot be read is none: it is evidence at most.
func (s *Store) Habits(ctx context.Context, root string) (Habits, error) {
	e, err := s.get(ctx, hashed(habitPrefix, root))
	if errors.Is(err, ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return habitsIn(e.Value()), nil
}

// habitsIn decodes habits, none if they cannot be read.
func habitsIn(data []byte) Habits {
	var h Habits
	if json.Unmarshal(data, &h) != nil {
		return nil
	}
	return h
}

// PutHabits replaces those of an outermost entity. They have one writer.
func (s *Store) PutHabits(ctx context.Context, root string, h Habits) error {
	data, err := json.Marshal(h)
	if err != nil {
		return fmt.Errorf("encode habits: %w", err)
	}
	if _, err := s.kv.Put(ctx, hashed(habitPrefix, root), data); err != nil {
		return fmt.Errorf("store habits of %s: %w", root, roomy(err))
	}
	return nil
}

// PruneHabits removes the habits of entities of which nothing was noted since a time, and returns of how many.
func (s *Store) PruneHabits(ctx context.Context, before time.Time) (removed int, err error) {
	return s.pruneOf(ctx, habitPrefix, func(data []byte) bool {
		for _, h := range habitsIn(data) {
			if h.Last >= dayOf(before) {
				return true
			}
		}
		return false
	})
}

// pruneOf removes what is kept of outermost entities under a prefix, unless it is still of use, and returns of how many.
func (s *Store) pruneOf(ctx context.Context, prefix string, useful func(data []byte) bool) (removed int, err error) {
	rest, err := s.keys(ctx, prefix)
	if err != nil {
		return 0, err
	}
	for _, key := range rest {
		e, err := s.get(ctx, prefix+key)
		if errors.Is(err, ErrNotFound) {
			continue
		}
		if err != nil {
			return removed, err
		}
		if useful(e.Value()) {
			continue
		}
		err = s.kv.remove(ctx, prefix+key, e.Revision())
		if err != nil && !errors.Is(err, jetstream.ErrKeyRevisionMismatch) {
			return removed, fmt.Errorf("remove %s%s: %w", prefix, key, roomy(err))
		}
		removed++
	}
	return removed, nil
}
