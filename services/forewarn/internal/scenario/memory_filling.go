package scenario

import "math"

// fillings grow for days as a leak does, and stop or come back.
func fillings() []Family {
	memory := func(name string, draw func(*site) course) Family {
		return Family{Name: name, Kind: Leak, draw: draw}
	}
	return []Family{
		memory("cache-slowing", cacheSlowing),
		memory("cache-traffic", cacheTraffic),
		memory("cache-restarts", cacheRestarts),
		memory("week-sessions", weekSessions),
		memory("weekend-dip", weekendDip),
	}
}

// cacheSlowing fills ever more slowly, as the share of misses falls, over days.
func cacheSlowing(s *site) course {
	from, bound, days := s.between(0.15, 0.35), s.between(0.5, 0.85), s.between(0.8, 3.5)
	dirt := s.garbage(s.between(0.03, 0.12), 5*aMinute, 40*aMinute)
	s.days = 16
	return course{onset: never, noise: 0.004, use: func(d float64) float64 { return bound - (bound-from)*math.Exp(-d/days) + dirt(d) }}
}

// cacheTraffic fills with every request, so mostly in office hours, until entries are evicted.
func cacheTraffic(s *site) course {
	from, bound, days := s.between(0.1, 0.35), s.between(0.45, 0.9), s.between(1.5, 6.5)
	dirt := s.garbage(s.between(0.03, 0.09), 5*aMinute, 40*aMinute)
	climb := s.paced(from, days*(1-from)/(bound-from), s.load)
	s.days = 16
	return course{onset: never, noise: 0.004, use: func(d float64) float64 { return min(bound, climb(d)) + dirt(d) }}
}

// cacheRestarts fills evenly after each restart of the process, to the same bound each time.
func cacheRestarts(s *site) course {
	from, bound, days, every := s.between(0.1, 0.25), s.between(0.5, 0.85), s.between(1, 4), s.between(3, 9)
	dirt := s.garbage(s.between(0.03, 0.1), 5*aMinute, 40*aMinute)
	s.days = 20
	return course{onset: never, noise: 0.004, use: func(d float64) float64 {
		return from + (bound-from)*clamp(math.Mod(d, every)/days) + dirt(d)
	}}
}

// weekSessions opens sessions with the load of each workday and gives all of them back in the night to a rest day.
func weekSessions(s *site) course {
	floor, perDay, dirt := s.between(0.15, 0.35), s.between(0.03, 0.08), s.usualGarbage()
	held, last := 0.0, 0.0
	s.days = 24
	return course{onset: never, noise: 0.005, use: func(d float64) float64 {
		if s.works(d) {
			held += perDay * (d - last) * 2.4 * (s.load(d) - 0.1)
		} else {
			held *= math.Exp(-(d - last) / (3 * anHour))
		}
		last = d
		return floor + held + dirt(d)
	}}
}

// weekendDip needs more on workdays than on rest days, and more by day than by night.
func weekendDip(s *site) course {
	floor, workday, swing, dirt := s.between(0.15, 0.3), s.between(0.1, 0.3), s.between(0.05, 0.15), s.usualGarbage()
	level := 0.0
	s.days = 24
	return course{onset: never, noise: 0.005, use: func(d float64) float64 {
		want := 0.0
		if s.works(d) {
			want = workday
		}
		level += (want - level) * s.step / (6 * anHour)
		return floor + level + swing*s.load(d) + dirt(d)
	}}
}
