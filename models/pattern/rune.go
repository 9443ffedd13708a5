package pattern

import (
	"bytes"
	"unicode/utf8"
)

// rune masks or copies what begins with a rune beyond ASCII.
func (s *scanner) rune() {
	r, size := utf8.DecodeRune(s.in[s.at:])
	end := s.at + size
	switch {
	case r == utf8.RuneError || isWideDigit(r):
		s.hole()
		s.at = end
	case isGap(r):
		s.space()
		s.at = end
	case r == '上' || r == '下':
		s.halfOfDay(end)
	default:
		if closing := closingQuote(r); closing != "" {
			s.wideQuoted(end, closing)
			return
		}
		s.put(end)
	}
}

// halfOfDay skips 上午 and 下午 before a time.
func (s *scanner) halfOfDay(end int) {
	const noon = "午"
	if rest := s.in[end:]; bytes.HasPrefix(rest, []byte(noon)) && len(rest) > len(noon) && isDigit(rest[len(noon)]) {
		s.at = end + len(noon)
		return
	}
	s.put(end)
}

// wideQuoted masks what stands between quotes of which the first ends at end.
func (s *scanner) wideQuoted(end int, closing string) {
	n := bytes.Index(s.in[end:], []byte(closing))
	s.put(end)
	if n < 0 {
		return
	}
	s.hole()
	s.at += n
	s.put(s.at + len(closing))
}

// closingQuote returns what closes a quote, "" for what is none.
func closingQuote(r rune) string {
	switch r {
	case '“':
		return "”"
	case '‘':
		return "’"
	case '「':
		return "」"
	case '『':
		return "』"
	case '《':
		return "》"
	}
	return ""
}

// isGap reports whether r separates words as a space does: spaces, and what shows nothing, such as byte order marks.
func isGap(r rune) bool {
	switch {
	case r <= 0xa0, r == 0xad, r == 0x1680, r >= 0x2000 && r <= 0x200f, r >= 0x2028 && r <= 0x202f, r >= 0x205f && r <= 0x206f, r == 0x3000, r == 0xfeff:
		return true
	}
	return false
}

// isWideDigit reports whether r is a digit as wide as a Chinese character.
func isWideDigit(r rune) bool { return r >= '０' && r <= '９' }

// isIdeograph reports whether r is of a script that puts no spaces between words: Chinese, Japanese, Korean.
func isIdeograph(r rune) bool {
	return r >= 0x2e80 && r <= 0x9fff && !isApart(r) || r >= 0xac00 && r <= 0xd7af || r >= 0xf900 && r <= 0xfaff || r >= 0x20000 && r <= 0x3ffff
}

// isApart reports whether r is punctuation or a bracket of Chinese text, which separates words.
func isApart(r rune) bool {
	switch {
	case r >= 0x2010 && r <= 0x205e, r >= 0x3000 && r <= 0x303f:
		return true
	case r >= 0xff00 && r <= 0xff65:
		letter := r >= 'Ａ' && r <= 'Ｚ' || r >= 'ａ' && r <= 'ｚ'
		return !letter && !isWideDigit(r)
	}
	return false
}
