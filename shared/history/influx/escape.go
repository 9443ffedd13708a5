package influx

import (
	"strings"
)

// unnamed is the measurement of series without a metric name. encode never makes it.
const unnamed = "%2D"

const hexDigits = "0123456789ABCDEF"

// encode returns text that line protocol can carry: control characters, backslashes, and percent signs that would read as
// an encoded character become %XX.
func encode(s string) string {
	if i := firstOdd(s); i < 0 {
		return s
	}
	var sb strings.Builder
	for i := range len(s) {
		if odd(s, i) {
			writePercent(&sb, s[i])
		} else {
			sb.WriteByte(s[i])
		}
	}
	return sb.String()
}

// encodeName is encode for measurements and names of tags, of which InfluxDB keeps some for itself.
func encodeName(s string) string {
	switch {
	case s == "":
		return s
	case s[0] == '_', s[0] == '#', s == "time", s == "result", s == "table":
		var sb strings.Builder
		writePercent(&sb, s[0])
		sb.WriteString(encode(s[1:]))
		return sb.String()
	}
	return encode(s)
}

// decode returns what encode or encodeName was given.
func decode(s string) string {
	if strings.IndexByte(s, '%') < 0 {
		return s
	}
	var sb strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && pair(s, i+1) {
			sb.WriteByte(unhex(s[i+1])<<4 | unhex(s[i+2]))
			i += 2
		} else {
			sb.WriteByte(s[i])
		}
	}
	return sb.String()
}

func firstOdd(s string) int {
	for i := range len(s) {
		if odd(s, i) {
			return i
		}
	}
	return -1
}

// odd tells whether the byte at i must be encoded.
func odd(s string, i int) bool {
	c := s[i]
	return c < ' ' || c == 0x7f || c == '\\' || c == '%' && pair(s, i+1)
}

// pair tells whether two upper-case hexadecimal digits are at i.
func pair(s string, i int) bool {
	return i+1 < len(s) && strings.IndexByte(hexDigits, s[i]) >= 0 && strings.IndexByte(hexDigits, s[i+1]) >= 0
}

func unhex(c byte) byte { return byte(strings.IndexByte(hexDigits, c)) } //nolint:gosec // 0 to 15

func writePercent(sb *strings.Builder, c byte) {
	sb.WriteByte('%')
	sb.WriteByte(hexDigits[c>>4])
	sb.WriteByte(hexDigits[c&15])
}
