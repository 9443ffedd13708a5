package pattern

import "unicode/utf8"

// word is where a word stands in a masked text, and what it is.
type word struct {
	hash     uint64
	from, to uint16
	is       traits
}

// traits of a word, several at once.
type traits uint8

const (
	value    traits = 1 << iota // nothing but a value
	holed                       // with a value in it, or nothing but one
	constant                    // with letters, so that it says something
	state                       // as states and constants of programs look: RUNNING, SCREEN_ON
)

func (w *word) any(t traits) bool { return w.is&t != 0 }

// same reports whether w and v are equal, as far as 64 bits tell.
func (w *word) same(v *word) bool { return w.hash == v.hash }

// newWord describes text[from:to].
func newWord(text []byte, from, to int) word {
	h, upper, is := uint64(fnvOffset), 0, state
	for _, c := range text[from:to] {
		h = hashByte(h, c)
		switch {
		case c == hole:
			is |= holed
		case isUpper(c):
			upper++
			is |= constant
		case c == '_':
		default:
			is &^= state
			if c >= 0x80 || kinds[c] == letter {
				is |= constant
			}
		}
	}
	if upper < 2 {
		is &^= state
	}
	if to-from == 1 && is&holed != 0 {
		is |= value
	}
	return word{hash: h, from: uint16(from), to: uint16(to), is: is}
}

// split appends to words those of a masked text, at most limit. What comes after is the tail.
func split(masked []byte, words []word, limit int) []word {
	for i := 0; i < len(masked) && len(words) < limit; {
		size, in, wide := part(masked, i)
		if !in {
			i += size
			continue
		}
		from := i
		for first := wide; in && wide == first; {
			if i += size; i == len(masked) {
				break
			}
			size, in, wide = part(masked, i)
		}
		words = append(words, newWord(masked, from, i))
	}
	return words
}

// part returns the size of the character at i, whether it is of a word, and whether it is an ideograph: where a text changes
// from one to the other a word ends. Dots in a row are of no word: they lead from a name to its value.
func part(b []byte, i int) (size int, in, wide bool) {
	c := b[i]
	switch {
	case c == hole:
		return 1, true, false
	case c == '.' && (i > 0 && b[i-1] == '.' || i+1 < len(b) && b[i+1] == '.'):
		return 1, false, false
	case kinds[c] != high:
		return 1, inWord(c), false
	}
	r, size := utf8.DecodeRune(b[i:])
	return size, !isApart(r), isIdeograph(r)
}
