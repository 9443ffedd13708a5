package backtest

import (
	"bytes"
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/textparse"
)

func TestParseExposition(t *testing.T) {
	good := func(line, series string, millis int64, value float64) {
		t.Helper()
		text, s, err := parseExposition([]byte(line))
		same := s.Value == value || math.IsNaN(s.Value) && math.IsNaN(value)
		if err != nil || string(text) != series || s.TimeMillis != millis || !same {
			t.Errorf("parseExposition(%q) = %q, %d, %v, %v; want %q, %d, %v", line, text, s.TimeMillis, s.Value, err, series, millis, value)
		}
	}
	good(`up 1 1768176004`, `up`, 1768176004000, 1)
	good(`up 1 1768176004.125`, `up`, 1768176004125, 1)
	good(`up 1 1768176004125`, `up`, 1768176004125, 1) // the older format has milliseconds
	good(`up 1 1.768176004e9`, `up`, 1768176004000, 1)
	good("up\t1.5e3 \t 1768176004  ", `up`, 1768176004000, 1500)
	good(`up{job="a b"} NaN 1768176004`, `up{job="a b"}`, 1768176004000, math.NaN())
	good(`up{job="a}\" b"} +Inf 1768176004`, `up{job="a}\" b"}`, 1768176004000, math.Inf(1))
	good(`up {job="a"} 1 1768176004`, `up {job="a"}`, 1768176004000, 1)
	good(`{"my.metric",job="a"} 1 1768176004`, `{"my.metric",job="a"}`, 1768176004000, 1)
	good(`x_bucket{le="1"} 5 1768176004 # {trace_id="a"} 0.6 1768176003`, `x_bucket{le="1"}`, 1768176004000, 5)

	bad := func(line, want string) {
		t.Helper()
		if _, _, err := parseExposition([]byte(line)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("parseExposition(%q): error %v; want one with %q", line, err, want)
		}
	}
	bad(`up`, "want series, value and timestamp")
	bad(`up `, "want series, value and timestamp")
	bad(`up 1`, "no timestamp")
	bad(`up 1 # {trace_id="a"} 0.6`, "no timestamp")
	bad(`up{job="a} 1 1768176004`, "not closed")
	bad(`up{job="a" 1 1768176004`, "not closed")
	bad(`up one 1768176004`, `value "one"`)
	bad(`up 1 now`, `timestamp "now"`)
	bad(`up 1 -5`, "1970 to 2199")
	bad(`up 1 99999999999`, "1970 to 2199")
	bad(`up 1 9999999999999999`, "1970 to 2199")
}

// FuzzExposition: a line is refused or gives a sample within the bounds of time, and what Prometheus' own parser makes
// of a line with a timestamp is what we make of it.
func FuzzExposition(f *testing.F) {
	for _, line := range []string{
		`up 1 1768176004125`, `up{a="b",c="d e"} -1.5e3 1768176004125`, `{"my.metric",a="\"}\\"} NaN 1768176004125`,
		"up\t+Inf\t1768176004125", `up{a="b" } 0x1p4 1768176004125`, `up 1`, `{} 1 2`, `up{ 1 2`, "\xff 1 2", `a{b="`,
	} {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, line string) {
		text, sample, err := parseExposition([]byte(line))
		if err == nil && (sample.TimeMillis < 0 || sample.TimeMillis >= (maxSeconds+1)*1000) {
			t.Errorf("%q is at %s", line, time.UnixMilli(sample.TimeMillis))
		}
		want, millis, value, ok := theirs(line)
		if !ok || millis < leastMillis || millis/1000 > maxSeconds {
			return
		}
		if series, _, _ := cutSeries([]byte(line)); bytes.ContainsAny(series, "+-.") && !bytes.ContainsRune(series, '{') {
			return // a value that follows its name without a blank
		}
		if err != nil {
			t.Fatalf("%q: %v; Prometheus reads %s %v at %d", line, err, want, value, millis)
		}
		same := sample.Value == value || math.IsNaN(sample.Value) && math.IsNaN(value)
		if sample.TimeMillis != millis || !same {
			t.Errorf("%q is %v at %d; Prometheus reads %v at %d", line, sample.Value, sample.TimeMillis, value, millis)
		}
		series, err := parseSeries(text)
		if err != nil {
			return // of too many or empty labels, or of one that comes twice
		}
		if got := series.Labels; len(got) == want.Len() {
			for _, l := range got {
				if want.Get(l.Name) != l.Value {
					t.Errorf("%q has %s; Prometheus reads %s", line, got, want)
				}
			}
		}
	})
}

// theirs reads a line with Prometheus' parser; not ok if that is no single sample with a timestamp.
func theirs(line string) (ls labels.Labels, millis int64, value float64, ok bool) {
	if strings.ContainsAny(line, "\x00\n\r#") { // ends of line and of text are another matter
		return ls, 0, 0, false
	}
	p := textparse.NewPromParser([]byte(line+"\n"), labels.NewSymbolTable(), false)
	entry, err := p.Next()
	if err != nil || entry != textparse.EntrySeries {
		return ls, 0, 0, false
	}
	_, stamp, value := p.Series()
	if stamp == nil {
		return ls, 0, 0, false
	}
	p.Labels(&ls)
	return ls, *stamp, value, true
}

func TestNoTimeIsKnownAsSuch(t *testing.T) {
	if _, _, err := parseExposition([]byte(`up{a="b"} 1`)); !errors.Is(err, errNoTime) {
		t.Errorf("error %v", err)
	}
}
