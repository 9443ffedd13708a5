package trend

import (
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/forewarn/forewarn/shared/bus"
)

// TestStagePassesOver: what workers of other services say on the stream of all partitions is not read; what our own say is, and is
// refused if it makes no sense.
func TestStagePassesOver(t *testing.T) {
	s := &stage{Releases: NewReleases(catalogue(t), 1), metrics: newMetrics(prometheus.NewRegistry())}
	m := bus.Message{Seq: 1, Subject: "fleet.00.anomaly-queries.00", Data: []byte{1}}
	if out, err := s.Process(m); out != nil || err != nil {
		t.Errorf("of another service: %v, %v", out, err)
	}
	m.Subject = "fleet.00.trend.00"
	if _, err := s.Process(m); err == nil {
		t.Error("nonsense of our own was taken")
	}
}
