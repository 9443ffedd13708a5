package scenario

import "math"

// suddenDisks are calm for weeks and then are not.
func suddenDisks() []Family {
	disk := func(name string, draw func(*site) course) Family {
		return Family{Name: name, Kind: Exhaustion, fate: fails, draw: draw}
	}
	held := func(f Family) Family { f.HeldOut = true; return f }
	return []Family{
		disk("runaway", runaway),
		disk("rotation-stops-fill", rotationStops),
		disk("inode-storm-fill", inodeStorm),
		held(disk("import-fill", importFill)),
		held(disk("quota-lowered-fill", quotaLowered)),
		disk("sessions-fill", sessionsFill),
		held(disk("connections-fill", connectionsFill)),
		held(Family{Name: "stopped-runaway", Kind: Exhaustion, draw: stoppedRunaway}),
	}
}

// outbreak draws the day on which the calm ends.
func (s *site) outbreak() float64 { return s.days * s.between(0.45, 0.85) }

// ramp is calm at a level until day at, then grows by so much a day.
func ramp(level, at, perDay float64) func(float64) float64 {
	return func(d float64) float64 { return level + perDay*math.Max(0, d-at) }
}

// runaway fills within 4 to 36 hours: a trace that was left on, a core dump in a loop.
func runaway(s *site) course {
	level, at, hours := s.between(0.2, 0.7), s.outbreak(), s.between(4, 36)
	return course{onset: at, noise: 0.0015, use: ramp(level, at, (1-level)*24/hours)}
}

// rotationStops is a saw-tooth whose clean-up is gone one day: it fills within days.
func rotationStops(s *site) course {
	low, height, period := s.between(0.2, 0.5), s.between(0.08, 0.2), s.between(1, 3)
	at := math.Ceil(s.days*s.between(0.45, 0.6)/period) * period
	return course{onset: at, noise: 0.002, use: func(d float64) float64 {
		if d < at {
			return low + height*fraction(d/period)
		}
		return low + height*(d-at)/period
	}}
}

// inodeStorm is session files that nobody removes: inodes run out while there is space.
func inodeStorm(s *site) course {
	level, at, days := s.between(0.05, 0.4), s.outbreak(), s.between(1, 5)
	grow := 0.0
	return course{onset: at, noise: 0.001, metric: inodes, use: func(d float64) float64 {
		if d >= at {
			grow += (1 - level) / days * s.step * 2 * s.load(d)
		}
		return level + grow
	}}
}

// importFill is a migration that does not fit: 10 to 48 hours, with pauses.
func importFill(s *site) course {
	level, at, hours := s.between(0.25, 0.5), s.outbreak(), s.between(10, 48)
	grow := 0.0
	return course{onset: at, noise: 0.0015, use: func(d float64) float64 {
		if d >= at && fraction((d-at)*6) < 0.8 {
			grow += (1 - level) * 24 / hours / 0.8 * s.step
		}
		return level + grow
	}}
}

// quotaLowered grows slowly until somebody lowers its limit to just above the use.
func quotaLowered(s *site) course {
	from, perDay, at := s.between(0.3, 0.5), s.between(0.003, 0.008), s.days*s.between(0.45, 0.6)
	rest := from + perDay*at + perDay*s.between(3, 0.35*s.days)
	return course{
		onset: at, noise: 0.0005, use: ramp(from, 0, perDay),
		limit: func(d float64) float64 { return stepAt(d, at, 1, rest) },
	}
}

// connectionsFill is a pool that no longer returns what it takes, on top of the daily load.
func connectionsFill(s *site) course {
	peak, at, days := s.between(0.2, 0.4), s.outbreak(), s.between(1, 6)
	held := 0.0
	return course{onset: at, noise: 0.008, metric: connections, use: func(d float64) float64 {
		if d >= at {
			held += s.step / days * 2 * s.load(d)
		}
		return 0.1 + peak*s.load(d) + held
	}}
}

// sessionsFill is a server of sessions some of which never end, day and night, on top of those of the day.
func sessionsFill(s *site) course {
	base, peak, at, days := s.between(0.05, 0.2), s.between(0.15, 0.35), s.outbreak(), s.between(2, 8)
	stuck := ramp(0, at, (1-base-0.7*peak)/days)
	return course{onset: at, noise: 0.006, metric: connections, use: func(d float64) float64 {
		return base + peak*s.load(d) + stuck(d)
	}}
}

// stoppedRunaway is a runaway that somebody stops at 75 to 93 %; half of it is given back.
func stoppedRunaway(s *site) course {
	level, at, hours, stop := s.between(0.2, 0.6), s.outbreak(), s.between(5, 36), s.between(0.75, 0.93)
	rise := ramp(level, at, (1-level)*24/hours)
	stopped := false
	return course{onset: at, noise: 0.0015, use: func(d float64) float64 {
		stopped = stopped || rise(d) >= stop
		if stopped {
			return (level + stop) / 2
		}
		return rise(d)
	}}
}
