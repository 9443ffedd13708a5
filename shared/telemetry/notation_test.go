package telemetry_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/forewarn/forewarn/shared/telemetry"
)

func TestParseSeries(t *testing.T) {
	f := func(in, canonical string) {
		t.Helper()
		ls, err := telemetry.ParseSeries(in)
		if err != nil {
			t.Error(err)
			return
		}
		if got := ls.String(); got != canonical {
			t.Errorf("%s: got %s, want %s", in, got, canonical)
		}
	}
	f(`up`, `up`)
	f(`up{}`, `up`)
	f(`{}`, `{}`)
	f(` job:x:rate5m { b = "2" , a = "1" , } `, `job:x:rate5m{a="1",b="2"}`)
	f(`{__name__="up",a="b"}`, `up{a="b"}`)
	f(`{a="b"}`, `{a="b"}`)
	f(`up{a=""}`, `up`)
	f(`{"my.metric", a="b"}`, `{"my.metric",a="b"}`)
	f(`{a="b","up"}`, `up{a="b"}`)
	f(`{"my.metric"}`, `{"my.metric"}`)
	f(`up{"my.label"="b","plain"="c"}`, `up{"my.label"="b",plain="c"}`)
	f(`up{a="x\\y\"z\n"}`, `up{a="x\\y\"z\n"}`)
	f("up{a=\"x\ny\"}", `up{a="x\ny"}`)
	f(`{"磁盘"}`, `{"磁盘"}`)
}

func TestParseSeriesRefuses(t *testing.T) {
	f := func(in, want string) {
		t.Helper()
		ls, err := telemetry.ParseSeries(in)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v and error %v, want one with %q", in, ls, err, want)
		}
	}
	f(``, "at byte 0: want a metric name or {")
	f(`9up`, "want a metric name")
	f(`磁盘{}`, "want a metric name")
	f(`up{`, "want a label name or }")
	f(`up{a`, "want = after")
	f(`up{a=b}`, "double quotes")
	f(`up{a="b`, "not closed")
	f(`up{a="b"`, "want , or }")
	f(`up{a="b" c="d"}`, "want , or }")
	f(`up{a="\t"}`, "at byte 6: unknown escape")
	f(`up{a="\`, "unknown escape")
	f(`up{a="b",a="c"}`, "twice")
	f(`up{"down"}`, "twice")
	f(`up{""="x"}`, "empty")
	f(`up{a:b="c"}`, "want = after")
	f(`up{,}`, "want a label name or }")
	f(`up{} 1`, "unexpected text")
	f("up{a=\"\xff\"}", "UTF-8")
}

func TestParseSeriesReadsString(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 5))
	for range 1000 {
		checkNotation(t, randomLabels(r))
	}
	checkNotation(t, nil)
}

func checkNotation(t *testing.T, want telemetry.Labels) {
	t.Helper()
	got, err := telemetry.ParseSeries(want.String())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Fatalf("%s: %s", want, diff)
	}
}

func TestValidateLabels(t *testing.T) {
	f := func(want string, ls telemetry.Labels) {
		t.Helper()
		got := ""
		if err := ls.Validate(); err != nil {
			got = err.Error()
		}
		if !strings.Contains(got, want) || (want == "") != (got == "") {
			t.Errorf("got error %q, want %q", got, want)
		}
	}
	f("", telemetry.NewLabels(telemetry.Label{Name: "a", Value: "b"}))
	f("no labels", nil)
	f("empty name", telemetry.NewLabels(telemetry.Label{Value: "b"}))
	f("129 labels", make(telemetry.Labels, 129))
	f("65537 bytes", telemetry.NewLabels(telemetry.Label{Name: "a", Value: strings.Repeat("b", 1<<16)}))
}

func FuzzParseSeries(f *testing.F) {
	f.Add(`up{a="b"}`)
	f.Add(`{"my.metric","l\"x"="\\\n", }`)
	f.Add(` a:b { c="" }`)
	f.Fuzz(func(t *testing.T, s string) {
		if ls, err := telemetry.ParseSeries(s); err == nil {
			checkNotation(t, ls)
		}
	})
}
