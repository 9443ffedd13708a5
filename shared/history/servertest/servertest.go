// Package servertest runs real time-series servers for tests: InfluxDB 1.8, Prometheus and VictoriaMetrics, each on a
// free port with a directory of its own.
//
//	s := servertest.InfluxDB(t)
//	store, err := influx.Open(ctx, …s.URL…)
//	s.Stop()  // an outage
//	s.Start() // on the same port, with the same data
//
// Where a server is not installed, that is as [machinetest.Program] says.
package servertest

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/forewarn/forewarn/shared/machinetest"
)

// influxVersion is the release that deploy/tools/influxd builds.
const influxVersion = "1.8.10"

// Server is a server under test.
type Server struct {
	// URL is where it listens.
	URL string
	// Dir is where it keeps its data.
	Dir string

	tb    testing.TB
	aside string // for what is no data
	path  string
	args  []string
	ready string
	log   string
	cmd   *exec.Cmd
	done  chan error
}

// InfluxDB runs InfluxDB 1.8 with Flux; lines are added to its configuration, such as `auth-enabled = true` below [http].
func InfluxDB(tb testing.TB, lines ...string) *Server {
	tb.Helper()
	return InfluxDBIn(tb, tb.TempDir(), lines...)
}

// InfluxDBIn is InfluxDB with its data below a directory, as of a small disk.
func InfluxDBIn(tb testing.TB, dir string, lines ...string) *Server {
	tb.Helper()
	cache, err := os.UserCacheDir()
	if err != nil {
		tb.Fatal(err)
	}
	path := filepath.Join(cache, "forewarn", "influxd-"+influxVersion)
	_, err = os.Stat(path)
	machinetest.Need(tb, err == nil, "InfluxDB "+influxVersion+" is not installed; build it by deploy/tools/influxd")
	s := newServer(tb, path, "/ping")
	s.Dir = filepath.Join(dir, "data")
	config := fmt.Sprintf(`reporting-disabled = true
bind-address = "127.0.0.1:0"
[meta]
  dir = "%[1]s/meta"
[data]
  dir = "%[1]s/data"
  wal-dir = "%[1]s/wal"
  query-log-enabled = false
[monitor]
  store-enabled = false
[http]
  bind-address = "%[2]s"
  flux-enabled = true
  log-enabled = false
  %[3]s
`, s.Dir, strings.TrimPrefix(s.URL, "http://"), strings.Join(lines, "\n  "))
	s.args = []string{"-config", s.write("influxdb.conf", config)}
	s.Start()
	return s
}

// Prometheus runs Prometheus with its receiver of remote write and an out-of-order window.
func Prometheus(tb testing.TB, window time.Duration) *Server {
	tb.Helper()
	s := newServer(tb, machinetest.Program(tb, "prometheus", "prometheus"), "/-/ready")
	config := fmt.Sprintf("storage:\n  tsdb:\n    out_of_order_time_window: %dm\n", int(window.Minutes()))
	s.args = []string{
		"--config.file=" + s.write("prometheus.yml", config), "--storage.tsdb.path=" + s.Dir, "--web.enable-remote-write-receiver",
		"--web.listen-address=" + strings.TrimPrefix(s.URL, "http://"), "--log.level=warn",
	}
	s.Start()
	return s
}

// VictoriaMetrics runs a VictoriaMetrics that keeps one sample for each time of a series.
func VictoriaMetrics(tb testing.TB) *Server {
	tb.Helper()
	s := newServer(tb, machinetest.Program(tb, "victoria-metrics", "victoria-metrics"), "/health")
	s.args = []string{
		"-storageDataPath=" + s.Dir, "-httpListenAddr=" + strings.TrimPrefix(s.URL, "http://"), "-loggerLevel=WARN",
		"-dedup.minScrapeInterval=1ms", "-retentionPeriod=100y", "-memory.allowedBytes=200MB",
	}
	s.Start()
	return s
}

func newServer(tb testing.TB, path, ready string) *Server {
	tb.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // of the test
	if err != nil {
		tb.Fatal(err)
	}
	defer l.Close() //nolint:errcheck // to make room for the server
	dir := tb.TempDir()
	return &Server{tb: tb, aside: dir, path: path, ready: ready, URL: "http://" + l.Addr().String(), Dir: filepath.Join(dir, "data"), log: filepath.Join(dir, "log")}
}

// write writes a file beside the data.
func (s *Server) write(name, text string) string {
	path := filepath.Join(s.aside, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		s.tb.Fatal(err)
	}
	return path
}

// Start starts the server and waits until it answers.
func (s *Server) Start() {
	s.tb.Helper()
	log, err := os.OpenFile(s.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		s.tb.Fatal(err)
	}
	defer log.Close()                       //nolint:errcheck // the server has its own
	s.cmd = exec.Command(s.path, s.args...) //nolint:noctx,gosec // ended by Stop
	s.cmd.Stdout, s.cmd.Stderr = log, log
	if err := s.cmd.Start(); err != nil {
		s.tb.Fatal(err)
	}
	s.done = make(chan error, 1)
	go func(cmd *exec.Cmd, done chan error) { done <- cmd.Wait() }(s.cmd, s.done)
	s.tb.Cleanup(s.Stop)
	deadline := time.After(30 * time.Second)
	for !s.answers() {
		select {
		case err := <-s.done:
			s.fail("ended", err)
		case <-deadline:
			s.fail("does not answer", nil)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func (s *Server) answers() bool {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL+s.ready, http.NoBody)
	if err != nil {
		return false
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return false
	}
	defer resp.Body.Close() //nolint:errcheck // not read
	return resp.StatusCode/100 == 2
}

func (s *Server) fail(what string, err error) {
	s.tb.Helper()
	log, _ := os.ReadFile(s.log) //nolint:errcheck // less is known then
	s.tb.Fatalf("%s %s: %v\n%s", s.path, what, err, log)
}

// Stop ends the server, and does nothing if it has ended.
func (s *Server) Stop() {
	if s.cmd == nil {
		return
	}
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		s.tb.Logf("stop %s: %v", s.path, err)
	}
	select {
	case <-s.done:
	case <-time.After(15 * time.Second):
		s.Kill()
		return
	}
	s.cmd = nil
}

// Kill ends the server as a crash would.
func (s *Server) Kill() {
	if s.cmd == nil {
		return
	}
	if err := s.cmd.Process.Kill(); err != nil {
		s.tb.Logf("kill %s: %v", s.path, err)
	}
	<-s.done
	s.cmd = nil
}
