package anomaly

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest"

	"github.com/forewarn/forewarn/shared/bus"
	"github.com/forewarn/forewarn/shared/bustest"
	"github.com/forewarn/forewarn/shared/history"
	"github.com/forewarn/forewarn/shared/history/embedded"
	"github.com/forewarn/forewarn/shared/obs"
	"github.com/forewarn/forewarn/shared/telemetry"
)

// site is a bus on a clock of its own with a history, on which the service is started and stopped.
type site struct {
	*bus.Bus
	publisher *bus.Publisher
	clock     atomic.Int64
	store     *embedded.Store
	health    *obs.Health
	until     func() time.Time
}

func newSite(t *testing.T) *site {
	t.Helper()
	s := &site{health: &obs.Health{}}
	s.clock.Store(july.UnixNano())
	s.until = s.now
	s.Bus = bustest.Open(t, t.TempDir(), bus.Settings{Clock: s.now}, func(c *bus.Config) { c.Partitions = 2 })
	var err error
	if s.publisher, err = s.NewPublisher("test"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.publisher.Close() }) //nolint:errcheck // the test is over
	s.store, err = embedded.Open(history.DefaultConfig(), embedded.Settings{Logger: zap.NewNop(), Dir: t.TempDir(), Now: s.now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.store.Close() }) //nolint:errcheck // the test is over
	return s
}

func (s *site) now() time.Time { return time.Unix(0, s.clock.Load()).UTC() }

// start runs the service with such rules.
func (s *site) start(t *testing.T, text string) (stop func()) {
	t.Helper()
	rules, cat, cfg := openRules(t, text)
	d, err := cfg.Open()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() {
		done <- Run(ctx, cfg, Settings{
			Logger: zaptest.NewLogger(t), Registry: prometheus.NewRegistry(), Health: s.health, Bus: s.Bus, Catalogue: cat, Dictionary: d,
			Rules: rules, History: s.store, HistoryUntil: func() time.Time { return s.until() },
		})
	}()
	return func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

// step lets a quarter of a minute pass: samples come to the bus and to the history, then a tick, and everybody does what is due.
func (s *site) step(t *testing.T, values map[string]float64) {
	t.Helper()
	s.clock.Add(int64(15 * time.Second))
	b := at(t, s.now(), values)
	if _, err := s.store.Append(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	if err := s.publisher.Publish(t.Context(), bus.Metrics, 1, "test", telemetry.AppendBatch(nil, b)); err != nil {
		t.Fatal(err)
	}
	s.Tick(t.Context())
	s.settle(t)
}

// settle waits until the rules have been evaluated, and what they asked for has been heard.
func (s *site) settle(t *testing.T) {
	t.Helper()
	bustest.Eventually(t, 30*time.Second, func() error {
		for _, w := range []struct {
			service   string
			partition int
		}{{RulesService, 0}, {RulesService, 1}, {QueriesService, 0}} {
			lag, err := s.Lag(t.Context(), w.service, w.partition)
			if err != nil || lag > 0 {
				return fmt.Errorf("%s: %d messages to go, %w", w.service, lag, err)
			}
		}
		return nil
	})
}

// told returns what was found: when, by which worker and what of it, in the order of time.
func (s *site) told(t *testing.T) (out []string) {
	t.Helper()
	for _, f := range findings(t, s.Bus) {
		out = append(out, fmt.Sprintf("%s %s %s %s", f.Time.Format(time.TimeOnly), f.Action, f.Severity, f.Signal[:len(f.Signal)-17]))
	}
	slices.Sort(out) // two workers speak at once
	return out
}

const runRules = `
groups:
- name: own
  interval: 15s
  rules:
  - record: job:mysql_up:sum
    expr: sum by (job) (mysql_up)
  - alert: NoneLeft
    expr: job:mysql_up:sum == 0
    for: 1m
    labels: {severity: page}
  - alert: NodeGone
    expr: absent(up{job="node"})
    for: 1m
  - alert: Broken
    expr: label_replace(up, "a", "b", "c", "(")
`

// TestRunRules: rules are evaluated from the stream and by queries; what is pending outlives a restart of the service, nothing is told
// twice, a rule that cannot be evaluated costs no other, and what fires of a rule that is taken out ends.
func TestRunRules(t *testing.T) {
	s := newSite(t)
	stop := s.start(t, runRules)
	s.settle(t)
	well := map[string]float64{database: 1, node: 1}
	ill := map[string]float64{database: 0}
	for range 4 {
		s.step(t, well)
	}
	for i := range 30 {
		if i == 3 || i == 10 {
			stop()
			stop = s.start(t, runRules)
			s.settle(t)
		}
		s.step(t, ill)
	}
	stop()
	stop = s.start(t, "")
	defer func() { stop() }()
	s.settle(t)
	for range 4 {
		s.step(t, well)
	}
	want := []string{
		"08:01:45 opened critical rule-DatabaseDown/host:erp-db",
		"08:02:15 opened critical rule-NoneLeft/application:mysql",
		"08:07:00 opened warning rule-NodeGone/application:node",
		"08:08:45 resolved critical rule-DatabaseDown/host:erp-db",
		"08:08:45 resolved critical rule-NoneLeft/application:mysql",
		"08:08:45 resolved warning rule-NodeGone/application:node",
	}
	if diff := cmp.Diff(want, s.told(t)); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
}

// TestRunSaysWhatFails: a rule that cannot be evaluated, and a history that is behind, are said by health.
func TestRunSaysWhatFails(t *testing.T) {
	s := newSite(t)
	stop := s.start(t, runRules)
	defer func() { stop() }()
	s.settle(t)
	for range 4 {
		s.step(t, map[string]float64{database: 1, node: 1})
	}
	check := func(want string) {
		t.Helper()
		for _, c := range s.health.Checks() {
			if c.Name == "anomaly/queries" && c.State == obs.Degraded {
				if !strings.Contains(c.Message, want) {
					t.Errorf("health says %q, want %q", c.Message, want)
				}
				return
			}
		}
		t.Errorf("health says nothing of %q: %+v", want, s.health.Checks())
	}
	check("Broken")
	stop()
	stuck := s.now()
	s.until = func() time.Time { return stuck }
	stop = s.start(t, runRules)
	s.settle(t)
	for range 12 {
		s.step(t, map[string]float64{database: 0})
	}
	check("3m0s behind")
	if got := s.told(t); len(got) != 1 {
		t.Errorf("while the history is behind: %q; want only what the stream tells", got)
	}
}
