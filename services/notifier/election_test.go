package notifier_test

import (
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/forewarn/forewarn/shared/bus"
	"github.com/forewarn/forewarn/shared/bustest"
	"github.com/forewarn/forewarn/shared/finding"
)

// TestStartWhileTheBusIsAway: a notifier that takes over while nobody answers, as while a cluster elects who leads its streams,
// waits and then works; it does not end.
func TestStartWhileTheBusIsAway(t *testing.T) {
	server := bustest.NewNATS(t)
	r := newRig(t)
	tried := prometheus.NewRegistry()
	r.bus = bustest.Open(t, t.TempDir(), bus.Settings{Registry: tried}, func(c *bus.Config) { c.URL, c.Partitions = server.URL, 4 })
	server.Stop()
	stop := r.start(t) // which fails the test if it returns an error
	bustest.Until(t, 20*time.Second, "it has tried and waits", func() bool { return retries(t, tried) > 3 })
	server.Start()
	bustest.Until(t, 20*time.Second, "the bus is there again", func() bool {
		_, err := r.bus.JetStream().Stream(t.Context(), bus.StreamFindings)
		return err == nil
	})
	r.find(t, say(0, finding.Opened, finding.Warning, "space/volume:a:/", "space/volume:a:/"))
	bustest.Until(t, 20*time.Second, "the finding is an incident", func() bool { return value(t, r.reg, "opened") == 1 })
	stop()
}

// retries returns how many requests to the bus were tried again.
func retries(t *testing.T, g prometheus.Gatherer) float64 {
	t.Helper()
	families, err := g.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if f.GetName() == "forewarn_bus_retries_total" {
			return f.GetMetric()[0].GetCounter().GetValue()
		}
	}
	return 0
}
