package backtest

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"strconv"
	"time"
	"unsafe"

	"github.com/forewarn/forewarn/shared/telemetry"
)

// row is one sample of one series.
type row struct {
	*source
	telemetry.Sample
}

// parseRow reads "series,timestamp,value". The last two fields hold neither commas nor quotes, so that the series
// need not be looked at; it is returned as it is written, quotes and all: equal texts are equal series.
func parseRow(line []byte) (series []byte, sample telemetry.Sample, err error) {
	second := bytes.LastIndexByte(line, ',')
	if second < 0 {
		return nil, sample, errors.New("want series,timestamp,value")
	}
	first := bytes.LastIndexByte(line[:second], ',')
	if first <= 0 {
		return nil, sample, errors.New("want series,timestamp,value")
	}
	if sample.TimeMillis, err = parseTime(line[first+1 : second]); err != nil {
		return nil, sample, err
	}
	if sample.Value, err = parseValue(line[second+1:]); err != nil {
		return nil, sample, err
	}
	return line[:first], sample, nil
}

// maxSeconds is the last second of the year 2199: nanoseconds fit into 64 bits, and Unix milliseconds are refused.
const maxSeconds = 7258118399

var errBounds = errors.New("lies outside of the years 1970 to 2199; Unix times are in seconds")

// parseTime reads Unix seconds, whole or with a fraction, or RFC 3339.
func parseTime(text []byte) (millis int64, err error) {
	if n, ok := digits(text); ok && n <= maxSeconds {
		return int64(n) * 1000, nil
	}
	if len(text) > 10 && text[4] == '-' {
		t, err := time.Parse(time.RFC3339, view(text))
		if err != nil {
			return 0, fmt.Errorf("timestamp %.80q is no RFC 3339 time; write one such as 2026-01-31T14:00:00+08:00", text)
		}
		if s := t.Unix(); s < 0 || s > maxSeconds {
			return 0, fmt.Errorf("timestamp %.80q %w", text, errBounds)
		}
		return t.UnixMilli(), nil
	}
	seconds, err := strconv.ParseFloat(view(text), 64)
	if err != nil || math.IsNaN(seconds) {
		return 0, fmt.Errorf("timestamp %.80q is neither Unix seconds nor RFC 3339", text)
	}
	if seconds < 0 || seconds > maxSeconds {
		return 0, fmt.Errorf("timestamp %.80q %w", text, errBounds)
	}
	return int64(math.Round(seconds * 1000)), nil
}

func parseValue(text []byte) (float64, error) {
	if n, ok := digits(text); ok {
		return float64(n), nil
	}
	v, err := strconv.ParseFloat(view(text), 64)
	if err != nil && !errors.Is(err, strconv.ErrRange) {
		return 0, fmt.Errorf("value %.80q is no number", text)
	}
	return v, nil
}

// digits reads a whole number that a float64 holds exactly.
func digits(text []byte) (n uint64, ok bool) {
	if len(text) == 0 || len(text) > 15 {
		return 0, false
	}
	for _, c := range text {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = 10*n + uint64(c-'0')
	}
	return n, true
}

// view returns the bytes as a string that shares their memory, for calls that do not keep it.
func view(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }
