// Package wire writes structs as protobuf messages and reads them back, by one table of their fields for both ways.
//
//	func (p *Place) Fields() []any { return []any{&p.Name, &p.Height, nil, &p.Labels} }
//
// What stands at index i has field number i+1; nil is a number that is not used any more. Fields may be added at the end: those
// that a reader does not know are skipped, those that a writer did not know are left zero. It is for states that are kept for
// millions of things and must be read again by later releases; what few things need is better kept as JSON.
package wire

import (
	"encoding"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/VictoriaMetrics/easyproto"
)

// Message is a struct with a table of its fields: pointers to string, bool, int, int64, uint64, float64, []byte, []int64, []float64,
// map[string]string, what has a binary form of its own ([Binary]), Messages, and lists of them ([List]).
type Message interface {
	// Fields returns the table, which is the same each time but for the addresses.
	Fields() []any
}

// Binary has a binary form of its own, which is left out where it is empty.
type Binary interface {
	encoding.BinaryAppender
	encoding.BinaryUnmarshaler
}

var errDamaged = errors.New("a field has another type than it should")

// Append appends a message to b. Equal messages give equal bytes; zero fields take none. An error is that of a [Binary].
func Append(b []byte, msg Message) ([]byte, error) {
	var err error
	for i, f := range msg.Fields() {
		if b, err = appendField(b, uint64(i+1), f); err != nil { //nolint:gosec // tables are short
			return nil, err
		}
	}
	return b, nil
}

// Wire types of protobuf.
const (
	varint  = 0
	fixed64 = 1
	length  = 2
)

func tag(b []byte, number, typ uint64) []byte { return binary.AppendUvarint(b, number<<3|typ) }

func appendField(b []byte, number uint64, field any) ([]byte, error) {
	switch f := field.(type) {
	case nil:
	case *string:
		if *f != "" {
			b = append(binary.AppendUvarint(tag(b, number, length), uint64(len(*f))), *f...)
		}
	case *bool:
		if *f {
			b = append(tag(b, number, varint), 1)
		}
	case *int:
		b = appendInt(b, number, int64(*f))
	case *int64:
		b = appendInt(b, number, *f)
	case *uint64:
		b = appendFixed(b, number, *f)
	case *float64:
		if *f != 0 {
			b = appendFixed(b, number, math.Float64bits(*f))
		}
	case *map[string]string:
		for _, name := range slices.Sorted(maps.Keys(*f)) {
			b, _ = appendPart(b, number, &pair{name, (*f)[name]}) // it has no Binary
		}
	case list:
		return f.appendTo(b, number)
	default:
		return appendPart(b, number, field)
	}
	return b, nil
}

func appendInt(b []byte, number uint64, v int64) []byte {
	if v == 0 {
		return b
	}
	return binary.AppendUvarint(tag(b, number, varint), uint64(v)) //nolint:gosec // the bits
}

func appendFixed(b []byte, number, v uint64) []byte {
	if v == 0 {
		return b
	}
	return binary.LittleEndian.AppendUint64(tag(b, number, fixed64), v)
}

// appendPart appends what stands behind its length. That is written where the part begins once it is known, so that a part needs no
// memory of its own. An empty part is left out, but for messages and lists of numbers, whose bytes of earlier releases have it.
func appendPart(b []byte, number uint64, field any) ([]byte, error) {
	before := len(b)
	b = append(tag(b, number, length), 0)
	at := len(b)
	var err error
	optional := false
	switch f := field.(type) {
	case *[]byte:
		b, optional = append(b, *f...), true
	case *[]int64:
		for _, v := range *f {
			b = binary.AppendUvarint(b, uint64(v)) //nolint:gosec // the bits
		}
	case *[]float64:
		for _, v := range *f {
			b = binary.LittleEndian.AppendUint64(b, math.Float64bits(v))
		}
	case Binary:
		if b, err = f.AppendBinary(b); err != nil {
			err = fmt.Errorf("field %d: %w", number, err)
		}
		optional = true
	case Message:
		b, err = Append(b, f)
	default:
		panic(fmt.Sprintf("wire: a table has a field of type %T", field)) // a mistake in the program
	}
	switch {
	case err != nil:
		return nil, err
	case optional && len(b) == at:
		return b[:before], nil
	}
	return measure(b, at), nil
}

// measure puts the length of what b has from a place on before that, where there is a byte for it.
func measure(b []byte, at int) []byte {
	n := len(b) - at
	if n < 0x80 {
		b[at-1] = byte(n)
		return b
	}
	var size [binary.MaxVarintLen64]byte
	width := binary.PutUvarint(size[:], uint64(n)) //nolint:gosec // a length
	b = append(b, size[1:width]...)                // room for it
	copy(b[at-1+width:], b[at:at+n])
	copy(b[at-1:], size[:width])
	return b
}

// list is a field that holds any number of messages.
type list interface {
	appendTo(b []byte, number uint64) ([]byte, error)
	add() Message
}

// List makes a field of a slice of pointers to messages, none of which is nil.
func List[T any, P interface {
	*T
	Message
}](of *[]P,
) any {
	return (*listOf[T, P])(of)
}

type listOf[T any, P interface {
	*T
	Message
}] []P

func (l *listOf[T, P]) appendTo(b []byte, number uint64) ([]byte, error) {
	var err error
	for _, msg := range *l {
		if b, err = appendPart(b, number, msg); err != nil {
			return nil, err
		}
	}
	return b, nil
}

func (l *listOf[T, P]) add() Message {
	msg := P(new(T))
	*l = append(*l, msg)
	return msg
}

// pair is an entry of a map.
type pair struct{ name, value string }

func (p *pair) Fields() []any { return []any{&p.name, &p.value} }

// Read fills the fields of a message, which should be zero before, with what Append has written; nothing of them shares memory with
// data. Bytes that are no such message are an error, after which some fields may be filled.
func Read(data []byte, msg Message) error {
	fields := msg.Fields()
	var fc easyproto.FieldContext
	var err error
	for len(data) > 0 {
		if data, err = fc.NextField(data); err != nil {
			return fmt.Errorf("read a message: %w", err)
		}
		i := int(fc.FieldNum) - 1
		if i < 0 {
			return errDamaged
		}
		if i >= len(fields) || fields[i] == nil {
			continue
		}
		if err = readField(&fc, fields[i]); err != nil {
			return fmt.Errorf("field %d: %w", fc.FieldNum, err)
		}
	}
	return nil
}

func readField(fc *easyproto.FieldContext, field any) error {
	ok := false
	switch f := field.(type) {
	case *string:
		if *f, ok = fc.String(); ok {
			*f = strings.Clone(*f)
		}
	case *bool:
		*f, ok = fc.Bool()
	case *int:
		var v int64
		v, ok = fc.Int64()
		*f = int(v)
	case *int64:
		*f, ok = fc.Int64()
	case *uint64:
		*f, ok = fc.Fixed64()
	case *float64:
		*f, ok = fc.Double()
	case *[]int64:
		*f, ok = fc.UnpackInt64s(*f)
	case *[]float64:
		*f, ok = fc.UnpackDoubles(*f)
	default:
		return readPart(fc, field)
	}
	if !ok {
		return errDamaged
	}
	return nil
}

func readPart(fc *easyproto.FieldContext, field any) error {
	data, ok := fc.Bytes() // of the same form as those of messages
	if !ok {
		return errDamaged
	}
	switch f := field.(type) {
	case *[]byte:
		*f = slices.Clone(data)
	case *map[string]string:
		var e pair
		if err := Read(data, &e); err != nil {
			return err
		}
		if *f == nil {
			*f = map[string]string{}
		}
		(*f)[e.name] = e.value
	case Binary:
		return f.UnmarshalBinary(data)
	case Message:
		return Read(data, f)
	case list:
		return Read(data, f.add())
	}
	return nil
}
