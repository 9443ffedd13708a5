package anomaly

import (
	"context"
	"fmt"

	"github.com/forewarn/forewarn/shared/bus"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/obs"
	"github.com/forewarn/forewarn/shared/telemetry"
)

// MetricsService is the name on the bus of the workers that read metrics.
const MetricsService = "anomaly-metrics"

// watcherPartition joins a watcher to the bus: messages in, findings with their ids out.
type watcherPartition struct {
	*Watcher
	number  int
	decoder *telemetry.Decoder
	batch   telemetry.Batch
	metrics *watcherMetrics
	health  *obs.Health
	refused uint64 // at the last tick
}

var (
	_ bus.Processor = (*watcherPartition)(nil)
	_ bus.Querier   = (*watcherPartition)(nil)
)

// watch works on the metrics of the partitions that fall to this process until ctx ends.
func watch(ctx context.Context, cfg Config, s Settings, m *watcherMetrics, ready func()) error {
	return s.Bus.Share(ctx, bus.ShareSettings{
		Service: MetricsService, Input: bus.Metrics, Logger: s.Logger, Ready: ready, Left: m.forget,
		New: func(_ context.Context, number int) bus.Processor {
			w := NewWatcher(cfg, s.Catalogue, s.Calendar)
			return &watcherPartition{
				Watcher: w, number: number, decoder: telemetry.NewDecoderFor(w, cfg.maxBindings()),
				metrics: m.forPartition(), health: s.Health,
			}
		},
	})
}

// Process hands a message to the watcher. An error means that the message cannot be read.
func (p *watcherPartition) Process(m bus.Message) ([]bus.Output, error) {
	var findings []finding.Finding
	if m.Tick {
		findings = p.Tick(m.Time)
		p.metrics.observe(p.number, p.Watcher)
		p.tell()
	} else {
		if err := p.decoder.Decode(m.Data, &p.batch); err != nil {
			return nil, fmt.Errorf("decode batch of %q: %w", m.Source, err)
		}
		findings = p.Observe(m.Time, &p.batch)
	}
	return publish(p.metrics.findings, MetricsService, p.number, m, findings)
}

// tell says when series had to be refused since the last tick.
func (p *watcherPartition) tell() {
	name := fmt.Sprintf("%s/series/%02d", Service, p.number)
	switch refused := p.Stats().Refused; {
	case refused > p.refused:
		p.refused = refused
		p.health.Set(name, obs.Degraded, fmt.Sprintf("partition %d judges the behaviour of %d signals already and refuses more; "+
			"raise anomaly.max_series, or disable rules of kind behaviour or count in the catalogue", p.number, p.cfg.MaxSeries))
	case refused > 0:
		p.health.Set(name, obs.OK, "")
	}
}
