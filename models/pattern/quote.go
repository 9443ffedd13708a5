package pattern

import (
	"bytes"
	"unicode/utf8"
)

// quoted masks what stands between quotes. It does so as a whole, unless that is the name or value of an object in JSON or of a
// pair such as msg="connection refused", whose words say what happened.
func (s *scanner) quoted() {
	c := s.in[s.at]
	end := 0
	if before := s.before(); s.at != s.closes && (c == '"' || !inAtom(before) && before != hole) {
		end = s.closing(c)
	}
	switch {
	case end == 0:
		s.put(s.at + 1)
	case s.speaks(end):
		s.closes = end
		s.put(s.at + 1)
	default:
		s.put(s.at + 1)
		s.hole()
		s.at = end
		s.put(end + 1)
	}
}

// closing returns where the quote c that begins here is closed, 0 if it is not. An apostrophe closes nothing.
func (s *scanner) closing(c byte) int {
	k := 0
	if c == '\'' {
		k = 1
	}
	for i := s.at + 1; !s.unclosed[k] && i < len(s.in); i++ {
		n := bytes.IndexByte(s.in[i:], c)
		if n < 0 {
			break
		}
		i += n
		if s.in[i-1] != '\\' && (c == '"' || !goesOn(s.in[i+1:])) {
			return i
		}
	}
	s.unclosed[k] = true
	return 0
}

// goesOn reports whether a word goes on with rest, so that a single quote before it is an apostrophe.
func goesOn(rest []byte) bool {
	if len(rest) == 0 || !inWord(rest[0]) {
		return bytes.HasPrefix(rest, []byte(holeText))
	}
	if rest[0] < utf8.RuneSelf {
		return true
	}
	r, _ := utf8.DecodeRune(rest)
	return !isApart(r) && !isIdeograph(r) && !isGap(r)
}

// speaks reports whether the words between the quote here and its end belong to the pattern.
func (s *scanner) speaks(end int) bool {
	if end+1 < len(s.in) && s.in[end+1] == ':' {
		return true
	}
	i := s.at - 1
	for i > 0 && s.in[i] == ' ' {
		i--
	}
	return i >= 0 && s.in[i] == '=' || i > 0 && s.in[i] == ':' && kinds[s.in[i-1]] == quote
}
