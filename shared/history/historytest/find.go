package historytest

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/storage"

	"github.com/forewarn/forewarn/shared/history"
	"github.com/forewarn/forewarn/shared/telemetry"
)

// querier opens one over the minute from the start.
func (f *fixture) querier(t *testing.T) storage.Querier {
	t.Helper()
	q, err := f.Querier(f.start.UnixMilli(), f.start.Add(time.Minute).UnixMilli())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { q.Close() }) //nolint:errcheck // only read
	return q
}

// each appends one sample of each series, and waits until they can be read.
func (f *fixture) each(t *testing.T, all ...*telemetry.Series) {
	t.Helper()
	for _, s := range all {
		f.append(t, history.Appended{Stored: 1}, One(s, f.at(0, 1)))
	}
	f.count(t, ".*", len(all), len(all))
}

// found returns the labels of the series that matchers select, in their order.
func found(t *testing.T, q storage.Querier, hints *storage.SelectHints, ms ...*labels.Matcher) (out []string) {
	t.Helper()
	set := q.Select(t.Context(), true, hints, ms...)
	for set.Next() {
		out = append(out, set.At().Labels().String())
	}
	if set.Err() != nil {
		t.Fatal(set.Err())
	}
	return out
}

func testLabels(t *testing.T, f *fixture) {
	f.each(t, Series("a", "host", "x"), Series("a", "host", "y"), Series("b", "vol", "/"))
	q := f.querier(t)
	names, _, err := q.LabelNames(t.Context(), nil)
	if diff := cmp.Diff([]string{"__name__", "host", "vol"}, names); diff != "" || err != nil {
		t.Errorf("label names: error %v (-want +got):\n%s", err, diff)
	}
	names, _, err = q.LabelNames(t.Context(), nil, labels.MustNewMatcher(labels.MatchEqual, "vol", "/"))
	if diff := cmp.Diff([]string{"__name__", "vol"}, names); diff != "" || err != nil {
		t.Errorf("label names of one: error %v (-want +got):\n%s", err, diff)
	}
	metrics, _, err := q.LabelValues(t.Context(), telemetry.MetricName, nil)
	if diff := cmp.Diff([]string{"a", "b"}, metrics); diff != "" || err != nil {
		t.Errorf("metrics: error %v (-want +got):\n%s", err, diff)
	}
	values, _, err := q.LabelValues(t.Context(), "host", nil, labels.MustNewMatcher(labels.MatchNotEqual, "host", "x"))
	if diff := cmp.Diff([]string{"y"}, values); diff != "" || err != nil {
		t.Errorf("label values: error %v (-want +got):\n%s", err, diff)
	}
}

// odd is text that servers may take for something else.
func odd() []string {
	return []string{
		`C:\`, `\\srv\share\`, "two\nlines", "tab\t", "a b", "a,b=c", `say "yes"`, "%5C", "100%", "%", "表空间 用户", "😀", "#", "=", "time",
		"$${x}", "${x}", "'", "`", "/a/b/", ".*", "a|b", "]", "{}", "\x00", "\x7f", `") or true //`, " ", "end ", `\n`, `\`, "_field", "NaN",
	}
}

func testText(t *testing.T, f *fixture) {
	var all []*telemetry.Series
	for _, text := range odd() {
		all = append(all, Series("text", "value", text))
	}
	names := 0
	for _, text := range append(odd(), "_measurement", "_time", "_value", "_start", "table", "result", "le") {
		if f.traits.PlainNames && !plain(text) {
			continue
		}
		all = append(all, Series("named", text, "x"), Series("m"+text, "host", "y"))
		names += 2
	}
	f.each(t, all...)
	q := f.querier(t)
	for _, s := range all {
		var ms []*labels.Matcher
		for _, l := range s.Labels {
			ms = append(ms, labels.MustNewMatcher(labels.MatchEqual, l.Name, l.Value))
		}
		if got := found(t, q, nil, ms...); len(got) != 1 {
			t.Errorf("%v selects %q", s.Labels, got)
		}
	}
	values, _, err := q.LabelValues(t.Context(), "value", nil)
	want := slices.Sorted(slices.Values(odd()))
	if diff := cmp.Diff(want, values); diff != "" || err != nil {
		t.Errorf("values: %v (-want +got):\n%s", err, diff)
	}
}

// plain tells whether a text is a name that Prometheus has always allowed.
func plain(s string) bool {
	for i, c := range s {
		if c != '_' && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return s != ""
}

func testMatchers(t *testing.T, f *fixture) {
	a, b, c := Series("v", "host", "erp-01", "path", "C:\\x"), Series("v", "host", "erp-02", "path", "/data"), Series("v", "path", "two\nlines")
	f.each(t, a, b, c)
	q := f.querier(t)
	expect := func(typ labels.MatchType, name, value string, want ...*telemetry.Series) {
		t.Helper()
		var names []string
		for _, s := range want {
			var ls []string
			for _, l := range s.Labels {
				ls = append(ls, l.Name, l.Value)
			}
			names = append(names, labels.FromStrings(ls...).String())
		}
		got := found(t, q, nil, labels.MustNewMatcher(labels.MatchEqual, telemetry.MetricName, "v"), labels.MustNewMatcher(typ, name, value))
		if diff := cmp.Diff(slices.Sorted(slices.Values(names)), slices.Sorted(slices.Values(got))); diff != "" {
			t.Errorf("%s%s%q (-want +got):\n%s", name, typ, value, diff)
		}
	}
	expect(labels.MatchEqual, "host", "", c)
	expect(labels.MatchEqual, "host", "erp-01", a)
	expect(labels.MatchNotEqual, "host", "erp-01", b, c)
	expect(labels.MatchNotEqual, "host", "", a, b)
	expect(labels.MatchRegexp, "host", "erp-01|erp-02", a, b)
	expect(labels.MatchRegexp, "host", "erp-0[12]", a, b)
	expect(labels.MatchRegexp, "host", "erp", nil...)
	expect(labels.MatchRegexp, "host", "erp.*|", a, b, c)
	expect(labels.MatchRegexp, "host", ".*", a, b, c)
	expect(labels.MatchRegexp, "host", ".+", a, b)
	expect(labels.MatchNotRegexp, "host", "erp-01|x", b, c)
	expect(labels.MatchNotRegexp, "host", ".*", nil...)
	expect(labels.MatchRegexp, "host", "(?i)ERP-01", a)
	expect(labels.MatchRegexp, "path", "/dat.", b)
	expect(labels.MatchRegexp, "path", `C:\\.`, a)
	expect(labels.MatchRegexp, "path", "[^/].*", a, c)
	expect(labels.MatchNotRegexp, "path", "two.+", a, b)
	expect(labels.MatchRegexp, "path", "two.lines", c)
	expect(labels.MatchRegexp, "path", `\Q/data\E`, b)
	expect(labels.MatchRegexp, "path", `\x2fdata|\/data`, b)
	expect(labels.MatchRegexp, telemetry.MetricName, "v|w", a, b, c)
}

func testListing(t *testing.T, f *fixture) {
	f.each(t, Fleet("v", 20)...)
	q := f.querier(t)
	name := labels.MustNewMatcher(labels.MatchEqual, telemetry.MetricName, "v")
	hints := &storage.SelectHints{Start: f.start.UnixMilli(), End: f.start.Add(time.Minute).UnixMilli(), Func: "series"}
	if got := found(t, q, hints, name); len(got) != 20 {
		t.Errorf("%d series, want 20", len(got))
	}
	hints.Limit = 5
	if got := found(t, q, hints, name); len(got) < 5 {
		t.Errorf("%d series, want at least as many as were asked for", len(got))
	}
}
