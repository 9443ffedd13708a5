package anomaly

import (
	"testing"
	"time"

	"github.com/forewarn/forewarn/shared/bus"
	"github.com/forewarn/forewarn/shared/bustest"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/query"
	"github.com/forewarn/forewarn/shared/signal"
	"github.com/forewarn/forewarn/shared/telemetry"
)

// loads is a series of four weeks up to now, a sample every five minutes, which is far too high from so many samples before
// the end on, and never reaches beyond the count.
func loads(t *testing.T, until time.Time, from, to int) []byte {
	t.Helper()
	labels, err := telemetry.ParseSeries(`node_load1{instance="erp-01:9100"}`)
	if err != nil {
		t.Fatal(err)
	}
	ts := telemetry.TimeSeries{Series: telemetry.NewSeries(labels)}
	for i := from; i < to; i++ {
		at, v := until.Add(time.Duration(i-weeks4)*fiveMinutes), 10+noise(9, i)
		if i >= weeks4-12 {
			v = 200
		}
		ts.Samples = append(ts.Samples, telemetry.Sample{TimeMillis: at.UnixMilli(), Value: v})
	}
	return telemetry.AppendBatch(nil, &telemetry.Batch{Series: []telemetry.TimeSeries{ts}})
}

// TestRunJudgesMetrics sends four weeks of load over a real bus, before and after a restart of the service: what it learned
// before is not lost, the load that is unusual after it opens one episode under an id that names its cause, and a batch that
// cannot be read goes to the dead letters.
func TestRunJudgesMetrics(t *testing.T) {
	b := bustest.New(t)
	publisher, err := b.NewPublisher("test")
	if err != nil {
		t.Fatal(err)
	}
	defer publisher.Close() //nolint:errcheck // the test is over
	publish := func(data []byte) {
		t.Helper()
		if err := publisher.Publish(t.Context(), bus.Metrics, 1, "test", data); err != nil {
			t.Fatal(err)
		}
	}
	now := time.Now()
	stop := run(t, b)
	publish([]byte("no batch at all"))
	publish(loads(t, now, 0, weeks4-20))
	catchUp(t, b, MetricsService)
	stop()
	if all := findings(t, b); len(all) != 0 {
		t.Fatalf("found of what is usual: %+v", all)
	}
	stop = run(t, b)
	defer stop()
	publish(loads(t, now, weeks4-20, weeks4))
	catchUp(t, b, MetricsService)
	all := findings(t, b)
	if len(all) != 1 || all[0].Action != finding.Opened || all[0].ID != "anomaly-metrics:01:3:0" || all[0].Signal != "host-load/host:erp-01" {
		t.Errorf("found: %+v", all)
	}
	oneDeadLetter(t, b)
	band, err := signal.ReadBand(t.Context(), "host-load/host:erp-01", now.Add(-time.Hour), now.Add(24*time.Hour), query.Of(b, MetricsService, 1))
	if err != nil || band == nil || len(band.Times) < 100 || band.High[0] > 30 {
		t.Errorf("between what it is usual: %+v, %v", band, err)
	}
}
