package signal

import (
	"encoding/binary"
	"errors"
	"math"
)

var errTally = errors.New("the series of rates and sums are damaged")

// sizeOfCounter is how many bytes a series takes.
const sizeOfCounter = 5 * 8

// append writes the tally in a fixed layout, numbers little-endian: equal ones give equal bytes.
func (t *tally) append(b []byte) []byte {
	for _, v := range [...]int64{t.Heard, t.Before, t.Anchor} {
		b = appendInt(b, v)
	}
	b = append(b, flag(t.Reset), flag(t.Over), byte(len(t.Parts)))
	for _, parts := range t.Parts {
		b = binary.LittleEndian.AppendUint16(b, uint16(len(parts))) // MaxParts at most
		for i := range parts {
			c := &parts[i]
			b = appendInt(appendInt(binary.LittleEndian.AppendUint64(b, c.Series), c.At), c.Since)
			b = binary.LittleEndian.AppendUint64(b, math.Float64bits(c.Value))
			b = binary.LittleEndian.AppendUint64(b, math.Float64bits(c.Anchor))
		}
	}
	return b
}

func appendInt(b []byte, v int64) []byte {
	return binary.LittleEndian.AppendUint64(b, uint64(v)) //nolint:gosec // the bits
}

func flag(set bool) byte {
	if set {
		return 1
	}
	return 0
}

// read replaces the tally by what append wrote. Damage is an error.
func (t *tally) read(b []byte) error {
	const marks = 3*8 + 2
	if len(b) <= marks || b[24] > 1 || b[25] > 1 || b[marks] > maxInputs {
		return errTally
	}
	fresh := tally{Parts: make([][]counter, b[marks])}
	fresh.Heard, fresh.Before, fresh.Anchor = cutInt(b), cutInt(b[8:]), cutInt(b[16:])
	fresh.Reset, fresh.Over = b[24] == 1, b[25] == 1
	b = b[marks+1:]
	var err error
	for i := range fresh.Parts {
		if fresh.Parts[i], b, err = cutParts(b); err != nil {
			return err
		}
	}
	if len(b) != 0 {
		return errTally
	}
	*t = fresh
	return nil
}

func cutInt(b []byte) int64 { return int64(binary.LittleEndian.Uint64(b)) } //nolint:gosec // the bits

// cutParts reads the series of an input from the beginning of b, and returns what follows them.
func cutParts(b []byte) (parts []counter, rest []byte, err error) {
	if len(b) < 2 {
		return nil, nil, errTally
	}
	count := int(binary.LittleEndian.Uint16(b))
	if b = b[2:]; count > MaxParts || len(b) < count*sizeOfCounter {
		return nil, nil, errTally
	}
	if count == 0 {
		return nil, b, nil
	}
	parts = make([]counter, count)
	for i := range parts {
		c := &parts[i]
		c.Series, c.At, c.Since = binary.LittleEndian.Uint64(b), cutInt(b[8:]), cutInt(b[16:])
		c.Value, c.Anchor = math.Float64frombits(binary.LittleEndian.Uint64(b[24:])), math.Float64frombits(binary.LittleEndian.Uint64(b[32:]))
		if i > 0 && parts[i-1].Series >= c.Series || !finite(c.Value) || !finite(c.Anchor) {
			return nil, nil, errTally
		}
		b = b[sizeOfCounter:]
	}
	return parts, b, nil
}
