package pattern

// kind is what a byte of a line can be part of.
type kind uint8

const (
	space  kind = iota // and all control characters
	letter             // of ASCII, and the underscore
	digit
	mark  // part of a word without being a letter: . - / and others
	apart // what separates words: brackets, comma, colon, equals sign
	quote
	high // part of a rune beyond ASCII
)

// kinds tells the kind of each byte.
var kinds = newKinds()

func newKinds() (k [256]kind) {
	for c := range k {
		switch {
		case c <= ' ' || c == 0x7f:
			k[c] = space
		case c >= 0x80:
			k[c] = high
		case c >= '0' && c <= '9':
			k[c] = digit
		case c|0x20 >= 'a' && c|0x20 <= 'z' || c == '_':
			k[c] = letter
		default:
			k[c] = mark
		}
	}
	for _, c := range []byte("=:,;()[]{}<>|") {
		k[c] = apart
	}
	k['"'], k['\''] = quote, quote
	return k
}

// inAtom reports whether c is a letter, digit or underscore.
func inAtom(c byte) bool { return kinds[c] == letter || kinds[c] == digit }

func isDigit(c byte) bool { return c-'0' <= 9 }

func isUpper(c byte) bool { return c-'A' <= 'Z'-'A' }

func isHex(c byte) bool { return isDigit(c) || (c|0x20)-'a' <= 'f'-'a' }

// allHex reports whether b is hexadecimal throughout.
func allHex(b []byte) bool {
	for _, c := range b {
		if !isHex(c) {
			return false
		}
	}
	return true
}

// inWord reports whether c, or the rune that it is part of, may be inside a word.
func inWord(c byte) bool { return inAtom(c) || kinds[c] == mark || kinds[c] == high }
