package e2e

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"
)

// TestRules: a database that goes down becomes an incident by a rule that is evaluated from the stream and by one that asks the history,
// each once, though the program is killed meanwhile; and both end when it is back.
func TestRules(t *testing.T) {
	t.Parallel()
	var alive atomic.Int32
	exporter := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, "mysql_up %d\n", alive.Load()) //nolint:errcheck // a test's
	}))
	defer exporter.Close()
	rules := filepath.Join(t.TempDir(), "rules.yml")
	if err := os.WriteFile(rules, []byte(`
groups:
- name: own
  interval: 5s
  rules:
  - {alert: Down, expr: mysql_up == 0, labels: {severity: critical}}
  - {alert: NoneUp, expr: sum(mysql_up) == 0, labels: {severity: page}}
`), 0o600); err != nil {
		t.Fatal(err)
	}
	config := fmt.Sprintf(`
bus: {tick_interval: 1s}
collector:
  host: {enabled: false}
  scrape: [{job: mysql, url: %q, interval: 1s}]
anomaly: {rules: [%q], handbook: false}
`, exporter.URL, rules)
	data := t.TempDir()
	p := up(t, data, config)
	state := func(want string) func() error {
		return func() error {
			for _, rule := range []string{"rule-Down/", "rule-NoneUp/"} {
				found, err := p.incidents(rule)
				if err != nil {
					return err
				}
				if len(found) != 1 || found[0].Severity != "critical" || found[0].State != want {
					return fmt.Errorf("incidents of %s: %+v, want one that is %s", rule, found, want)
				}
			}
			return nil
		}
	}
	eventually(t, 60*time.Second, state("open"))
	p.kill()
	p = up(t, data, config)
	alive.Store(1)
	eventually(t, 60*time.Second, state("resolved"))
}
