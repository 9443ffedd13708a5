package chart

import "math"

// span is a closed range; that of [nothing] holds no number.
type span struct{ lo, hi float64 }

func nothing() span { return span{math.Inf(1), math.Inf(-1)} }

func (s span) empty() bool { return s.lo > s.hi }

// with returns s widened to hold v; a gap widens nothing.
func (s span) with(v float64) span {
	if v < s.lo {
		s.lo = v
	}
	if v > s.hi {
		s.hi = v
	}
	return s
}

func (s span) withTimes(all []sample) span {
	for _, x := range all {
		s = s.with(x.t)
	}
	return s
}

func (s span) withValues(all []sample) span {
	for _, x := range all {
		s = s.with(x.v)
	}
	return s
}

func (s span) clamp(v float64) float64 { return math.Max(s.lo, math.Min(s.hi, v)) }

// scale maps a range onto pixels.
type scale struct {
	domain   span
	from, to float64
}

func (s scale) at(v float64) float64 {
	return s.from + (v-s.domain.lo)/(s.domain.hi-s.domain.lo)*(s.to-s.from)
}

// timeDomain widens a range of times that is a single moment, so that the moment is in the middle.
func timeDomain(s span) span {
	if !s.empty() && s.hi-s.lo < 1e-3 {
		return span{s.lo - 1800, s.hi + 1800}
	}
	return s
}

// valueDomain is what the axis of values covers: all of core, and of reach what is not further from core than a quarter of
// its height, so that a wide band does not press the past flat. An axis that comes near zero begins there.
func valueDomain(core, reach span) span {
	if core.empty() {
		core = reach
	}
	if core.empty() {
		return span{0, 1}
	}
	slack := (core.hi - core.lo) / 4
	out := core
	if !reach.empty() {
		out.lo = math.Min(core.lo, math.Max(reach.lo, core.lo-slack))
		out.hi = math.Max(core.hi, math.Min(reach.hi, core.hi+slack))
	}
	if core.lo >= 0 && (out.lo < out.hi/2 || out.lo < 0) {
		out.lo = 0
	}
	height := out.hi - out.lo
	if height <= 1e-9*math.Abs(out.hi) {
		pad := math.Max(math.Abs(out.hi)/10, 1e-9)
		if out.hi == 0 {
			pad = 1
		}
		return span{out.lo - pad, out.hi + pad}
	}
	out.hi += height * 0.06
	if out.lo != 0 {
		out.lo -= height * 0.06
	}
	return out
}
