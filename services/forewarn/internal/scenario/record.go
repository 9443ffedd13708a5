package scenario

import "math"

// tail is for how long the recording goes on after the failure, in samples.
const tail = 12

// limitEvery is how many samples of the use lie between two of the limit on a disk: an hour. On memory it is 60.
const limitEvery = 12

// record runs the course of a family and notes what is sent and what is true.
func (s *site) record(f *Family) *Series {
	c := f.draw(s)
	m := s.identify(c.metric)
	return s.follow(f, &c, &m)
}

// follow records a course under a name.
func (s *site) follow(f *Family, c *course, m *identity) *Series {
	out := &Series{Truth: Truth{Series: m.series, Limit: m.limit, Kind: f.Kind, Family: f.Name, Leaks: c.leaks}}
	t0 := s.start.Unix()
	wander, left, told := 0.0, -1, 1.0
	for i := range int(s.days / s.step) {
		day := float64(i) * s.step
		limit := 1.0
		if c.limit != nil {
			limit = c.limit(day)
		}
		wander = 0.85*wander + 0.53*c.noise*s.NormFloat64() // 0.53: its deviation stays that of the noise
		use := max(0, c.use(day)+wander)
		if use >= limit && out.Failure == nil {
			at := t0 + int64(math.Round(day*secondsPerDay))
			out.Failure, left = &at, tail
		}
		if left == 0 {
			break
		}
		left--
		s.send(out, c, m, moment{i, min(use, limit), limit, limit != told})
		told = limit
	}
	out.Start, out.Planned = t0, t0+int64(s.days*secondsPerDay)
	out.conclude(c.onset)
	return out
}

// conclude notes when the recording ended, and the day on which the trouble began.
func (s *Series) conclude(onset float64) {
	for _, sample := range s.Samples {
		s.End = max(s.End, sample.Time)
	}
	if s.Failure != nil {
		s.End = max(s.End, *s.Failure) // nobody may have been there to see it
	}
	if onset != never {
		at := s.Start + int64(onset*secondsPerDay)
		s.Onset = &at
	}
}

// moment is the truth at one step: shares of the first limit, and whether the limit has just changed.
type moment struct {
	step       int
	use, limit float64
	resized    bool
}

// send appends what the exporter says, if it says anything; at times twice, or only after the next one.
func (s *site) send(out *Series, c *course, m *identity, now moment) {
	day := float64(now.step) * s.step
	repeated, late := s.Float64() < c.repeats, s.Float64() < c.repeats
	if now.step > 0 && c.silent != nil && c.silent(day) {
		return
	}
	sample := Sample{Time: s.start.Unix() + int64(math.Round(day*secondsPerDay)), Use: math.Round(now.use * m.unit), Limit: math.NaN()}
	whole := math.Round(now.limit * m.unit)
	if m.free {
		sample.Use = whole - sample.Use
	}
	every := limitEvery
	if s.kind == Leak {
		every = 60
	}
	if (now.resized || now.step%every == 0) && (c.mute == nil || !c.mute(day)) {
		sample.Limit = whole
		if c.shown != nil {
			sample.Limit = c.shown(day, whole)
		}
	}
	out.Samples = append(out.Samples, sample)
	n := len(out.Samples)
	if repeated {
		out.Samples = append(out.Samples, Sample{Time: sample.Time, Use: sample.Use, Limit: math.NaN()})
	} else if late && n > 2 {
		out.Samples[n-1], out.Samples[n-2] = out.Samples[n-2], out.Samples[n-1]
	}
}
