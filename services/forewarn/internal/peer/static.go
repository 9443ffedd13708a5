package peer

// Static fires above a fixed share, until the use is below a lower one.
type Static struct {
	open, resolve float64
	next          float64
	begun         bool
	last          Reading
}

// Static90 returns the rule that everybody has: open above 90 %, resolve below 88 %.
func Static90() *Static { return &Static{open: 0.90, resolve: 0.88} }

// Observe evaluates the rule every five minutes, from an hour after the first sample on. Its urgency is the use.
func (r *Static) Observe(s Sample) Reading {
	if !r.begun {
		r.begun, r.next, r.last = true, s.Time+hour, silent()
	}
	if s.Time < r.next {
		return r.last
	}
	r.next = s.Time + evaluation
	used, threshold := s.Used(), r.open
	if r.last.Firing {
		threshold = r.resolve
	}
	r.last = silent()
	r.last.Firing, r.last.Urgency = used > threshold, used
	return r.last
}
