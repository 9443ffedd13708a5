package contest

const (
	minute = int64(60_000) // Unix milliseconds, as all times here
	hour   = 60 * minute
	day    = 24 * hour
)

const (
	// FullShare is the use from which the limit counts as reached: the last blocks of a disk are never all used.
	FullShare = 0.995
	// fullFor is how long it must stay there.
	fullFor = 5 * minute
	// freeShare is the use below which a thing that was full can fail anew.
	freeShare = 0.95
	// killedShare is the use below which a thing that has just been full was killed, as processes are.
	killedShare = 0.5
)

// Failure is a limit that was reached.
type Failure struct {
	// At is when the use reached the limit, to stay there for some minutes, or to be gone or killed at once.
	At int64
	// Onset is when the trouble began: when the use stood for the last time in the lowest tenth of the way from the
	// least use of the last three weeks to the limit.
	Onset int64
	// From is when the course began, or when the use was free again after the failure before.
	From int64
}

// course finds the failures in the use of one subject.
type course struct {
	start, end int64
	from       int64 // since when it could fail
	full       int64 // since when it has been at its limit, 0: it is not
	failed     bool  // it was counted, and has not been free since
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
		if share < killedShare && c.falling() {
			c.fail()
		}
		c.full = 0
		if share < freeShare && c.failed {
			c.failed, c.from = false, at
		}
	case c.full == 0:
		c.full = at
	}
	if c.falling() && at-c.full >= fullFor {
		c.fail()
	}
	c.lows.add(at, share)
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

// span is how far back the trouble behind a failure is looked for: as far as a warning counts.
const span = 21 * 24

// lows are the least shares of the last hours.
type lows struct {
	least [span]float32
	hour  [span]int64 // Unix hours, 0: none
}

func (l *lows) add(at int64, share float64) {
	h := at / hour
	i := h % span
	if l.hour[i] != h {
		l.hour[i], l.least[i] = h, float32(share)
	}
	l.least[i] = min(l.least[i], float32(share))
}

// onset returns when the use rose for the last time out of the lowest tenth of its way to the limit.
func (l *lows) onset(from, failure int64) int64 {
	first := max(from/hour, failure/hour-span+1)
	least := float32(1)
	l.each(first, failure/hour, func(_ int64, low float32) { least = min(least, low) })
	began := max(from, first*hour)
	l.each(first, failure/hour, func(h int64, low float32) {
		if low <= least+0.1*(1-least) {
			began = max(began, h*hour)
		}
	})
	return began
}

func (l *lows) each(first, last int64, visit func(hour int64, least float32)) {
	for h := first; h <= last; h++ {
		if i := h % span; l.hour[i] == h {
			visit(h, l.least[i])
		}
	}
}
