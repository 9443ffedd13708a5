package influx

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/prometheus/model/labels"

	"github.com/forewarn/forewarn/shared/i18n"
	"github.com/forewarn/forewarn/shared/telemetry"
)

// errCut is of an answer that ended before it was complete, as when a server stops.
var errCut = errors.New("the answer is cut short")

// fluxError is an error that the server found while it was answering.
type fluxError struct{ text string }

func (e *fluxError) Error() string { return fmt.Sprintf("the query failed: %.300s", i18n.Line(e.text)) }

// row is one of an answer, valid until the next.
type row struct {
	fields []string
	*table
}

// table is what the rows of a block of the answer have in common.
type table struct {
	header   []string
	defaults []string
	// The columns, -1 for one that is not there.
	id, time, value, field int
	long                   bool // the value is an integer
}

// get returns the text of a column, "" for one that is not there.
func (r row) get(column int) string {
	if column < 0 {
		return ""
	}
	if v := r.fields[column]; v != "" || column >= len(r.defaults) {
		return v
	}
	return r.defaults[column]
}

// rows reads an answer in annotated CSV row by row.
func rows(body io.Reader, visit func(row) error) error {
	in := csv.NewReader(body)
	in.FieldsPerRecord, in.ReuseRecord = -1, true
	var defaults, types []string
	var t *table
	for {
		fields, err := in.Read()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return unreadable(err)
		case len(fields[0]) > 0 && fields[0][0] == '#':
			t = nil
			switch fields[0] {
			case "#default":
				defaults = clone(fields)
			case "#datatype":
				types = clone(fields)
			}
		case t == nil:
			if t, err = newTable(clone(fields), types, defaults); err != nil {
				return err
			}
		case len(fields) != len(t.header):
			return fmt.Errorf("%w: a row has %d columns, its table %d", errCut, len(fields), len(t.header))
		case t.failed():
			return &fluxError{fields[1]}
		default:
			if err := visit(row{fields, t}); err != nil {
				return err
			}
		}
	}
}

// clone copies a record, whose memory the reader uses again.
func clone(fields []string) []string { return append([]string(nil), fields...) }

// unreadable tells an answer that was cut from one that is none.
func unreadable(err error) error {
	var parse *csv.ParseError
	if errors.As(err, &parse) {
		return fmt.Errorf("%w, or is none of InfluxDB's: %w", errCut, err)
	}
	return fmt.Errorf("%w: %w", errCut, err)
}

func newTable(header, types, defaults []string) (*table, error) {
	t := &table{header: header, defaults: defaults, id: -1, time: -1, value: -1, field: -1}
	if len(header) < 2 {
		return nil, fmt.Errorf("%w, or is none of InfluxDB's: %.80q", errCut, strings.Join(header, ","))
	}
	for i, name := range header {
		switch name {
		case "table":
			t.id = i
		case "_time":
			t.time = i
		case "_value":
			t.value = i
			t.long = i < len(types) && types[i] == "long"
		case "_field":
			t.field = i
		}
	}
	return t, nil
}

// failed tells that the block is an error.
func (t *table) failed() bool { return t.header[1] == "error" }

// labels returns the labels of the series that a row is of.
func (r row) labels(b *labels.ScratchBuilder) labels.Labels {
	b.Reset()
	for i, name := range r.header {
		switch {
		case name == "" || i == r.id || i == r.time || i == r.value || i == r.field || name == "result" || name == "_start" || name == "_stop":
		case name == "_measurement":
			if v := r.get(i); v != unnamed {
				b.Add(telemetry.MetricName, decode(v))
			}
		default:
			if v := r.get(i); v != "" {
				b.Add(decode(name), decode(v))
			}
		}
	}
	b.Sort()
	return b.Labels()
}

// sample returns the sample of a row; false for one that is none of ours, such as a field of that name with text.
func (r row) sample() (telemetry.Sample, bool) {
	at, err := time.Parse(time.RFC3339Nano, r.get(r.time))
	if err != nil {
		return telemetry.Sample{}, false
	}
	s := telemetry.Sample{TimeMillis: at.UnixMilli()}
	text := r.get(r.value)
	if r.get(r.field) == fieldBits && r.long {
		bits, err := strconv.ParseInt(text, 10, 64)
		s.Value = math.Float64frombits(uint64(bits)) //nolint:gosec // the same bits
		return s, err == nil
	}
	s.Value, err = strconv.ParseFloat(text, 64)
	return s, err == nil
}
