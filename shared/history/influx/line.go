package influx

import (
	"math"
	"strconv"

	"github.com/forewarn/forewarn/shared/telemetry"
)

// The fields of a point: a finite value, or the bits of one that is not.
const (
	fieldValue = "value"
	fieldBits  = "bits"
)

// lines are points in line protocol, one after another.
type lines struct {
	text []byte
	ends []int // of each line
	key  []byte
}

// add appends the samples of a series.
func (l *lines) add(ts *telemetry.TimeSeries) {
	l.key = appendKey(l.key[:0], ts.Labels)
	for _, s := range ts.Samples {
		l.text = append(l.text, l.key...)
		l.text = appendFields(l.text, s.Value)
		l.text = append(l.text, ' ')
		l.text = strconv.AppendInt(l.text, s.TimeMillis, 10)
		l.text = append(l.text, '\n')
		l.ends = append(l.ends, len(l.text))
	}
}

// reset forgets the points.
func (l *lines) reset() { l.text, l.ends = l.text[:0], l.ends[:0] }

// part returns the points from one to another.
func (l *lines) part(from, to int) string {
	begin := 0
	if from > 0 {
		begin = l.ends[from-1]
	}
	return string(l.text[begin:l.ends[to-1]])
}

// appendKey appends measurement and tags, whose order by name InfluxDB likes.
func appendKey(dst []byte, ls telemetry.Labels) []byte {
	name := unnamed
	if metric := ls.Get(telemetry.MetricName); metric != "" {
		name = encodeName(metric)
	}
	dst = appendEscaped(dst, name, false)
	for _, l := range ls {
		if l.Name == telemetry.MetricName {
			continue
		}
		dst = append(dst, ',')
		dst = appendEscaped(dst, encodeName(l.Name), true)
		dst = append(dst, '=')
		dst = appendEscaped(dst, encode(l.Value), true)
	}
	return append(dst, ' ')
}

// appendEscaped escapes what separates the parts of a line.
func appendEscaped(dst []byte, s string, tag bool) []byte {
	for i := range len(s) {
		if s[i] == ',' || s[i] == ' ' || tag && s[i] == '=' {
			dst = append(dst, '\\')
		}
		dst = append(dst, s[i])
	}
	return dst
}

func appendFields(dst []byte, v float64) []byte {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		dst = append(dst, fieldBits+"="...)
		dst = strconv.AppendInt(dst, int64(math.Float64bits(v)), 10) //nolint:gosec // the same bits
		return append(dst, 'i')
	}
	dst = append(dst, fieldValue+"="...)
	return strconv.AppendFloat(dst, v, 'g', -1, 64)
}
