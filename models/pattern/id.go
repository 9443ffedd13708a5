package pattern

import "fmt"

// ID identifies a pattern: FNV-1a, 64 bits, of its text.
type ID uint64

// String returns the ID in 16 hexadecimal digits.
func (id ID) String() string { return fmt.Sprintf("%016x", uint64(id)) }

const (
	fnvOffset = 14695981039346656037
	fnvPrime  = 1099511628211
)

func hashByte(h uint64, c byte) uint64 { return (h ^ uint64(c)) * fnvPrime }

// identify returns the ID of a text.
func identify(text string) ID {
	h := uint64(fnvOffset)
	for i := range len(text) {
		h = hashByte(h, text[i])
	}
	return ID(h)
}
