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
	"errors"
	"fmt"
	"maps"
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

var (
	errDamaged = errors.New("a field has another type than it should")
	marshalers easyproto.MarshalerPool
)

// Append appends a message to b. Equal messages give equal bytes; zero fields take none. An error is that of a [Binary].
func Append(b []byte, msg Message) ([]byte, error) {
	m := marshalers.Get()
	defer marshalers.Put(m)
	if err := appendFields(m.MessageMarshaler(), msg); err != nil {
		return nil, err
	}
	return m.Marshal(b), nil
}

func appendFields(m *easyproto.MessageMarshaler, msg Message) error {
	for i, f := range msg.Fields() {
		if err := appendField(m, uint32(i+1), f); err != nil { //nolint:gosec // tables are short
			return err
		}
	}
	return nil
}

func appendField(m *easyproto.MessageMarshaler, number uint32, field any) error {
	switch f := field.(type) {
	case nil:
	case *string:
		if *f != "" {
			m.AppendString(number, *f)
		}
	case *bool:
		if *f {
			m.AppendBool(number, true)
		}
	case *int:
		if *f != 0 {
			m.AppendInt64(number, int64(*f))
		}
	case *int64:
		if *f != 0 {
			m.AppendInt64(number, *f)
		}
	case *uint64:
		if *f != 0 {
			m.AppendFixed64(number, *f)
		}
	case *float64:
		if *f != 0 {
			m.AppendDouble(number, *f)
		}
	default:
		return appendMany(m, number, field)
	}
	return nil
}

func appendMany(m *easyproto.MessageMarshaler, number uint32, field any) error {
	switch f := field.(type) {
	case *[]byte:
		if len(*f) > 0 {
			m.AppendBytes(number, *f)
		}
	case *[]int64:
		m.AppendInt64s(number, *f)
	case *[]float64:
		m.AppendDoubles(number, *f)
	case *map[string]string:
		for _, name := range slices.Sorted(maps.Keys(*f)) {
			e := pair{name, (*f)[name]}
			if err := appendFields(m.AppendMessage(number), &e); err != nil {
				return err
			}
		}
	case Binary:
		b, err := f.AppendBinary(nil)
		if err != nil {
			return fmt.Errorf("field %d: %w", number, err)
		}
		if len(b) > 0 {
			m.AppendBytes(number, b)
		}
	case Message:
		return appendFields(m.AppendMessage(number), f)
	case list:
		return f.each(func(msg Message) error { return appendFields(m.AppendMessage(number), msg) })
	default:
		panic(fmt.Sprintf("wire: a table has a field of type %T", field)) // a mistake in the program
	}
	return nil
}

// list is a field that holds any number of messages.
type list interface {
	each(do func(Message) error) error
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

func (l *listOf[T, P]) each(do func(Message) error) error {
	for _, msg := range *l {
		if err := do(msg); err != nil {
			return err
		}
	}
	return nil
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
