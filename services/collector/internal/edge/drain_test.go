package edge

import (
	"context"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"go.uber.org/zap"

	"github.com/forewarn/forewarn/shared/bustest"
	"github.com/forewarn/forewarn/shared/signal"
	"github.com/forewarn/forewarn/shared/telemetry"
)

func rig(t *testing.T) *Edge {
	t.Helper()
	b := bustest.New(t)
	publisher, err := b.NewPublisher("collector")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := publisher.Close(); err != nil {
			t.Error(err)
		}
	})
	catalogue, err := signal.Load()
	if err != nil {
		t.Fatal(err)
	}
	return New(Settings{
		Logger: zap.NewNop(), Metrics: NewMetrics(prometheus.NewRegistry()), Bus: b, Publisher: publisher,
		Catalogue: catalogue, Limits: DefaultLimits(),
	})
}

// finish publishes one sample under a context that has ended.
func finish(t *testing.T, e *Edge) error {
	t.Helper()
	s := e.Source("test")
	s.Begin(time.Now())
	ref := s.Learn([]byte("a"), telemetry.NewLabels(telemetry.Label{Name: telemetry.MetricName, Value: "a"}))
	s.Put(ref, nil, 1)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := s.End(ctx)
	return err
}

func TestWhatWasCollectedIsPublishedAfterTheEnd(t *testing.T) {
	e := rig(t)
	if err := finish(t, e); err != nil {
		t.Error(err)
	}
	if n := testutil.ToFloat64(e.Metrics.samples); n != 1 {
		t.Errorf("%v samples published, want 1", n)
	}
}

func TestNothingIsPublishedOnceDrained(t *testing.T) {
	e := rig(t)
	e.drain.Do(func() { e.drained = time.Now() })
	if err := finish(t, e); err == nil {
		t.Error("End says nothing of samples that were not published")
	}
	if lost, sent := testutil.ToFloat64(e.Metrics.lost), testutil.ToFloat64(e.Metrics.samples); lost != 1 || sent != 0 {
		t.Errorf("%v samples lost and %v published, want 1 and 0", lost, sent)
	}
}

// A publish on its way when the process is to end is cut short, by the same moment for all.
func TestPublishesEndWithTheDrain(t *testing.T) {
	e := rig(t)
	ctx, cancel := context.WithCancel(t.Context())
	out, done := e.outlive(ctx)
	defer done()
	if err := out.Err(); err != nil {
		t.Fatalf("ended before its parent: %v", err)
	}
	e.drain.Do(func() { e.drained = time.Now() })
	cancel()
	<-out.Done()
	late, done := e.outlive(ctx)
	defer done()
	if at, ok := late.Deadline(); !ok || !at.Equal(e.drained) {
		t.Errorf("deadline = %v, want that of the drain, %v", at, e.drained)
	}
}
