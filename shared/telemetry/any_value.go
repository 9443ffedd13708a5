package telemetry

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"math"
	"strconv"
	"strings"

	"github.com/VictoriaMetrics/easyproto"
)

// maxValueDepth bounds how deep lists and maps may lie in each other: a body is text for people, and the
// stack is not for a sender to fill.
const maxValueDepth = 32

// anyValue is an OpenTelemetry AnyValue as far as its outer message goes. It aliases the input.
type anyValue struct {
	field   uint32 // which of the any… fields is set, 0 for none
	text    string // anyString
	number  uint64 // anyBool, anyInt, bits of anyDouble
	payload []byte // anyArray, anyKeyValueList, anyBytes
}

// readAnyValue keeps the last field set, as a protobuf oneof does.
func readAnyValue(message []byte) (v anyValue, err error) {
	err = eachField(message, func(fc *easyproto.FieldContext) error {
		next := anyValue{field: fc.FieldNum}
		var ok bool
		switch fc.FieldNum {
		case anyString:
			next.text, ok = fc.String()
		case anyBool, anyInt:
			next.number, ok = fc.Uint64()
		case anyDouble:
			var f float64
			f, ok = fc.Double()
			next.number = math.Float64bits(f)
		case anyArray, anyKeyValueList, anyBytes:
			next.payload, ok = fc.MessageData()
		default:
			return nil
		}
		if !ok {
			return errWireType
		}
		v = next
		return nil
	})
	return v, err
}

// readKeyValue returns the key and the AnyValue still encoded; both alias the input.
func readKeyValue(message []byte) (key string, value []byte, err error) {
	err = eachField(message, func(fc *easyproto.FieldContext) error {
		ok := true
		switch fc.FieldNum {
		case keyValueKey:
			key, ok = fc.String()
		case keyValueValue:
			value, ok = fc.MessageData()
		}
		if !ok {
			return errWireType
		}
		return nil
	})
	return validUTF8(key), value, err
}

// valueText returns an encoded AnyValue as text of its own memory: strings as they are, lists and maps
// as JSON, bytes as base64, nothing as "".
func valueText(message []byte) (string, error) {
	v, err := readAnyValue(message)
	if err != nil {
		return "", err
	}
	switch v.field {
	case anyString:
		return strings.Clone(validUTF8(v.text)), nil
	case anyArray, anyKeyValueList:
		text, err := appendJSON(nil, v, 0)
		return string(text), err
	}
	return v.scalar(), nil
}

// scalar returns what is neither string, list nor map as text.
func (v anyValue) scalar() string {
	switch v.field {
	case anyBool:
		return strconv.FormatBool(v.number != 0)
	case anyInt:
		return strconv.FormatInt(int64(v.number), 10)
	case anyDouble:
		return strconv.FormatFloat(math.Float64frombits(v.number), 'g', -1, 64)
	case anyBytes:
		return base64.StdEncoding.EncodeToString(v.payload)
	}
	return ""
}

func appendJSON(dst []byte, v anyValue, depth int) ([]byte, error) {
	if depth > maxValueDepth {
		return nil, errors.New("lists and maps lie too deep in each other")
	}
	switch v.field {
	case 0:
		return append(dst, "null"...), nil
	case anyString:
		return appendJSONString(dst, validUTF8(v.text))
	case anyArray:
		return appendJSONList(dst, v.payload, depth)
	case anyKeyValueList:
		return appendJSONMap(dst, v.payload, depth)
	case anyDouble:
		if f := math.Float64frombits(v.number); math.IsNaN(f) || math.IsInf(f, 0) {
			return appendJSONString(dst, v.scalar())
		}
	case anyBytes:
		return appendJSONString(dst, v.scalar())
	}
	return append(dst, v.scalar()...), nil
}

func appendJSONList(dst, list []byte, depth int) ([]byte, error) {
	dst = append(dst, '[')
	first := true
	err := eachField(list, func(fc *easyproto.FieldContext) error {
		if fc.FieldNum != arrayValues {
			return nil
		}
		message, ok := fc.MessageData()
		if !ok {
			return errWireType
		}
		if !first {
			dst = append(dst, ',')
		}
		first = false
		var err error
		dst, err = appendJSONValue(dst, message, depth)
		return err
	})
	return append(dst, ']'), err
}

// appendJSONMap keeps the sender's order, and every value of a key that comes twice.
func appendJSONMap(dst, list []byte, depth int) ([]byte, error) {
	dst = append(dst, '{')
	first := true
	err := eachField(list, func(fc *easyproto.FieldContext) error {
		if fc.FieldNum != listValues {
			return nil
		}
		message, ok := fc.MessageData()
		if !ok {
			return errWireType
		}
		key, value, err := readKeyValue(message)
		if err != nil {
			return err
		}
		if !first {
			dst = append(dst, ',')
		}
		first = false
		if dst, err = appendJSONString(dst, key); err != nil {
			return err
		}
		dst, err = appendJSONValue(append(dst, ':'), value, depth)
		return err
	})
	return append(dst, '}'), err
}

func appendJSONValue(dst, message []byte, depth int) ([]byte, error) {
	v, err := readAnyValue(message)
	if err != nil {
		return nil, err
	}
	return appendJSON(dst, v, depth+1)
}

// appendJSONString leaves <, > and & as they are: this is for people to read, not for a page.
func appendJSONString(dst []byte, s string) ([]byte, error) {
	var buf bytes.Buffer
	e := json.NewEncoder(&buf)
	e.SetEscapeHTML(false)
	if err := e.Encode(s); err != nil {
		return nil, err
	}
	return append(dst, bytes.TrimSuffix(buf.Bytes(), []byte("\n"))...), nil
}
