package pattern

import "unicode/utf8"

// mark copies a mark, or masks the path that it begins.
func (s *scanner) mark(c byte) {
	begins := false
	switch c {
	case '/':
		begins = true
	case '~':
		begins = s.peek(1) == '/'
	case '.':
		begins = s.peek(1) == '/' || s.peek(1) == '.' && s.peek(2) == '/'
	case '\\':
		begins = s.peek(1) == '\\'
	}
	before := s.before()
	if begins && !inAtom(before) && kinds[before] != mark && before != hole && s.path(s.at+1) {
		return
	}
	s.put(s.at + 1)
}

// scheme masks the URL whose scheme ends at end with a colon, or the path whose drive does, and reports whether there is
// one.
func (s *scanner) scheme(end int) bool {
	if end+2 >= len(s.in) {
		return false
	}
	one, two := s.in[end+1], s.in[end+2]
	if end-s.at == 1 && (one == '\\' || one == '/' && two != '/') && inWord(two) {
		return s.path(end + 1)
	}
	return one == '/' && two == '/' && s.path(end+3)
}

// path masks from the present place to where a path or URL ends that has been read up to i. It reports whether there are
// names in it.
func (s *scanner) path(i int) bool {
	named, asked := false, false
	for i < len(s.in) {
		c := s.in[i]
		size := 1
		switch kinds[c] {
		case letter, digit:
			named = true
		case mark:
			asked = asked || c == '?'
		case apart:
			if c == ':' && i+1 < len(s.in) && (isDigit(s.in[i+1]) || s.in[i+1] == '\\') || c == '=' && asked {
				break
			}
			size = 0
		case high:
			size = s.inPath(i)
			named = named || size > 0
		default:
			size = 0
		}
		if size == 0 {
			break
		}
		i += size
	}
	if !named {
		return false
	}
	for s.in[i-1] == '.' || s.in[i-1] == ':' || s.in[i-1] == '!' || s.in[i-1] == '?' {
		i--
	}
	s.hole()
	s.at = i
	return true
}

// inPath returns the size of the rune at i if it belongs to a path, else 0. Chinese does if it begins a name; behind one
// the sentence goes on.
func (s *scanner) inPath(i int) int {
	r, size := utf8.DecodeRune(s.in[i:])
	before := s.in[i-1]
	if r == utf8.RuneError || isApart(r) || isIdeograph(r) && before != '/' && before != '\\' && before < 0x80 {
		return 0
	}
	return size
}
