package scenario

import "math"

// memories do not leak, however they look.
func memories() []Family {
	memory := func(name string, draw func(*site) course) Family {
		return Family{Name: name, Kind: Leak, draw: draw}
	}
	held := func(f Family) Family { f.HeldOut = true; return f }
	return []Family{
		memory("gc-flat", gcFlat),
		memory("gc-high", gcHigh),
		memory("warmup", warmUp),
		memory("diurnal", diurnal),
		memory("long-gc", longGC),
		memory("deploy-step", deployStep),
		memory("memory-walk", memoryWalk),
		memory("nightly-batch", nightlyBatch),
		held(memory("cache-bound", cacheBound)),
		held(memory("bimodal", bimodal)),
		held(memory("weekly-load", weeklyLoad)),
	}
}

// garbage returns the part of a heap that a collector clears again and again: a saw-tooth of the given height whose
// period is drawn anew each time, in days.
func (s *site) garbage(height, shortest, longest float64) func(float64) float64 {
	begin, period := 0.0, s.between(shortest, longest)
	return func(d float64) float64 {
		if d >= begin+period {
			begin, period = d, s.between(shortest, longest)
		}
		return height * (d - begin) / period
	}
}

const (
	aMinute = 1.0 / 1440
	anHour  = 1.0 / 24
)

// usualGarbage is collected every 5 to 40 minutes.
func (s *site) usualGarbage() func(float64) float64 {
	return s.garbage(s.between(0.05, 0.2), 5*aMinute, 40*aMinute)
}

// gcFlat is a heap in good health.
func gcFlat(s *site) course {
	floor, dirt := s.between(0.2, 0.6), s.usualGarbage()
	return course{onset: never, noise: 0.004, use: func(d float64) float64 { return floor + dirt(d) }}
}

// gcHigh is a heap whose collector is lazy: it lets it touch 90 to 97 % before each collection.
func gcHigh(s *site) course {
	top, height := s.between(0.9, 0.97), s.between(0.2, 0.5)
	dirt := s.garbage(height, 20*aMinute, 5*anHour)
	return course{onset: never, noise: 0.003, use: func(d float64) float64 { return top - height + dirt(d) }}
}

// warmUp loads classes and caches for a day or two, and stays.
func warmUp(s *site) course {
	from, to, days := s.between(0.15, 0.35), s.between(0.5, 0.78), s.between(0.3, 1.8)
	dirt := s.garbage(0.06, 5*aMinute, 30*aMinute)
	return course{onset: never, noise: 0.003, use: func(d float64) float64 { return to - (to-from)*math.Exp(-d/days) + dirt(d) }}
}

// diurnal follows the office hours.
func diurnal(s *site) course {
	floor, swing, dirt := s.between(0.2, 0.35), s.between(0.15, 0.35), s.usualGarbage()
	return course{onset: never, noise: 0.005, use: func(d float64) float64 { return floor + swing*s.load(d) + dirt(d) }}
}

// longGC collects the old generation every half to three days only, and climbs all the while.
func longGC(s *site) course {
	floor, height := s.between(0.3, 0.5), s.between(0.2, 0.4)
	dirt := s.garbage(height, 0.5, 3)
	return course{onset: never, noise: 0.004, use: func(d float64) float64 { return floor + dirt(d) }}
}

// deployStep needs more after one to three releases, each with a restart of minutes.
func deployStep(s *site) course {
	floor, dirt := s.between(0.2, 0.35), s.usualGarbage()
	var at, more []float64
	for range 1 + s.IntN(3) {
		at, more = append(at, s.between(1, s.days-0.5)), append(more, s.between(0.03, 0.12))
	}
	return course{onset: never, noise: 0.004, use: func(d float64) float64 {
		level := floor
		for i := range at {
			if d >= at[i] {
				level += more[i]
				level -= 0.6 * floor * math.Max(0, 1-(d-at[i])/(10*aMinute))
			}
		}
		return level + dirt(d)
	}}
}

// memoryWalk goes up and down without memory, between walls.
func memoryWalk(s *site) course {
	level, perDay := s.between(0.3, 0.6), s.between(0.02, 0.07)
	return course{onset: never, noise: 0.002, use: func(float64) float64 {
		level = reflect(level+perDay*math.Sqrt(s.step)*s.NormFloat64(), 0.15, 0.85)
		return level
	}}
}

// nightlyBatch takes much for one to four hours of the night.
func nightlyBatch(s *site) course {
	floor, more, hour, hours := s.between(0.2, 0.4), s.between(0.25, 0.45), s.between(0, 4), s.between(1, 4)
	dirt := s.garbage(0.05, 5*aMinute, 30*aMinute)
	return course{onset: never, noise: 0.004, use: func(d float64) float64 {
		busy := clamp(4*(s.hour(d)-hour)) * clamp(4*(hour+hours-s.hour(d)))
		return floor + more*busy + dirt(d)
	}}
}

// cacheBound fills a cache evenly for days, to a bound below the limit.
func cacheBound(s *site) course {
	from, bound, days := s.between(0.15, 0.3), s.between(0.55, 0.92), s.between(2, 7)
	dirt := s.garbage(0.04, 5*aMinute, 30*aMinute)
	return course{onset: never, noise: 0.003, use: func(d float64) float64 { return from + (bound-from)*clamp(d/days) + dirt(d) }}
}

// bimodal changes between two levels, as a job comes and goes.
func bimodal(s *site) course {
	low, high, busy := s.between(0.2, 0.35), s.between(0.5, 0.75), false
	dirt := s.usualGarbage()
	return course{onset: never, noise: 0.004, use: func(d float64) float64 {
		if s.Float64() < s.step*3 { // about three changes a day
			busy = !busy
		}
		if busy {
			return high + dirt(d)/2
		}
		return low + dirt(d)
	}}
}

// weeklyLoad climbs with the load from Monday to Friday and is empty again at the week's end.
func weeklyLoad(s *site) course {
	floor, perDay, dirt := s.between(0.2, 0.3), s.between(0.04, 0.09), s.usualGarbage()
	return course{onset: never, noise: 0.004, use: func(d float64) float64 {
		day := (int(s.at(d).Weekday()) + 6) % 7 // Monday is 0
		if day > 4 {
			return floor + dirt(d)
		}
		return floor + perDay*(float64(day)+s.hour(d)/24) + dirt(d)
	}}
}
