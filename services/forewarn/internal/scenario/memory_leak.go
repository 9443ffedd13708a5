package scenario

import "math"

// leaks lose memory for good.
func leaks() []Family {
	leak := func(name string, fate fate, draw func(*site) course) Family {
		return Family{Name: name, Kind: Leak, fate: fate, draw: func(s *site) course {
			c := draw(s)
			c.leaks = true
			return c
		}}
	}
	held := func(f Family) Family { f.HeldOut = true; return f }
	return []Family{
		leak("leak-gc", fails, leakGC),
		leak("leak-traffic", fails, leakTraffic),
		leak("leak-restarts", fails, leakRestarts),
		leak("leak-slow", survives, leakSlow),
		held(leak("leak-deploy", fails, leakDeploy)),
		leak("leak-release", fails, leakRelease),
		leak("leak-old", fails, leakOld),
	}
}

// leakGC leaks evenly below the usual garbage.
func leakGC(s *site) course {
	floor, full, dirt := s.between(0.15, 0.4), s.days*s.between(0.45, 0.95), s.usualGarbage()
	return course{noise: 0.004, use: func(d float64) float64 { return floor + (0.9-floor)*d/full + dirt(d) }}
}

// leakTraffic leaks with every request, so mostly in office hours.
func leakTraffic(s *site) course {
	floor, full, dirt := s.between(0.15, 0.4), s.days*s.between(0.45, 0.95), s.usualGarbage()
	climb := s.paced(floor, full, s.load)
	return course{noise: 0.005, use: func(d float64) float64 { return climb(d) + dirt(d) }}
}

// leakRestarts leaks and is restarted in time, every one to three days, until nobody does.
func leakRestarts(s *site) course {
	floor, perDay, every := s.between(0.15, 0.35), s.between(0.12, 0.3), s.between(1, 2.6)
	every = min(every, (0.75-floor)/perDay)
	last, dirt := s.between(2.2, 3.4)*every, s.garbage(0.08, 5*aMinute, 40*aMinute)
	begin := 0.0
	return course{noise: 0.004, use: func(d float64) float64 {
		if d-begin >= every && d < last {
			begin = d
		}
		return floor*math.Min(1, 0.5+(d-begin)/anHour) + perDay*(d-begin) + dirt(d)
	}}
}

// leakSlow leaks a quarter to two fifths of the limit while it is recorded; the end is not seen.
func leakSlow(s *site) course {
	floor, all, dirt := s.between(0.15, 0.35), s.between(0.25, 0.4), s.usualGarbage()
	return course{noise: 0.004, use: func(d float64) float64 { return floor + all*d/s.days + dirt(d) }}
}

// leakDeploy is sound until a release.
func leakDeploy(s *site) course {
	floor, at, days, dirt := s.between(0.2, 0.4), s.between(3, 5), s.between(1, 4), s.usualGarbage()
	return course{onset: at, noise: 0.004, use: func(d float64) float64 {
		return floor + (0.95-floor)*math.Max(0, d-at)/days + dirt(d)
	}}
}

// leakRelease is restarted for a release, leaks with every request from then on, and warms up besides.
func leakRelease(s *site) course {
	floor, warm, at, days := s.between(0.15, 0.35), s.between(0.02, 0.1), s.between(2.5, 6), s.between(1, 4.5)
	idle, dirt := s.between(0.2, 0.6), s.usualGarbage()
	leaked, last := 0.0, 0.0
	return course{onset: at, noise: 0.004, use: func(d float64) float64 {
		if d >= at {
			leaked += (0.95 - floor - warm) / days * (d - last) * (idle + (1-idle)*s.load(d)/0.41)
		}
		last = d
		warmed := math.Min(1, math.Abs(d-at)/(2*anHour))
		return (floor+warm*warmed)*math.Min(1, 0.6+math.Abs(d-at)/(10*aMinute)) + leaked + dirt(d)
	}}
}

// leakOld leaks on top of a daily load that it has been known for long by, for one to three weeks.
func leakOld(s *site) course {
	floor, swing, at, dirt := s.between(0.15, 0.35), s.between(0, 0.15), s.between(5, 10), s.usualGarbage()
	s.days = 30
	days := s.between(6, 18)
	return course{onset: at, noise: 0.005, use: func(d float64) float64 {
		return floor + swing*s.load(d) + (0.9-floor)*math.Max(0, d-at)/days + dirt(d)
	}}
}
