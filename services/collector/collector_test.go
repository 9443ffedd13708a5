package collector_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/goleak"
	"go.uber.org/zap"

	"github.com/forewarn/forewarn/services/collector"
	"github.com/forewarn/forewarn/services/collector/internal/edgetest"
	"github.com/forewarn/forewarn/shared/bus"
	"github.com/forewarn/forewarn/shared/bustest"
	"github.com/forewarn/forewarn/shared/config"
	"github.com/forewarn/forewarn/shared/i18n"
	"github.com/forewarn/forewarn/shared/machinetest"
	"github.com/forewarn/forewarn/shared/obs"
	"github.com/forewarn/forewarn/shared/signal"
)

// Nothing that was started may outlive its test.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// life is a running collector.
type life struct {
	*edgetest.Reader
	bus      *bus.Bus
	settings collector.Settings
	registry *prometheus.Registry
	stop     func()
}

func run(t testing.TB, cfg collector.Config) *life {
	t.Helper()
	b := bustest.New(t)
	catalogue, err := signal.Load()
	if err != nil {
		t.Fatal(err)
	}
	registry := prometheus.NewRegistry()
	l := &life{Reader: edgetest.Read(t, b), bus: b, registry: registry, settings: collector.Settings{
		Logger: zap.NewNop(), Registry: registry, Health: &obs.Health{}, Bus: b, Catalogue: catalogue, DataDir: t.TempDir(),
	}}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- collector.Run(ctx, cfg, l.settings) }()
	stopped := false
	l.stop = func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		select {
		case err := <-done:
			if err != nil {
				t.Errorf("Run: %v", err)
			}
		case <-time.After(10 * time.Second):
			t.Error("Run does not end within 10 s")
		}
	}
	t.Cleanup(l.stop)
	return l
}

// state returns the state and message of a check.
func (l *life) state(check string) (obs.State, string) {
	for _, c := range l.settings.Health.Checks() {
		if c.Name == check {
			return c.State, c.Message
		}
	}
	return "", ""
}

func TestRun(t *testing.T) {
	good := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		io.WriteString(w, "orders_total 7\n") //nolint:errcheck // test
	}))
	t.Cleanup(good.Close)
	hanging := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
	t.Cleanup(hanging.Close)
	dir := t.TempDir()
	log := filepath.Join(dir, "app.log")
	if err := os.WriteFile(log, []byte("ERROR out of stock\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg := collector.DefaultConfig()
	cfg.Host.Hostname, cfg.Host.Interval = "erp-01", time.Second
	cfg.Scrape = []collector.Target{
		{URL: good.URL + "/metrics", Job: "shop", Interval: time.Second},
		{URL: hanging.URL + "/metrics", Job: "hanging", Interval: time.Second, Timeout: 500 * time.Millisecond},
	}
	cfg.Logs = []collector.LogFiles{{Paths: []string{filepath.Join(dir, "*.log")}, Start: "beginning", Poll: 50 * time.Millisecond}}
	l := run(t, cfg)

	bustest.Until(t, 20*time.Second, "the host", func() bool { return len(l.Named("node_filesystem_size_bytes")) > 0 })
	bustest.Until(t, 20*time.Second, "the good target, twice", func() bool { return len(l.Named("orders_total")) >= 2 })
	bustest.Until(t, 20*time.Second, "the log", func() bool { return slices.Equal(l.Bodies(), []string{"ERROR out of stock"}) })
	bustest.Until(t, 20*time.Second, "the trouble of the hanging target", func() bool {
		state, message := l.state("collector/scrape")
		return state == obs.Degraded && strings.Contains(message, "1 of 2 in trouble. hanging 127.0.0.1:")
	})
	for _, check := range []string{"collector/host", "collector/logs"} {
		if state, message := l.state(check); state != obs.OK {
			t.Errorf("%s is %s: %s", check, state, message)
		}
	}
	if got := l.Named("orders_total")[0].Labels; got.Get("job") != "shop" || got.Get("host") != "erp-01" ||
		got.Get("instance") != strings.TrimPrefix(good.URL, "http://") {
		t.Errorf("labels = %v, want job, instance and this host", got)
	}
	l.stop()
	if got := edgetest.Counters(t, l.registry); got["panics_total{scrape}"] != 0 || got["samples_lost_total"] != 0 {
		t.Errorf("panics or lost samples: %v", got)
	}
	if _, err := os.Stat(filepath.Join(l.settings.DataDir, "collector", "offsets.json")); err != nil {
		t.Errorf("positions of log files are not kept: %v", err)
	}
}

func TestRunRefusesWhatCannotWork(t *testing.T) {
	b := bustest.New(t)
	catalogue, err := signal.Load()
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	try := func(cfg collector.Config, want string) {
		t.Helper()
		err := collector.Run(t.Context(), cfg, collector.Settings{
			Logger: zap.NewNop(), Registry: prometheus.NewRegistry(), Health: &obs.Health{}, Bus: b, Catalogue: catalogue, DataDir: file,
		})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Run = %v, want %q", err, want)
		}
	}
	cfg := collector.DefaultConfig()
	cfg.Logs = []collector.LogFiles{{Paths: []string{"/var/log/*.log"}}}
	try(cfg, "follow log files: make directory")
	cfg.Host.Interval = 0
	try(cfg, "host.interval")
}

// nodeExporter starts Debian's node exporter and returns where it listens.
func nodeExporter(t *testing.T) string {
	t.Helper()
	path := machinetest.Program(t, "prometheus-node-exporter", "prometheus-node-exporter")
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	// Debian leaves out more mounts than the upstream default, which ours is.
	cmd := exec.Command(path, "--web.listen-address="+address,
		"--collector.filesystem.mount-points-exclude="+collector.DefaultConfig().Host.MountsExclude)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill() //nolint:errcheck // it may have ended
		cmd.Wait()         //nolint:errcheck // it was killed
	})
	bustest.Until(t, 20*time.Second, "the node exporter", func() bool {
		c, err := net.Dial("tcp", address)
		if err == nil {
			c.Close() //nolint:errcheck // only a probe
		}
		return err == nil
	})
	return address
}

// What we say of this machine agrees with what a real node exporter says of it: the same names, the same labels, and
// for what does not move the same values, so that its volumes are one entity whoever tells of them.
func TestAgreesWithNodeExporter(t *testing.T) {
	address := nodeExporter(t)
	cfg := collector.DefaultConfig()
	cfg.Host.Interval = time.Second
	cfg.Scrape = []collector.Target{{URL: "http://" + address + "/metrics", Job: "node", Interval: time.Second}}
	l := run(t, cfg)
	bustest.Until(t, 20*time.Second, "two scrapes", func() bool {
		n := 0
		for _, s := range l.Named("up") {
			if s.Labels.Get("job") == "node" {
				n++
			}
		}
		return n >= 2
	})
	// Others may mount and resize meanwhile: what does not agree at once has to in the end.
	bustest.Eventually(t, 20*time.Second, func() error { return agree(l.Samples()) })
	for _, s := range l.Named("node_uname_info") {
		if s.Labels.Get("host") != cfg.Host.Name() {
			t.Errorf("%s, want host %s", s.Series, cfg.Host.Name())
		}
	}
	if m := edgetest.Counters(t, l.registry)["malformed_lines_total"]; m != 0 {
		t.Errorf("%v malformed lines of a real exporter", m)
	}
}

// agree compares the newest of what we and the node exporter say, and returns what differs.
func agree(samples []edgetest.Sample) error {
	theirs, ours := map[string]float64{}, map[string]float64{}
	newest := int64(0)
	for _, s := range samples {
		newest = max(newest, s.TimeMillis)
	}
	for _, s := range samples {
		if newest-s.TimeMillis > 5000 {
			continue // of what is no longer mounted
		}
		into := theirs
		if s.Labels.Get("job") == "forewarn" {
			into = ours
		}
		into[s.Labels.With("job", "").With("instance", "").String()] = s.Value
	}
	if len(theirs) < 100 {
		return fmt.Errorf("%d series of the node exporter, want all", len(theirs))
	}
	exact := []string{
		"node_filesystem_size_bytes", "node_filesystem_files{", "node_filesystem_readonly", "node_memory_MemTotal_bytes",
		"node_memory_SwapTotal_bytes", "node_filefd_maximum", "node_boot_time_seconds", "node_uname_info", "node_nf_conntrack_entries_limit",
	}
	var errs []error
	compared := 0
	for series, v := range ours {
		if strings.HasPrefix(series, "process_") || strings.HasPrefix(series, "up{") || strings.Contains(series, `device="lo"`) {
			continue
		}
		their, ok := theirs[series]
		if !ok {
			errs = append(errs, fmt.Errorf("the node exporter has no %s", series))
			continue
		}
		if slices.ContainsFunc(exact, func(prefix string) bool { return strings.HasPrefix(series, prefix) }) {
			compared++
			if their != v {
				errs = append(errs, fmt.Errorf("%s = %v, the node exporter says %v", series, v, their))
			}
		}
	}
	if compared < 5 {
		errs = append(errs, fmt.Errorf("%d series compared, want at least file systems, memory and uname", compared))
	}
	return errors.Join(errs...)
}

func TestValidateTellsEverythingAtOnce(t *testing.T) {
	cfg := collector.DefaultConfig()
	if err := cfg.Validate(); err != nil {
		t.Errorf("defaults: %v", err)
	}
	err := config.Load([]byte(`
collector:
  host: {interval: 10ms, mounts_exclude: "("}
  limits: {series: 0}
  scrape:
  - {url: "ftp://x", interval: 1ms}
  - {url: "http://a/metrics", bearer_token: t0psecret, basic_auth: {username: u}}
  - {url: "http://a/metrics"}
  logs:
  - {paths: [relative.log]}
  - {paths: [/var/log/a.log, relative.log]}
`), []string{"FOREWARN_COLLECTOR_HOST_PROCESSES=-3", "FOREWARN_COLLECTOR_LIMITS_LABELS=1000"}, config.Section{Name: "collector", Into: &cfg})
	if err == nil {
		t.Fatal("no error")
	}
	for _, key := range []string{
		"host.interval", "host.mounts_exclude", "host.processes", "limits.series", "limits.labels", "scrape[0].url", "scrape[0].interval",
		"scrape[1].bearer_token", "scrape[2].url", "logs[0].paths[0]", "logs[1].paths",
	} {
		if !strings.Contains(err.Error(), "collector."+key+":") {
			t.Errorf("nothing is said of %s in\n%v", key, err)
		}
	}
	if strings.Contains(err.Error(), "t0psecret") || strings.Contains(fmt.Sprintf("%+v %#v", cfg, cfg), "t0psecret") {
		t.Error("a secret is shown")
	}
}

func TestDescribe(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "a.log"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	cfg := collector.DefaultConfig()
	cfg.Host.Hostname = "erp-01"
	cfg.Scrape = []collector.Target{{URL: "http://erp-02:9100/metrics?token=x", Job: "node"}}
	cfg.Logs = []collector.LogFiles{{Paths: []string{dir + "/*.log"}}}
	w := collector.Describe(t.Context(), cfg)
	if w.Host != "erp-01" || len(w.FileSystems) == 0 || !slices.Equal(w.Targets, []string{"node erp-02:9100"}) ||
		!slices.Equal(w.LogFiles, []string{filepath.Join(dir, "a.log")}) {
		t.Errorf("Describe = %+v", w)
	}
	w.FileSystems = []string{"/"}
	var en, zh []string
	for _, text := range w.Text() {
		en, zh = append(en, text.In(i18n.English)), append(zh, text.In(i18n.Chinese))
	}
	if !slices.Equal(en, []string{"host erp-01 with 1 file system", "1 scrape target", "1 log file"}) ||
		!slices.Equal(zh, []string{"主机 erp-01，1 个文件系统", "1 个采集目标", "1 个日志文件"}) {
		t.Errorf("Text = %q, %q", en, zh)
	}
	if got := collector.Describe(t.Context(), collector.Config{}).Text(); len(got) != 0 {
		t.Errorf("Text of nothing = %v", got)
	}
}
