package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"

	"github.com/forewarn/forewarn/services/forewarn/internal/keys"
	"github.com/forewarn/forewarn/services/forewarn/internal/programs"
)

// services builds the programs of the services once for all tests; it returns their folder.
var services = sync.OnceValues(func() (string, error) { //nolint:gochecknoglobals // one build for all tests
	path, err := binary()
	if err != nil {
		return "", err
	}
	dir := filepath.Dir(path)
	return dir, programs.Build(context.Background(), dir, programs.All()...)
})

// site is an install of separate services: a server that knows each by its key, and one configuration for all.
type site struct {
	t      *testing.T
	dir    string
	server *server.Server
	// env is set for the services that are started from now on.
	env []string
}

// newSite starts the server, with the permissions that the program makes.
func newSite(t *testing.T, config string) *site {
	t.Helper()
	s := &site{t: t, dir: t.TempDir()}
	if err := keys.Write(s.dir, 4); err != nil {
		t.Fatal(err)
	}
	file := s.write("nats.conf", fmt.Sprintf("listen: 127.0.0.1:-1\njetstream { store_dir: %q, max_memory_store: 64MB, max_file_store: 4GB }\ninclude %q\n",
		filepath.Join(s.dir, "nats"), keys.Authorization))
	options, err := server.ProcessConfigFile(file)
	if err != nil {
		t.Fatal(err)
	}
	options.NoSigs, options.NoLog = true, true
	if s.server, err = server.NewServer(options); err != nil {
		t.Fatal(err)
	}
	s.server.Start()
	t.Cleanup(func() { s.server.Shutdown(); s.server.WaitForShutdown() })
	if !s.server.ReadyForConnections(10 * time.Second) {
		t.Fatal("the NATS server is not ready")
	}
	s.write("forewarn.yaml", fmt.Sprintf("bus: {url: %q, partitions: 4, max_store: 512MiB, lease: 3s, tick_interval: 1s}\nlog: {level: warn}\n%s",
		s.server.ClientURL(), config))
	return s
}

func (s *site) write(name, text string) string {
	s.t.Helper()
	path := filepath.Join(s.dir, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		s.t.Fatal(err)
	}
	return path
}

// address returns one that is free.
func (s *site) address() string {
	s.t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		s.t.Fatal(err)
	}
	defer l.Close() //nolint:errcheck // only its number is wanted
	return l.Addr().String()
}

// part is a running service.
type part struct {
	name, address string
	cmd           *exec.Cmd
	output        bytes.Buffer
	ended         chan struct{}
}

// start starts a service and waits until it is ready.
func (s *site) start(name string) *part {
	s.t.Helper()
	dir, err := services()
	if err != nil {
		s.t.Fatal(err)
	}
	p := &part{name: name, address: s.address(), ended: make(chan struct{})}
	args := []string{"--config", filepath.Join(s.dir, "forewarn.yaml"), "--data-dir", s.t.TempDir(), "--listen", p.address}
	p.cmd = exec.Command(filepath.Join(dir, name), args...)
	p.cmd.Env = append(append(os.Environ(), "FOREWARN_BUS_NKEY_FILE="+filepath.Join(s.dir, name+".nk")), s.env...)
	p.cmd.Stderr = &p.output
	if err := p.cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	go func() { defer close(p.ended); _ = p.cmd.Wait() }()
	s.t.Cleanup(func() {
		_ = p.cmd.Process.Kill()
		<-p.ended
		if s.t.Failed() {
			s.t.Logf("%s said:\n%s", name, p.output.String())
		}
	})
	eventually(s.t, 60*time.Second, func() error {
		select {
		case <-p.ended:
			s.t.Fatalf("%s ended", name)
		default:
		}
		probe := exec.Command(p.cmd.Path, append(args, "--probe")...)
		probe.Env = p.cmd.Env
		if out, err := probe.CombinedOutput(); err != nil {
			return fmt.Errorf("%s: %s", name, out)
		}
		return nil
	})
	return p
}

// get reads a page of a service.
func (p *part) get(path string) (string, error) {
	answer, err := http.Get("http://" + p.address + path)
	if err != nil {
		return "", err
	}
	defer answer.Body.Close() //nolint:errcheck // read to its end
	var body bytes.Buffer
	_, err = body.ReadFrom(answer.Body)
	return body.String(), err
}

// stop asks the service to end, and fails the test unless it does.
func (p *part) stop(t *testing.T) {
	t.Helper()
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.ended:
	case <-time.After(15 * time.Second):
		t.Fatalf("%s does not stop", p.name)
	}
	if code := p.cmd.ProcessState.ExitCode(); code != 0 {
		t.Errorf("%s ended with status %d", p.name, code)
	}
}

// TestSeparateServices: each service as a program of its own, under its own key, does its part; one that is killed is replaced by
// another one; and none may do what another one does.
func TestSeparateServices(t *testing.T) {
	receiver := newReceiver(t, "webhook-secret")
	log := filepath.Join(t.TempDir(), "alert_erp.log")
	if err := os.WriteFile(log, []byte("Thread 1 advanced to log sequence 4711\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	rules := filepath.Join(t.TempDir(), "rules.yml")
	if err := os.WriteFile(rules, []byte("groups: [{name: own, interval: 5s, rules: [{alert: Seen, expr: 'count(node_memory_MemTotal_bytes) > 0'}]}]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	transactions := filepath.Join(t.TempDir(), "transactions.yml")
	if err := os.WriteFile(transactions, []byte("transactions: [{name: voucher, title: {en: Vouchers, zh: 凭证}, impact: 4, signals: [{message: oracle.ora-01653}], through: {databases: ['host:.*']}}]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := newSite(t, fmt.Sprintf(`
anomaly: {rules: [%q]}
transactions: {files: [%q], delay: 0s}
collector:
  host: {interval: 1s}
  logs:
  - {paths: [%q], service: oracle, start: beginning, flush_after: 100ms, poll: 100ms}
notifier:
  channels:
  - {name: events, type: webhook, url: %q, secret: webhook-secret}
`, rules, transactions, log, receiver.URL))
	first := s.start("trend") // which makes the streams
	historian := s.start("historian")
	pages := s.address()
	s.env = []string{"FOREWARN_HISTORY_HISTORIAN_URL=http://" + historian.address + "/prometheus", "FOREWARN_CONSOLE_LISTEN=" + pages}
	parts := []*part{first, s.start("trend"), historian}
	for _, name := range []string{"anomaly", "notifier", "planner", "examiner", "console", "collector"} {
		parts = append(parts, s.start(name))
	}

	f, err := os.OpenFile(log, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close() //nolint:errcheck // only appended to
	if _, err := f.WriteString("ORA-01653: unable to extend table NC.GL_DETAIL by 8192 in tablespace NNC_DATA01\n"); err != nil {
		t.Fatal(err)
	}
	eventually(t, 30*time.Second, func() error {
		if len(receiver.about("log-oracle.ora-01653/")) == 0 {
			return errors.New("nobody was told of the message")
		}
		return nil
	})
	eventually(t, 30*time.Second, func() error {
		body, err := historian.get("/prometheus/api/v1/query?query=node_memory_MemTotal_bytes")
		if err != nil || !strings.Contains(body, `"result":[{`) {
			return fmt.Errorf("the history holds nothing: %s, %w", body, err)
		}
		return nil
	})
	checkConsole(t, &part{address: pages})
	holds := func(p *part, n int) func() error {
		want := fmt.Sprintf("forewarn_bus_partitions_held{service=\"trend\"} %d\n", n)
		return func() error {
			if body, err := p.get("/metrics"); err != nil || !strings.Contains(body, want) {
				return fmt.Errorf("it does not say %q: %w", want, err)
			}
			return nil
		}
	}
	eventually(t, 20*time.Second, holds(parts[1], 2))
	_ = first.cmd.Process.Kill()
	eventually(t, 20*time.Second, holds(parts[1], 4))
	for _, p := range parts[1:] {
		checkHealth(t, p)
	}
	s.checkForbidden()
	for _, p := range parts[1:] {
		p.stop(t)
	}
}

// checkConsole: the console shows what each of the other services knows.
func checkConsole(t *testing.T, console *part) {
	t.Helper()
	for _, page := range [][2]string{
		{"/", `href="/incidents/`},
		{"/api/v1/incidents", `"log-oracle.ora-01653/`},
		{"/api/v1/incidents", `"rule-Seen/`}, // by a query of the history
		{"/api/v1/signals?rule=filesystem-space", `"key":"filesystem-space/`},
		{"/api/v1/capacity", `"signal":"filesystem-space/`},
		{"/api/v1/transactions/voucher/checks", `"verdict":`},
		{"/api/v1/scorecard", `"calibration"`},
		{"/api/v1/logs", `alert_erp.log"`},
		{"/pipeline", "anomaly"},
		{"/prometheus/api/v1/query?query=node_memory_MemTotal_bytes", `"result":[{`},
		{"/healthz", `"checks"`},
		{"/readyz", `"name":"history","state":"ok"`},
		{"/metrics", "forewarn_console_request_duration_seconds"},
	} {
		t.Run(page[0], func(t *testing.T) {
			eventually(t, 60*time.Second, func() error {
				body, err := console.get(page[0])
				if err == nil && !strings.Contains(body, page[1]) {
					err = fmt.Errorf("it does not say %s: %.4000s", page[1], body)
				}
				return err
			})
		})
	}
}

// checkHealth: all is well with a service, and the server refuses it nothing.
func checkHealth(t *testing.T, p *part) {
	t.Helper()
	body, err := p.get("/readyz")
	if err != nil {
		t.Fatal(err)
	}
	var health struct {
		Checks []struct{ Name, State, Message string } `json:"checks"`
	}
	if err := json.Unmarshal([]byte(body), &health); err != nil {
		t.Fatal(err)
	}
	for _, c := range health.Checks {
		if c.State != "ok" {
			t.Errorf("%s: %+v", p.name, c)
		}
	}
	if strings.Contains(p.output.String(), "ermissions") {
		t.Errorf("%s is refused something", p.name)
	}
}

// checkForbidden: a collector may put samples on the bus, and neither findings nor snapshots, nor read what others are answered.
func (s *site) checkForbidden() {
	s.t.Helper()
	key, err := nats.NkeyOptionFromSeed(filepath.Join(s.dir, "collector.nk"))
	if err != nil {
		s.t.Fatal(err)
	}
	refused := make(chan error, 10)
	nc, err := nats.Connect(s.server.ClientURL(), key, nats.CustomInboxPrefix("_INBOX_collector"),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) { refused <- err }))
	if err != nil {
		s.t.Fatal(err)
	}
	defer nc.Close()
	for _, try := range []func() error{
		func() error { return nc.Publish("find.trend.00", []byte("{}")) },
		func() error { return nc.Publish("snap.trend.met.00.manifest", []byte("{}")) },
		func() error { return nc.Publish("$JS.API.STREAM.PURGE.MET_00", nil) },
		func() error { return nc.Publish("$KV.incident.x", []byte("{}")) },
		func() error { _, err := nc.SubscribeSync("_INBOX_notifier.>"); return err },
		func() error { _, err := nc.SubscribeSync(">"); return err },
	} {
		if err := try(); err != nil {
			s.t.Fatal(err)
		}
		if err := nc.Flush(); err != nil {
			s.t.Fatal(err)
		}
		select {
		case err := <-refused:
			if !errors.Is(err, nats.ErrPermissionViolation) {
				s.t.Errorf("refused with %v", err)
			}
		case <-time.After(5 * time.Second):
			s.t.Error("a collector may do what it must not")
		}
	}
}
