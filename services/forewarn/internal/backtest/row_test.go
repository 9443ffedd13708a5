package backtest

import (
	"bytes"
	"math"
	"strings"
	"testing"
	"time"
)

func TestParseRow(t *testing.T) {
	good := func(line, field string, millis int64, value float64) {
		t.Helper()
		series, s, err := parseRow([]byte(line))
		if err != nil {
			t.Errorf("parseRow(%q): %v", line, err)
			return
		}
		same := s.Value == value || math.IsNaN(s.Value) && math.IsNaN(value)
		if string(series) != field || s.TimeMillis != millis || !same {
			t.Errorf("parseRow(%q) = %q, %d, %v; want %q, %d, %v", line, series, s.TimeMillis, s.Value, field, millis, value)
		}
	}
	good(`up,1768176004,1`, `up`, 1768176004000, 1)
	good(`up,1768176004.25,-1.5e3`, `up`, 1768176004250, -1500)
	good(`up,2026-01-12T08:00:04+08:00,0`, `up`, 1768176004000, 0)
	good(`"a{b=""c"",d=""e,f""}",0,7`, `"a{b=""c"",d=""e,f""}"`, 0, 7)
	good(`a,b,c,1,2`, `a,b,c`, 1000, 2) // whether the field is a series is asked once, later
	good(`up,1,NaN`, `up`, 1000, math.NaN())
	good(`up,1,+Inf`, `up`, 1000, math.Inf(1))
	good(`up,1,1e999`, `up`, 1000, math.Inf(1))

	bad := func(line, want string) {
		t.Helper()
		if _, _, err := parseRow([]byte(line)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("parseRow(%q): error %v; want one with %q", line, err, want)
		}
	}
	bad(``, "want series,timestamp,value")
	bad(`up`, "want series,timestamp,value")
	bad(`up,1`, "want series,timestamp,value")
	bad(`,1,2`, "want series,timestamp,value")
	bad(`,,`, "want series,timestamp,value")
	bad(`up,,2`, "timestamp")
	bad(`up,1,`, "value")
	bad(`up,1,two`, "value")
	bad(`up,"1","2"`, "timestamp")
	bad(`up,1,`+strings.Repeat("x", 1000), "no number")
}

func TestParseTime(t *testing.T) {
	good := func(text string, want int64) {
		t.Helper()
		if got, err := parseTime([]byte(text)); err != nil || got != want {
			t.Errorf("parseTime(%q) = %d, %v; want %d", text, got, err, want)
		}
	}
	good("0", 0)
	good("000000000000001", 1000)
	good("0000000000000000001", 1000)
	good("1768176004.0006", 1768176004001)
	good("1.768176004e9", 1768176004000)
	good("1970-01-01T00:00:00Z", 0)
	good("2026-01-31T14:00:00.123+08:00", 1769839200123)
	good("7258118399", 7258118399000)
	good("2199-12-31T23:59:59Z", 7258118399000)

	bad := func(text, want string) {
		t.Helper()
		if got, err := parseTime([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("parseTime(%q) = %d, %v; want an error with %q", text, got, err, want)
		}
	}
	bad("", "neither Unix seconds nor RFC 3339")
	bad("yesterday", "neither")
	bad("NaN", "neither")
	bad("Inf", "1970 to 2199")
	bad("-1", "1970 to 2199")
	bad("1e300", "1970 to 2199")
	bad("1768176004000", "Unix times are in seconds") // milliseconds
	bad("7258118400", "1970 to 2199")
	bad("0001-01-01T00:00:00Z", "1970 to 2199")
	bad("9999-12-31T23:59:59-23:00", "1970 to 2199")
	bad("2026-01-31 14:00:00", "no RFC 3339 time")
	bad("2026-02-30T00:00:00Z", "no RFC 3339 time")
}

func TestParseValue(t *testing.T) {
	f := func(text string, want float64) {
		t.Helper()
		if got, err := parseValue([]byte(text)); err != nil || math.Float64bits(got) != math.Float64bits(want) {
			t.Errorf("parseValue(%q) = %v, %v; want %v", text, got, err, want)
		}
	}
	f("0", 0)
	f("-0", math.Copysign(0, -1))
	f("999999999999999", 999999999999999)
	f("18446744073709551616", 1<<64)
	f("1e-400", 0)
	f("-Inf", math.Inf(-1))
}

func TestParseSeries(t *testing.T) {
	good := func(field, want string) {
		t.Helper()
		s, err := parseSeries([]byte(field))
		if err != nil || s.Labels.String() != want {
			t.Errorf("parseSeries(%q) = %v, %v; want %s", field, s, err, want)
		}
	}
	good(`up`, `up`)
	good(`"up"`, `up`)
	good(`"up{job=""a,b"",x=""\"""" }"`, `up{job="a,b",x="\""}`)
	good(`up{job="a"}`, `up{job="a"}`)

	bad := func(field string) {
		t.Helper()
		if s, err := parseSeries([]byte(field)); err == nil || !strings.Contains(err.Error(), "series") {
			t.Errorf("parseSeries(%q) = %v, %v; want an error", field, s, err)
		}
	}
	bad(`"`)
	bad(`""`)
	bad(`"up`)
	bad(`up{`)
	bad(`up{job="a"`)
	bad("up{job=\"\xff\"}")
	bad(strings.Repeat("x", 100000))
}

// FuzzRow: whatever a line holds, it is refused or gives a row within the bounds of time.
func FuzzRow(f *testing.F) {
	for _, line := range []string{
		`up,1768176004,1`, `"a{b=""c,d""}",2026-01-12T08:00:04+08:00,NaN`, `,,`, `a,1e308,0x1p-2`, `a,0000-01-01T00:00:00Z,1`,
		`a,9999-12-31T23:59:59-23:59,1`, `"",1,1`, "\xef\xbb\xbf,-0,-", `a,7258118399.9999,1`,
	} {
		f.Add([]byte(line))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		field, sample, err := parseRow(line)
		if err != nil {
			return
		}
		if sample.TimeMillis < 0 || sample.TimeMillis >= (maxSeconds+1)*1000 {
			t.Errorf("%q is at %s", line, time.UnixMilli(sample.TimeMillis))
		}
		if len(field) == 0 || !bytes.HasPrefix(line, field) {
			t.Errorf("%q has field %q", line, field)
		}
		if s, err := parseSeries(field); (s == nil) == (err == nil) {
			t.Errorf("%q: series %v, error %v", field, s, err)
		}
	})
}
