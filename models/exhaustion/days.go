package exhaustion

// Kinds is how many kinds of day there may be.
const Kinds = 8

// Days says of what kind each day is, such as a working day, a day off or a day of a month's close: growth differs
// between them. The zero value knows of no differences.
type Days struct {
	// First is the number of the first day, counted from 1970-01-01 in the zone of [Forecaster.In]. A Forecaster takes Days
	// with an equal First for the same ones.
	First int64
	// Kind is the kind of day First+i, less than Kinds. Days before and after are of kind 0.
	Kind []uint8
	// Like tells of each kind which other one it is taken for while no day of it has been seen: kind 0 unless set.
	Like [Kinds]uint8
	// Guess is how much more than that a signal is then taken to grow that is known to follow the kinds: 0 is as much.
	Guess [Kinds]float64
}

func (d *Days) kind(day int64) uint8 {
	if i := day - d.First; i >= 0 && i < int64(len(d.Kind)) {
		return min(d.Kind[i], Kinds-1)
	}
	return 0
}
