package scenario

import (
	"hash/fnv"
	"math/rand/v2"
	"slices"
	"time"
)

// HeldOutSeed is the first seed that nobody may tune a model on.
const HeldOutSeed = 1000

// Family is one way in which a resource behaves.
type Family struct {
	Name string
	Kind Kind
	// HeldOut families are kept away from tuning, whatever the seed.
	HeldOut bool

	number int // its place among all families
	fate   fate
	draw   func(*site) course
}

// fate is what must become of a series of the family; a draw that ends otherwise is drawn again.
type fate int

const (
	survives fate = iota // never reaches its limit
	fails                // reaches its limit before the data end
)

// Families returns the families in a fixed order: those to tune on, or with heldOut all of them.
func Families(heldOut bool) []Family {
	var out []Family
	for i, f := range slices.Concat(steadyDisks(), growingDisks(), suddenDisks(), faultyDisks(), memories(), leaks(), fillings()) {
		f.number = i
		if heldOut || !f.HeldOut {
			out = append(out, f)
		}
	}
	return out
}

// draws bounds how often a series is drawn for its fate. The last draw is kept as it is: the truth stays true.
const draws = 200

// Make returns the series number index of the family under a seed. workday tells the days on which people work, given
// the local midnight (UTC+8) at which each begins. Every fourth disk lasts 90 days, others 35; memory lasts 10 to 24.
func (f *Family) Make(seed uint64, index int, workday func(time.Time) bool) *Series {
	h := fnv.New64a()
	_, _ = h.Write([]byte(f.Name)) // never fails
	r := rand.New(rand.NewPCG(seed, h.Sum64()+uint64(index)))
	var s *Series
	for range draws {
		s = newSite(r, f, index, workday).record(f)
		if (s.Failure != nil) == (f.fate == fails) {
			break
		}
	}
	return s
}

// Weekdays reports whether the day is one from Monday to Friday: a calendar without holidays.
func Weekdays(day time.Time) bool {
	return day.Weekday() != time.Saturday && day.Weekday() != time.Sunday
}
