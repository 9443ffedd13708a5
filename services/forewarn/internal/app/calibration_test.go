package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap/zaptest"

	"github.com/forewarn/forewarn/models/calibration"
	"github.com/forewarn/forewarn/services/notifier"
	"github.com/forewarn/forewarn/services/trend"
	"github.com/forewarn/forewarn/shared/bus"
	"github.com/forewarn/forewarn/shared/bustest"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/obs"
	"github.com/forewarn/forewarn/shared/outcome"
	"github.com/forewarn/forewarn/shared/signal"
	"github.com/forewarn/forewarn/shared/telemetry"
)

// TestOutcomesCorrectWhatIsTold closes the circle: what became of predictions reaches the notifier, whose table reaches
// the trend worker, whose next findings are told by it.
func TestOutcomesCorrectWhatIsTold(t *testing.T) {
	b := bustest.New(t, func(c *bus.Config) { c.Partitions = 1 })
	catalogue, err := signal.Load()
	if err != nil {
		t.Fatal(err)
	}
	run(t, func(ctx context.Context) error {
		return trend.Run(ctx, trend.DefaultConfig(), trend.Settings{
			Logger: zaptest.NewLogger(t), Registry: prometheus.NewRegistry(), Health: &obs.Health{}, Bus: b, Catalogue: catalogue,
		})
	})
	run(t, func(ctx context.Context) error {
		return notifier.Run(ctx, notifier.DefaultConfig(), notifier.Settings{Bus: b})
	})

	report(t, b, 1, 500)
	report(t, b, 30, 0) // more than a day later
	bustest.Eventually(t, 20*time.Second, func() error {
		_, err := last(t.Context(), b, bus.StreamName(bus.Metrics, 0), "met.00.calibration")
		return err
	})
	climb(t, b)
	bustest.Eventually(t, 20*time.Second, func() error {
		f, err := lastFinding(t.Context(), b)
		if prior := calibration.Shipped().Table.Version(); err == nil && f.Calibration <= prior {
			err = fmt.Errorf("the finding names table %d, want one after %d", f.Calibration, prior)
		}
		return err
	})
}

// run runs a loop until the test ends, and waits for it.
func run(t *testing.T, loop func(context.Context) error) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- loop(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

// report says what became of n predictions, as a worker does.
func report(t *testing.T, b *bus.Bus, hour, n int) {
	t.Helper()
	l := new(calibration.Ledger)
	for i := range n {
		o := calibration.Outcome{Kind: "exhaustion/filesystem-space", Horizon: i % 4, Predicted: 0.9, What: calibration.Reached}
		if err := l.Add(o); err != nil {
			t.Fatal(err)
		}
	}
	ledger, err := json.Marshal(l)
	if err != nil {
		t.Fatal(err)
	}
	id := fmt.Sprintf("trend:09:%d:0", hour)
	data, err := outcome.Encode(&outcome.Summary{
		ID: id, Source: "trend:09", Seq: uint64(hour), Until: time.Now().Add(time.Duration(hour) * time.Hour),
		Basis: calibration.Shipped().Basis, Raw: ledger, Told: ledger,
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.JetStream().Publish(t.Context(), bus.SubjectFindings("trend", 9), data, jetstream.WithMsgID(id)); err != nil {
		t.Fatal(err)
	}
}

func lastFinding(ctx context.Context, b *bus.Bus) (*finding.Finding, error) {
	m, err := last(ctx, b, bus.StreamFindings, bus.SubjectFindings("trend", 0))
	if err != nil {
		return nil, err
	}
	return finding.Decode(m.Data)
}

// last returns the newest message of a subject.
func last(ctx context.Context, b *bus.Bus, stream, subject string) (*jetstream.RawStreamMsg, error) {
	s, err := b.JetStream().Stream(ctx, stream)
	if err != nil {
		return nil, err
	}
	m, err := s.GetLastMsgForSubject(ctx, subject)
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		err = fmt.Errorf("nothing on %s yet: %w", subject, err)
	}
	return m, err
}

// climb publishes ten minutes of a volume that fills up.
func climb(t *testing.T, b *bus.Bus) {
	t.Helper()
	publisher, err := b.NewPublisher("test")
	if err != nil {
		t.Fatal(err)
	}
	defer publisher.Close() //nolint:errcheck // the test is over
	named := func(name string) *telemetry.Series {
		labels, err := telemetry.ParseSeries(name + `{instance="erp-01:9100",device="/dev/sdb1",fstype="xfs",mountpoint="/u01"}`)
		if err != nil {
			t.Fatal(err)
		}
		return telemetry.NewSeries(labels)
	}
	avail, size := named("node_filesystem_avail_bytes"), named("node_filesystem_size_bytes")
	const full = 1 << 40
	for ago := 10 * time.Minute; ago > 0; ago -= 5 * time.Second {
		at := time.Now().Add(-ago).UnixMilli()
		batch := &telemetry.Batch{Series: []telemetry.TimeSeries{
			{Series: avail, Samples: []telemetry.Sample{{TimeMillis: at, Value: full * ago.Seconds() / 700}}},
			{Series: size, Samples: []telemetry.Sample{{TimeMillis: at, Value: full}}},
		}}
		if err := publisher.Publish(t.Context(), bus.Metrics, 0, "test", telemetry.AppendBatch(nil, batch)); err != nil {
			t.Fatal(err)
		}
	}
}
