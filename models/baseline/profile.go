package baseline

import "math"

// profile is what is usual of each hour of a working day, how a day of rest differs from that, and how much each hour
// scatters. Its levels are in steps of Unit, two bytes each: it learns once an hour, from the mean of the hour, so that
// what is learnt at once stays far above a step.
type profile struct {
	Work, Rest [24]int16
	// Wide is by how much more an hour scatters than all do, in wideSteps of an octave.
	Wide  [24]int8
	Books closes
	// WorkDays and RestDays count the days seen.
	WorkDays, RestDays uint8
	// Unit is the size of a step, 0 before the first hour has ended.
	Unit float32
	hour
}

// hour is the hour that is going on.
type hour struct {
	// Sum and Size are those of the deviations of its Count samples and of their sizes, which are relative to the spread.
	Sum, Size float32
	Count     uint16
	At, Close int8
	Resting   bool
}

const (
	wideSteps      = 40
	leastWide      = 0.2
	mostWide       = 9
	leastVisitRate = 1.0 / 8 // of a day in what is usual of its hours
)

// The ways to expect, of which the one that was right most is taken.
const (
	flat    = iota // hours do not matter
	plain          // all days are alike, between the middles of hours
	smooth         // between the middles of hours
	stepped        // hour by hour
	ways
)

// at returns what is usual of a moment by each way, counted from the level.
func (p *profile) at(m *Moment) (w [ways]float64) {
	if p.Unit == 0 {
		return w
	}
	h := int(m.Hour)
	next, share := h+1, float64(m.Hour)-float64(h)-0.5
	if share < 0 {
		next, share = h-1, -share
	}
	next = (next + 24) % 24
	w[plain] = p.usual(h, false) + share*(p.usual(next, false)-p.usual(h, false))
	here, there := p.usual(h, m.Rest), p.usual(next, m.Rest)
	w[stepped], w[smooth] = here, here+share*(there-here)
	if m.Close != 0 && p.Books.trusted() {
		w[flat] += p.Books.extra(m.Close, here) // as if it were this hour
		w[plain] += p.Books.extra(m.Close, w[plain])
		w[smooth] += p.Books.extra(m.Close, w[smooth])
		w[stepped] += p.Books.extra(m.Close, here)
	}
	for i := range w {
		w[i] *= float64(p.Unit)
	}
	return w
}

// usual returns what is usual of an hour, in steps.
func (p *profile) usual(h int, rest bool) float64 {
	v := float64(p.Work[h])
	if rest {
		v += float64(p.Rest[h])
	}
	return v
}

// wide returns by how much more an hour scatters than all do.
func (p *profile) wide(h int) float64 { return math.Exp2(float64(p.Wide[h]) / wideSteps) }

// widen says so.
func (p *profile) widen(h int, wide float64) {
	p.Wide[h] = int8(math.Round(wideSteps * math.Log2(min(max(wide, leastWide), mostWide))))
}

// days returns how many days were seen, 255 of a kind at the most.
func (p *profile) days() int { return int(p.WorkDays) + int(p.RestDays) }

// turns tells whether a moment begins a day.
func (p *profile) turns(m *Moment) bool { return int8(m.Hour) < p.At || p.days() == 0 }

// gather adds a deviation from what is stepwise usual to the hour of its moment, and its size in spreads. What the hour
// before has shown is learnt first.
func (p *profile) gather(m *Moment, deviation, size float64) {
	h := int8(m.Hour)
	if p.Count > 0 && (h != p.At || m.Rest != p.Resting) {
		p.learn()
	}
	if p.turns(m) {
		p.begin(m.Rest)
	}
	p.At, p.Close, p.Resting = h, m.Close, m.Rest
	p.Sum += float32(deviation)
	p.Size += float32(size)
	if p.Count < math.MaxUint16 {
		p.Count++
	}
}

// begin counts a day.
func (p *profile) begin(rest bool) {
	days := &p.WorkDays
	if rest {
		days = &p.RestDays
	}
	if *days < math.MaxUint8 {
		*days++
	}
}

// learn takes in the hour that has ended.
func (p *profile) learn() {
	mean, size := float64(p.Sum)/float64(p.Count), float64(p.Size)/float64(p.Count)
	h := int(p.At)
	trusted := p.Close != 0 && p.Books.trusted()
	if p.Close != 0 && p.Unit > 0 {
		usual, deviation := p.usual(h, p.Resting), mean/float64(p.Unit)
		if trusted {
			deviation += p.Books.extra(p.Close, usual)
		}
		p.Books.learn(p.Close, usual, deviation)
	}
	switch {
	case trusted: // the day tells nothing of others
	case p.Resting && p.WorkDays > 0:
		p.move(&p.Rest[h], mean*max(leastVisitRate, 1/float64(p.RestDays+1)))
	default:
		p.move(&p.Work[h], mean*max(leastVisitRate, 1/float64(max(p.WorkDays, 1))))
		p.Books.measure(&p.Work)
	}
	if !trusted {
		rate, wide := max(leastVisitRate, 1/float64(2+p.days())), p.wide(h)
		p.widen(h, wide+rate*(size-wide))
	}
	p.Sum, p.Size, p.Count = 0, 0, 0
}

// move changes a level; where a step is too small for that, it becomes larger.
func (p *profile) move(level *int16, by float64) {
	const most = math.MaxInt16
	if by == 0 || math.IsNaN(by) || math.IsInf(by, 0) {
		return
	}
	if p.Unit == 0 {
		p.Unit = max(float32(math.Abs(by)/(most/16)), math.SmallestNonzeroFloat32)
	}
	for math.Abs(float64(*level)+by/float64(p.Unit)) > most && p.Unit < math.MaxFloat32/4 {
		p.coarsen()
	}
	v := float64(*level) + by/float64(p.Unit)
	*level = int16(math.Round(min(max(v, -most), most)))
}

// coarsen makes a step four times as large.
func (p *profile) coarsen() {
	for h := range p.Work {
		p.Work[h] /= 4
		p.Rest[h] /= 4
	}
	p.Books.coarsen()
	p.Unit *= 4
}
