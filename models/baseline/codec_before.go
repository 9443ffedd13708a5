package baseline

import "math"

// withoutRecords is the version of states that knew no records and were finer in how much each hour scatters.
const withoutRecords = 1

type stateWithoutRecords struct {
	course
	scatter
	detectors
	surprise
	Work, Rest, Wide [24]int16
	Books            closes
	Unit             float32
	hour
	WorkDays, RestDays uint16
	Nature             Nature
}

// state returns what was learned, without a record yet.
func (o *stateWithoutRecords) state() state {
	const steps = 2048 // of a width, less 1
	st := state{course: o.course, scatter: o.scatter, detectors: o.detectors, surprise: o.surprise, Nature: o.Nature, profile: profile{
		Work: o.Work, Rest: o.Rest, Books: o.Books, Unit: o.Unit, hour: o.hour,
		WorkDays: uint8(min(o.WorkDays, math.MaxUint8)), RestDays: uint8(min(o.RestDays, math.MaxUint8)),
	}}
	for h, wide := range o.Wide {
		st.profile.widen(h, 1+float64(wide)/steps)
	}
	return st
}
