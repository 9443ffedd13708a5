package baseline

import (
	"encoding/binary"
	"math"
)

// layout writes the fields of a state one behind the other, little-endian and without gaps, or reads them: the same calls do both. That is
// what encoding/binary makes of a struct, and without reflection several times as fast, which counts where a million states are saved.
type layout struct {
	b       []byte // written, or still to be read
	reading bool
	short   bool // there was less to be read than there should
}

// cut returns the next bytes that are read, which are 0 where there are no more.
func (l *layout) cut(n int) []byte {
	if len(l.b) < n {
		l.b, l.short = nil, true
		return make([]byte, n)
	}
	out := l.b[:n]
	l.b = l.b[n:]
	return out
}

func (l *layout) u8(v *uint8) {
	if l.reading {
		*v = l.cut(1)[0]
		return
	}
	l.b = append(l.b, *v)
}

func (l *layout) i8(v *int8) {
	u := uint8(*v)
	l.u8(&u)
	*v = int8(u) //nolint:gosec // the bits
}

func (l *layout) flag(v *bool) {
	var u uint8
	if *v {
		u = 1
	}
	l.u8(&u)
	*v = u != 0
}

func (l *layout) u16(v *uint16) {
	if l.reading {
		*v = binary.LittleEndian.Uint16(l.cut(2))
		return
	}
	l.b = binary.LittleEndian.AppendUint16(l.b, *v)
}

func (l *layout) i16s(vs []int16) {
	for i := range vs {
		u := uint16(vs[i]) //nolint:gosec // the bits
		l.u16(&u)
		vs[i] = int16(u) //nolint:gosec // the bits
	}
}

func (l *layout) u32s(vs ...*uint32) {
	for _, v := range vs {
		if l.reading {
			*v = binary.LittleEndian.Uint32(l.cut(4))
			continue
		}
		l.b = binary.LittleEndian.AppendUint32(l.b, *v)
	}
}

func (l *layout) f32s(vs ...*float32) {
	for _, v := range vs {
		u := math.Float32bits(*v)
		l.u32s(&u)
		*v = math.Float32frombits(u)
	}
}

func (l *layout) i64(v *int64) {
	if l.reading {
		*v = int64(binary.LittleEndian.Uint64(l.cut(8))) //nolint:gosec // the bits
		return
	}
	l.b = binary.LittleEndian.AppendUint64(l.b, uint64(*v)) //nolint:gosec // the bits
}

func (l *layout) f64(v *float64) {
	u := int64(math.Float64bits(*v)) //nolint:gosec // the bits
	l.i64(&u)
	*v = math.Float64frombits(uint64(u)) //nolint:gosec // the bits
}
