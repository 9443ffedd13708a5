package i18n

import (
	"strings"
	"unicode"
)

// Line makes one line of s, fit for a terminal, a log or a chat: valid text, every run of spaces and line ends one
// space, and no control or format characters, which could move a cursor, ring a bell or turn and hide text.
func Line(s string) string {
	return strings.Join(strings.Fields(strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\r' || r == '\t' || r == '\u2028' || r == '\u2029':
			return ' '
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r), r == unicode.ReplacementChar:
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, ""))), " ")
}
