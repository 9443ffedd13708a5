package app

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/forewarn/forewarn/shared/bustest"
)

// said collects what a program prints; it may be read meanwhile.
type said struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *said) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *said) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// up runs Up until stop is called, and returns where its page is.
func up(t *testing.T, configFile, dir string, out io.Writer) (url string, stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	heard := &said{}
	done := make(chan error, 1)
	go func() {
		done <- Up(ctx, Options{ConfigFile: configFile, DataDir: dir, Listen: "127.0.0.1:0", Stdout: io.MultiWriter(heard, out), Stderr: io.Discard})
	}()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("up: %v", err)
		}
	})
	t.Cleanup(stop)
	address := regexp.MustCompile(`http://127\.0\.0\.1:\d+`)
	bustest.Until(t, 30*time.Second, "the address is told", func() bool { url = address.FindString(heard.String()); return url != "" })
	return url, stop
}

// signals returns how many signals the API knows.
func signals(t *testing.T, url string) int {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url+"/api/v1/signals?limit=1000", nil)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	res, err := client.Do(req)
	if err != nil {
		return 0
	}
	defer res.Body.Close() //nolint:errcheck // it was read
	var page struct {
		Signals []json.RawMessage `json:"signals"`
	}
	if err := json.NewDecoder(res.Body).Decode(&page); err != nil {
		return 0
	}
	return len(page.Signals)
}

// TestBackupWhileUp: an install is copied while it runs; no secret is in the archive; what is restored knows its signals before anything is collected, and nothing
// is the matter with it.
func TestBackupWhileUp(t *testing.T) {
	dir := t.TempDir()
	key, file := filepath.Join(dir, "hook.key"), filepath.Join(dir, "forewarn.yaml")
	text := fmt.Sprintf(`
collector: {host: {interval: 1s}}
notifier: {channels: [{name: hook, type: webhook, url: "http://127.0.0.1:1/in-clear", secret: "file:%s"}]}
`, key)
	for name, content := range map[string]string{key: "from-a-file\n", file: text} {
		if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	data := filepath.Join(dir, "data")
	url, stop := up(t, file, data, io.Discard)
	bustest.Until(t, 60*time.Second, "there are signals", func() bool { return signals(t, url) > 0 })

	archive, out := filepath.Join(dir, "backup.tar.gz"), &said{}
	err := Backup(t.Context(), BackupOptions{
		Output: archive, History: true,
		Options: Options{ConfigFile: file, DataDir: data, Environ: []string{"FOREWARN_X=hidden"}, Stdout: out, Stderr: io.Discard},
	})
	if err != nil {
		t.Fatal(err)
	}
	stop()
	for _, want := range []string{archive, "notifier.channels[0].url (a secret)", "the file " + key, "the variable FOREWARN_X"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("it does not say %q:\n%s", want, out)
		}
	}

	other, restored := filepath.Join(dir, "other"), &said{}
	if err := Restore(t.Context(), RestoreOptions{Input: archive, Options: Options{DataDir: other, Stdout: restored, Stderr: io.Discard}}); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(restored.String(), "forewarn up --data-dir "+other) {
		t.Errorf("it does not say what to do next:\n%s", restored)
	}
	config, err := os.ReadFile(filepath.Join(other, "configuration", "forewarn.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"in-clear", "from-a-file", "hidden"} {
		if strings.Contains(string(config), secret) {
			t.Errorf("%q is in the archive:\n%s", secret, config)
		}
	}
	still := filepath.Join(dir, "still.yaml") // collects nothing
	if err := os.WriteFile(still, []byte("collector: {host: {enabled: false}, own: {enabled: false}}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	again := &said{}
	url, stop = up(t, still, other, again)
	bustest.Until(t, 60*time.Second, "the signals are there again", func() bool { return signals(t, url) > 0 })
	stop()
	if strings.Contains(again.String(), "PIPELINE") {
		t.Errorf("something is the matter with what was restored:\n%s", again)
	}
}
