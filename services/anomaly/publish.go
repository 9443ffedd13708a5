package anomaly

import (
	"fmt"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/forewarn/forewarn/shared/bus"
	"github.com/forewarn/forewarn/shared/finding"
)

// publish returns the findings that a message gave cause to as outputs, each under its id, and counts them.
func publish(counter *prometheus.CounterVec, service string, partition int, m bus.Message, findings []finding.Finding) ([]bus.Output, error) {
	out := make([]bus.Output, 0, len(findings))
	for n := range findings {
		f := &findings[n]
		f.ID = bus.OutputID(service, partition, m.Seq, n)
		data, err := finding.Encode(f)
		if err != nil {
			return nil, fmt.Errorf("encode finding about %s: %w", f.Signal, err)
		}
		out = append(out, bus.Output{ID: f.ID, Data: data})
		counter.WithLabelValues(string(f.Action), string(f.Severity)).Inc()
	}
	return out, nil
}
