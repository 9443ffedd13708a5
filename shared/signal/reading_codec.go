package signal

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"github.com/forewarn/forewarn/shared/telemetry"
	"github.com/forewarn/forewarn/shared/wire"
)

// Fields makes a reading a message of [wire]: the values of its inputs, their times, and the tally.
func (r *Reading) Fields() []any { return []any{(*values)(r), (*times)(r), (*tallied)(r)} }

// values and times are those of the newest samples, each as a list of protobuf. Values come first.
type (
	values Reading
	times  Reading
)

var _, _, _ wire.Binary = (*values)(nil), (*times)(nil), (*tallied)(nil)

var errReading = errors.New("the newest values of a signal, or their times, are damaged")

func (r *values) AppendBinary(b []byte) ([]byte, error) {
	for _, s := range r.Newest {
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(s.Value))
	}
	return b, nil
}

func (r *values) UnmarshalBinary(b []byte) error {
	if len(b)%8 != 0 || len(b)/8 > maxInputs {
		return errReading
	}
	r.Newest = make([]telemetry.Sample, len(b)/8)
	for i := range r.Newest {
		r.Newest[i].Value = math.Float64frombits(binary.LittleEndian.Uint64(b[8*i:]))
	}
	return nil
}

func (r *times) AppendBinary(b []byte) ([]byte, error) {
	for _, s := range r.Newest {
		b = binary.AppendUvarint(b, uint64(s.TimeMillis)) //nolint:gosec // the bits
	}
	return b, nil
}

func (r *times) UnmarshalBinary(b []byte) error {
	for i := range r.Newest {
		v, width := binary.Uvarint(b)
		if width <= 0 {
			return errReading
		}
		r.Newest[i].TimeMillis, b = int64(v), b[width:] //nolint:gosec // the bits
	}
	if len(b) > 0 {
		return errReading
	}
	return nil
}

// tallied is a reading's tally, if it has one.
type tallied Reading

func (r *tallied) AppendBinary(b []byte) ([]byte, error) {
	if r.Tally == nil {
		return b, nil
	}
	return r.Tally.append(b), nil
}

func (r *tallied) UnmarshalBinary(b []byte) error {
	r.Tally = &tally{}
	return r.Tally.read(b)
}

// ReadingJSON is a [Reading] as states of earlier releases hold it.
type ReadingJSON struct {
	Values []float64 `json:"values"`
	Times  []int64   `json:"times"`
	Tally  *tally    `json:"tally,omitempty"`
}

// Reading returns the same as it is now. Where values lack times, or the other way round, the rest counts as not heard.
func (j *ReadingJSON) Reading() Reading {
	r := Reading{Newest: make([]telemetry.Sample, min(len(j.Values), len(j.Times))), Tally: j.Tally}
	for i := range r.Newest {
		r.Newest[i] = telemetry.Sample{TimeMillis: j.Times[i], Value: j.Values[i]}
	}
	return r
}

// UnmarshalText reads what append wrote in base64, as states of earlier releases hold it in their JSON. Damage is an error.
func (t *tally) UnmarshalText(text []byte) error {
	b, err := base64.StdEncoding.AppendDecode(nil, text)
	if err != nil {
		return fmt.Errorf("%w: %w", errTally, err)
	}
	return t.read(b)
}
