package pipeline

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"math"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/forewarn/forewarn/shared/signal"
)

// Snapshot is what the trend workers knew at one time. It is shared: readers must not change it.
type Snapshot struct {
	AsOf time.Time
	// Signals are sorted by key, without repeats.
	Signals []signal.State
	// Ranked indexes Signals, the most dangerous first.
	Ranked []int
	// Missing are the partitions that did not answer in time; none of their signals is included.
	Missing []int
	// Truncated says that there are more signals than [MaxSignals].
	Truncated bool

	once     sync.Once
	entities *Entities
}

// newSnapshot sorts and ranks what was gathered.
func newSnapshot(asOf time.Time, signals []signal.State, missing []int, truncated bool) *Snapshot {
	slices.SortFunc(signals, func(a, b signal.State) int { return strings.Compare(a.Key, b.Key) })
	signals = slices.CompactFunc(signals, func(a, b signal.State) bool { return a.Key == b.Key })
	ranked := make([]int, len(signals))
	for i := range ranked {
		ranked[i] = i
	}
	slices.SortStableFunc(ranked, func(i, j int) int { return byDanger(&signals[i], &signals[j]) })
	slices.Sort(missing)
	return &Snapshot{AsOf: asOf, Signals: signals, Ranked: ranked, Missing: missing, Truncated: truncated}
}

// byDanger puts open episodes first, then orders by the probability of trouble within a day, the share that is
// used (of what climbs first), and the probability of trouble later. Probabilities that read the same rank the same.
func byDanger(a, b *signal.State) int {
	return cmp.Or(
		cmp.Compare(calmness(a), calmness(b)),
		cmp.Compare(permille(b.Probability.H24), permille(a.Probability.H24)),
		cmp.Compare(steadiness(a), steadiness(b)),
		cmp.Compare(share(b), share(a)),
		cmp.Compare(b.Probability.D7, a.Probability.D7),
		cmp.Compare(b.Probability.D30, a.Probability.D30),
	)
}

// steadiness is 0 for a signal that climbs, else 1.
func steadiness(s *signal.State) int {
	if s.Rising {
		return 0
	}
	return 1
}

// calmness is 0 for a signal with an open episode, else 1.
func calmness(s *signal.State) int {
	if s.Episode != "" {
		return 0
	}
	return 1
}

func permille(p float64) float64 { return math.Round(1000 * p) }

// share returns used/limit, -1 where there is no limit.
func share(s *signal.State) float64 {
	if s.Limit <= 0 {
		return -1
	}
	return s.Used / s.Limit
}

// Filter selects signals; empty fields select all.
type Filter struct {
	Stage      signal.Stage
	Rule, Kind string
	// Entity is the id of one, whose signals pass, and those of all that is in it.
	Entity string
	// Text is looked for in key, rule, entity and series, whatever its case.
	Text string
}

// Matcher returns the test of the filter, made ready for many signals.
func (f Filter) Matcher() func(*signal.State) bool {
	text := strings.ToLower(f.Text)
	return func(s *signal.State) bool {
		switch {
		case f.Stage != "" && s.Stage != f.Stage,
			f.Rule != "" && s.Rule != f.Rule,
			f.Kind != "" && string(s.Kind) != f.Kind,
			f.Entity != "" && s.Entity.ID != f.Entity && s.Entity.Root != f.Entity:
			return false
		case text == "":
			return true
		}
		for _, in := range [...]string{s.Key, s.Entity.Name, s.Series} {
			if strings.Contains(strings.ToLower(in), text) {
				return true
			}
		}
		return false
	}
}

// Page returns at most limit signals after the key, in the order of their keys, and whether more follow.
func (s *Snapshot) Page(f Filter, after string, limit int) (page []signal.State, more bool) {
	from, _ := slices.BinarySearchFunc(s.Signals, after, func(s signal.State, key string) int { return strings.Compare(s.Key, key) })
	match := f.Matcher()
	for i := from; i < len(s.Signals); i++ {
		sig := &s.Signals[i]
		if (after != "" && sig.Key == after) || !match(sig) {
			continue
		}
		if len(page) == limit {
			return page, true
		}
		page = append(page, *sig)
	}
	return page, false
}

// ByKey returns the signal with that key, nil if there is none.
func (s *Snapshot) ByKey(key string) *signal.State {
	i, ok := slices.BinarySearchFunc(s.Signals, key, func(s signal.State, key string) int { return strings.Compare(s.Key, key) })
	if !ok {
		return nil
	}
	return &s.Signals[i]
}

// LongKey is the length in bytes from which a key is named by its [Digest] in addresses.
const LongKey = 400

// digestPrefix begins no key: ids of rules have no colon.
const digestPrefix = "sha256:"

// Digest returns a short name of a long key.
func Digest(key string) string {
	sum := sha256.Sum256([]byte(key))
	return digestPrefix + hex.EncodeToString(sum[:16])
}

// Named returns the signal with that key or, if it has a long one, that digest; nil if there is none.
func (s *Snapshot) Named(name string) *signal.State {
	if !strings.HasPrefix(name, digestPrefix) {
		return s.ByKey(name)
	}
	for i := range s.Signals {
		if key := s.Signals[i].Key; len(key) > LongKey && Digest(key) == name {
			return &s.Signals[i]
		}
	}
	return nil
}
