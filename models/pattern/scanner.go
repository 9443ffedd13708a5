package pattern

import (
	"bytes"
	"unicode/utf8"
)

// hole stands in a masked line for a value. It is a control character, which never comes out of a line otherwise.
const hole = 0

// holeText is how people see a hole, and how one is recognised in a line that has been masked before.
const holeText = "<*>"

// scanner masks lines. Its buffers are reused. Of equal words with a hole that follow one another two are kept: a list is
// one thing, however long.
type scanner struct {
	in []byte // the line
	// plain is a line without sequences for a terminal.
	plain []byte
	at    int    // where in the line
	out   []byte // what is masked so far
	// words begin in out at word; before it at last, and before that at older.
	word, last, older int
	holed             bool // the present word has a hole
	closes            int  // where a quoted string ends the inside of which is being masked
	// unclosed tells of " and of ' that nothing closes them from here to the end.
	unclosed [2]bool
}

// mask returns the line with a hole in place of each value and one space in place of each gap, at most limit bytes of it read.
// It is valid until the next call.
func (s *scanner) mask(line []byte, limit int) []byte {
	cut := len(line) > limit
	if cut {
		line = line[:limit]
	}
	if bytes.IndexByte(line, 0x1b) >= 0 {
		s.plain = appendPlain(s.plain[:0], line)
		line = s.plain
	}
	*s = scanner{in: line, plain: s.plain, out: s.out[:0], closes: -1}
	for s.at < len(s.in) {
		s.step()
	}
	if cut {
		s.hole()
	}
	s.space()
	return bytes.TrimSuffix(s.out, []byte{' '})
}

// step masks what begins at the present place.
func (s *scanner) step() {
	c := s.in[s.at]
	switch kinds[c] {
	case space:
		s.space()
		s.at++
	case letter, digit:
		s.atom()
	case quote:
		s.quoted()
	case high:
		s.rune()
	case mark:
		s.mark(c)
	default:
		s.separator(c)
	}
}

// put copies the line up to end.
func (s *scanner) put(end int) {
	s.out = append(s.out, s.in[s.at:end]...)
	s.at = end
}

// space ends a word.
func (s *scanner) space() {
	if n := len(s.out); n == 0 || s.out[n-1] == ' ' {
		return
	}
	if s.repeats() {
		s.out = s.out[:s.word]
	} else {
		s.out = append(s.out, ' ')
		s.older, s.last, s.word = s.last, s.word, len(s.out)
	}
	s.holed = false
}

// repeats reports whether the present word has a hole and is the same as the two before it.
func (s *scanner) repeats() bool {
	w := s.out[s.word:]
	if !s.holed || s.word-s.last != len(w)+1 || s.last-s.older != len(w)+1 {
		return false
	}
	return bytes.Equal(s.out[s.last:s.word-1], w) && bytes.Equal(s.out[s.older:s.last-1], w)
}

// hole masks a value. Values that only a joint separates, such as the parts of a date or address, are one, and a sign
// belongs to its value.
func (s *scanner) hole() {
	out := s.out
	for {
		n := len(out)
		if n >= 2 && isJoint(out[n-1]) && out[n-2] == hole {
			out = out[:n-1]
		} else if n > s.word && isSign(out[n-1]) && mayBeSigned(out[:n-1]) {
			out = out[:n-1]
		} else {
			break
		}
	}
	if n := len(out); n == 0 || out[n-1] != hole {
		out = append(out, hole)
	}
	s.out, s.holed = out, true
}

// mayBeSigned reports whether a plus or minus behind out is a sign, and not a joint of a name.
func mayBeSigned(out []byte) bool {
	if len(out) == 0 {
		return true
	}
	switch c := out[len(out)-1]; {
	case isSign(c), c == '_':
		return true
	case c >= 0x80:
		r, _ := utf8.DecodeLastRune(out)
		return isApart(r)
	default:
		return !inWord(c) && c != hole
	}
}

func isSign(c byte) bool { return c == '-' || c == '+' }

// isJoint reports whether c holds the parts of a number, time, address or identifier together.
func isJoint(c byte) bool {
	switch c {
	case '.', ':', '-', '/', ',', '+', '_':
		return true
	}
	return false
}

// separator copies what separates words. A value that is empty is a value: "user=", or " ()".
func (s *scanner) separator(c byte) {
	switch {
	case c == '<' && bytes.HasPrefix(s.in[s.at:], []byte(holeText)):
		s.hole()
		s.at += len(holeText)
		return
	case c == ':' && s.address(s.at):
		return
	}
	s.put(s.at + 1)
	end := closing(c)
	switch {
	case c == '=' && s.valueMissing(), end != 0 && s.peek(0) == end && !s.called():
		s.hole()
	}
}

// closing returns what closes a bracket, 0 for what is none.
func closing(c byte) byte {
	switch c {
	case '(':
		return ')'
	case '[':
		return ']'
	case '{':
		return '}'
	}
	return 0
}

// before returns the last byte that was masked, a space at the beginning.
func (s *scanner) before() byte {
	if n := len(s.out); n > 0 {
		return s.out[n-1]
	}
	return ' '
}

// peek returns the byte so far ahead, a space beyond the end.
func (s *scanner) peek(ahead int) byte {
	if i := s.at + ahead; i < len(s.in) {
		return s.in[i]
	}
	return ' '
}

// called reports whether the bracket that was just copied belongs to the word before it, as in "init()".
func (s *scanner) called() bool {
	n := len(s.out)
	return n >= 2 && (inWord(s.out[n-2]) || s.out[n-2] == hole)
}

// valueMissing reports whether the equals sign that was just copied has a name and no value.
func (s *scanner) valueMissing() bool {
	n := len(s.out)
	if n < 2 || !inAtom(s.out[n-2]) && s.out[n-2] != hole && s.out[n-2] < 0x80 {
		return false
	}
	switch next := s.peek(0); next {
	case ',', ';', ')', ']', '}':
		return true
	default:
		return kinds[next] == space
	}
}

// appendPlain appends a line without sequences for a terminal.
func appendPlain(out, line []byte) []byte {
	for {
		i := bytes.IndexByte(line, 0x1b)
		if i < 0 {
			return append(out, line...)
		}
		out = append(out, line[:i]...)
		line = line[skipEscape(line, i):]
	}
}

// skipEscape returns where a sequence for a terminal that begins at i ends: colours, titles, cursor movements.
func skipEscape(in []byte, i int) int {
	i++
	if i == len(in) {
		return i
	}
	switch in[i] {
	case '[': // parameters, then a final byte
		for i++; i < len(in) && in[i] >= 0x20 && in[i] < 0x40; i++ {
		}
	case ']': // up to BEL, or ESC and what is then one of its own
		for i++; i < len(in) && in[i] != 0x07 && in[i] != 0x1b; i++ {
		}
		if i < len(in) && in[i] == 0x1b {
			return i
		}
	default:
		if in[i] < 0x30 || in[i] >= 0x7f {
			return i
		}
	}
	return min(i+1, len(in))
}
