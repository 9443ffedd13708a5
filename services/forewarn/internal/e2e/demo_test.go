package e2e

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/forewarn/forewarn/services/forewarn/internal/app"
)

// demonstration runs `forewarn demo` in this process, on three weeks up to a fixed time, until it has told what came of
// them; look is called with the address of its pages then. It returns what was told, without addresses and durations.
func demonstration(t *testing.T, seed uint64, look func(url string)) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	out, told := &watchedOutput{until: "/prometheus  "}, make(chan struct{})
	out.met = func() { close(told) }
	done := make(chan error, 1)
	go func() {
		done <- app.Demo(ctx, app.DemoOptions{
			Days: 21, Seed: seed, End: time.Date(2026, 11, 25, 19, 0, 0, 0, time.UTC),
			Options: app.Options{Listen: "127.0.0.1:0", Environ: []string{"LC_ALL=C.UTF-8"}, Stdout: out, Stderr: io.Discard},
		})
	}()
	select {
	case <-told:
	case err := <-done:
		t.Fatalf("it ended: %v\n%s", err, out)
	}
	text := out.String()
	look(regexp.MustCompile(`http://127\.0\.0\.1:\d+`).FindString(text))
	cancel()
	if err := <-done; err != nil {
		t.Errorf("told to stop, it says %v", err)
	}
	if dir := regexp.MustCompile(`data +(/\S+)`).FindStringSubmatch(text); dir == nil {
		t.Error("it does not say where its data are")
	} else if _, err := os.Stat(dir[1]); !os.IsNotExist(err) {
		t.Errorf("its temporary directory is still there: %v", err)
	}
	_, text, _ = strings.Cut(text, "What people were told of")
	return regexp.MustCompile(`http://127\.0\.0\.1:\d+`).ReplaceAllString(text, "URL")
}

// watchedOutput calls met when it holds a text.
type watchedOutput struct {
	until string
	met   func()

	mu     sync.Mutex
	buffer bytes.Buffer
}

// Write keeps p.
func (w *watchedOutput) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	n, err := w.buffer.Write(p)
	if w.met != nil && strings.Contains(w.buffer.String(), w.until) {
		w.met()
		w.met = nil
	}
	return n, err
}

// String returns what was written.
func (w *watchedOutput) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.buffer.String()
}

// TestDemo: the story goes through the real bus, workers, history and notifier: what fails was warned of in time, what
// only looks like trouble was not, and the same seed tells the same, to the last letter.
func TestDemo(t *testing.T) {
	var first, again string
	t.Run("twice", func(t *testing.T) {
		t.Run("looked at", func(t *testing.T) { t.Parallel(); first = demonstration(t, 7, func(url string) { browse(t, url) }) })
		t.Run("left alone", func(t *testing.T) { t.Parallel(); again = demonstration(t, 7, func(string) {}) })
	})
	if diff := cmp.Diff(first, again); diff != "" {
		t.Errorf("the same seed tells another story (-first +second):\n%s", diff)
	}
	for _, want := range []string{
		`LEDGER_DATA on demo-db-01\n +limit reached 2026-11-\d\d \d\d:\d\d: warned \d+ days.*\n +confirmed by the log .*: A table cannot grow`,
		`weblogic \(7001\) on demo-app-01\n +limit reached .*: warned \d\d h`,
		`/var/log on demo-app-02\n +limit reached .*: warned 4 h.*\n +confirmed by the log .*: No space left on device`,
		`/data/exports on demo-report-01\n +open: limit expected 2026-11-2`,
		`/oradata/SYSTEM on demo-db-01: .*incidents: 0\n`,
		`/var/log on demo-app-01: .*incidents: 0\n`,
		`/stage on demo-batch-01: .*incidents: 0\n`,
		`\nForewarn +4 +4 +3 of 3 `,
		`\n  │ \[Critical\] File system is filling up: /var/log on demo-app-02\n`,
	} {
		if !regexp.MustCompile(want).MatchString(first) {
			t.Errorf("it does not say %q:\n%s", want, first)
		}
	}
	if message := regexp.MustCompile(`\n  2026-\S+ \S+  (A table cannot grow|No space left)`); message.MatchString(first) {
		t.Errorf("a message that a prediction foretold is an incident of its own:\n%s", first)
	}
}

// browse looks at the pages of a demo.
func browse(t *testing.T, url string) {
	t.Helper()
	for path, want := range map[string]string{
		"/": "simulated data",
		"/prometheus/api/v1/query?query=count_over_time(node_filesystem_avail_bytes{mountpoint=%22/stage%22}[21d])&time=1795633200": `"6048"`,
		"/healthz": `"status":"ok"`,
	} {
		if body := read(t, url+path); !strings.Contains(body, want) {
			t.Errorf("GET %s lacks %q:\n%.2000s", path, want, body)
		}
	}
}

// read returns what is served under an address.
func read(t *testing.T, url string) string {
	t.Helper()
	resp, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close() //nolint:errcheck // read to its end
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}
