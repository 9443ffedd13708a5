package anomaly

import (
	"fmt"

	"github.com/forewarn/forewarn/shared/bus"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/telemetry"
)

// Service is this service's name on the bus.
const Service = "anomaly"

// partition joins a listener to the bus: messages in, findings with their ids out.
type partition struct {
	*Listener
	number  int
	metrics *metrics
}

var (
	_ bus.Processor = (*partition)(nil)
	_ bus.Querier   = (*partition)(nil)
)

// Process hands a message to the listener. An error means that the message cannot be read.
func (p *partition) Process(m bus.Message) ([]bus.Output, error) {
	findings, err := p.findings(m)
	if err != nil {
		return nil, err
	}
	return publish(p.metrics.findings, Service, p.number, m, findings)
}

func (p *partition) findings(m bus.Message) (out []finding.Finding, err error) {
	if m.Tick {
		out = p.Tick(m.Time)
		p.metrics.observe(p.number, p.Listener)
		return out, nil
	}
	batches, err := telemetry.DecodeLogs(m.Data)
	if err != nil {
		return nil, fmt.Errorf("decode entries of %q: %w", m.Source, err)
	}
	for i := range batches {
		out = append(out, p.Observe(m.Time, &batches[i])...)
	}
	return out, nil
}
