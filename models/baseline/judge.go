package baseline

import "math"

// Action is what a sample does to the excursion of its series.
type Action uint8

const (
	// None is where no excursion begins or ends.
	None Action = iota
	// Opened begins an excursion: evidence that something is wrong.
	Opened
	// Ended ends it, since the series is as usual again.
	Ended
	// Settled ends it, since the level has stayed where it went, and is the usual one from now on.
	Settled
)

// Judgement is what is thought of a sample.
type Judgement struct {
	// Score is how unusual the sample is, from 0 to 1: from Onset on it begins something new.
	Score float64
	// Rarity is -log10 of how often this series does as much, by the rarest of what is looked at.
	Rarity float64
	// Value is the sample; Low and High bound what was expected: 95 % of a Gaussian.
	Value, Low, High float64
	// Seconds is the period in which Value was counted, 0 for what is no count.
	Seconds float64
	Action  Action
	// Flagged tells that a detector exceeds its threshold.
	Flagged bool
	// Record tells that the series is kept up several times as high as ever, which is Most.
	Record bool
	Most   float64
	// Event is when the excursion before this one began, in Unix seconds; 0 for none.
	Event int64

	statistics, rarities [statistics]float64
	hot                  bool // flagged, or nearly: hardly to be learnt from
}

// Terms are on what terms a series is judged. The zero value is the usual one.
type Terms struct {
	// Budget is how many false alarms the series may raise in a week; 0 is [DefaultBudget].
	Budget float64
	// Least is the deviation, in the unit of the series, that counts as one standard deviation at most: what is smaller is
	// nothing to look at, however steady the series is otherwise. For what is counted in small numbers, and is 0 nearly always,
	// it is 1. A series must be judged by the same one all its life.
	Least float64
	// Period is of how many seconds the values of [Events] are.
	Period float64
}

func (t Terms) budget() float64 {
	if t.Budget == 0 {
		return DefaultBudget
	}
	return t.Budget
}

// scale returns the value from which on ratios count rather than differences.
func (t Terms) scale() float64 {
	if t.Least <= 0 {
		return 1
	}
	return t.Least
}

const (
	// DefaultBudget is how many false alarms a series may raise in a week.
	DefaultBudget = 0.02

	shares = 4 // of the budget, one for each detector

	silentDays = 1
	// leastADay is how many samples make a day of age where a day has fewer.
	leastADay = 10
	dawnDays  = 7
	wideDays  = 14
	fullDays  = 21
	// caution is by how many powers of ten a flag must be rarer before wideDays.
	caution = 3
	// hotCaution is by how many what is hot must.
	hotCaution = 2

	calmHours    = 2 // after which what is unlike the usual is learnt from again
	endHours     = 6 // after which an excursion has ended
	endSamples   = 6
	adoptHours   = 24 // after which a changed level is the usual one
	adoptSamples = 12

	band = 1.96
)

// judge tells what is thought of a reading.
func (s *Series) judge(r *reading, value float64, t Terms) Judgement {
	z, fresh := clamp(r.deviation/r.sigma, mostZ), clamp(r.fresh/r.step, mostZ)
	j := Judgement{Value: value}
	j.statistics = s.detectors.move(r.dt, z, fresh, r.carry)
	j.rarities = s.detectors.rarities(&j.statistics)
	j.Rarity = unusual(&j.rarities) * r.samples / (r.samples + warmSamples)
	j.Score = s.surprise.score(r.dt, float64(s.Interval), j.Rarity)
	if s.lesson(r.moment) {
		s.All.learn(j.Rarity, s.lessons(r), allClip)
	}
	j.Low, j.High = s.around(r.value-r.deviation+s.Base, r.wide, t)
	s.decide(r, &j, t)
	return j
}

// around returns the band about a transformed value in which the series is expected, in an hour that scatters by wide.
func (s *Series) around(middle, wide float64, t Terms) (low, high float64) {
	below, above := max(s.sigma(-1)*wide, tiny), max(s.sigma(1)*wide, tiny)
	low, high = s.Nature.restore(middle-band*below, t), s.Nature.restore(middle+band*above, t)
	if t.Least > 0 {
		center := s.Nature.restore(middle, t)
		low, high = min(low, center-band*t.Least), max(high, center+band*t.Least)
	}
	return low, high
}

// Expected returns what is usual of a moment, and the band in which 95 % of a Gaussian lie, as far as is known now; not ok
// before the first day is over. It changes nothing. O(1), no allocation.
func (s *Series) Expected(m Moment, t Terms) (low, usual, high float64, ok bool) {
	if s.Samples < leastLevel || !s.mature(&m) {
		return 0, 0, 0, false
	}
	w := s.profile.at(&m)
	middle := s.Base + float64(s.Level) + w[s.bestWay()]
	low, high = s.around(middle, s.profile.wide(int(m.Hour)), t)
	return low, s.Nature.restore(middle, t), high, true
}

// Learned returns how much of what a series must show for its whole budget is there, from 0 to 1, at a time.
func (s *Series) Learned(millis int64) float64 {
	if s.Samples == 0 {
		return 0
	}
	return min(max(s.age(millis)/fullDays, 0), 1)
}

// age returns for how many days of samples the series is known.
func (s *Series) age(millis int64) float64 {
	return min(float64(millis/1000-int64(s.First))/secondsADay, float64(s.Samples)/leastADay)
}

// decide flags the reading and moves the excursion on.
func (s *Series) decide(r *reading, j *Judgement, t Terms) {
	s.flag(r, j, t)
	hours := r.dt / secondsAHour
	if j.hot {
		s.Hot += float32(min(hours, 3*float64(s.Interval)/secondsAHour))
		s.Calm = 0
	} else {
		s.Hot = max(0, s.Hot-2*float32(hours))
		s.Calm = float32(min(float64(s.Calm)+hours, math.MaxFloat32))
	}
	j.Event = int64(s.Event)
	interval := float64(s.Interval) / secondsAHour
	switch {
	case float64(s.Hot) > max(adoptHours, adoptSamples*interval):
		s.settle(r, j)
	case j.Flagged && s.Open == 0:
		s.Open = uint32(r.moment.Millis / 1000)
		j.Action = Opened
	case s.Open != 0 && float64(s.Calm) > max(endHours, endSamples*interval):
		j.Action = Ended
		s.close()
	}
}

// flag tells whether a reading exceeds the threshold of a detector, and is hardly to be learnt from.
func (s *Series) flag(r *reading, j *Judgement, t Terms) {
	age := s.age(r.moment.Millis)
	if age < silentDays {
		return
	}
	need, young := s.threshold(t.budget()), youth(age)
	rarest, record := max(j.rarities[short], j.rarities[persistence], j.rarities[sure]), s.record(r, t)
	enough := need*dawn(age) + caution*young
	j.Flagged = max(rarest, record) > enough
	j.hot = max(rarest, record, j.rarities[confirmed]) > need+hotCaution*young
	if record > enough {
		j.Record, j.Most = true, s.Nature.restore(float64(s.Highest)+s.Base, t)
		j.Rarity = max(j.Rarity, record)
	}
}

// record returns how rare what is kept up is beside the highest that was before; 0 for what is not several times as high, or
// is expected. A day has one chance to have a record, where the other detectors have as many as it has samples.
func (s *Series) record(r *reading, t Terms) float64 {
	high := float64(s.Highest)
	if s.Short < unlikely || r.kept <= high || r.kept+s.Base <= s.Nature.several(high+s.Base, float64(s.Level)+s.Base) {
		return 0
	}
	least := 0.0
	if t.Least > 0 {
		least = s.Nature.transform(s.Nature.restore(high+s.Base, t)+t.Least, t) - high - s.Base
	}
	return s.records.rarity(r.kept, least) + math.Log10(s.perDay())
}

// threshold returns the rarity that a flag needs: each detector has a share of the budget, and as many chances a week as
// there are samples.
func (s *Series) threshold(budget float64) float64 {
	return math.Log10(7 * s.perDay() * shares / max(budget, tiny))
}

// youth returns 1 until wideDays, 0 from fullDays on.
func youth(age float64) float64 {
	return min(max((fullDays-age)/(fullDays-wideDays), 0), 1)
}

// dawn returns 2 on the second day, when tails are hardly known, and 1 from dawnDays on.
func dawn(age float64) float64 {
	return 1 + min(max((dawnDays-age)/(dawnDays-silentDays), 0), 1)
}

// settle makes the level of the excursion the usual one.
func (s *Series) settle(r *reading, j *Judgement) {
	shift := float64(s.Long) * r.sigma
	if math.Abs(r.deviation) < math.Abs(shift) { // the scatter may have grown since the hours that Long is of
		shift = r.deviation
	}
	s.Level += float32(shift)
	s.Long, s.Short, s.Run, s.Hot = 0, 0, 0, 0
	if s.Open != 0 {
		j.Action = Settled
		s.close()
	}
}

func (s *Series) close() { s.Event, s.Open = s.Open, 0 }
