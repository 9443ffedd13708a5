package leak

// Thirds returns how much the newest process grew from the first third of the time that is remembered of it, ten days at
// most, to the middle one, and from there to the last: as shares of the limit, or of the newest floor where there is none, the
// hours of the day allowed for. Both are 0 for less than three days. Of one instance they are mostly noise, of all
// instances of a release together they tell a cache that fills from a leak.
func (d *Detector) Thirds() (early, late float64) {
	unit, _ := d.unit()
	if unit == 0 {
		return 0, 0
	}
	var w window
	w.look(d.quarters(), int64(d.Hour), unit, quarterSlots)
	w.newest()
	third := w.n / 3
	if third < phases {
		return 0, 0
	}
	w.deseason()
	first, middle, last := mean(w.y[:third]), mean(w.y[third:w.n-third]), mean(w.y[w.n-third:w.n])
	return middle - first, last - middle
}
