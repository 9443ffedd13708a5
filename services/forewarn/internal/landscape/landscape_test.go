package landscape

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/forewarn/forewarn/models/calendar"
	"github.com/forewarn/forewarn/shared/entity"
	"github.com/forewarn/forewarn/shared/signal"
	"github.com/forewarn/forewarn/shared/telemetry"
)

func plan(t testing.TB) Plan {
	t.Helper()
	c, err := calendar.New(calendar.Config{Zone: time.FixedZone("UTC+8", 8*3600), Country: calendar.China})
	if err != nil {
		t.Fatal(err)
	}
	return Plan{Seed: 1, Site: "bj", Start: time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC), Interval: time.Minute, Calendar: c}
}

// run steps through so much time and calls each with every batch.
func run(l *Landscape, d time.Duration, each func(at time.Time, b *telemetry.Batch)) {
	for at := l.plan.Start; at.Before(l.plan.Start.Add(d)); at = at.Add(l.plan.Interval) {
		l.Step(at)
		var b telemetry.Batch
		l.Drain(&b)
		each(at, &b)
	}
}

// latest returns the newest value of a series of a batch, whose name is given as Prometheus writes it without job and instance.
func latest(b *telemetry.Batch, metric, instance string) (float64, bool) {
	for _, ts := range b.Series {
		if ts.Labels.Get(telemetry.MetricName) == metric && ts.Labels.Get("instance") == instance {
			return ts.Samples[len(ts.Samples)-1].Value, true
		}
	}
	return 0, false
}

// TestSamePlanSameSamples: a plan says all there is.
func TestSamePlanSameSamples(t *testing.T) {
	record := func() (out []float64) {
		run(New(plan(t)), 3*time.Hour, func(_ time.Time, b *telemetry.Batch) {
			for _, ts := range b.Series {
				out = append(out, ts.Samples[0].Value)
			}
		})
		return out
	}
	if diff := cmp.Diff(record(), record()); diff != "" {
		t.Errorf("two landscapes of one plan differ: %s", diff)
	}
}

// TestTroubleSpreads: rows that are locked in the database fill the pools and the threads of the servers, and it ends when they are free.
func TestTroubleSpreads(t *testing.T) {
	l := New(plan(t))
	var before, during, after float64
	run(l, 8*time.Hour, func(at time.Time, b *telemetry.Batch) {
		since := at.Sub(l.plan.Start)
		l.Trouble = Trouble{}
		if since >= 3*time.Hour && since < 4*time.Hour {
			l.Trouble.Ledger.Locked = 0.2
		}
		active, ok := latest(b, "hikaricp_connections_active", "bj-app-02:8080")
		switch {
		case !ok:
			t.Fatalf("no connections are measured at %s", since)
		case since == 170*time.Minute:
			before = active
		case since == 230*time.Minute:
			during = active
		case since == 470*time.Minute:
			after = active
		}
	})
	if before > 20 || during < 45 || after > 20 {
		t.Errorf("%v, %v and %v connections are in use before, during and after a lock; want few, nearly 50, and few", before, during, after)
	}
}

// TestHostDown: of a host that is off nothing is heard but that it does not answer.
func TestHostDown(t *testing.T) {
	l := New(plan(t))
	l.Trouble.Servers[0].Down = true
	run(l, time.Minute, func(_ time.Time, b *telemetry.Batch) {
		for _, ts := range b.Series {
			metric := ts.Labels.Get(telemetry.MetricName)
			if name, _ := entity.SplitInstance(ts.Labels.Get("instance")); name == "bj-app-01" && metric != "up" {
				t.Errorf("%s is measured on a host that is off", ts.Labels)
			}
		}
	})
	for _, w := range l.Written() {
		if w.Origin.Get("host") == "bj-app-01" {
			t.Errorf("%s is written on a host that is off", w.Records[0].Body)
		}
	}
}

// TestCatalogueReadsIt: the catalogue with the landscape's own rules reads something of every exporter with a limit or a habit.
func TestCatalogueReadsIt(t *testing.T) {
	cat, err := signal.Load(signal.File{Name: "landscape", Data: Catalogue()})
	if err != nil {
		t.Fatal(err)
	}
	read := map[string]bool{}
	run(New(plan(t)), time.Minute, func(_ time.Time, b *telemetry.Batch) {
		for _, ts := range b.Series {
			for _, bound := range cat.Bind(ts.Labels) {
				read[bound.Rule.ID] = true
			}
		}
	})
	for _, rule := range []string{
		"filesystem-space", "host-memory", "host-load", "process-memory", "process-file-descriptors", "jvm-pool", "jvm-heap", "container-memory",
		"kubernetes-volume-space", "certificate-of-endpoint", "tomcat-busy-threads", "hikaricp-connections", "mysql-threads-running",
		"oracle-active-sessions", "oracle-tablespace", "probe-duration",
	} {
		if !read[rule] {
			t.Errorf("rule %s reads nothing of the landscape", rule)
		}
	}
}
