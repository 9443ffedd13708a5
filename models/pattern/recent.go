package pattern

// recent is a list of patterns, the one used most recently first.
type recent struct {
	first, end *entry
	length     int
	ticks      uint64
}

func (l *recent) last() *entry { return l.end }

// push puts e, which is in no list, first, and notes that it is newer than all others.
func (l *recent) push(e *entry) {
	l.ticks++
	e.tick = l.ticks
	e.before, e.after = nil, l.first
	if l.first != nil {
		l.first.before = e
	} else {
		l.end = e
	}
	l.first = e
	l.length++
}

// remove takes e out.
func (l *recent) remove(e *entry) {
	if e.before != nil {
		e.before.after = e.after
	} else {
		l.first = e.after
	}
	if e.after != nil {
		e.after.before = e.before
	} else {
		l.end = e.before
	}
	e.before, e.after = nil, nil
	l.length--
}

// touch moves e to the front.
func (l *recent) touch(e *entry) {
	if l.first != e {
		l.remove(e)
		l.push(e)
	}
}
