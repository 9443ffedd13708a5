package baseline

import "math"

// closes is what the working days of a close of the books add to an ordinary one, learnt from earlier closes: busy hours
// are multiplied, quiet ones are lifted.
type closes struct {
	// Busy is what each day of a close adds to the busy hours, as a share of what these have above the quietest, in
	// busySteps. Quiet is what it adds to the others, in steps of the profile.
	Busy, Quiet [CloseDays]int16
	// Low is what is usual of the quietest hour of a working day, Swing how much more of the busiest; in steps.
	Low, Swing int16
	// Help is by how many hours of closes this was right rather than wrong.
	Help int8
}

const (
	busySteps = 1024
	closeRate = 0.15 // of an hour in what is usual of its day of a close
	trusted   = 24   // hours of help from which on closes are told from other days
	helpShare = 0.7  // of a deviation that help must leave at most
	mostHelp  = 100
	busyShare = 0.3 // of the swing, from which on an hour is busy
)

// measure notes how far the hours of a working day lie apart.
func (c *closes) measure(work *[24]int16) {
	low, high := work[0], work[0]
	for _, v := range work {
		low, high = min(low, v), max(high, v)
	}
	c.Low, c.Swing = low, int16(min(int(high)-int(low), math.MaxInt16))
}

// busy returns what a usual value has above the quietest, and whether its hour is busy.
func (c *closes) busy(usual float64) (above float64, ok bool) {
	above = usual - float64(c.Low)
	return above, above > busyShare*float64(c.Swing)
}

// trusted reports whether closes have been told from other days rightly for some time.
func (c *closes) trusted() bool { return c.Help >= trusted }

// extra returns what a day of a close adds to a usual value, in steps.
func (c *closes) extra(day int8, usual float64) float64 {
	if above, ok := c.busy(usual); ok {
		return above * float64(c.Busy[day-1]) / busySteps
	}
	return float64(c.Quiet[day-1])
}

// learn takes in the mean deviation of an hour of a close from what is usual of another day, in steps.
func (c *closes) learn(day int8, usual, deviation float64) {
	extra := c.extra(day, usual)
	switch without, with := math.Abs(deviation), math.Abs(deviation-extra); {
	case with < helpShare*without:
		c.Help = min(c.Help+1, mostHelp)
	default:
		c.Help = max(c.Help-1, -mostHelp)
	}
	deviation -= extra
	if above, ok := c.busy(usual); ok {
		add(&c.Busy[day-1], closeRate*busySteps*deviation/above)
		return
	}
	add(&c.Quiet[day-1], closeRate*deviation)
}

func (c *closes) coarsen() {
	for d := range c.Quiet {
		c.Quiet[d] /= 4
	}
	c.Low /= 4
	c.Swing /= 4
}

// add adds and stays within two bytes.
func add(to *int16, x float64) {
	*to = int16(math.Round(min(max(float64(*to)+x, -math.MaxInt16), math.MaxInt16)))
}
