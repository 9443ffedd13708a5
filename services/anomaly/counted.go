package anomaly

import (
	"github.com/forewarn/forewarn/models/pattern"
	"github.com/forewarn/forewarn/shared/logs"
)

// counted is what is known of one pattern of a source. Times are Unix milliseconds; first and last are those that lines
// tell, since is when the bus stored the first.
type counted struct {
	id pattern.ID
	// text is the pattern, sample its first line. They are raw until the second line comes: a log of which every line is new
	// would cost 200 us for each.
	text, sample       string
	raw                bool
	levels             logs.Counts
	first, last, since int64
	// used orders patterns by their last use.
	used uint64
	// told is set when it has been said that it is new, or when that is not to be said.
	told  bool
	tally tally
}

// countedBytes is what a pattern costs beside its texts, here and in its Miner: 512 bytes here; there the words, at 16 bytes
// each, the lists that it is in, and its share of what the Miner remembers of lines.
const countedBytes = 1536

// bytes estimates what the pattern costs: its text is kept once here, twice in the Miner, and in what that remembers of lines.
func (c *counted) bytes() int64 { return int64(4*len(c.text) + len(c.sample) + countedBytes) }

// redact makes the texts fit to be seen, by show.
func (c *counted) redact(show func(string) string) {
	if c.raw {
		c.text, c.sample, c.raw = show(c.text), show(c.sample), false
	}
}

// lines returns how many lines are of the pattern.
func (c *counted) lines() uint64 { return c.levels.Sum() }

// hear counts a line that was written at a time.
func (c *counted) hear(level logs.Level, at int64) {
	c.levels[level]++
	c.first, c.last = min(c.first, at), max(c.last, at)
	c.tally.add(at, 1)
}

// merge adds what was counted of a pattern that this one takes the place of.
func (c *counted) merge(o *counted) {
	for l := range c.levels {
		c.levels[l] += o.levels[l]
	}
	c.first, c.last, c.since = min(c.first, o.first), max(c.last, o.last), min(c.since, o.since)
	c.told = c.told || o.told
	c.tally.merge(&o.tally)
}

// shown returns the pattern as others see it, redacted by show, of a source that has so many lines. It changes nothing.
func (c counted) shown(lines uint64, now int64, show func(string) string) logs.Pattern {
	c.redact(show)
	p := logs.Pattern{
		ID: c.id.String(), Text: c.text, Sample: c.sample, Lines: c.lines(), Levels: c.levels,
		First: utc(c.first), Last: utc(c.last), Hours: c.tally.byHour(now), Days: c.tally.byDay(now),
	}
	if lines > 0 {
		p.Share = min(float64(p.Lines)/float64(lines), 1)
	}
	return p
}
