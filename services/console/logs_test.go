package console

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/forewarn/forewarn/shared/bustest"
	"github.com/forewarn/forewarn/shared/entity"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/logs"
	"github.com/forewarn/forewarn/shared/signal"
)

// logOf returns a log of a host with so many errors within a day.
func logOf(id, host, file string, errors uint64) logs.Source {
	now := time.Now().UTC().Truncate(time.Hour)
	s := logs.Source{
		ID: id, Entity: entity.Entity{ID: "host:" + host, Type: entity.Host, Root: "host:" + host, Name: host}, File: file, Service: "erp",
		Lines: 90_000, Day: 12_345, Errors: errors, Patterns: 2, Since: now.Add(-100 * time.Hour), Heard: now,
		Hours:      &logs.Buckets{Start: now.Add(-47 * time.Hour), Length: 3600, Counts: make([]uint64, 48)},
		ErrorHours: &logs.Buckets{Start: now.Add(-47 * time.Hour), Length: 3600, Counts: make([]uint64, 48)},
	}
	s.Hours.Counts[40], s.ErrorHours.Counts[40] = 500, errors
	return s
}

// patternOf returns a pattern whose lines are all of one level.
func patternOf(id, text string, level logs.Level, lines uint64, age time.Duration) logs.Pattern {
	now := time.Now().UTC().Truncate(time.Hour)
	p := logs.Pattern{
		ID: id, Text: text, Sample: "sample of " + text, Lines: lines, Share: 0.25, First: now.Add(-age), Last: now,
		Hours: logs.Buckets{Start: now.Add(-47 * time.Hour), Length: 3600, Counts: make([]uint64, 48)},
	}
	p.Levels[level] = lines
	p.Hours.Counts[3], p.Hours.Counts[47] = 1, lines
	return p
}

// keepLogs answers as the workers that read logs do, all sources by the one of partition 1; of each source the patterns are known.
func (f *fixture) keepLogs(sources []logs.Source, patterns []logs.Pattern, silent ...int) {
	f.t.Helper()
	for p := range f.Bus.Partitions() {
		if slices.Contains(silent, p) {
			continue
		}
		f.run(func(ctx context.Context) error {
			return f.Bus.Answer(ctx, logs.Keeper, p, func(request []byte) ([]byte, error) {
				var q logs.Request
				if err := json.Unmarshal(request, &q); err != nil {
					return nil, err
				}
				var page logs.Page
				for _, s := range sources {
					if p == 1 && (q.Source == "" || q.Source == s.ID) {
						page.Sources = append(page.Sources, s)
					}
				}
				if q.Source != "" && len(page.Sources) > 0 {
					page.Patterns = patterns
				}
				return json.Marshal(page)
			})
		})
		bustest.Until(f.t, 10*time.Second, "logs are told", func() bool {
			_, err := f.Bus.Query(f.t.Context(), logs.Keeper, p, []byte("{}"))
			return err == nil
		})
	}
}

// TestLogs: logs with the most errors first, searched, filtered and paged, on the page as in the file and the API.
func TestLogs(t *testing.T) {
	u01 := volume("erp-01", "/u01", 0.95, 0.9)
	f := start(t, []signal.State{u01, memory("erp-01")}, nil)
	f.keepLogs([]logs.Source{
		logOf("00000000000000aa", "erp-01", "/var/log/app.log", 0), logOf("00000000000000bb", "erp-01", "/u01/alert.log", 7), logOf("00000000000000cc", "erp-02", "/u01/alert.log", 0),
	}, nil)
	for query, want := range map[string]int{"": 3, "?q=ALERT": 2, "?state=errors": 1, "?entity=host:erp-01": 2, "?q=nothing": 0} {
		if got := f.page("/logs" + query).names(); len(got) != want {
			t.Errorf("/logs%s: %q, want %d", query, got, want)
		}
		if got := len(f.rows("/logs.csv"+query)) - 1; got != want {
			t.Errorf("/logs.csv%s: %d rows, want %d", query, got, want)
		}
	}
	f.page("/logs?lang=en").says(t, "Logs", "3", "/u01/alert.log", "erp", "erp-01", "7", "12345", "1 to 3 of 3")
	f.page("/logs?lang=zh-CN").says(t, "日志", "每天错误", "最后收到")
	f.page("/logs?lang=en&q=nothing").says(t, "No log matches")
	in := f.open(fault(u01, finding.Critical, time.Hour))
	for _, path := range []string{entityAddress("host:erp-01"), "/incidents/" + in.ID} {
		if d := f.page(path); !slices.ContainsFunc(d.all("a"), func(n *html.Node) bool { return attr(n, "href") == "/logs?entity=host%3Aerp-01" }) {
			t.Errorf("%s does not lead to the logs", path)
		}
	}

	var a struct {
		Sources []logs.Source
		Next    string
		Missing []int `json:"missing_partitions"`
	}
	f.getJSON("/api/v1/logs?limit=2&q=erp", &a)
	if len(a.Sources) != 2 || a.Next != "00000000000000bb" || a.Missing == nil || len(a.Missing) != 0 {
		t.Errorf("first page: %+v", a)
	}
	f.getJSON("/api/v1/logs?limit=2&after="+a.Next, &a)
	if len(a.Sources) != 1 || a.Next != "" || a.Sources[0].ID != "00000000000000cc" {
		t.Errorf("second page: %+v", a)
	}
}

// TestIncidentShowsItsLogs: the page of an incident shows what is new in the logs of its place, then errors, and nothing that was always
// there, came long before, or is of another place; what strangers write harms nobody.
func TestIncidentShowsItsLogs(t *testing.T) {
	u01 := volume("erp-01", "/u01", 0.95, 0.9)
	f := start(t, []signal.State{u01}, nil)
	const hostile = `<script>alert(1)</script>`
	long := patternOf("0000000000000003", "backup failed last month", logs.Error, 5, 90*time.Hour)
	long.Hours.Counts[47] = 0
	patterns := []logs.Pattern{
		patternOf("0000000000000001", "voucher <*> saved", logs.Info, 9000, 90*time.Hour),
		patternOf("0000000000000002", "cannot extend segment "+hostile, logs.Error, 17, 90*time.Hour),
		patternOf("0000000000000004", "switching to standby", logs.Info, 2, time.Hour),
		long,
	}
	f.keepLogs([]logs.Source{logOf("00000000000000bb", "erp-01", "/u01/alert.log", 7), logOf("00000000000000cc", "erp-02", "/other.log", 7)}, patterns)
	in := f.open(fault(u01, finding.Critical, time.Hour))
	d := f.page("/incidents/" + in.ID + "?lang=en")
	d.says(t, "In the logs of the same place", "switching to standby", "never written before", "2 lines", "cannot extend segment", "17 lines", "/u01/alert.log")
	text := d.body
	if strings.Contains(text, hostile) || strings.Contains(text, "voucher &lt;*&gt; saved") || strings.Contains(text, "last month") || strings.Contains(text, "/other.log") {
		t.Error("the page shows what does not belong there, or a line became part of it")
	}
	if strings.Index(text, "switching to standby") > strings.Index(text, "cannot extend") {
		t.Error("what is new does not come first")
	}
	f.page("/incidents/"+in.ID+"?lang=zh-CN").says(t, "同一处的日志", "此前从未出现")
}

// TestPatterns: the patterns of a log, the most frequent first, with a chart; what strangers write harms nobody.
func TestPatterns(t *testing.T) {
	const hostile = `=cmd|' <script>alert(1)</script> ` + "\u202e" + `"><img src=x>`
	f := start(t, nil, nil)
	f.keepLogs([]logs.Source{logOf("00000000000000bb", "erp-01", `/u01/<b>"alert".log`, 7)}, []logs.Pattern{
		patternOf("0000000000000001", "voucher <*> saved", logs.Info, 9000, 90*time.Hour),
		patternOf("0000000000000002", hostile, logs.Error, 17, time.Hour),
	})
	const path = "/logs/00000000000000bb"
	d := f.page(path + "?lang=en")
	d.says(t, "90000 lines since", "12345 lines and 7 errors", "Patterns", "voucher <*> saved", "info", "9000", "25 %", "<script>alert(1)</script>", "error", "17", "1 to 2 of 2")
	if strings.Contains(d.body, "<script>alert") || strings.Contains(d.body, "<img src=x>") {
		t.Error("a line of a log became part of the page")
	}
	f.page(path+"?lang=en&order=new").says(t, "alert(1)", "voucher <*> saved")
	f.page(path+"?lang=zh-CN&level=info").says(t, "模式", "信息", "第 1 至 1 个")
	f.page(path+"?lang=en&q=nothing").says(t, "No pattern matches")
	if text := f.svg(path + "/chart.svg?lang=en&width=600"); !strings.Contains(text, "errors") {
		t.Errorf("the chart says %q", text)
	}
	if resp, _ := f.get(path + "/chart.png"); resp.StatusCode != http.StatusOK || resp.Header.Get("Content-Type") != "image/png" {
		t.Errorf("chart.png: %d", resp.StatusCode)
	}
	for query, want := range map[string]int{".csv": 2, ".csv?level=error": 1, "?format=csv&q=voucher": 1} {
		rows := f.rows(path + query)
		if len(rows)-1 != want {
			t.Errorf("%s: %d rows, want %d", query, len(rows)-1, want)
		}
		for _, row := range rows[1:] {
			if strings.HasPrefix(row[1], "=") {
				t.Errorf("a formula: %q", row[1])
			}
		}
	}
	var a struct {
		Source   logs.Source
		Patterns []logs.Pattern
		Next     string
	}
	f.getJSON("/api/v1/logs/00000000000000bb?level=error&limit=1", &a)
	if a.Source.ID != "00000000000000bb" || len(a.Patterns) != 1 || a.Patterns[0].Text != hostile || a.Next != "" || a.Source.Hours.Sum(48) != 500 {
		t.Errorf("api: %+v", a)
	}
	for _, unknown := range []string{"/logs/nothing", "/logs/nothing.csv", "/logs/nothing/chart.svg", "/api/v1/logs/nothing"} {
		if resp, _ := f.get(unknown, "Accept", "text/html"); resp.StatusCode != http.StatusNotFound {
			t.Errorf("%s: status %d", unknown, resp.StatusCode)
		}
	}
	if resp, _ := f.get("/api/v1/logs/00000000000000bb?level=bad"); resp.StatusCode != http.StatusBadRequest {
		t.Errorf("level=bad: status %d", resp.StatusCode)
	}
}

// TestLogsArePaged: all of many, each once, and partitions that do not answer are named.
func TestLogsArePaged(t *testing.T) {
	var sources []logs.Source
	for i := range 120 {
		sources = append(sources, logOf(fmt.Sprintf("%016x", i+1), "erp-01", fmt.Sprintf("/var/log/%03d.log", i), 0))
	}
	f := start(t, nil, nil)
	f.keepLogs(sources, nil, 0)
	if seen := f.follow("/logs?lang=en"); len(seen) != 120 {
		t.Errorf("%d logs, want 120", len(seen))
	}
	f.page("/logs?lang=en").says(t, "No answer from partitions [0]")
	f.page("/logs?lang=zh-CN").says(t, "分区 [0] 没有响应")
}
