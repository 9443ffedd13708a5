package influx

import (
	"bytes"
	"math"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	protocol "github.com/influxdata/line-protocol"
	"github.com/prometheus/prometheus/model/labels"

	"github.com/forewarn/forewarn/shared/telemetry"
)

// FuzzText: whatever a name or value is, it comes back, and its stored form holds nothing that line protocol cannot.
func FuzzText(f *testing.F) {
	for _, seed := range []string{"", "erp-01", `C:\`, "a\nb", "%5C", "%25", "%%5C", "_x", "#x", "time", "table", "\x00", "表", "%2D"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, enc := range []func(string) string{encode, encodeName} {
			got := enc(s)
			if back := decode(got); back != s {
				t.Errorf("%q is stored as %q and comes back as %q", s, got, back)
			}
			if got == unnamed || strings.ContainsAny(got, "\\\n\r\t\x00\x7f") {
				t.Errorf("%q is stored as %q", s, got)
			}
		}
		switch got := encodeName(s); got {
		case "time", "result", "table", "_value", "_field":
			t.Errorf("%q is stored as %q", s, got)
		}
	})
}

// FuzzLine: InfluxDB's own reader of line protocol reads what we write.
func FuzzLine(f *testing.F) {
	f.Add("v", "host", "erp-01", 1.5, int64(1e12))
	f.Add("a b,c=d", "e f,g=h", `i j,k=l"m`, math.Inf(1), int64(0))
	f.Add("#", "time", `\`, math.NaN(), int64(1))
	f.Add("", "%5C", "\n", math.Copysign(0, -1), int64(1))
	f.Fuzz(func(t *testing.T, metric, name, value string, v float64, at int64) {
		if at < 0 || at > 9e12 || name == telemetry.MetricName || !utf8.ValidString(metric+name+value) {
			return
		}
		ls := telemetry.NewLabels(telemetry.Label{Name: telemetry.MetricName, Value: metric}, telemetry.Label{Name: name, Value: value})
		if name == "" || len(ls) == 0 {
			return
		}
		var l lines
		l.add(&telemetry.TimeSeries{Series: telemetry.NewSeries(ls), Samples: []telemetry.Sample{{TimeMillis: at, Value: v}}})
		handler := protocol.NewMetricHandler()
		handler.SetTimePrecision(1e6)
		read, err := protocol.NewParser(handler).Parse([]byte(l.part(0, 1)))
		if err != nil || len(read) != 1 {
			t.Fatalf("%q: %v", l.text, err)
		}
		var got []telemetry.Label
		if name := read[0].Name(); name != unnamed {
			got = append(got, telemetry.Label{Name: telemetry.MetricName, Value: decode(name)})
		}
		for _, tag := range read[0].TagList() {
			got = append(got, telemetry.Label{Name: decode(tag.Key), Value: decode(tag.Value)})
		}
		if diff := cmp.Diff(ls, telemetry.NewLabels(got...)); diff != "" || read[0].Time().UnixMilli() != at {
			t.Errorf("%q at %v (-want +got):\n%s", l.text, read[0].Time(), diff)
		}
		bits := math.Float64bits(v)
		switch field := read[0].FieldList()[0]; x := field.Value.(type) {
		case float64:
			if field.Key != fieldValue || math.Float64bits(x) != bits {
				t.Errorf("%q reads as %v", l.text, x)
			}
		case int64:
			if field.Key != fieldBits || uint64(x) != bits {
				t.Errorf("%q reads as %v", l.text, x)
			}
		}
	})
}

// FuzzRows: an answer of any bytes is read or refused.
func FuzzRows(f *testing.F) {
	f.Add([]byte("#datatype,string,long,dateTime:RFC3339,long,string,string,string\n#group,false\n#default,_result,,,,,,\n,result,table,_time,_value,_field,_measurement,host\n" +
		",,0,2026-01-01T00:00:00.5Z,9218868437227405314,bits,v,a\n"))
	f.Add([]byte(",error,reference\n,no,1\n"))
	f.Add([]byte("\"\n,result,table\n,,"))
	f.Add([]byte("#default\n,a\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		b := labels.NewScratchBuilder(4)
		err := rows(bytes.NewReader(data), func(r row) error {
			if r.time >= 0 && r.value >= 0 && r.id >= 0 {
				r.labels(&b)
				if s, ok := r.sample(); ok && r.get(r.time) == "" {
					t.Errorf("a sample without a time: %v", s)
				}
			}
			return nil
		})
		if err == nil && bytes.Contains(data, []byte("\n,error,reference\n,")) && data[0] == '#' {
			t.Errorf("%q: the error is not seen", data)
		}
	})
}

// FuzzLiteral: no text leaves its literal, in Flux of any version.
func FuzzLiteral(f *testing.F) {
	for _, seed := range []string{"a", `") or true //`, "${x}", "\n", `\`, "a/b", `\/`, `[/]`, "表", `\Q/\E`, `/ or true or r.x =~ /`, `a\`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := literal(s)
		if inner := got[1 : len(got)-1]; strings.ContainsAny(inner, "\"$\n\r{}()") || strings.Contains(strings.ReplaceAll(inner, `\x`, ""), `\`) {
			t.Errorf("%q becomes %s", s, got)
		}
		expression, ok := pattern(s)
		if !ok {
			return
		}
		escaped, ends := false, 0
		for _, c := range expression[1:] {
			switch {
			case escaped:
				escaped = false
			case c == '\\':
				escaped = true
			case c == '/':
				ends++
			case c == '\n':
				t.Errorf("%q becomes %s", s, expression)
			}
		}
		if ends != 1 || !strings.HasSuffix(expression, ")$/") {
			t.Errorf("%q becomes %s", s, expression)
		}
	})
}
