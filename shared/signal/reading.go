package signal

import (
	"math"
	"slices"
	"time"

	"github.com/forewarn/forewarn/shared/telemetry"
)

// Reading is what one sender says of a signal: the newest value of each input of its rule, and what rates and sums are
// reckoned from. Whoever judges or shows signals reads samples by it, so that all see the same values; those depend on
// nothing but the samples. It is of bounded size and is kept as a message of
// [wire]; [ReadingJSON] is how earlier releases kept it. Not safe for concurrent use.
//
// The samples of one moment belong together: they are heard in any order, then the moment is evaluated.
type Reading struct {
	// Newest is what was heard last of each input, of time 0 if nothing was. No value is NaN; those of rates and sums are of the newest
	// moment for which they could be reckoned.
	Newest []telemetry.Sample
	// Tally is nil if no input is a rate or a sum.
	Tally *tally
	// Rule is whose inputs these are; nil of a reading that was kept and has not been resumed.
	Rule *Rule
}

// NewReading returns a reading of a rule's inputs of which nothing was heard yet.
func NewReading(rule *Rule) Reading {
	n := len(rule.Inputs)
	r := Reading{Newest: make([]telemetry.Sample, n), Rule: rule}
	if rule.counts() {
		r.Tally = newTally(n)
	}
	return r
}

// Resume makes a reading that was kept go on by a rule; false if the rule has other inputs now, and then it must begin anew.
func (r *Reading) Resume(rule *Rule) bool {
	n := len(rule.Inputs)
	if len(r.Newest) != n || rule.counts() != (r.Tally != nil) || r.Tally != nil && len(r.Tally.Parts) != n {
		return false
	}
	r.Rule = rule
	return true
}

// Forget forgets what was heard, as when another sender is listened to from now on.
func (r *Reading) Forget() {
	clear(r.Newest)
	if r.Tally != nil {
		r.Tally = newTally(len(r.Newest))
	}
}

// Hear notes a sample of an input; series tells the series of one input apart. NaN and infinite values are not heard.
func (r *Reading) Hear(input int, series uint64, s telemetry.Sample) {
	in := &r.Rule.Inputs[input]
	switch {
	case !finite(s.Value):
	case in.counted():
		r.Tally.hear(input, in.Sum, series, s)
	default:
		r.Newest[input] = s
	}
}

// Evaluate returns use and limit at a moment, of which all samples that were there have been heard, as [Rule.Evaluate] does. It
// is not ok either if an input of that moment is missing, apart from those that may be older; with rates, it is ok once in a
// window. Further samples of the moment may be heard and the moment evaluated again. It allocates nothing.
func (r *Reading) Evaluate(moment int64) (use, limit float64, ok bool) {
	if r.Tally != nil {
		r.reckon(moment)
	}
	var values [maxInputs]float64
	for i, heard := range r.Newest {
		in, v, at := &r.Rule.Inputs[i], heard.Value, heard.TimeMillis
		now, known := at == moment, at != 0 && moment-at <= LimitFresh.Milliseconds()
		if known && !now && in.Optional && !in.Limit && !in.counted() {
			return 0, 0, false // this sender has it, in another batch of the same moment: without it use is another thing
		}
		if !now && !(known && in.Limit) {
			v = math.NaN()
		}
		values[i] = v
	}
	use, limit, ok = r.Rule.Evaluate(values[:len(r.Newest)])
	if r.Rule.Kind == Count {
		use *= r.Rule.Window().Seconds()
	}
	return use, limit, ok
}

// reckon brings rates and sums to a moment, if it counts.
func (r *Reading) reckon(moment int64) {
	window := r.Rule.Window()
	ready, due := r.Tally.ready(moment, window)
	if !ready {
		return
	}
	for i := range r.Rule.Inputs {
		var v float64
		var some bool
		switch in := &r.Rule.Inputs[i]; {
		case in.Rate > 0 && due:
			v, some = r.Tally.rate(i)
		case in.Rate == 0 && in.Sum && r.Tally.Before != 0:
			v, some = r.Tally.sum(i)
		}
		if some {
			r.Newest[i] = telemetry.Sample{TimeMillis: moment, Value: v}
		}
	}
	if window > 0 {
		r.Tally.begin()
	}
}

// finite reports whether v is a number that one can reckon with.
func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

// counted tells whether an input's value is reckoned rather than taken.
func (in *Input) counted() bool { return in.Rate > 0 || in.Sum }

// counts tells whether an input is a rate or a sum.
func (r *Rule) counts() bool {
	return slices.ContainsFunc(r.Inputs, func(in Input) bool { return in.counted() })
}

// Window returns over what time the rule's rates are reckoned, at the least; 0 if it has none.
func (r *Rule) Window() (w time.Duration) {
	for i := range r.Inputs {
		w = max(w, r.Inputs[i].Rate)
	}
	return w
}

// Several tells that a use needs more than one sample: of several inputs, or of several series of one.
func (r *Rule) Several() bool { return len(r.Inputs) > 1 || r.Inputs[0].Sum }
