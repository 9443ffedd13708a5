package anomaly

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/goleak"
	"go.uber.org/zap/zaptest"

	"github.com/forewarn/forewarn/shared/bus"
	"github.com/forewarn/forewarn/shared/bustest"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/logs"
	"github.com/forewarn/forewarn/shared/obs"
	"github.com/forewarn/forewarn/shared/signal"
	"github.com/forewarn/forewarn/shared/telemetry"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// TestRun writes a log over a real bus, before and after a restart of the service: one episode is opened, under an id that
// names its cause, none twice; and entries that cannot be read go to the dead letters.
func TestRun(t *testing.T) {
	b := bustest.New(t)
	publisher, err := b.NewPublisher("test")
	if err != nil {
		t.Fatal(err)
	}
	defer publisher.Close() //nolint:errcheck // the test is over
	publish := func(data []byte) {
		t.Helper()
		if err := publisher.Publish(t.Context(), bus.Logs, 1, "logs/alert.log", data); err != nil {
			t.Fatal(err)
		}
	}
	written := func() []byte {
		return telemetry.AppendLogs(nil, entries(ledger, time.Now(), "all is well", tablespace))
	}

	stop := run(t, b)
	publish([]byte("no entries at all"))
	publish(written())
	var first []*finding.Finding
	bustest.Eventually(t, 20*time.Second, func() error {
		if first = findings(t, b); len(first) == 0 {
			return fmt.Errorf("nothing was found")
		}
		return nil
	})
	stop()
	publish(written())
	stop = run(t, b)
	defer stop()
	catchUp(t, b, Service)
	if all := findings(t, b); len(all) != 1 || all[0].Action != finding.Opened || all[0].ID != "anomaly:01:2:0" {
		t.Errorf("found: %+v", all)
	}
	ask := func(ctx context.Context, request []byte) ([]byte, error) {
		return b.Query(ctx, logs.Keeper, 1, request)
	}
	sources, err := logs.ReadSources(t.Context(), ask)
	if err != nil || len(sources) != 1 || sources[0].Lines != 4 || sources[0].File != "/u01/alert.log" {
		t.Fatalf("sources: %+v, %v; want the one that was read before and after the restart", sources, err)
	}
	source, patterns, err := logs.ReadPatterns(t.Context(), sources[0].ID, ask)
	if err != nil || source == nil || len(patterns) != 2 || patterns[0].Lines != 2 || patterns[1].Lines != 2 {
		t.Errorf("patterns: %+v, %v", patterns, err)
	}
	messages, err := logs.ReadMessages(t.Context(), ask)
	if err != nil || len(messages) != 1 || messages[0].Count != 2 || messages[0].Signature != "oracle.ora-01653" || messages[0].Sample == "" {
		t.Errorf("messages: %+v, %v; want the one that was written twice", messages, err)
	}
	oneDeadLetter(t, b)
}

// catchUp waits until a service has done all that is on partition 1.
func catchUp(t *testing.T, b *bus.Bus, service string) {
	t.Helper()
	bustest.Eventually(t, 20*time.Second, func() error {
		lag, err := b.Lag(t.Context(), service, 1)
		if err == nil && lag > 0 {
			err = fmt.Errorf("%d messages to go", lag)
		}
		return err
	})
}

// oneDeadLetter expects the one message that cannot be read among the dead letters.
func oneDeadLetter(t *testing.T, b *bus.Bus) {
	t.Helper()
	dead, err := b.JetStream().Stream(t.Context(), "DLQ")
	if err != nil {
		t.Fatal(err)
	}
	if info, err := dead.Info(t.Context()); err != nil || info.State.Msgs != 1 {
		t.Errorf("dead letters: %+v, %v; want the one that cannot be read", info, err)
	}
}

func run(t *testing.T, b *bus.Bus) (stop func()) {
	t.Helper()
	cat, err := signal.Load()
	if err != nil {
		t.Fatal(err)
	}
	cfg := DefaultConfig()
	d, err := cfg.Open()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() {
		done <- Run(ctx, cfg, Settings{
			Logger: zaptest.NewLogger(t), Registry: prometheus.NewRegistry(), Health: &obs.Health{}, Bus: b, Catalogue: cat, Dictionary: d,
		})
	}()
	return func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

func findings(t *testing.T, b *bus.Bus) (out []*finding.Finding) {
	t.Helper()
	s, err := b.JetStream().Stream(t.Context(), bus.StreamFindings)
	if err != nil {
		t.Fatal(err)
	}
	info, err := s.Info(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for seq := info.State.FirstSeq; seq <= info.State.LastSeq && info.State.Msgs > 0; seq++ {
		m, err := s.GetMsg(t.Context(), seq)
		if err != nil {
			t.Fatal(err)
		}
		f, err := finding.Decode(m.Data)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, f)
	}
	return out
}
