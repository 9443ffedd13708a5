package trend

import (
	"strings"
	"testing"
	"time"

	"github.com/forewarn/forewarn/shared/bustest"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/telemetry"
)

// certificate returns a batch in which an endpoint's certificate is said to end at a time.
func certificate(at, until time.Time) *telemetry.Batch {
	s := telemetry.NewSeries(telemetry.NewLabels(telemetry.Label{Name: telemetry.MetricName, Value: "probe_ssl_earliest_cert_expiry"},
		telemetry.Label{Name: "instance", Value: "https://erp.corp.cn"}, telemetry.Label{Name: "job", Value: "blackbox"}))
	return &telemetry.Batch{Series: []telemetry.TimeSeries{{Series: s, Samples: []telemetry.Sample{{TimeMillis: at.UnixMilli(), Value: float64(until.Unix())}}}}}
}

// TestCertificate follows one from six weeks before its end: noted a month ahead, a warning two weeks and critical one week
// ahead, told daily, and resolved as prevented at once when it is renewed.
func TestCertificate(t *testing.T) {
	w := NewWorker(DefaultConfig(), catalogue(t), nil)
	until := start.Add(42 * day)
	days := map[finding.Severity]float64{}
	var said []finding.Finding
	for at := start; at.Before(until.Add(-5 * day)); at = at.Add(10 * time.Minute) {
		for _, f := range append(w.Observe(at, certificate(at, until)), w.Tick(at)...) {
			if _, ok := days[f.Severity]; !ok {
				days[f.Severity] = until.Sub(f.Time).Hours() / 24
			}
			said = append(said, f)
		}
	}
	near := func(s finding.Severity, want float64) {
		t.Helper()
		if got := days[s]; got < want-0.2 || got > want+0.2 {
			t.Errorf("%s comes %.1f days ahead, want %.1f", s, got, want)
		}
	}
	near(finding.Info, 30)
	near(finding.Warning, 13.8)
	near(finding.Critical, 7.8)
	if n := len(said); n < 20 || n > 35 {
		t.Errorf("said %d times in 25 days", n)
	}
	last := said[len(said)-1]
	if last.Kind != finding.Expiry || last.ETA.P50 == nil || last.ETA.P50.Sub(until).Abs() > time.Second || last.Probability != 1 ||
		!strings.Contains(last.Message.En, "expires in") || last.Unit != "days" || last.Entity.Name != "https://erp.corp.cn" {
		t.Errorf("%+v", last)
	}
	at := until.Add(-4 * day)
	renewed := at.Add(365 * day)
	var ended []finding.Finding
	for range 3 {
		ended = append(ended, w.Observe(at, certificate(at, renewed))...)
		at = at.Add(2 * time.Minute)
	}
	if len(ended) != 1 || ended[0].Action != finding.Resolved || ended[0].Outcome == nil || ended[0].Outcome.What != finding.Prevented ||
		!strings.Contains(ended[0].Message.En, "valid for another") {
		t.Errorf("when it is renewed: %+v", ended)
	}
}

// TestExpired: what has expired already is told at once; dates that are none teach nothing; a snapshot changes nothing.
func TestExpired(t *testing.T) {
	w := NewWorker(DefaultConfig(), catalogue(t), nil)
	for _, odd := range []float64{-1, 0, 1e15} {
		b := certificate(start, start)
		b.Series[0].Samples[0].Value = odd
		if out := w.Observe(start, b); len(out) != 0 {
			t.Errorf("%v: %+v", odd, out)
		}
	}
	out := w.Observe(start, certificate(start, start.Add(-48*time.Hour)))
	if len(out) != 1 || out[0].Severity != finding.Critical || !strings.Contains(out[0].Message.En, "expired 2 days ago") {
		t.Fatalf("%+v", out)
	}
	state, err := bustest.State(w)
	if err != nil {
		t.Fatal(err)
	}
	next := NewWorker(DefaultConfig(), catalogue(t), nil)
	if err := next.Restore(state); err != nil {
		t.Fatal(err)
	}
	at := start.Add(time.Minute)
	if out := next.Observe(at, certificate(at, start.Add(-48*time.Hour))); len(out) != 0 {
		t.Errorf("told twice: %+v", out)
	}
	if _, episodes := next.Len(); episodes != 1 {
		t.Errorf("%d episodes", episodes)
	}
}

// FuzzExpiring: no bytes make a model that cannot go on.
func FuzzExpiring(f *testing.F) {
	m := &expiring{1, 2, 3}
	data, _ := m.AppendBinary(nil)
	f.Add(data)
	f.Fuzz(func(t *testing.T, data []byte) {
		m := &expiring{}
		if m.UnmarshalBinary(data) != nil && *m != (expiring{}) {
			t.Error("a failed decode leaves something behind")
		}
		m.observe(observation{Millis: start.UnixMilli(), Use: 3})
	})
}
