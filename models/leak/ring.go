package leak

// ring is a view of one resolution of a Detector: floors of equal stretches of time, addressed by their number since the
// Unix epoch. A set bit of breaks says that a process began within that stretch.
type ring struct {
	floors []level
	breaks []byte
	hours  int64 // width of a stretch
}

func (r ring) slot(hour int64) int { return int(hour / r.hours % int64(len(r.floors))) }

// advance empties what comes after the stretch of one hour, up to and with that of a later one.
func (r ring) advance(from, to int64) {
	size := int64(len(r.floors))
	for n := max(from/r.hours, to/r.hours-size) + 1; n <= to/r.hours; n++ {
		r.floors[n%size] = 0
		r.breaks[n%size/8] &^= 1 << (n % size % 8)
	}
}

// fold lowers the floor of the stretch that holds the hour.
func (r ring) fold(hour int64, l level) {
	if f := &r.floors[r.slot(hour)]; *f == 0 || l < *f {
		*f = l
	}
}

// cut says that a process began in the stretch that holds the hour: what was there is of another one.
func (r ring) cut(hour int64) {
	n := r.slot(hour)
	r.floors[n] = 0
	r.breaks[n/8] |= 1 << (n % 8)
}

// each calls f for every full stretch before that of the hour, oldest first: the floor, 0 if nothing was seen, and
// whether a process began within.
func (r ring) each(hour int64, f func(n int64, l level, cut bool)) {
	size, newest := int64(len(r.floors)), hour/r.hours
	for n := newest - size + 1; n < newest; n++ {
		if n >= 0 {
			f(n, r.floors[n%size], r.breaks[n%size/8]>>(n%size%8)&1 == 1)
		}
	}
}
