package exhaustion

// view is what one path makes of the signal.
type view struct {
	resolution int     // what it looks at
	ready      bool    // has seen enough to speak
	grade      float64 // how much the law is believed, 0 to 1; 0 where it is silent
	trend      trend
	law        passage
	pace       *pace // nil: the clock's own
	rhythm     rhythm
	// explains says that the signal stands where the load of the day would have it: its climb is no news.
	explains bool
}

func (v *view) path() Path {
	switch v.resolution {
	case day:
		return SlowPath
	case tooth, held:
		return Tooth
	}
	return FastPath
}

// certain is the most that is ever said of the future: somebody may clean up.
const certain = 0.995

func (v *view) within(seconds float64) float64 {
	seconds = v.rhythm.line(seconds)
	if v.pace != nil {
		seconds = v.pace.growth(min(seconds, v.law.reach))
	}
	return min(certain, v.grade*v.law.within(seconds))
}

// fast judges the present run-up at one resolution; grade is how much it is believed to go on. What climbs for a day or
// longer does so by the hours of the day, whose pace it puts into hours.
func (f *Forecaster) fast(resolution int, grade float64, hours *pace) view {
	v := view{resolution: resolution}
	p := f.maxima(resolution)
	v.ready = p.n >= minPoints && p.span() >= minSpan.Seconds()
	if !v.ready || grade < leastGrade || p.height() < minFastRise {
		return v // most signals, most of the time: the fit, which costs the most, is spared
	}
	if p.y[p.n-1]-f.Share > bigFall*p.height() {
		return v // it has just ended
	}
	p.runUp()
	if p.n < minPoints || p.span() < minSpan.Seconds() || p.height() < minFastRise {
		return v
	}
	if p.span() > aDay {
		hours.set(f, &[Kinds]float64{0: 1}, &Days{}, hoursReach*p.span())
		v.pace = hours
		for i := range p.n {
			p.t[i] = hours.growth(p.t[i])
		}
	}
	v.trend = p.fit()
	if v.trend.slope > 0 && v.trend.rise >= max(minFastRise, clearOfNoise*v.trend.noise) {
		v.grade = grade
		reach := fastReach
		if resolution >= fast20m {
			reach = hoursReach
		}
		v.law = v.trend.passage(1-p.y[p.n-1], reach*v.trend.span)
	}
	return v
}

// aDay is what a run-up must have lasted, in seconds, for its hours to be known.
const aDay = 20 * 3600

// leastGrade is how much a run-up must be believed to be looked at.
const leastGrade = 0.25

// maxima returns the maxima of one resolution's buckets, times in seconds relative to the newest sample.
func (f *Forecaster) maxima(resolution int) (p points) {
	last, width, unit := f.at(f.LastMillis)[resolution], widths()[resolution], f.unit()
	for n := oldest(last, fastBuckets); n <= last; n++ {
		if top := f.Fast[resolution][n%fastBuckets]; top != 0 {
			end := min((n+1)*width, f.LastMillis)
			p.add(float64(end-f.LastMillis)/1000, float64(top-1)*unit)
		}
	}
	return p
}
