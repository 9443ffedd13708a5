package signature

// Matcher finds signatures in lines. It is for one goroutine at a time; a Dictionary makes as many as are wanted.
type Matcher struct {
	d *Dictionary
	// seen is the turn in which a literal was last found, so that nothing needs to be cleared between lines.
	seen []uint32
	turn uint32
	// found counts literals by pattern; touched lists the patterns in which it is not 0.
	found   []uint16
	touched []int32
	// met lists the patterns whose literals are all in the line, in the order in which they became so.
	met []met
	// vetoed is the turn in which a word was found that a signature may not have beside it.
	vetoed []uint32
	quiet  bool
}

type met struct {
	pattern int32
	end     int
}

// Matcher returns a new matcher: some bytes for each literal.
func (d *Dictionary) Matcher() *Matcher {
	return &Matcher{
		d:       d,
		seen:    make([]uint32, len(d.literals)),
		found:   make([]uint16, len(d.patterns)),
		touched: make([]int32, 0, len(d.patterns)),
		met:     make([]met, 0, len(d.patterns)),
		vetoed:  make([]uint32, len(d.signatures)),
	}
}

// Match returns the signature in the line, or nil. A line is an entry of a log as it was written, continuation lines
// included. The signature belongs to the dictionary; do not change it. O(len(line)), without allocation.
func (m *Matcher) Match(line []byte) *Signature { return m.best(scan(m, line)) }

// MatchString is Match for a string.
func (m *Matcher) MatchString(line string) *Signature { return m.best(scan(m, line)) }

// scan reads the line, and returns what is met. It stays valid until the next scan.
func scan[T string | []byte](m *Matcher, line T) []met {
	m.reset()
	next, firstEnd := m.d.auto.next, m.d.auto.firstEnd
	state := node(0)
	for i := 0; i < len(line); i++ {
		state = next[state][line[i]]
		if state >= firstEnd {
			for _, index := range m.d.auto.ends[state-firstEnd] {
				if m.seen[index] != m.turn && bordered(&m.d.literals[index], line, i+1) {
					m.note(index, i+1)
				}
			}
		}
	}
	return m.met
}

func (m *Matcher) reset() {
	for _, p := range m.touched {
		m.found[p] = 0
	}
	m.touched, m.met, m.quiet = m.touched[:0], m.met[:0], false
	m.turn++
	if m.turn == 0 { // after 2^32 lines: what is remembered of long ago must not look new
		clear(m.seen)
		clear(m.vetoed)
		m.turn = 1
	}
}

// bordered reports whether a literal that ends before end is not part of a longer word.
func bordered[T string | []byte](l *literal, line T, end int) bool {
	start := end - len(l.text)
	return (l.openLeft || start == 0 || !inWord(line[start]) || !inWord(line[start-1]) || escaped(line[:start])) &&
		(l.openRight || end == len(line) || !inWord(line[end-1]) || !inWord(line[end]))
}

// escaped reports whether the last letter before a literal is the end of an escape and not of a word: of \n in JSON, or
// of a terminal's colour, ESC [ 31 m.
func escaped[T string | []byte](before T) bool {
	i := len(before) - 1
	switch before[i] {
	case 'n', 'r', 't':
		return i > 0 && before[i-1] == '\\'
	case 'm':
		for i--; i >= 0 && ('0' <= before[i] && before[i] <= '9' || before[i] == ';'); i-- {
		}
		return i > 0 && before[i] == '[' && (before[i-1] == '\x1b' || before[i-1] == 'b' || before[i-1] == 'B') // \u001b in JSON
	}
	return false
}

// note takes in that a literal was found for the first time in this line.
func (m *Matcher) note(index int32, end int) {
	m.seen[index] = m.turn
	l := &m.d.literals[index]
	m.quiet = m.quiet || l.quiet
	for _, s := range l.vetoes {
		m.vetoed[s] = m.turn
	}
	for _, p := range l.patterns {
		if m.found[p] == 0 {
			m.touched = append(m.touched, p)
		}
		m.found[p]++
		if m.found[p] == m.d.patterns[p].needs {
			m.met = append(m.met, met{p, end})
		}
	}
}

// best returns the signature to tell of those that are met, nil if none.
func (m *Matcher) best(all []met) *Signature {
	if m.quiet {
		return nil
	}
	var best *pattern
	var bestEnd int
	for _, one := range all {
		p := &m.d.patterns[one.pattern]
		if m.vetoed[p.signature] == m.turn {
			continue
		}
		if best == nil || m.d.before(p, one.end, best, bestEnd) {
			best, bestEnd = p, one.end
		}
	}
	if best == nil {
		return nil
	}
	return &m.d.signatures[best.signature]
}

// before reports whether p, met at end, is to be told rather than q: guarantee 3 of the package.
func (d *Dictionary) before(p *pattern, end int, q *pattern, qEnd int) bool {
	ps, qs := d.signatures[p.signature].Severity.rank(), d.signatures[q.signature].Severity.rank()
	switch {
	case ps != qs:
		return ps > qs
	case end != qEnd:
		return end > qEnd
	}
	return p.weight > q.weight // equal ones: the first met, and so the first in the dictionary
}
