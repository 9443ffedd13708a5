package anomaly

import (
	"context"
	"fmt"

	"github.com/forewarn/forewarn/services/anomaly/internal/rule"
	"github.com/forewarn/forewarn/shared/bus"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/obs"
	"github.com/forewarn/forewarn/shared/telemetry"
)

// RulesService is the name on the bus of the workers that evaluate rules from the stream.
const RulesService = "anomaly-rules"

// rulerPartition joins a ruler to the bus: messages in, findings with their ids out. It runs where there is no rule, too: a reader
// that was there once must go on reading.
type rulerPartition struct {
	*Ruler
	number  int
	decoder *telemetry.Decoder
	batch   telemetry.Batch
	metrics *ruleMetrics
	health  *obs.Health
	refused uint64 // at the last tick
}

var _ bus.Processor = (*rulerPartition)(nil)

// follow evaluates the rules of the partitions that fall to this process from their streams until ctx ends.
func follow(ctx context.Context, cfg Config, s Settings, m *ruleMetrics, ready func()) error {
	return s.Bus.Share(ctx, bus.ShareSettings{
		Service: RulesService, Input: bus.Metrics, Logger: s.Logger, Ready: ready,
		Left: func(number int) { m.of(rule.Stream, number).forget() },
		New: func(_ context.Context, number int) bus.Processor {
			ruler := newRuler(cfg, s.Rules.at(rule.Stream), s.Catalogue)
			ruler.after = deafAfter
			return &rulerPartition{
				Ruler: ruler, number: number, decoder: telemetry.NewDecoderFor(ruler.window, cfg.maxBindings()),
				metrics: m.of(rule.Stream, number), health: s.Health,
			}
		},
	})
}

// Process hands a message to the ruler. An error means that the message cannot be read.
func (p *rulerPartition) Process(m bus.Message) ([]bus.Output, error) {
	var findings []finding.Finding
	switch {
	case m.Tick:
		findings = p.Tick(m.Time)
		p.metrics.observe(p.stats, p.book)
		p.metrics.observeWindow(p.window)
		p.tell()
	case len(p.groups) > 0:
		if err := p.decoder.Decode(m.Data, &p.batch); err != nil {
			return nil, fmt.Errorf("decode batch of %q: %w", m.Source, err)
		}
		findings = p.Observe(m.Time, &p.batch)
	}
	return publish(p.metrics.findings, RulesService, p.number, m, findings)
}

// tell says what is wrong with rules, and when series had to be refused since the last tick.
func (p *rulerPartition) tell() {
	name := fmt.Sprintf("%s/rules/%02d", Service, p.number)
	refused := p.window.Stats().Refused + p.book.Stats().Refused
	switch failing := p.failing.first(); {
	case failing != "":
		p.health.Set(name, obs.Degraded, fmt.Sprintf("%d rules cannot be evaluated, such as %s; correct them, or take them out of anomaly.rules", len(p.failing), failing))
	case refused > p.refused:
		p.health.Set(name, obs.Degraded, fmt.Sprintf("partition %d has no room for all that rules select; "+
			"raise anomaly.max_rule_series or anomaly.max_alerts, or write narrower selectors", p.number))
	default:
		p.health.Set(name, obs.OK, "")
	}
	p.refused = refused
}
