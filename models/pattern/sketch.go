package pattern

import "math/bits"

// sketchWords is how many words of a template are in its sketch.
const sketchWords = 8

// sketch is a byte of the hash of each of the first words of a template, which tells quickly of most that they have nothing in
// common. Where a word has a value, wild has all bits set.
type sketch struct{ words, wild uint64 }

func (t *template) sketch() (s sketch) {
	for i := range t.words[:min(sketchWords, len(t.words))] {
		w := &t.words[i]
		s.words |= w.hash & 0xff << (8 * i)
		if w.any(holed) {
			s.wild |= 0xff << (8 * i)
		}
	}
	return s
}

// excludes reports whether a template with sketch s certainly has another word where that of e has one.
func (e sketch) excludes(s sketch) bool { return (e.words^s.words)&^e.wild != 0 }

// apart returns in how many places two templates certainly have different words, of those that are in the sketches.
func (e sketch) apart(s sketch) int {
	x := (e.words ^ s.words) &^ (e.wild | s.wild)
	x |= x >> 4
	x |= x >> 2
	x |= x >> 1
	return bits.OnesCount64(x & 0x0101010101010101)
}
