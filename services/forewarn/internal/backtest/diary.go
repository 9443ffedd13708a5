package backtest

import (
	"slices"
	"time"

	"github.com/forewarn/forewarn/models/calendar"
	"github.com/forewarn/forewarn/models/exhaustion"
	"github.com/forewarn/forewarn/services/forewarn/internal/backtest/contest"
)

// diary is what the days of a signal were like, in its own unit, and what came after the moment that is explained.
type diary struct {
	day   int64     // the local day that is going on
	top   float64   // its highest use
	tops  []topOf   // of the days that are over
	peak  float64   // the highest use since the last clean-up
	low   float64   // the lowest use since the peak
	falls int       // clean-ups
	fell  time.Time // the last one
	freed float64   // by how much

	asked  time.Time // the moment that is explained, zero before it
	most   [4]float64
	full   time.Time // when the limit was reached after it
	newest time.Time
}

// topOf is the highest use of a day.
type topOf struct {
	day int64
	use float64
}

const (
	// keptDays is how many days a diary holds, as the model does.
	keptDays = 42
	// cleanup is the least fall of the use that counts as a clean-up, as a share of the limit, or of the use where
	// there is none.
	cleanup = 0.03
)

// observe takes the use at a time of which local time is ahead of UTC.
func (d *diary) observe(at time.Time, ahead time.Duration, used, limit float64) {
	if day := at.Add(ahead).Unix() / 86400; day != d.day {
		if d.day != 0 {
			if d.tops = append(d.tops, topOf{d.day, d.top}); len(d.tops) > keptDays {
				d.tops = d.tops[1:]
			}
		}
		d.day, d.top = day, used
	}
	d.top, d.newest = max(d.top, used), at
	d.fall(at, used, limit)
	if !d.asked.IsZero() {
		d.follow(at, used, limit)
	}
}

// fall notes a clean-up when the use rises again after it, or has come down by far.
func (d *diary) fall(at time.Time, used, limit float64) {
	least := cleanup * max(limit, used)
	switch {
	case used >= d.low && d.peak-d.low >= least:
		d.falls, d.fell, d.freed = d.falls+1, at, d.peak-d.low
		d.peak, d.low = used, used
	case used > d.peak:
		d.peak, d.low = used, used
	default:
		d.low = min(d.low, used)
	}
}

// follow notes what comes after the moment that is explained.
func (d *diary) follow(at time.Time, used, limit float64) {
	for i, h := range exhaustion.Horizons() {
		if at.Sub(d.asked) <= h {
			d.most[i] = max(d.most[i], used)
		}
	}
	if d.full.IsZero() && limit > 0 && used >= contest.FullShare*limit {
		d.full = at
	}
}

// habits is what a diary shows at a moment.
type habits struct {
	growth []growth
	falls  int
	fell   time.Time
	freed  float64
}

// growth is by how much the highest use of a day is above that of the day before it.
type growth struct {
	class  calendar.Class
	days   int
	perDay float64 // the mean of all but what is far from the middle
}

// until returns what is seen so far, by kinds of day.
func (d *diary) until(cal *calendar.Calendar) habits {
	h := habits{falls: d.falls, fell: d.fell, freed: d.freed}
	var rises [calendar.NumClasses][]float64
	for i := 1; i < len(d.tops); i++ {
		if d.tops[i].day == d.tops[i-1].day+1 {
			c := classOf(cal, d.tops[i].day)
			rises[c] = append(rises[c], d.tops[i].use-d.tops[i-1].use)
		}
	}
	for c, list := range rises {
		if len(list) > 0 {
			h.growth = append(h.growth, growth{calendar.Class(c), len(list), middle(list)}) //nolint:gosec // few
		}
	}
	return h
}

// classOf returns the kind of a local day.
func classOf(cal *calendar.Calendar, day int64) calendar.Class {
	if cal == nil {
		return calendar.Workday
	}
	noon := time.Unix(day*86400+43200, 0)
	return cal.Day(noon.Add(-cal.Ahead(noon))).Class
}

// middle returns the mean of the middle half: a clean-up is no growth.
func middle(list []float64) float64 {
	slices.Sort(list)
	part := list[len(list)/4 : len(list)-len(list)/4]
	sum := 0.0
	for _, v := range part {
		sum += v
	}
	return sum / float64(len(part))
}
