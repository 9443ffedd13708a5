package signature

// Matcher finds signatures in lines. It is for one goroutine at a time; a Dictionary makes as many as are wanted.
type Matcher struct {
	d *Dictionary
	// seen is by literal the turn in which it was last found, so that nothing needs to be cleared between lines, and ends
	// where it ended then.
	seen []uint32
	ends []int
	turn uint32
	// keys lists the literals found that are the longest of a pattern.
	keys []int32
	// met lists the patterns whose literals are all in the line.
	met []met
	// vetoed is the turn in which a word was found that a signature may not have beside it, vouched that of one it must.
	vetoed, vouched []uint32
	quiet           bool
}

// met is a pattern that is complete, and where its last literal ends.
type met struct {
	pattern int32
	end     int
}

// Matcher returns a new matcher: some bytes for each literal.
func (d *Dictionary) Matcher() *Matcher {
	return &Matcher{
		d:       d,
		seen:    make([]uint32, len(d.literals)),
		ends:    make([]int, len(d.literals)),
		keys:    make([]int32, 0, len(d.literals)),
		met:     make([]met, 0, len(d.patterns)),
		vetoed:  make([]uint32, len(d.signatures)),
		vouched: make([]uint32, len(d.signatures)),
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
	a := m.d.auto
	next, width, class, firstRare, firstEnd := a.next, a.width, &a.class, a.firstRare, a.firstEnd // in registers
	state := outside
	for i := 0; i < len(line); i++ {
		if c := class[line[i]]; state < firstRare {
			state = next[int(state)*width+int(c)]
		} else {
			state = a.step(state, c)
		}
		if state < firstEnd {
			continue
		}
		for _, index := range a.ends[state-firstEnd] {
			if m.seen[index] == m.turn {
				continue
			}
			l := &m.d.literals[index]
			if end, ok := follows(l.tail(), line, i+1); ok && bordered(l, line, end) {
				m.note(index, end)
			}
		}
	}
	m.complete()
	return m.met
}

// follows reports whether the tail of a literal stands at start, and where it ends.
func follows[T string | []byte](tail string, line T, start int) (int, bool) {
	if len(line)-start < len(tail) {
		return 0, false
	}
	for i := range len(tail) {
		if lower(line[start+i]) != tail[i] {
			return 0, false
		}
	}
	return start + len(tail), true
}

func (m *Matcher) reset() {
	m.keys, m.met, m.quiet = m.keys[:0], m.met[:0], false
	m.turn++
	if m.turn == 0 { // after 2^32 lines: what is remembered of long ago must not look new
		clear(m.seen)
		clear(m.vetoed)
		clear(m.vouched)
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
	m.seen[index], m.ends[index] = m.turn, end
	l := &m.d.literals[index]
	m.quiet = m.quiet || l.quiet
	for _, s := range l.vetoes {
		m.vetoed[s] = m.turn
	}
	for _, s := range l.vouches {
		m.vouched[s] = m.turn
	}
	if len(l.patterns) > 0 {
		m.keys = append(m.keys, index)
	}
}

// complete lists the patterns whose literals were all found.
func (m *Matcher) complete() {
	for _, key := range m.keys {
	patterns:
		for _, p := range m.d.literals[key].patterns {
			end := m.ends[key]
			for _, other := range m.d.patterns[p].others {
				if m.seen[other] != m.turn {
					continue patterns
				}
				end = max(end, m.ends[other])
			}
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
		if !m.stands(p.signature) {
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

// stands reports whether what else the line holds lets the signature be told.
func (m *Matcher) stands(signature int32) bool {
	return m.vetoed[signature] != m.turn && (len(m.d.signatures[signature].Beside) == 0 || m.vouched[signature] == m.turn)
}

// before reports whether p, met at end, is to be told rather than q: guarantee 3 of the package.
func (d *Dictionary) before(p *pattern, end int, q *pattern, qEnd int) bool {
	ps, qs := &d.signatures[p.signature], &d.signatures[q.signature]
	switch {
	case ps.General != qs.General:
		return qs.General
	case ps.Severity != qs.Severity:
		return ps.Severity.rank() > qs.Severity.rank()
	case end != qEnd:
		return end > qEnd
	}
	return p.weight > q.weight // equal ones: the first met, and so the first in the dictionary
}
