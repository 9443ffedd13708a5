package backtest_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/forewarn/forewarn/services/forewarn/internal/backtest"
)

// two hosts with a volume each: /u of a fills within two days, /u1 of b rests; b's /lost has no size.
func twoHosts() string {
	fills := disk(start, 2*24*60, 0.3, 1)
	rests := strings.NewReplacer("a:1", "b:1", `""/u""`, `""/u1""`).Replace(disk(start, 2*24*60, 0.5, 0.5))
	lost := strings.NewReplacer("a:1", "b:1", `""/u""`, `""/lost""`).Replace(only(disk(start, 2*24*60, 0.5, 0.5), "avail"))
	rows := strings.SplitAfter(fills+rests+lost, "\n")
	return header + strings.Join(byTime(rows), "")
}

func byTime(rows []string) (out []string) {
	n := 2 * 24 * 60 * 2 // of each volume with a size
	for i := range n / 2 {
		out = append(out, rows[2*i], rows[2*i+1], rows[n+2*i], rows[n+2*i+1], rows[2*n+i])
	}
	return out
}

func explaining(t *testing.T, series string, at time.Time) backtest.Options {
	t.Helper()
	o := options(t, write(t, "two.csv", []byte(twoHosts())))
	o.Output, o.Explain = backtest.Text, &backtest.Explain{Series: series, At: at}
	return o
}

func TestExplainText(t *testing.T) {
	f := func(series string, at time.Duration, want ...string) {
		t.Helper()
		out, _ := run(t, explaining(t, series, start.Add(at)))
		for _, w := range want {
			if !strings.Contains(out, w) {
				t.Errorf("%s: no %q in\n%s", series, w, out)
			}
		}
		if strings.Contains(out, "Beside today's") || strings.Contains(out, "signals are watched") {
			t.Errorf("%s: more than was asked for:\n%s", series, out)
		}
	}
	f("/u a", 40*time.Hour, "/u on a (filesystem-space)  2026-03-03 16:00", "  series ", `mountpoint="/u"}`, "since 2026-03-02 00:00, 40 h; newest sample 2026-03-03 15:59",
		"not two whole days in a row", "falls            none", "; made 2026-03-03 1", "full             2026-03-0", "gives cause for  CRITICAL; an episode is open: ",
		"of reaching the limit within 24 h", "CRITICAL  /u on a", "What became of it, in hindsight:", "limit reached  2026-03-03 23:", "23:40, 7 h 40 min later")
	f(`node_filesystem_avail_bytes{mountpoint="/u1",instance="b:1",fstype="xfs",device="/dev/a"}`, 40*time.Hour,
		"/u1 on b", "gives cause for  nothing", "nothing opens a warning", "50 % used (95 % needed)", "within 4 h     at most 50 %", "not within the data, which end 2026-03-03 23:59")
	f("LOST", 40*time.Hour, "/lost on b", "gives cause for  nothing", "node_filesystem_size_bytes", "was never seen beside it")
	f("/u1", 400*24*time.Hour, "/u1 on b (filesystem-space)  2026-03-04 00:00") // the end of the data
}

func TestExplainChinese(t *testing.T) {
	o := explaining(t, "/u a", start.Add(40*time.Hour))
	o.Language = "zh-CN"
	out, _ := run(t, o)
	for _, want := range []string{"  序列    ", "  预测    ", "  用满    2026-03-0", "  结论    严重；已有未结束的事件：", "  原因    24 小时内达到上限的概率", "后来的情况（事后数据）：", "达到上限  2026-03-03 23:"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
}

func TestExplainJSON(t *testing.T) {
	o := explaining(t, "/u a", start.Add(40*time.Hour))
	o.Output, o.Workers = backtest.JSONL, 3
	out, _ := run(t, o)
	var types []string
	for line := range strings.Lines(out) {
		var l struct {
			Type, Signal, Cause string
			Time, Judged        time.Time
			Reasons             []string
			Most                map[string]float64 `json:"used_at_most"`
			Reached             *time.Time         `json:"limit_reached"`
		}
		if err := json.Unmarshal([]byte(line), &l); err != nil {
			t.Fatal(err)
		}
		types = append(types, l.Type)
		switch {
		case l.Type == "explanation" && !strings.Contains(line, `"probability":{"4h":`):
			t.Errorf("explanation without probabilities: %s", line)
		case l.Type == "explanation" && (l.Signal == "" || l.Cause != "critical" || len(l.Reasons) == 0 || l.Judged.After(l.Time)):
			t.Errorf("explanation %s", line)
		case l.Type == "outcome" && (l.Reached == nil || l.Most["4h"] <= 8e10 || l.Most["4h"] > 9.5e10):
			t.Errorf("outcome %s", line)
		case l.Type == "finding" && !strings.Contains(line, `/u on a`):
			t.Errorf("not asked for: %s", line)
		}
	}
	if n := len(types); n < 4 || types[0] != "explanation" || types[n-2] != "outcome" || types[n-1] != "summary" {
		t.Errorf("lines %v", types)
	}
}

func TestExplainErrors(t *testing.T) {
	f := func(series string, at time.Time, want string) {
		t.Helper()
		var out, told bytes.Buffer
		if err := backtest.Run(t.Context(), explaining(t, series, at), &out, &told); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v; want one with %q", series, err, want)
		}
	}
	later := start.Add(time.Hour)
	f("u", later, `--explain: "u" may mean several; add a word that tells them apart: "/lost on b", "/u on a", "/u1 on b"`[:70])
	f("b", later, `"/lost on b", "/u1 on b"`)
	f("nowhere", later, `no signal that is known by then is called "nowhere"; there are "/lost on b", "/u on a", "/u1 on b"`)
	f("/u a", start.Add(-time.Hour), "--at: 2026-03-01T23:00:00Z is before the first sample, of 2026-03-02T00:00:00Z")
}
