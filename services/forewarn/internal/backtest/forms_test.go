package backtest_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/forewarn/forewarn/services/forewarn/internal/backtest"
)

// reform writes the rows of a CSV as lines of another form, one series after the other as dumps have it.
func reform(t *testing.T, csv string, line func(series string, seconds int64, value string) string) string {
	t.Helper()
	bySeries, order := map[string]*strings.Builder{}, []string{}
	for row := range strings.Lines(strings.TrimPrefix(csv, header)) {
		i := strings.LastIndexByte(row, '"')
		series := strings.ReplaceAll(strings.Trim(row[:i+1], `"`), `""`, `"`)
		var seconds int64
		var value string
		if _, err := fmt.Sscanf(strings.ReplaceAll(row[i+1:], ",", " "), "%d %s", &seconds, &value); err != nil {
			t.Fatal(err)
		}
		if bySeries[series] == nil {
			bySeries[series] = &strings.Builder{}
			order = append(order, series)
		}
		bySeries[series].WriteString(line(series, seconds, value))
	}
	var out strings.Builder
	for _, s := range order {
		out.WriteString(bySeries[s].String())
	}
	return out.String()
}

func openMetrics(series string, seconds int64, value string) string {
	return fmt.Sprintf("%s %s %d.000\n", series, value, seconds)
}

func pack(t *testing.T, content string) []byte {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if _, err := w.Write([]byte(content)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// TestFormsAgree: the same samples say the same, in whatever form they come.
func TestFormsAgree(t *testing.T) {
	csv := header + disk(start, 600, 0.3, 0.97)
	o := options(t, write(t, "a.csv", []byte(csv)))
	o.Forecasts = time.Hour
	want, _ := run(t, o)
	if !strings.Contains(want, `"opened"`) {
		t.Fatal("nothing is found in the CSV")
	}
	f := func(name string, content []byte) {
		t.Helper()
		o.Inputs = []string{write(t, name, content)}
		got, told := run(t, o)
		if diff := cmp.Diff(strings.Split(want, "\n"), strings.Split(got, "\n")); diff != "" || told != "" {
			t.Errorf("%s told %q (-CSV +%s):\n%s", name, told, name, diff)
		}
	}
	dump := reform(t, csv, openMetrics) + "# EOF\n"
	f("dump.om", []byte(dump))
	f("dump.om.gz", pack(t, dump))
	f("typed.om", []byte("\ufeff# TYPE node_filesystem_size_bytes gauge\r\n# HELP x y\r\n\r\n"+strings.ReplaceAll(dump, "\n", "\r\n")))
	f("classic.prom", []byte(reform(t, csv, func(series string, seconds int64, value string) string {
		return fmt.Sprintf("%s %s %d\n", series, value, seconds*1000)
	})))

	// In two dumps, and in a dump beside a CSV.
	half := strings.Index(dump, "node_filesystem_avail")
	o.Inputs = []string{write(t, "size.om", []byte(dump[:half])), write(t, "avail.om", []byte(dump[half:]))}
	if got, _ := run(t, o); got != want {
		t.Errorf("two dumps:\n%s", cmp.Diff(want, got))
	}
	o.Inputs = []string{write(t, "size.om", []byte(dump[:half])), write(t, "avail.csv", []byte(header+only(csv, "avail")))}
	if got, _ := run(t, o); got != want {
		t.Errorf("a dump and a CSV:\n%s", cmp.Diff(want, got))
	}
}

// only returns the rows that hold a word.
func only(rows, word string) string {
	return strings.Join(slices.DeleteFunc(strings.SplitAfter(rows, "\n"), func(l string) bool { return !strings.Contains(l, word) }), "")
}

// TestDumpLines: what cannot be read is counted, and what no rule reads is counted and left out.
func TestDumpLines(t *testing.T) {
	dump := "go_goroutines{job=\"a\"} 7 1772409600\ngo_goroutines{job=\"a\"} 8 1772409660\n" +
		"node_load1{instance=\"a:1\" 1 1772409600\nnode_load1 one 1772409600\n{} 1 1772409600\n{} 1 1772409660\n" +
		strings.Repeat("x", 300<<10) + " 1 1772409600\n" + reform(t, header+disk(start, 3, 0.3, 0.3), openMetrics)
	out, told := run(t, options(t, write(t, "a.om", []byte(dump))))
	if s := last(t, out); s.Samples != 8 || s.Series != 3 || s.Signals != 1 || s.BadLines != 5 {
		t.Errorf("summary %+v; want 8 samples of 3 series, 1 signal, 5 bad lines", s)
	}
	for _, want := range []string{"a.om: line 3: a brace or a quote of the series is not closed", `value "one"`, "line 7: is longer", "1 further lines"} {
		if !strings.Contains(told, want) {
			t.Errorf("told without %q:\n%s", want, told)
		}
	}
}

// TestSamplesWithoutTime: a page as an exporter serves it says nothing about the past.
func TestSamplesWithoutTime(t *testing.T) {
	var out, told bytes.Buffer
	name := write(t, "metrics.prom", []byte("# HELP up x\nup{job=\"a\"} 1\n"))
	err := backtest.Run(t.Context(), options(t, name), &out, &told)
	if err == nil || !strings.Contains(err.Error(), "metrics.prom: line 2: the sample has no timestamp") || !strings.Contains(err.Error(), "promtool tsdb dump-openmetrics") {
		t.Errorf("error %v", err)
	}
	if out.Len() > 0 {
		t.Errorf("printed %q", out.String())
	}
}

// TestRowAhead: one row of a clock gone wrong neither makes the rest late nor is believed.
func TestRowAhead(t *testing.T) {
	before, after := disk(start, 300, 0.3, 0.6), disk(start.Add(300*time.Minute), 300, 0.6, 0.97)
	want, _ := run(t, options(t, write(t, "a.csv", []byte(header+before+after))))
	wrong := disk(start.AddDate(1, 0, 0), 1, 0.1, 0.1)
	got, told := run(t, options(t, write(t, "a.csv", []byte(header+before+wrong+after))))
	if s := last(t, got); s.Ignored != 2 || s.Samples != 1202 {
		t.Errorf("summary %+v; want 2 ignored samples", s)
	}
	if !strings.Contains(told, "refused: 2 samples more than 10 min ahead of those around them, such as node_filesystem_size_bytes{") {
		t.Errorf("told %q", told)
	}
	findings := func(out string) string { return only(out, `"type":"finding"`) }
	if diff := cmp.Diff(findings(want), findings(got)); diff != "" || findings(want) == "" {
		t.Errorf("(-without +with the row):\n%s", diff)
	}
}

// TestDumpLeavesNothing: no temporary file outlives the back-test.
func TestDumpLeavesNothing(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	run(t, options(t, write(t, "a.om", []byte(reform(t, header+disk(start, 600, 0.3, 0.4), openMetrics)))))
	left, err := os.ReadDir(os.Getenv("TMPDIR"))
	if err != nil || len(slices.DeleteFunc(left, func(e os.DirEntry) bool { return e.IsDir() })) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}
