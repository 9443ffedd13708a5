package backtest_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/forewarn/forewarn/models/calendar"
	"github.com/forewarn/forewarn/services/forewarn/internal/backtest"
	"github.com/forewarn/forewarn/services/forewarn/internal/scenario"
	"github.com/forewarn/forewarn/services/trend"
	"github.com/forewarn/forewarn/shared/signal"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const header = "series,timestamp,value\n"

// options are those of a command line without options, in UTC.
func options(t testing.TB, inputs ...string) backtest.Options {
	t.Helper()
	cat, err := signal.Load()
	if err != nil {
		t.Fatal(err)
	}
	cal, err := calendar.New(calendar.Config{Zone: time.UTC, Country: calendar.China})
	if err != nil {
		t.Fatal(err)
	}
	return backtest.Options{Inputs: inputs, Catalogue: cat, Calendar: cal, Trend: trend.DefaultConfig(), Output: backtest.JSONL}
}

// run returns what is written to the output and to progress.
func run(t *testing.T, o backtest.Options) (out, told string) {
	t.Helper()
	var a, b bytes.Buffer
	if err := backtest.Run(t.Context(), o, &a, &b); err != nil {
		t.Fatal(err)
	}
	return a.String(), b.String()
}

func write(t testing.TB, name string, content []byte) string {
	t.Helper()
	name = filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(name, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// histories are a few days of a linear fill, of a disk that stays as it is and of a leak, compressed.
func histories(t *testing.T) []byte {
	t.Helper()
	var series []*scenario.Series
	for _, f := range scenario.Families(false) {
		if f.Name == "linear-fill" || f.Name == "high-flat" || f.Name == "leak-gc" {
			series = append(series, f.Make(1, 1, scenario.Weekdays))
		}
	}
	if len(series) != 3 {
		t.Fatalf("%d of 3 families", len(series))
	}
	for _, s := range series {
		if s.Kind == scenario.Exhaustion { // the last days, so that it runs full
			s.Samples = s.Samples[max(0, len(s.Samples)-12*24*10):]
		}
	}
	var b bytes.Buffer
	if err := scenario.WriteCSV(&b, series); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func unpack(t testing.TB, packed []byte) []byte {
	t.Helper()
	r, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if _, err := b.ReadFrom(r); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// disk writes rows of a disk of 100 GB that is filled evenly between two shares, a sample a minute.
func disk(from time.Time, minutes int, first, last float64) string {
	var b strings.Builder
	for i := range minutes {
		at := from.Add(time.Duration(i) * time.Minute).Unix()
		used := first + (last-first)*float64(i)/float64(minutes)
		fmt.Fprintf(&b, `"node_filesystem_size_bytes{instance=""a:1"",mountpoint=""/u"",fstype=""xfs"",device=""/dev/a""}",%d,100000000000`+"\n", at)
		fmt.Fprintf(&b, `"node_filesystem_avail_bytes{instance=""a:1"",mountpoint=""/u"",fstype=""xfs"",device=""/dev/a""}",%d,%.0f`+"\n", at, 1e11*(1-used))
	}
	return b.String()
}

var start = time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)

type summary struct {
	Type     string
	Samples  int
	Series   int
	Signals  int
	BadLines int `json:"bad_lines"`
	Start    time.Time
	End      time.Time
	Opened   map[string]int
	Resolved int
	Ignored  int
}

// last returns the summary, which must be the last line.
func last(t *testing.T, out string) summary {
	t.Helper()
	lines := strings.Split(strings.TrimSuffix(out, "\n"), "\n")
	var s summary
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &s); err != nil || s.Type != "summary" {
		t.Fatalf("last line %q: %v", lines[len(lines)-1], err)
	}
	return s
}

// TestWorkersDoNotChangeTheOutput also holds that a compressed file and a plain one give the same.
func TestWorkersDoNotChangeTheOutput(t *testing.T) {
	packed := histories(t)
	o := options(t, write(t, "h.csv.gz", packed))
	o.Forecasts = 6 * time.Hour
	o.Workers = 1
	want, _ := run(t, o)
	for _, o.Workers = range []int{2, 3} {
		if got, _ := run(t, o); got != want {
			t.Errorf("%d workers: %s", o.Workers, cmp.Diff(strings.Split(want, "\n"), strings.Split(got, "\n")))
		}
	}
	o.Inputs = []string{write(t, "h.csv", unpack(t, packed))}
	if got, _ := run(t, o); got != want {
		t.Error("the plain file gives another output than the compressed one")
	}
}

// TestContract holds the fields of every line, which programs read.
func TestContract(t *testing.T) {
	packed := histories(t)
	o := options(t, write(t, "h.csv.gz", packed))
	o.Forecasts = 6 * time.Hour
	out, told := run(t, o)
	if told != "" {
		t.Errorf("told %q", told)
	}
	fields := map[string][]string{
		"finding":  {"action", "episode", "eta", "kind", "message", "probability", "series", "severity", "signal", "time", "type"},
		"forecast": {"eta", "limit", "probability", "series", "signal", "time", "type", "used"},
		"summary":  {"bad_lines", "compared", "end", "ignored", "opened", "resolved", "rules", "samples", "series", "signals", "start", "type"},
	}
	opened, resolved, forecasts := map[string]int{}, 0, map[string]int{}
	for line := range strings.Lines(out) {
		var l map[string]any
		if err := json.Unmarshal([]byte(line), &l); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		kind, _ := l["type"].(string)
		var got []string
		for k := range l {
			got = append(got, k)
		}
		slices.Sort(got)
		if diff := cmp.Diff(fields[kind], got); diff != "" {
			t.Fatalf("fields of %s (-want +got):\n%s", line, diff)
		}
		if eta, ok := l["eta"].(map[string]any); ok {
			for _, q := range []string{"p10", "p50", "p90"} {
				if _, ok := eta[q]; !ok || len(eta) != 3 {
					t.Fatalf("eta of %s", line)
				}
			}
		}
		switch {
		case kind == "finding" && l["action"] == "opened":
			opened[l["severity"].(string)]++ //nolint:errcheck // a panic is a failure
		case kind == "finding" && l["action"] == "resolved":
			resolved++
		case kind == "forecast":
			forecasts[l["series"].(string)]++ //nolint:errcheck // a panic is a failure
			if p, _ := l["probability"].(map[string]any); len(p) != 4 || p["4h"] == nil || p["24h"] == nil || p["7d"] == nil || p["30d"] == nil {
				t.Fatalf("probability of %s", line)
			}
		}
	}
	s := last(t, out)
	if len(opened) == 0 || len(forecasts) < 3 {
		t.Errorf("opened %v, forecasts %v", opened, forecasts)
	}
	if diff := cmp.Diff(opened, s.Opened); diff != "" || s.Resolved != resolved {
		t.Errorf("opened (-lines +summary):\n%s; resolved %d in lines, %d in the summary", diff, resolved, s.Resolved)
	}
	if want := bytes.Count(unpack(t, packed), []byte("\n")) - 1; s.Samples != want || s.Series != 6 || s.Signals != 3 || s.BadLines != 0 {
		t.Errorf("summary %+v; want %d samples of 6 series, 3 signals", s, want)
	}
	if s.Start.IsZero() || !s.End.After(s.Start) {
		t.Errorf("from %s to %s", s.Start, s.End)
	}
}

// TestWithoutLimit: what has no limit has no share of it, and the line is JSON all the same.
func TestWithoutLimit(t *testing.T) {
	var b strings.Builder
	b.WriteString(header)
	for i := range 600 {
		fmt.Fprintf(&b, `"process_resident_memory_bytes{instance=""a:1"",job=""app""}",%d,%d`+"\n", start.Unix()+int64(60*i), 1e9+1e6*i)
	}
	o := options(t, write(t, "a.csv", []byte(b.String())))
	o.Forecasts = time.Hour
	out, _ := run(t, o)
	if !strings.Contains(out, `"used":null,"limit":0`) {
		t.Errorf("no forecast without a limit:\n%s", out)
	}
	last(t, out)
}

// TestPage: the page is the same, however many workers there are.
func TestPage(t *testing.T) {
	o := options(t, write(t, "h.csv.gz", histories(t)))
	o.Output, o.Workers = backtest.HTML, 1
	want, told := run(t, o)
	if told != "" || !strings.HasPrefix(want, "<!DOCTYPE html>") || !strings.Contains(want, "<article class=\"critical\">") || !strings.Contains(want, "Zabbix timeleft") {
		t.Errorf("told %q; page of %d bytes: %.200s", told, len(want), want)
	}
	o.Workers = 3
	if got, _ := run(t, o); got != want {
		t.Errorf("with three workers:\n%s", cmp.Diff(strings.Split(want, "\n"), strings.Split(got, "\n")))
	}
}

// TestText: text tells when a disk that fills within a day becomes a warning, worse, and well again.
func TestText(t *testing.T) {
	const day = 24 * 60
	content := header + disk(start, day, 0.3, 0.95) + disk(start.Add(24*time.Hour), day, 0.2, 0.2)
	o := options(t, write(t, "a.csv", []byte(content)))
	o.Output, o.Forecasts = backtest.Text, 6*time.Hour
	o.Zone = time.FixedZone("", 8*3600)
	out, _ := run(t, o)
	lines := strings.Split(strings.TrimSuffix(out, "\n"), "\n")
	var words []string
	end := slices.Index(lines, "")
	for _, l := range lines[:end] {
		words = append(words, strings.Fields(l)[2])
	}
	if !slices.Contains(words, "CRITICAL") || words[len(words)-1] != "RESOLVED" || !strings.HasPrefix(lines[0], "2026-03-02 ") {
		t.Errorf("text:\n%s", out)
	}
	if want := "5760 samples of 2 series, 2.0 days; 1 signals are watched. At worst: 1 critical, 0 warning; 1 ended."; lines[end+1] != want {
		t.Errorf("summary %q, want %q", lines[end+1], want)
	}
	if want := "Beside today's usual rules, on the 1 signals with a limit:"; lines[end+3] != want || len(lines) != end+14 {
		t.Errorf("comparison %q", lines[end+3:])
	}
}

func TestBadLines(t *testing.T) {
	good := disk(start, 30, 0.3, 0.31)
	content := header + "nonsense\n\n" + good[:len(good)/2-1] // the last line of it is cut in two
	content = content[:strings.LastIndexByte(content, '\n')+1] +
		"up,tomorrow,1\n" + "up,1772409600,many\n" +
		"{,1772409600,1\n" + "{,1772409601,1\n" + // no series, twice
		strings.Repeat("x", 300<<10) + ",1772409601,1\n" +
		"up,1772409602,NaN\r\n" + "up,1772409603,1" // the last has no end
	out, told := run(t, options(t, write(t, "a.csv", []byte("\ufeff"+content))))
	s := last(t, out)
	rows := strings.Count(content, "node_filesystem")
	if s.BadLines != 6 || s.Samples != rows+2 || s.Series != 3 {
		t.Errorf("summary %+v; want 6 bad lines and %d samples of 3 series", s, rows+2)
	}
	for _, want := range []string{"a.csv: line 2: want series,timestamp,value", `timestamp "tomorrow"`, `value "many"`, `series "{"`, "longer than 262144 bytes", "1 further lines"} {
		if !strings.Contains(told, want) {
			t.Errorf("told without %q:\n%s", want, told)
		}
	}
}

func TestLineEndsAndOrder(t *testing.T) {
	rows := disk(start, 60, 0.5, 0.6)
	want, _ := run(t, options(t, write(t, "a.csv", []byte(header+rows))))
	got, told := run(t, options(t, write(t, "a.csv", []byte("\ufeff"+strings.ReplaceAll(header+rows, "\n", "\r\n")))))
	if got != want || told != "" {
		t.Errorf("with CRLF and BOM:\n%s%s\nwant\n%s", got, told, want)
	}
	// A row that is out of order is used or counted as ignored, and hurts no other.
	late := header + rows + disk(start.Add(-2*time.Hour), 1, 0.5, 0.5) + disk(start.Add(time.Hour), 60, 0.6, 0.7)
	out, _ := run(t, options(t, write(t, "a.csv", []byte(late))))
	if s := last(t, out); s.Samples != 242 || s.BadLines != 0 || !s.End.Equal(start.Add(2*time.Hour)) {
		t.Errorf("out of order: %+v", s)
	}
}

func TestFilesAreMergedByTime(t *testing.T) {
	rows := strings.SplitAfter(strings.TrimSuffix(disk(start, 600, 0.3, 0.97), "\n"), "\n")
	var sizes, avails strings.Builder
	for i, r := range rows {
		if i%2 == 0 {
			sizes.WriteString(r)
		} else {
			avails.WriteString(r)
		}
	}
	o := options(t, write(t, "all.csv", []byte(header+strings.Join(rows, ""))))
	o.Forecasts = time.Hour
	want, _ := run(t, o)
	o.Inputs = []string{write(t, "sizes.csv", []byte(header+sizes.String())), write(t, "avails.csv", []byte(header+avails.String()))}
	if got, _ := run(t, o); got != want || !strings.Contains(got, `"opened"`) {
		t.Errorf("two files (-one +two):\n%s", cmp.Diff(strings.Split(want, "\n"), strings.Split(got, "\n")))
	}
}

func TestNoSamples(t *testing.T) {
	out, told := run(t, options(t, write(t, "a.csv", []byte(header))))
	if want := `{"type":"summary","samples":0,"series":0,"signals":0,"bad_lines":0,"opened":{},"resolved":0,"ignored":0,"compared":0,"rules":{}}` + "\n"; out != want || told != "" {
		t.Errorf("a header only: %q, told %q", out, told)
	}
}

func TestErrors(t *testing.T) {
	packed := histories(t)
	broken := slices.Clone(packed)
	for i := len(broken) / 2; i < len(broken)/2+64; i++ {
		broken[i] ^= 0x5a
	}
	f := func(o backtest.Options, want ...string) {
		t.Helper()
		var out, told bytes.Buffer
		err := backtest.Run(t.Context(), o, &out, &told)
		for _, w := range want {
			if err == nil || !strings.Contains(err.Error(), w) {
				t.Errorf("error %v; want one with %q", err, w)
			}
		}
		if strings.Contains(out.String(), `"summary"`) {
			t.Errorf("a summary in spite of %v", err)
		}
	}
	with := func(name string, content []byte) backtest.Options { return options(t, write(t, name, content)) }
	f(options(t), "--input: no file is named")
	f(options(t, "absent.csv"), "--input", "absent.csv", "no such file")
	f(options(t, t.TempDir()), "--input", "directory")
	f(with("empty.csv", nil), "empty.csv", `the first line is ""; it must be "series,timestamp,value"`)
	f(with("headless.csv", []byte("up,1,2\n")), "headless.csv", `the first line is "up,1,2"`)
	f(with("short.csv.gz", packed[:5]), "short.csv.gz", "cannot be unpacked")
	f(with("cut.csv.gz", packed[:len(packed)/2]), "cut.csv.gz: line", "unexpected EOF")
	f(with("broken.csv.gz", broken), "broken.csv.gz: line")
	o := with("a.csv", []byte(header))
	o.Forecasts = 3 * time.Minute
	f(o, "--forecasts: 3m0s is no multiple of 2m0s")
	o.Forecasts, o.Output = 0, "pdf"
	f(o, `--output: there is no form "pdf"; choose text, jsonl or html`)
	o.Output, o.Explain = backtest.HTML, &backtest.Explain{Series: "a", At: start}
	f(o, "--explain: a page has no room for it")
}

// TestGap: months without a sample are not walked through.
func TestGap(t *testing.T) {
	content := header + disk(start, 60, 0.5, 0.5) + disk(start.AddDate(50, 0, 0), 60, 0.5, 0.5)
	began := time.Now()
	out, _ := run(t, options(t, write(t, "a.csv", []byte(content))))
	if s := last(t, out); s.Samples != 240 || s.End.Sub(s.Start) < 50*365*24*time.Hour {
		t.Errorf("summary %+v", s)
	}
	if took := time.Since(began); took > 20*time.Second {
		t.Errorf("50 years took %s", took)
	}
}

// TestCancelled: before it begins and while it writes. goleak sees whether everything has ended.
func TestCancelled(t *testing.T) {
	o := options(t, write(t, "h.csv.gz", histories(t)))
	o.Forecasts = 2 * time.Minute
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var out bytes.Buffer
	for _, when := range []string{"in the middle", "before"} {
		err := backtest.Run(ctx, o, writer(func(p []byte) (int, error) { cancel(); return out.Write(p) }), &bytes.Buffer{})
		if !errors.Is(err, context.Canceled) || bytes.Contains(out.Bytes(), []byte(`"summary"`)) {
			t.Errorf("cancelled %s: error %v", when, err)
		}
		if want := map[string]string{"before": "interrupted before the first sample was judged", "in the middle": "interrupted at the samples of 20"}[when]; err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), " % of the input") {
			t.Errorf("cancelled %s: error %v; want one with %q", when, err, want)
		}
	}
}

type writer func(p []byte) (int, error)

func (w writer) Write(p []byte) (int, error) { return w(p) }

// full is a disk without room.
type full struct{ left int }

var errFull = errors.New("no space left")

func (f *full) Write(p []byte) (int, error) {
	if f.left -= len(p); f.left < 0 {
		return 0, errFull
	}
	return len(p), nil
}

// TestOutputFails: what cannot be written ends the work, at once or at the end.
func TestOutputFails(t *testing.T) {
	o := options(t, write(t, "h.csv.gz", histories(t)))
	o.Forecasts = 2 * time.Minute
	for _, room := range []int{0, 100000, math.MaxInt} {
		err := backtest.Run(t.Context(), o, &full{room}, &bytes.Buffer{})
		if want := room < math.MaxInt; errors.Is(err, errFull) != want {
			t.Errorf("room for %d bytes: error %v", room, err)
		}
	}
}
