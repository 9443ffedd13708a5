package peer

// daily collects one number a day: the largest share of each day, or its last.
type daily struct {
	keep   int // days
	closes bool
	today  float64 // number of the day
	share  float64
	days   []float64
	begun  bool
}

// add takes a share, and reports whether a day has ended.
func (d *daily) add(t, share float64) (ended bool) {
	number := float64(int64(t / day))
	switch {
	case !d.begun:
		d.begun, d.today, d.share = true, number, share
	case number > d.today:
		if d.days = append(d.days, d.share); len(d.days) > d.keep {
			d.days = d.days[1:]
		}
		d.today, d.share = number, share
		return true
	case d.closes || share > d.share:
		d.share = share
	}
	return false
}
