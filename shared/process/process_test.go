package process

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/forewarn/forewarn/shared/bus"
	"github.com/forewarn/forewarn/shared/bustest"
	"github.com/forewarn/forewarn/shared/config"
	"github.com/forewarn/forewarn/shared/obs"
	"github.com/forewarn/forewarn/shared/signal"
)

type partConfig struct {
	Name string `yaml:"name"`
}

// program works until it is told to stop.
func program(cfg *partConfig) *Program {
	return &Program{
		Name: "part", About: "Does its part.", Port: 8699, Role: bus.Role{Name: "part", Prepares: true}, Sections: []config.Section{{Name: "trend", Into: cfg}},
		Open: func(*signal.Catalogue) error {
			if cfg.Name == "wrong" {
				return errors.New("trend.name: is wrong")
			}
			return nil
		},
		Run: func(ctx context.Context, e Env) error {
			e.Mux.HandleFunc("/own", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "its own page") })
			e.Health.Set("part", obs.OK, "")
			<-ctx.Done()
			return nil
		},
	}
}

func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "forewarn.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestCommandLine: what is asked for is answered, and what is wrong is told at once, each with what to do.
func TestCommandLine(t *testing.T) {
	f := func(file, want string, args ...string) {
		t.Helper()
		if file != "" {
			args = append(args, "--config", write(t, file))
		}
		var out bytes.Buffer
		err := program(&partConfig{}).main(t.Context(), args, nil, &out, &out)
		text := out.String()
		if err != nil {
			text += err.Error()
		}
		for _, w := range strings.Split(want, "|") {
			if !strings.Contains(text, w) {
				t.Errorf("%v: %q, want %q", args, text, w)
			}
		}
	}
	const url = "bus: {url: 'nats://127.0.0.1:4222'}\n"
	f("", "part development build", "--version")
	f("", "Does its part.", "--help")
	f("", "unknown flag --wrong|see part --help", "--wrong")
	f("", "correct --config", "--config", "/does/not/exist")
	f("", "bus.url: is empty|forewarn up", "--check")
	f(url+"console: {listen: 'x'}\nplanets: {}\ntrend: {name: wrong}\n", `unknown key "planets"|trend.name: is wrong`, "--check")
	f(url+"console: {any: thing}\n", "the configuration is valid", "--check")
	f(url, "both TLS and a token|observe.token", "--check", "--listen", "0.0.0.0:1")
	f(url, "probe: it does not answer", "--probe", "--listen", "127.0.0.1:1")
}

// TestRun: it works on a bus that it shares, tells how it is, asks for the token of what is not for everybody, and stops.
func TestRun(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	l.Close() //nolint:errcheck // only its number is wanted
	const token = "correct-horse-battery-staple"
	file := write(t, fmt.Sprintf("bus: {url: %q, partitions: 4, max_store: 64MiB}\nobserve: {listen: %q, token: %s}\nlog: {level: error}\n", bustest.Server(t), address, token))
	args := []string{"--config", file, "--data-dir", t.TempDir()}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- program(&partConfig{}).main(ctx, args, nil, io.Discard, os.Stderr) }()
	bustest.Eventually(t, 20*time.Second, func() error {
		select {
		case err := <-done:
			t.Fatalf("it ended with %v", err)
		default:
		}
		return program(&partConfig{}).main(t.Context(), append(args, "--probe"), nil, io.Discard, io.Discard)
	})
	f := func(path, token string, status int, want string) {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+address+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		if token != "" {
			r.Header.Set("Authorization", "Bearer "+token)
		}
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		body, err := io.ReadAll(answer.Body)
		if err != nil || answer.StatusCode != status || !strings.Contains(string(body), want) || want == "" && len(body) > 0 {
			t.Errorf("%s: status %d, %q, %v; want %d with %q", path, answer.StatusCode, body, err, status, want)
		}
	}
	f("/readyz", "", http.StatusOK, "")
	f("/readyz", token, http.StatusOK, `"name":"part"`)
	f("/metrics", token, http.StatusOK, "forewarn_bus_")
	f("/metrics", "another-token-than-that", http.StatusUnauthorized, "Authorization: Bearer")
	f("/own", "", http.StatusUnauthorized, "Authorization: Bearer")
	f("/own", token, http.StatusOK, "its own page")
	stop()
	select {
	case err := <-done:
		if err != nil {
			t.Errorf("it ended with %v", err)
		}
	case <-time.After(15 * time.Second):
		t.Error("it does not stop")
	}
}
