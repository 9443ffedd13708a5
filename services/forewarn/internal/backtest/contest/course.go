package contest

const (
	minute = int64(60_000) // Unix milliseconds, as all times here
	hour   = 60 * minute
	day    = 24 * hour
)

const (
	// FullShare is the use from which the limit counts as reached: the last blocks of a disk are never all used.
	FullShare = 0.995
	// FullFor is how long it must stay there, in milliseconds.
	FullFor = 5 * minute
	// freeShare is the use below which a thing that was full must stay for freeFor, in milliseconds, to fail anew: what
	// touches its limit every few hours is in the same trouble.
	freeShare = 0.95
	freeFor   = day
	// KilledShare is the use below which a thing that has just been full was killed, as processes are.
	KilledShare = 0.5
)

// Failure is a limit that was reached.
type Failure struct {
	// At is when the use reached the limit, to stay there for some minutes, or to be gone or killed at once.
	At int64
	// Onset is when the trouble began: when the use rose for the last time out of the lowest tenth of the way from the
	// least use of the last three weeks to the limit; of climbs that follow each other, the first.
	Onset int64
	// From is when the course began, or when the use was free again after the failure before.
	From int64
}

// course finds the failures in the use of one subject.
type course struct {
	start, end int64
	from       int64 // since when it could fail
	full       int64 // since when it has been at its limit, 0: it is not
	failed     bool  // it was counted, and has not been free for long since
	free       int64 // since when it has been free after that, 0: it is not
	born       bool  // it was full when it was first seen, which nobody could foretell
	lows       lows
	failures   []Failure
}

// observe takes the share in use at a time; times do not fall.
func (c *course) observe(at int64, share float64) {
	if c.start == 0 {
		c.start, c.from, c.born = at, at, share >= FullShare
		c.failed = c.born
	}
	c.end = at
	switch {
	case share < FullShare:
		if share < KilledShare && c.falling() {
			c.fail()
		}
		c.full = 0
	case c.full == 0:
		c.full = at
	}
	if c.falling() && at-c.full >= FullFor {
		c.fail()
	}
	c.recover(at, share)
	c.lows.add(at, share)
}

// recover notes that what failed is free again, and lets it fail anew once it has been that for long.
func (c *course) recover(at int64, share float64) {
	switch {
	case !c.failed || share >= freeShare:
		c.free = 0
	case c.free == 0:
		c.free = at
	case at-c.free >= freeFor:
		c.failed, c.from, c.free = false, c.free, 0
	}
}

// falling tells whether the limit is reached and that is not counted yet.
func (c *course) falling() bool { return c.full != 0 && !c.failed }

func (c *course) fail() {
	c.failed = true
	c.failures = append(c.failures, Failure{At: c.full, Onset: c.lows.onset(c.from, c.full), From: c.from})
}

// close counts what ended at its limit. Nothing is observed afterwards.
func (c *course) close() {
	if c.falling() {
		c.fail()
	}
}

// span is how far back the trouble behind a failure is looked for, in hours: as far as a warning counts.
const span = 21 * 24

// lows are the least and the greatest shares of the last hours.
type lows struct {
	least, most [span]float32
	hour        [span]int64 // Unix hours, 0: none
}

func (l *lows) add(at int64, share float64) {
	h, v := at/hour, float32(share)
	i := h % span
	if l.hour[i] != h {
		l.hour[i], l.least[i], l.most[i] = h, v, v
	}
	l.least[i], l.most[i] = min(l.least[i], v), max(l.most[i], v)
}

// of returns the least and the greatest share of an hour; not ok if nothing was seen in it.
func (l *lows) of(h int64) (least, most float32, ok bool) {
	i := h % span
	return l.least[i], l.most[i], l.hour[i] == h
}

const (
	// bottom and height are parts of the way from the least use to the limit: what lies below the one is at rest, what
	// came above the other was in trouble already.
	bottom, height = 0.1, 0.6
	// Where it was at rest for half a day and for a quarter of the climb after it, an earlier climb was another trouble.
	resting     = 12
	restingPart = 4
)

// onset returns when the use rose for the last time out of the lowest tenth of its way to the limit. Where it came down
// from most of that way before, as by restarts, and did not rest, it is the climb before that began it, and so on.
func (l *lows) onset(from, failure int64) int64 {
	first := max(from/hour, failure/hour-span+1)
	least := float32(1)
	for h := first; h <= failure/hour; h++ {
		if low, _, ok := l.of(h); ok {
			least = min(least, low)
		}
	}
	began, climbed, rested := max(from, first*hour), true, int64(0)
	top, enough := failure/hour, int64(resting)
	for h := failure / hour; h >= first && rested < enough; h-- {
		low, most, ok := l.of(h)
		if !ok {
			continue
		}
		if climbed && low <= least+bottom*(1-least) {
			began, climbed, rested = max(from, h*hour), false, 0
			enough = max(resting, (top-h)/restingPart)
		}
		if !climbed && most >= least+height*(1-least) {
			climbed, top = true, h
		}
		if rested++; climbed || most > least+bottom*(1-least) {
			rested = 0
		}
	}
	return began
}
