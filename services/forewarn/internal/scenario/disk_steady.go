package scenario

import "math"

// steadyDisks stay below their limit for good, however they move.
func steadyDisks() []Family {
	disk := func(name string, draw func(*site) course) Family {
		return Family{Name: name, Kind: Exhaustion, draw: draw}
	}
	held := func(f Family) Family { f.HeldOut = true; return f }
	return []Family{
		disk("linear-slow", linearSlow),
		disk("sawtooth-flat", sawtoothFlat),
		disk("sawtooth-high", sawtoothHigh),
		disk("weekly-cleanup-flat", weeklyCleanupFlat),
		disk("import-ends", importEnds),
		disk("plateau", plateau),
		disk("high-flat", highFlat),
		disk("noisy-flat", noisyFlat),
		disk("random-walk", diskWalk),
		held(disk("shrunk-flat", shrunkFlat)),
		held(disk("connections-daily", connectionsDaily)),
	}
}

// linearSlow grows by a few percent in all: full in half a year or later.
func linearSlow(s *site) course {
	from, perDay := s.between(0.2, 0.5), s.between(0.0004, 0.0016)
	return course{onset: never, noise: 0.001, use: func(d float64) float64 { return from + perDay*d }}
}

// sawtoothFlat is logs that a rotation removes every one to six days.
func sawtoothFlat(s *site) course {
	low, height, period := s.between(0.2, 0.55), s.between(0.1, 0.32), s.between(1, 6)
	return course{onset: never, noise: 0.002, use: func(d float64) float64 { return low + height*fraction(d/period) }}
}

// sawtoothHigh is a backup staged every day: it touches 97 % and is gone again.
func sawtoothHigh(s *site) course {
	top, height, phase := s.between(0.955, 0.975), s.between(0.15, 0.5), s.Float64()
	return course{onset: never, noise: 0.001, use: func(d float64) float64 {
		return top - height + height*math.Min(1, 1.3*fraction(d+phase))
	}}
}

// weeklyCleanupFlat fills for seven days until somebody's job cleans up.
func weeklyCleanupFlat(s *site) course {
	low, height, phase := s.between(0.25, 0.5), s.between(0.15, 0.38), s.Float64()
	return course{onset: never, noise: 0.002, use: func(d float64) float64 { return low + height*fraction(d/7+phase) }}
}

// importEnds takes in 12 to 30 % within hours, once, and keeps it.
func importEnds(s *site) course {
	level, amount, begin, length := s.between(0.25, 0.55), s.between(0.12, 0.3), s.between(0.4, 0.8)*s.days, s.between(2, 20)/24
	return course{onset: never, noise: 0.0015, use: func(d float64) float64 {
		return level + amount*clamp((d-begin)/length)
	}}
}

// plateau is a cache that fills to its bound, which lies below the limit.
func plateau(s *site) course {
	from, bound, days := s.between(0.1, 0.4), s.between(0.65, 0.9), s.between(2, 9)
	return course{onset: never, noise: 0.0015, use: func(d float64) float64 { return bound - (bound-from)*math.Exp(-d/days) }}
}

// highFlat has stood at 88 to 97.5 % for weeks.
func highFlat(s *site) course {
	level := s.between(0.88, 0.975)
	return course{onset: never, noise: 0.0008, use: func(float64) float64 { return level }}
}

// noisyFlat is scratch space: much comes, much goes.
func noisyFlat(s *site) course {
	level, width, drift := s.between(0.3, 0.5), s.between(0.03, 0.1), 0.0
	return course{onset: never, noise: 0.004, use: func(float64) float64 {
		drift += -drift*s.step*2 + 2*width*math.Sqrt(s.step)*s.NormFloat64()
		return clampTo(level+drift, 0.05, 0.9)
	}}
}

// diskWalk goes up and down without memory, between walls.
func diskWalk(s *site) course {
	level, perDay := s.between(0.3, 0.6), s.between(0.008, 0.03)
	return course{onset: never, noise: 0.0005, use: func(float64) float64 {
		level = reflect(level+perDay*math.Sqrt(s.step)*s.NormFloat64(), 0.1, 0.88)
		return level
	}}
}

// shrunkFlat has its limit lowered once; the use stays where it is.
func shrunkFlat(s *site) course {
	level, at, rest := s.between(0.3, 0.5), s.between(0.3, 0.8)*s.days, s.between(0.6, 0.85)
	return course{
		onset: never, noise: 0.001, use: func(float64) float64 { return level },
		limit: func(d float64) float64 { return stepAt(d, at, 1, rest) },
	}
}

// connectionsDaily is a connection table that follows the office hours.
func connectionsDaily(s *site) course {
	idle, peak := s.between(0.05, 0.2), s.between(0.4, 0.65)
	return course{
		onset: never, noise: 0.01, metric: connections,
		use: func(d float64) float64 { return idle + peak*s.load(d) },
	}
}
