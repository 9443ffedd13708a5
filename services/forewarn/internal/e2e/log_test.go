package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestKnownMessage writes a message that a database writes when a tablespace is full into a log that a running program
// follows: an incident tells of it, in both languages and without the secret that stood in the line.
func TestKnownMessage(t *testing.T) {
	t.Parallel()
	log := filepath.Join(t.TempDir(), "alert_erp.log")
	if err := os.WriteFile(log, []byte("Thread 1 advanced to log sequence 4711\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	p := up(t, t.TempDir(), fmt.Sprintf(`
collector:
  host: {enabled: false}
  logs:
  - {paths: [%q], service: oracle, start: beginning, flush_after: 100ms, poll: 100ms}
`, log))
	f, err := os.OpenFile(log, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close() //nolint:errcheck // only appended to
	if _, err := f.WriteString("ORA-01653: unable to extend table NC.GL_DETAIL by 8192 in tablespace NNC_DATA01 (user=nc password=Zx9secret)\n"); err != nil {
		t.Fatal(err)
	}
	var id string
	eventually(t, 30*time.Second, func() error {
		found, err := p.incidents("log-oracle.ora-01653/")
		if err != nil {
			return err
		}
		if len(found) != 1 || found[0].Severity != "critical" {
			return fmt.Errorf("incidents: %+v", found)
		}
		id = found[0].ID
		return nil
	})
	var incident string
	if err := p.get("/api/v1/incidents/"+id, &incident); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"kind":"log"`, "NC.GL_DETAIL", "表空间已满", "tablespace is full", "password=[secret]"} {
		if !strings.Contains(incident, want) {
			t.Errorf("the incident does not say %s: %s", want, incident)
		}
	}
	var page string
	if err := p.get("/incidents/"+id, &page); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(page, "NC.GL_DETAIL") {
		t.Errorf("the page of the incident does not tell the line:\n%s", page)
	}
	if strings.Contains(incident+page, "Zx9secret") {
		t.Error("the secret is shown")
	}
}
