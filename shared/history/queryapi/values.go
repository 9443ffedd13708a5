package queryapi

import (
	"fmt"
	"math"
	"strconv"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
)

// appendResult appends a query's result as {"resultType":…,"result":…}. Values are strings, so that NaN and
// infinities have a form. Histories hold floats only, so native histograms are an error.
func appendResult(dst []byte, v parser.Value) ([]byte, error) {
	dst = append(dst, `{"resultType":"`+string(v.Type())+`","result":`...)
	switch v := v.(type) {
	case promql.Matrix:
		dst = appendMatrix(dst, v)
	case promql.Vector:
		dst = appendVector(dst, v)
	case promql.Scalar:
		dst = appendPoint(dst, v.T, v.V)
	case promql.String:
		dst = append(dst, '[')
		dst = appendTime(dst, v.T)
		dst = append(dst, ',')
		dst = appendString(dst, v.V)
		dst = append(dst, ']')
	default:
		return nil, fmt.Errorf("a result of type %q has no form", v.Type())
	}
	return append(dst, '}'), nil
}

func appendMatrix(dst []byte, m promql.Matrix) []byte {
	dst = append(dst, '[')
	for i, s := range m {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, `{"metric":`...)
		dst = appendLabels(dst, s.Metric)
		dst = append(dst, `,"values":[`...)
		for k, p := range s.Floats {
			if k > 0 {
				dst = append(dst, ',')
			}
			dst = appendPoint(dst, p.T, p.F)
		}
		dst = append(dst, `]}`...)
	}
	return append(dst, ']')
}

func appendVector(dst []byte, v promql.Vector) []byte {
	dst = append(dst, '[')
	for i, s := range v {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, `{"metric":`...)
		dst = appendLabels(dst, s.Metric)
		dst = append(dst, `,"value":`...)
		dst = appendPoint(dst, s.T, s.F)
		dst = append(dst, '}')
	}
	return append(dst, ']')
}

// appendLabels appends labels as an object.
func appendLabels(dst []byte, ls labels.Labels) []byte {
	dst = append(dst, '{')
	first := true
	ls.Range(func(l labels.Label) {
		if !first {
			dst = append(dst, ',')
		}
		first = false
		dst = appendString(dst, l.Name)
		dst = append(dst, ':')
		dst = appendString(dst, l.Value)
	})
	return append(dst, '}')
}

// appendPoint appends [time in seconds,"value"].
func appendPoint(dst []byte, timeMillis int64, v float64) []byte {
	dst = append(dst, '[')
	dst = appendTime(dst, timeMillis)
	dst = append(dst, `,"`...)
	format := byte('f')
	if abs := math.Abs(v); abs != 0 && (abs < 1e-6 || abs >= 1e21) {
		format = 'e'
	}
	dst = strconv.AppendFloat(dst, v, format, -1, 64)
	return append(dst, `"]`...)
}

// appendTime appends Unix seconds with up to three digits of fraction.
func appendTime(dst []byte, timeMillis int64) []byte {
	if timeMillis < 0 {
		dst = append(dst, '-')
		timeMillis = -timeMillis
	}
	dst = strconv.AppendInt(dst, timeMillis/1000, 10)
	if fraction := timeMillis % 1000; fraction != 0 {
		dst = append(dst, '.', byte('0'+fraction/100), byte('0'+fraction/10%10), byte('0'+fraction%10))
	}
	return dst
}
