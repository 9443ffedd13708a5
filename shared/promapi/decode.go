package promapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"

	"github.com/forewarn/forewarn/shared/telemetry"
)

// decode reads an answer and gives each of its series to the visitor.
func decode(body io.Reader, v Visitor) ([]string, error) {
	in := &reader{Reader: body}
	a := answer{dec: json.NewDecoder(in), visitor: v}
	err := a.object(a.field)
	var theirs *visitError
	switch {
	case errors.As(err, &theirs):
		return nil, theirs.error
	case in.err != nil:
		return nil, &passingError{err: fmt.Errorf("the answer is cut short: %w", in.err)}
	case errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF):
		return nil, &passingError{err: errors.New("the answer is cut short")}
	case err != nil:
		return nil, fmt.Errorf("the answer is none of Prometheus' API (%w); name what comes before /api/v1", err)
	case a.status != "success":
		return nil, fmt.Errorf("the server answers %q: %s", a.status, a.problem)
	}
	return a.warnings, nil
}

// reader remembers why a body could not be read to its end.
type reader struct {
	io.Reader
	err error
}

func (r *reader) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		r.err = err
	}
	return n, err
}

// answer is one on its way through the decoder.
type answer struct {
	dec      *json.Decoder
	visitor  Visitor
	status   string
	problem  string
	warnings []string
	samples  []telemetry.Sample
}

// visitError is the error of who visits, not of the answer.
type visitError struct{ error }

// field reads a field of the answer.
func (a *answer) field(name string) error {
	switch name {
	case "status":
		return a.dec.Decode(&a.status)
	case "error":
		return a.dec.Decode(&a.problem)
	case "warnings":
		return a.dec.Decode(&a.warnings)
	case "isPartial": // of VictoriaMetrics
		partial := false
		err := a.dec.Decode(&partial)
		if partial {
			a.warnings = append(a.warnings, "the answer is partial, since a part of the server's storage does not answer")
		}
		return err
	case "data":
		return a.object(a.data)
	}
	return a.dec.Decode(new(json.RawMessage))
}

// data reads a field of the answer's data.
func (a *answer) data(name string) error {
	switch name {
	case "resultType":
		kind := ""
		if err := a.dec.Decode(&kind); err != nil || kind == "matrix" {
			return err
		}
		return fmt.Errorf("its result is a %q, not a matrix", kind)
	case "result":
		return a.result()
	}
	return a.dec.Decode(new(json.RawMessage))
}

func (a *answer) result() error {
	if err := a.open('['); err != nil {
		return err
	}
	for a.dec.More() {
		var s struct {
			Metric map[string]string
			Values []point
		}
		if err := a.dec.Decode(&s); err != nil {
			return err
		}
		labels := make([]telemetry.Label, 0, len(s.Metric))
		for name, value := range s.Metric {
			labels = append(labels, telemetry.Label{Name: name, Value: value})
		}
		a.samples = a.samples[:0]
		for _, p := range s.Values {
			a.samples = append(a.samples, telemetry.Sample(p))
		}
		if err := a.visitor.Series(telemetry.NewLabels(labels...), a.samples); err != nil {
			return &visitError{err}
		}
	}
	_, err := a.dec.Token()
	return err
}

// object reads an object field by field.
func (a *answer) object(field func(name string) error) error {
	if err := a.open('{'); err != nil {
		return err
	}
	for a.dec.More() {
		name, err := a.dec.Token()
		if err != nil {
			return err
		}
		if err := field(fmt.Sprint(name)); err != nil {
			return err
		}
	}
	_, err := a.dec.Token()
	return err
}

func (a *answer) open(want json.Delim) error {
	got, err := a.dec.Token()
	if err == nil && got != want {
		err = fmt.Errorf("%v where %v is expected", got, want)
	}
	return err
}

// point is a sample as [seconds, "value"].
type point telemetry.Sample

// UnmarshalJSON reads a sample, of which JSON's own form is checked already.
func (p *point) UnmarshalJSON(data []byte) error {
	stamp, text, ok := bytes.Cut(bytes.Trim(data, "[] \t\r\n"), []byte{','})
	if !ok {
		return fmt.Errorf("%.40q is no pair of time and value", data)
	}
	at, err := strconv.ParseFloat(string(bytes.TrimSpace(stamp)), 64)
	if err != nil || !(math.Abs(at) < 1e12) {
		return fmt.Errorf("%.40q is no time", stamp)
	}
	text = bytes.Trim(bytes.TrimSpace(text), `"`)
	value, err := strconv.ParseFloat(string(text), 64)
	if err != nil && !errors.Is(err, strconv.ErrRange) {
		return fmt.Errorf("%.40q is no value", text)
	}
	p.TimeMillis, p.Value = int64(math.Round(at*1000)), value
	return nil
}
