package peer

import "math"

// evaluation is how often rules are evaluated, in seconds: the usual interval of alerting rules.
const evaluation = 300

// Linear extrapolates a line through the last hours.
type Linear struct {
	horizon float64 // it fires if the limit is reached within it, seconds
	minUsed float64 // and more than this share is used
	window  window
	law     law
	alert   pending
	next    float64
	begun   bool
	last    Reading
}

// law tells how the line is fitted.
type law int

const (
	straight    law = iota
	exponential     // a line through the logarithm of the use
)

// PredictLinear returns the rule in most guides: predict_linear(x[1h], 4h) beyond the limit, for 5 minutes.
func PredictLinear() *Linear {
	return &Linear{horizon: 4 * hour, window: window{span: hour}, alert: pending{hold: 300}}
}

// NodeMixin returns NodeFilesystemSpaceFillingUp of node_exporter's mixin: predict_linear(x[6h], 24h) beyond the limit,
// less than 40 % free, for an hour; the same for other resources.
func NodeMixin() *Linear {
	return &Linear{horizon: day, minUsed: 0.6, window: window{span: 6 * hour}, alert: pending{hold: hour}}
}

// Timeleft returns a Zabbix trigger on timeleft(1h) below a day while more than 80 % is used.
func Timeleft() *Linear {
	return &Linear{horizon: day, minUsed: 0.8, window: window{span: hour}}
}

// TimeleftExponential returns the same with an exponential fit.
func TimeleftExponential() *Linear {
	l := Timeleft()
	l.law = exponential
	return l
}

// Observe evaluates the rule every five minutes, once its window is full. In between it repeats its last reading.
func (l *Linear) Observe(s Sample) Reading {
	if !l.begun {
		l.begun, l.next, l.last = true, s.Time+l.window.span, silent()
	}
	l.window.add(s.Time, l.value(&s))
	if s.Time < l.next {
		return l.last
	}
	l.next = s.Time + evaluation
	left := l.left(&s)
	l.last = silent()
	l.last.P50 = left
	used := s.Used()
	if used <= l.minUsed {
		l.last.Urgency = 0 // the rule is silent here, whatever its horizon
	}
	l.last.Firing = l.alert.fires(left < l.horizon && used > l.minUsed, s.Time)
	return l.last
}

// value returns what the line is fitted to.
func (l *Linear) value(s *Sample) float64 {
	if l.law == exponential {
		return math.Log(max(s.Used(), 1e-6))
	}
	return s.Value
}

// left returns the seconds until the line meets the limit, +Inf if it does not.
func (l *Linear) left(s *Sample) float64 {
	now, slope := l.window.line(s.Time)
	room := s.Limit - now
	switch {
	case l.law == exponential:
		room = -now // the logarithm of the limit's share, 1, is 0
	case s.Free:
		room, slope = now, -slope
	}
	if slope <= 0 {
		return math.Inf(1)
	}
	return room / slope
}
