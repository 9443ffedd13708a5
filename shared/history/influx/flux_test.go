package influx

import (
	"strings"
	"testing"
	"time"

	"github.com/prometheus/prometheus/model/labels"
)

// TestQuestion: what can be selected by the server is; what Flux and Prometheus see differently is left to the reader.
func TestQuestion(t *testing.T) {
	f := func(typ labels.MatchType, name, value, want string, whole bool) {
		t.Helper()
		q := question{bucket: "db/rp", from: time.UnixMilli(1), to: time.UnixMilli(2000), matchers: []*labels.Matcher{labels.MustNewMatcher(typ, name, value)}}
		got, exact := q.filter()
		if want != "" {
			want = " |> filter(fn: (r) => " + want + ")"
		}
		if got != want || exact != whole {
			t.Errorf("%s%s%q: %s, %v; want %s, %v", name, typ, value, got, exact, want, whole)
		}
		if text := q.series(false); !strings.HasPrefix(text, `from(bucket: "db/rp") |> range(start: 1970-01-01T00:00:00.001Z, stop: 1970-01-01T00:00:02.001Z) |> filter(fn: (r) => (r._field ==`) {
			t.Errorf("question %s", text)
		}
	}
	f(labels.MatchEqual, "__name__", "up", `r._measurement == "up"`, true)
	f(labels.MatchEqual, "__name__", "_up", `r._measurement == "\x255Fup"`, true)
	f(labels.MatchEqual, "host", "a\"b", `r["host"] == "a\x22b"`, true)
	f(labels.MatchEqual, "time", `C:\`, `r["\x2574ime"] == "C:\x255C"`, true)
	f(labels.MatchRegexp, "host", "a|b", `(r["host"] == "a" or r["host"] == "b")`, true)
	f(labels.MatchRegexp, "host", "a.+/b", `(r["host"] =~ /^(?s:a.+\/b)$/ or r["host"] =~ /%[0-9A-F][0-9A-F]/)`, false)
	f(labels.MatchRegexp, "host", "表.+", "", false)
	f(labels.MatchRegexp, "host", "a.*|", "", false)
	f(labels.MatchNotEqual, "host", "a", "", false)
	f(labels.MatchNotRegexp, "host", "a.+", "", false)
	f(labels.MatchEqual, "host", "", "", false)
}
