package baseline

import "math"

// Series is what is remembered of one series. The zero value is a Level that has not sent yet. Not safe for concurrent use.
type Series struct{ state }

// state has exported fields only so that encoding/binary can fill them. Levels and spreads are of transformed values,
// counted from Base, so that four bytes are enough; times of excursions are Unix seconds, which last until 2106.
type state struct {
	course
	scatter
	detectors
	surprise
	profile
	Nature Nature
	records
}

// course is where the series is.
type course struct {
	Base       float64
	LastMillis int64
	// Samples counts what was learnt from.
	Samples uint32
	// First is when the first sample was taken, Open when the excursion that goes on was opened, 0 for none, and Event
	// when the one before it was.
	First, Open, Event uint32
	// Interval is the usual time between two samples in seconds.
	Interval float32
	Level    float32
	// Error is the recent mean absolute deviation of each way to expect.
	Error [ways]float32
	// Calm is for how many hours nothing was hot, Hot for how many something was; the latter wears off.
	Calm, Hot float32
}

// New returns a series of a nature that has not sent yet.
func New(n Nature) Series { return Series{state{Nature: n}} }

const (
	levelDays    = 1
	closeLevel   = 0.1 // of the rate at which the level moves, on days of a close: their difference is not the level's
	errorDays    = 3
	leastLevel   = 30 // samples
	levelClip    = 3  // standard deviations that a sample may move the level by at most
	errorClip    = 8
	profileClip  = 4
	simpler      = 0.98 // hours must be better than none by as much, and kinds of day than hours alone
	gap          = 10   // intervals after which samples are no neighbours
	paceRate     = 0.05
	mostValue    = 1e18 // beyond which four bytes do not hold a square
	mostZ        = 1e6
	tailHours    = 24 // before tails are learnt
	hotRate      = 0.25
	secondsADay  = 24 * 60 * 60
	secondsAHour = 60 * 60
)

// reading is a sample beside what was expected of it, in transformed terms.
type reading struct {
	moment      *Moment
	value       float64 // counted from Base
	usual       [ways]float64
	way         int
	deviation   float64
	fresh       float64 // the innovation
	before      float64 // the deviation before, 0 after a gap
	carry, wide float64
	sigma, step float64
	kept        float64 // for some time
	dt          float64 // seconds since the sample before
	samples     float64
}

// Observe takes in a value of a moment, and tells what is thought of it on such terms. It is not ok for values that cannot be
// used: NaN, infinite, beyond 1e18, or not newer than the newest. O(1), no allocation.
func (s *Series) Observe(m Moment, value float64, t Terms) (j Judgement, ok bool) {
	if !(math.Abs(value) <= mostValue) || m.Millis <= s.LastMillis || m.Millis/1000 > math.MaxUint32 {
		return j, false
	}
	y := s.Nature.transform(value, t)
	if s.Samples == 0 {
		s.Base, s.First, s.LastMillis, s.Samples = y, uint32(m.Millis/1000), m.Millis, 1
		return Judgement{Value: value, Low: value, High: value}, true
	}
	r := s.read(&m, y-s.Base)
	if t.Least > 0 {
		s.temper(&r, value, t)
	}
	j = s.judge(&r, value, t)
	s.learn(&r, &j)
	s.Samples = min(s.Samples, math.MaxUint32-1) + 1
	s.LastMillis = m.Millis
	return j, true
}

// read compares a value with what is expected of its moment.
func (s *Series) read(m *Moment, y float64) reading {
	r := reading{moment: m, value: y, samples: float64(s.Samples), dt: float64(m.Millis-s.LastMillis) / 1000}
	s.pace(float32(r.dt))
	r.usual, r.way = s.profile.at(m), s.bestWay()
	r.deviation = y - float64(s.Level) - r.usual[r.way]
	if r.dt <= gap*float64(s.Interval) {
		r.before = float64(s.Before)
	} else {
		s.Run, s.Fresh = 0, 0
	}
	if !s.mature(m) {
		s.Run = 0 // a first day's level is no reason to add up what is off it
	}
	r.wide, r.carry = s.profile.wide(int(m.Hour)), s.scatter.carry()
	r.fresh = r.deviation - r.carry*r.before
	least := grain*math.Abs(y+s.Base) + tiny
	r.sigma = max(s.sigma(r.deviation)*r.wide, least)
	r.step = max(float64(s.Step)/typicalSize*r.wide, least)
	r.kept = s.records.move(y, m.Millis/quarterMillis != s.LastMillis/quarterMillis)
	return r
}

// temper makes a reading's deviations as many standard deviations as it has least ones, at most.
func (s *Series) temper(r *reading, value float64, t Terms) {
	least, expected := t.Least, s.Nature.restore(r.value-r.deviation+s.Base, t)
	off := value - expected
	if math.Abs(off) < least {
		off = math.Copysign(least, off)
	}
	slope := (s.Nature.transform(expected+off, t) - s.Nature.transform(expected, t)) / off
	r.sigma, r.step = max(r.sigma, least*slope), max(r.step, least*slope)
}

// pace follows the time between samples; a gap counts little.
func (s *Series) pace(dt float32) {
	if s.Interval == 0 {
		s.Interval = dt
	}
	s.Interval += paceRate * (min(dt, 3*s.Interval) - s.Interval)
}

func (s *Series) bestWay() int {
	best := flat
	for w := plain; w < ways; w++ {
		bonus := float32(1)
		if best == flat || best == plain {
			bonus = simpler
		}
		if s.Error[w] < bonus*s.Error[best] {
			best = w
		}
	}
	return best
}

// Began returns when the first sample was taken, in Unix seconds, 0 before there was one.
func (s *Series) Began() int64 { return int64(s.First) }

// Pace returns the usual time between two samples in seconds, 0 before there were two.
func (s *Series) Pace() float64 { return float64(s.Interval) }

// Age returns of how many samples it was learnt.
func (s *Series) Age() uint32 { return s.Samples }

// perDay returns how many samples a day has.
func (s *Series) perDay() float64 { return secondsADay / float64(s.Interval) }

// learn takes in a reading; of what is hot, little.
func (s *Series) learn(r *reading, j *Judgement) {
	slow := 1.0
	if j.hot {
		slow = hotRate
	}
	if s.lesson(r.moment) && r.samples > leastLevel && float64(s.Calm) > calmHours {
		s.detectors.learn(&j.statistics, &j.rarities, s.lessons(r))
	}
	clipped := r.deviation
	if r.samples >= leastLevel {
		clipped = clamp(clipped, levelClip*r.sigma)
	}
	rate := slow / min(r.samples+1, max(leastLevel, levelDays*s.perDay()))
	if r.moment.Close != 0 && s.Books.trusted() {
		rate *= closeLevel
	}
	level := float64(s.Level)
	s.Level += float32(rate * clipped)
	s.scatter.learn(r.deviation, r.fresh, r.sigma, r.step, float64(s.Before), r.wide, r.samples, s.perDay(), slow)
	s.Before = float32(clipped)
	s.compare(r, level)
	if s.profile.turns(r.moment) {
		s.records.turn()
	}
	s.records.learn(r.kept, j.hot)
	s.gather(r, level, slow)
}

// mature tells whether a series is known for long enough to have tails.
func (s *Series) mature(m *Moment) bool {
	return m.Millis/1000-int64(s.First) > tailHours*secondsAHour
}

// lesson tells whether tails learn from a sample: from one a minute at most, since an hour's mean that is taken more often
// is hardly another one.
func (s *Series) lesson(m *Moment) bool {
	return s.mature(m) && m.Millis/minuteMillis != s.LastMillis/minuteMillis
}

// lessons returns of about how many samples tails could learn.
func (s *Series) lessons(r *reading) float64 {
	return min(r.samples, float64(r.moment.Millis/1000-int64(s.First))/60)
}

// compare follows how right each way to expect is.
func (s *Series) compare(r *reading, level float64) {
	rate := 1 / min(r.samples+1, max(leastLevel, errorDays*s.perDay()))
	for w, usual := range r.usual {
		size := math.Abs(r.value - level - usual)
		if r.samples > leastLevel {
			size = min(size, errorClip*r.sigma)
		}
		s.Error[w] += float32(rate * (size - float64(s.Error[w])))
	}
}

// gather gives a reading to the profile. On the first day and in a known close what is far away is what is to be learnt.
func (s *Series) gather(r *reading, level, slow float64) {
	d := r.value - level - r.usual[stepped]
	if s.days() > 1 && (r.moment.Close == 0 || !s.Books.trusted()) {
		d = slow * clamp(d, profileClip*r.sigma)
	}
	spread := max(s.scatter.usual(), grain*math.Abs(r.value+s.Base)+tiny)
	s.profile.gather(r.moment, d, min(slow*math.Abs(r.deviation), profileClip*r.sigma)/spread)
}
