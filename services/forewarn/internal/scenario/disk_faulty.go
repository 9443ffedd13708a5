package scenario

import "math"

// faultyDisks are told of badly: samples are missing, late, repeated or wrong.
func faultyDisks() []Family {
	disk := func(name string, fate fate, draw func(*site) course) Family {
		return Family{Name: name, Kind: Exhaustion, fate: fate, draw: draw}
	}
	held := func(f Family) Family { f.HeldOut = true; return f }
	return []Family{
		disk("gaps-flat", survives, gapsFlat),
		held(disk("gaps-fill", fails, gapsFill)),
		disk("limit-missing-fill", fails, limitMissing),
		held(disk("late-flat", survives, lateFlat)),
		held(disk("limit-wraps-flat", survives, limitWraps)),
	}
}

// gaps draws about one gap in three days, of hours and at times of days.
func (s *site) gaps() func(float64) bool {
	from, to := make([]float64, 0, 32), make([]float64, 0, 32)
	for d := s.between(1, 5); d < s.days; d += s.between(1, 6) {
		length := s.between(0.5, 8) / 24
		if s.Float64() < 0.15 {
			length = s.between(1, 3)
		}
		from, to = append(from, d), append(to, d+length)
		d += length
	}
	return func(day float64) bool {
		for i := range from {
			if day >= from[i] && day < to[i] {
				return true
			}
		}
		return false
	}
}

// gapsFlat is a saw-tooth whose exporter is often away.
func gapsFlat(s *site) course {
	c := sawtoothFlat(s)
	c.silent = s.gaps()
	return c
}

// gapsFill is an even fill whose exporter is often away.
func gapsFill(s *site) course {
	c := linearFill(s)
	c.silent = s.gaps()
	return c
}

// limitMissing is an even fill whose limit is not sent for a day or three.
func limitMissing(s *site) course {
	c := linearFill(s)
	from := s.days * s.between(0.2, 0.5)
	to := from + s.between(0.5, 3)
	c.mute = func(d float64) bool { return d >= from && d < to }
	return c
}

// lateFlat is a saw-tooth of which one sample in thirty comes twice or late.
func lateFlat(s *site) course {
	c := sawtoothFlat(s)
	c.repeats = 0.03
	return c
}

// limitWraps is a steady disk whose exporter loses the upper half of the limit for some hours, twice.
func limitWraps(s *site) course {
	level, first, second := s.between(0.3, 0.45), s.days*s.between(0.45, 0.6), s.days*s.between(0.7, 0.9)
	hours := s.between(1, 8) / 24
	return course{
		onset: never, noise: 0.001, use: func(float64) float64 { return level },
		shown: func(d, limit float64) float64 {
			if math.Abs(d-first) < hours || math.Abs(d-second) < hours {
				return limit / 2
			}
			return limit
		},
	}
}
