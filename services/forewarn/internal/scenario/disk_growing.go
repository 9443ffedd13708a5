package scenario

import (
	"math"
	"time"
)

// growingDisks head for their limit over days or weeks.
func growingDisks() []Family {
	disk := func(name string, draw func(*site) course) Family {
		return Family{Name: name, Kind: Exhaustion, fate: fails, draw: draw}
	}
	held := func(f Family) Family { f.HeldOut = true; return f }
	return []Family{
		disk("linear-fill", linearFill),
		disk("accelerating", accelerating),
		disk("business-hours-fill", businessHoursFill),
		disk("batch-steps", batchSteps),
		disk("month-end-fill", monthEndFill),
		disk("sawtooth-rising", sawtoothRising),
		held(disk("weekly-cleanup-rising", weeklyCleanupRising)),
		held(disk("snapshot-fill", snapshotFill)),
		{Name: "cleaned-in-time", Kind: Exhaustion, draw: cleanedInTime},
		{Name: "resized", Kind: Exhaustion, draw: resized},
	}
}

// fill draws where a fill begins and on which day it is complete.
func (s *site) fill() (from, full float64) {
	return s.between(0.3, 0.65), s.days * s.between(0.55, 0.95)
}

// linearFill grows evenly until it is full.
func linearFill(s *site) course {
	from, full := s.fill()
	return course{noise: 0.0015, use: func(d float64) float64 { return from + (1-from)*d/full }}
}

// accelerating grows with a power of the time: a table of a business that grows.
func accelerating(s *site) course {
	from, full := s.fill()
	power := s.between(1.5, 2.6)
	return course{noise: 0.0015, use: func(d float64) float64 { return from + (1-from)*math.Pow(d/full, power) }}
}

// businessHoursFill grows while people work.
func businessHoursFill(s *site) course {
	from, full := s.fill()
	return course{noise: 0.001, use: s.paced(from, full, s.load)}
}

// batchSteps grows in the hour of a nightly batch, by amounts that differ by a third.
func batchSteps(s *site) course {
	from, full := s.fill()
	hour, amount, today := float64(s.IntN(6)), 1.0, -1
	return course{noise: 0.0008, use: s.paced(from, full, func(d float64) float64 {
		if date := s.at(d).YearDay(); date != today {
			today, amount = date, s.between(0.65, 1.35)
		}
		if h := s.hour(d); h < hour || h >= hour+1 {
			return 0
		}
		return amount
	})}
}

// monthEndFill grows four times as fast on the working days -3 to +2 around a month's end, and hardly on rest days.
func monthEndFill(s *site) course {
	from, full := s.fill()
	return course{noise: 0.001, use: s.paced(from, full, func(d float64) float64 {
		if s.closing(s.at(d)) {
			return 4 * s.load(d)
		}
		return s.load(d)
	})}
}

// closing tells whether t lies on one of the last three working days of a month or the first two of the next, or on
// a rest day between them.
func (s *site) closing(t time.Time) bool {
	day := midnight(t)
	before, after := 0, 0 // working days of this month up to the day, and from it on
	for d := day; d.Month() == day.Month(); d = d.AddDate(0, 0, -1) {
		if s.workday(d) {
			before++
		}
	}
	for d := day; d.Month() == day.Month(); d = d.AddDate(0, 0, 1) {
		if s.workday(d) {
			after++
		}
	}
	return after <= 3 || before <= 2
}

// sawtoothRising is a rotation that no longer keeps up.
func sawtoothRising(s *site) course {
	from, full := s.between(0.2, 0.45), s.days*s.between(0.6, 0.95)
	height, period := s.between(0.08, 0.2), s.between(1, 4)
	return course{noise: 0.002, use: func(d float64) float64 {
		return from + (1-from-height/2)*d/full + height*fraction(d/period)
	}}
}

// weeklyCleanupRising cleans up every week, and leaves more behind each time.
func weeklyCleanupRising(s *site) course {
	from, full := s.between(0.2, 0.35), s.days*s.between(0.7, 0.95)
	height, phase := s.between(0.12, 0.25), s.Float64()
	return course{noise: 0.002, use: func(d float64) float64 {
		return from + (1-from-height/2)*d/full + height*fraction(d/7+phase)
	}}
}

// snapshotFill keeps nightly snapshots, each larger than the one before, and now and then somebody drops two of them.
func snapshotFill(s *site) course {
	from, full := s.between(0.25, 0.5), s.days*s.between(0.6, 0.9)
	dropped, today := 0.0, -1
	each := (1 - from) / full
	return course{noise: 0.0008, use: func(d float64) float64 {
		night := math.Floor(d)
		if int(night) != today {
			today = int(night)
			if s.Float64() < 0.08 {
				dropped += each
			}
		}
		return from + (1.15-from)*math.Pow(night/full, 1.3) - dropped
	}}
}

// cleanedInTime fills evenly until somebody cleans up at 88 to 96 %.
func cleanedInTime(s *site) course {
	from, top, after := s.between(0.35, 0.6), s.between(0.88, 0.96), s.between(0.25, 0.45)
	at := s.days * s.between(0.55, 0.85)
	return course{noise: 0.0015, use: func(d float64) float64 {
		return stepAt(d, at, from+(top-from)*d/at, after+0.0005*(d-at))
	}}
}

// resized fills evenly until somebody enlarges it by a half or more at 85 to 95 %; it goes on, and does not fill.
func resized(s *site) course {
	from, top, larger := s.between(0.35, 0.6), s.between(0.85, 0.95), s.between(1.5, 2.2)
	at := s.days * s.between(0.55, 0.85)
	return course{
		noise: 0.0015,
		use:   func(d float64) float64 { return min(from+(top-from)*d/at, 0.9*larger) },
		limit: func(d float64) float64 { return stepAt(d, at, 1, larger) },
	}
}
