package backtest

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"strconv"

	"github.com/forewarn/forewarn/shared/telemetry"
)

// errNoTime is of samples of which nobody knows when they were taken.
var errNoTime = errors.New("the sample has no timestamp: nobody knows when it was taken; write the past with timestamps, " +
	"as `promtool tsdb dump-openmetrics DIRECTORY` does (`promtool tsdb dump` before 2.50), or read it from the server by --prometheus")

// parseExposition reads a sample of Prometheus' text format or of OpenMetrics: a series, a value, a timestamp and
// perhaps an exemplar. The series is returned as it is written. Both formats are read by one rule, since a file does not
// say which one it is: timestamps of OpenMetrics are seconds, those of Prometheus milliseconds.
func parseExposition(line []byte) (series []byte, sample telemetry.Sample, err error) {
	series, rest, err := cutSeries(line)
	if err != nil {
		return nil, sample, err
	}
	value, rest := cutWord(rest)
	stamp, _ := cutWord(rest)
	switch {
	case len(value) == 0:
		return nil, sample, errors.New("want series, value and timestamp")
	case len(stamp) == 0 || stamp[0] == '#':
		return nil, sample, errNoTime
	}
	if sample.Value, err = parseValue(value); err != nil {
		return nil, sample, err
	}
	sample.TimeMillis, err = parseStamp(stamp)
	return series, sample, err
}

// cutSeries cuts a line behind its series: at the brace that is not in quotes, or at the blank behind a bare name.
func cutSeries(line []byte) (series, rest []byte, err error) {
	brace := bytes.IndexAny(line, "{ \t")
	if brace < 0 {
		return nil, nil, errors.New("want series, value and timestamp")
	}
	if open := brace + len(line[brace:]) - len(bytes.TrimLeft(line[brace:], " \t")); open < len(line) && line[open] == '{' {
		brace = open
	}
	if line[brace] != '{' {
		return line[:brace], line[brace:], nil
	}
	quoted := false
	for i := brace; i < len(line); i++ {
		switch c := line[i]; {
		case c == '"':
			quoted = !quoted
		case c == '\\' && quoted:
			i++
		case c == '}' && !quoted:
			return line[:i+1], line[i+1:], nil
		}
	}
	return nil, nil, errors.New("a brace or a quote of the series is not closed")
}

// cutWord cuts off the first word, and the blanks before it.
func cutWord(text []byte) (word, rest []byte) {
	text = bytes.TrimLeft(text, " \t")
	if end := bytes.IndexAny(text, " \t"); end >= 0 {
		return text[:end], text[end:]
	}
	return text, nil
}

// leastMillis is from where on a timestamp is taken for milliseconds: as seconds it is beyond the year 5000, as
// milliseconds in 1973.
const leastMillis = 1e11

func parseStamp(text []byte) (millis int64, err error) {
	v, err := strconv.ParseFloat(view(text), 64)
	if err != nil || math.IsNaN(v) {
		return 0, fmt.Errorf("timestamp %.80q is neither seconds nor milliseconds since 1970", text)
	}
	if v < leastMillis {
		v *= 1000
	}
	if v < 0 || v > maxSeconds*1000 {
		return 0, fmt.Errorf("timestamp %.80q lies outside of the years 1970 to 2199", text)
	}
	return int64(math.Round(v)), nil
}
