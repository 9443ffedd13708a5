package e2e

import (
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/prometheus/promql/parser"
)

// dashboard is what is read of a dashboard of Grafana.
type dashboard struct {
	UID    string
	Title  string
	Panels []struct {
		Title   string
		Targets []struct{ Expr string }
	}
}

// dashboards returns those that are shipped, by file name.
func dashboards(t *testing.T) map[string]dashboard {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("..", "..", "..", "..", "deploy", "grafana", "dashboards", "*.json"))
	if err != nil || len(files) < 2 {
		t.Fatalf("dashboards: %q, %v", files, err)
	}
	out := map[string]dashboard{}
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		var d dashboard
		if err := json.Unmarshal(data, &d); err != nil || d.UID == "" || len(d.Panels) == 0 {
			t.Fatalf("%s: %+v, %v", f, d, err)
		}
		out[filepath.Base(f)] = d
	}
	return out
}

// TestDashboards asks a running program all that the shipped dashboards ask, of its own metrics and of forecasts: each
// question is answered, and each metric that it names is there.
func TestDashboards(t *testing.T) {
	p := up(t, t.TempDir(), "collector: {own: {interval: 1s}, host: {interval: 1s}}\n")
	eventually(t, 60*time.Second, func() error {
		n, err := p.ask(`count(forewarn_signal_used_ratio) and on() count(forewarn_bus_canary_ok)`)
		if err == nil && n == 0 {
			err = fmt.Errorf("the program's own metrics are not in its history")
		}
		return err
	})
	known := p.metricNames()
	// These appear with a first forecast, episode or answer, and after half a minute.
	known = append(known, "up", "forewarn_bus_reader_lag_messages", "forewarn_signal_time_to_limit_seconds", "forewarn_signal_episode_open", "forewarn_console_request_duration_seconds")
	asked := 0
	for file, d := range dashboards(t) {
		for _, panel := range d.Panels {
			for _, target := range panel.Targets {
				asked++
				expr := strings.NewReplacer("$__rate_interval", "1m", "$host", ".*", "$signal", "filesystem-space/volume:a:/").Replace(target.Expr)
				if _, err := p.ask(expr); err != nil {
					t.Errorf("%s, %s: %v", file, panel.Title, err)
				}
				for _, name := range namesIn(t, expr) {
					if !slices.Contains(known, strings.TrimSuffix(name, "_bucket")) {
						t.Errorf("%s, %s: there is no metric %s", file, panel.Title, name)
					}
				}
			}
		}
	}
	if asked < 30 {
		t.Errorf("only %d questions", asked)
	}
}

// ask returns how many series answer a query.
func (p *program) ask(query string) (int, error) {
	var answer struct {
		Status string
		Data   struct{ Result []json.RawMessage }
	}
	if err := p.get("/prometheus/api/v1/query?query="+url.QueryEscape(query), &answer); err != nil {
		return 0, err
	}
	return len(answer.Data.Result), nil
}

// metricNames returns the names of all metrics that the program shows.
func (p *program) metricNames() (out []string) {
	p.t.Helper()
	for _, path := range []string{"/metrics", "/metrics/forecasts"} {
		var text string
		if err := p.get(path, &text); err != nil {
			p.t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`(?m)^# TYPE (\S+)`).FindAllStringSubmatch(text, -1) {
			out = append(out, m[1])
		}
	}
	return out
}

// namesIn returns the metrics that a query names.
func namesIn(t *testing.T, query string) (out []string) {
	t.Helper()
	expr, err := parser.NewParser(parser.Options{}).ParseExpr(query)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	parser.Inspect(expr, func(n parser.Node, _ []parser.Node) error {
		if s, ok := n.(*parser.VectorSelector); ok {
			out = append(out, s.Name)
		}
		return nil
	})
	return out
}
