package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/forewarn/forewarn/shared/machinetest"
)

// backtest runs the program on the past and returns what it prints as JSON lines.
func backtest(t *testing.T, args ...string) string {
	t.Helper()
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(path, append([]string{"backtest", "--output", "jsonl", "--timezone", "UTC"}, args...)...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil || stderr.Len() > 0 {
		t.Fatalf("backtest %v: %v\n%s", args, err, stderr.String())
	}
	return string(out)
}

// filling writes the samples of a volume that fills within 30 hours, a minute apart, as OpenMetrics.
func filling(from time.Time, minutes int) string {
	const labels = `{device="/dev/sdb",fstype="xfs",instance="erp-01:9100",mountpoint="/u01"}`
	var size, avail strings.Builder
	for i := range minutes {
		at := from.Add(time.Duration(i) * time.Minute).Unix()
		fmt.Fprintf(&size, "node_filesystem_size_bytes%s 1e+11 %d\n", labels, at)
		fmt.Fprintf(&avail, "node_filesystem_avail_bytes%s %d %d\n", labels, 80_000_000_000-int64(i)*50_000_000, at)
	}
	return "# TYPE node_filesystem_size_bytes gauge\n" + size.String() + "# TYPE node_filesystem_avail_bytes gauge\n" + avail.String() + "# EOF\n"
}

// TestBacktestOnPrometheus: a real Prometheus, a dump of its storage and the file that it was made of say the same.
func TestBacktestOnPrometheus(t *testing.T) {
	machinetest.Program(t, "prometheus", "prometheus")
	from, dir := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC), t.TempDir()
	file, storage := filepath.Join(dir, "fill.om"), filepath.Join(dir, "data")
	config := filepath.Join(dir, "prometheus.yml")
	for name, content := range map[string]string{file: filling(from, 26*60), config: "global: {}\n"} {
		if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if out, err := exec.Command("promtool", "tsdb", "create-blocks-from", "openmetrics", file, storage).CombinedOutput(); err != nil {
		t.Fatalf("promtool: %v\n%s", err, out)
	}
	for _, folder := range []string{"wal", "chunks_head"} { // which promtool asks for
		if err := os.Mkdir(filepath.Join(storage, folder), 0o750); err != nil {
			t.Fatal(err)
		}
	}
	dumped, err := exec.Command("promtool", "tsdb", "dump", storage).Output() // dump-openmetrics came with 2.50
	if err != nil {
		t.Fatalf("promtool: %v", err)
	}
	dump := filepath.Join(dir, "dump.om")
	if err := os.WriteFile(dump, dumped, 0o600); err != nil {
		t.Fatal(err)
	}
	address := freeAddress(t)
	server := exec.Command("prometheus", "--config.file="+config, "--storage.tsdb.path="+storage, "--storage.tsdb.retention.time=100y", "--web.listen-address="+address)
	var said bytes.Buffer
	server.Stdout, server.Stderr = &said, &said
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		server.Process.Kill() //nolint:errcheck // it may have ended
		server.Wait()         //nolint:errcheck // it was killed
		if t.Failed() {
			t.Logf("prometheus said:\n%s", said.String())
		}
	})
	eventually(t, 60*time.Second, func() error {
		resp, err := http.Get("http://" + address + "/-/ready")
		if err != nil {
			return err
		}
		defer resp.Body.Close() //nolint:errcheck // only read
		if resp.StatusCode != http.StatusOK {
			return fmt.Errorf("status %s", resp.Status)
		}
		return nil
	})

	want := backtest(t, "--input", file)
	if !strings.Contains(want, `"severity":"critical"`) {
		t.Fatalf("nothing is found in the file:\n%s", want)
	}
	to := from.Add(26*time.Hour - time.Minute).Format(time.RFC3339)
	for name, got := range map[string]string{
		"the dump":        backtest(t, "--input", dump),
		"the server":      backtest(t, "--prometheus", "http://"+address, "--from", from.Format(time.RFC3339), "--to", to),
		"its two queries": backtest(t, "--prometheus", "http://"+address+"/", "--from", "2026-03-02", "--to", to, "--query", "node_filesystem_size_bytes", "--query", `node_filesystem_avail_bytes{mountpoint=~"/u01,?",fstype="xfs"}`),
	} {
		if diff := cmp.Diff(strings.Split(want, "\n"), strings.Split(got, "\n")); diff != "" {
			t.Errorf("%s (-the file +%s):\n%s", name, name, diff)
		}
	}
}

// TestBacktestOnItself: what Forewarn keeps can be back-tested by its own API.
func TestBacktestOnItself(t *testing.T) {
	from := time.Now().Add(-time.Minute) // a whole second must lie between this and the first question
	p := up(t, t.TempDir(), "collector:\n  host: {interval: 1s}\n")
	eventually(t, 60*time.Second, func() error {
		out := backtest(t, "--prometheus", p.url+"/prometheus", "--from", from.Format(time.RFC3339), "--step", "1s")
		var sum struct{ Samples, Signals, Compared int }
		lines := strings.Split(strings.TrimSpace(out), "\n")
		if err := json.Unmarshal([]byte(lines[len(lines)-1]), &sum); err != nil {
			return err
		}
		if sum.Signals == 0 || sum.Compared == 0 || sum.Samples < 3*sum.Signals {
			return fmt.Errorf("summary %s", lines[len(lines)-1])
		}
		return nil
	})
}
