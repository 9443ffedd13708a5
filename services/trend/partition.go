package trend

import (
	"fmt"
	"sort"

	"github.com/forewarn/forewarn/shared/bus"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/obs"
	"github.com/forewarn/forewarn/shared/outcome"
	"github.com/forewarn/forewarn/shared/query"
	"github.com/forewarn/forewarn/shared/signal"
	"github.com/forewarn/forewarn/shared/telemetry"
	"github.com/forewarn/forewarn/shared/topology"
)

// Service is this service's name on the bus.
const Service = "trend"

// partition joins a worker to the bus: messages in, findings with their ids out.
type partition struct {
	*Worker
	number  int
	decoder *telemetry.Decoder
	batch   telemetry.Batch
	metrics *metrics
	health  *obs.Health
	refused uint64 // at the last tick
}

var (
	_ bus.Processor    = (*partition)(nil)
	_ bus.Querier      = (*partition)(nil)
	_ bus.Recalibrated = (*partition)(nil)
)

// Process hands a message to the worker. An error means that the message cannot be read.
func (p *partition) Process(m bus.Message) ([]bus.Output, error) {
	var findings []finding.Finding
	if m.Tick {
		findings = p.Tick(m.Time)
		p.metrics.observe(p.number, p.Worker)
		p.report()
	} else {
		if err := p.decoder.Decode(m.Data, &p.batch); err != nil {
			return nil, fmt.Errorf("decode batch of %q: %w", m.Source, err)
		}
		findings = p.Observe(m.Time, &p.batch)
	}
	out := make([]bus.Output, 0, len(findings))
	for n := range findings {
		o, err := p.metrics.publish(&findings[n], bus.OutputID(Service, p.number, m.Seq, n))
		if err != nil {
			return nil, err
		}
		out = append(out, o)
	}
	if !m.Tick {
		return out, nil
	}
	out, err := p.summarise(m, out)
	if err == nil {
		out, err = p.relate(m, out)
	}
	if err != nil {
		return nil, err
	}
	return p.digest(m, out)
}

// relate adds what series say of what rests on what to the outputs of a tick, as far as that has changed.
func (p *partition) relate(m bus.Message, out []bus.Output) ([]bus.Output, error) {
	for _, page := range p.Relations() {
		page.ID, page.Source = bus.OutputID(Service, p.number, m.Seq, len(out)), fmt.Sprintf("%s:%02d", Service, p.number)
		data, err := topology.EncodePage(&page)
		if err != nil {
			return nil, fmt.Errorf("encode relations: %w", err)
		}
		out = append(out, bus.Output{ID: page.ID, Data: data})
	}
	return out, nil
}

// digest adds what the leaks' signals came to, for the second stage, to the outputs of the first tick of a day.
func (p *partition) digest(m bus.Message, out []bus.Output) ([]bus.Output, error) {
	of, all, ok := p.Growths()
	if !ok {
		return out, nil
	}
	parts, err := encodeDigests(fmt.Sprintf("%s:%02d", Service, p.number), of, all)
	for _, data := range parts {
		out = append(out, bus.Output{Fleet: true, ID: bus.OutputID(Service, p.number, m.Seq, len(out)), Data: data})
	}
	return out, err
}

// summarise adds what became of predictions to the outputs of a tick, if it is time for that.
func (p *partition) summarise(m bus.Message, out []bus.Output) ([]bus.Output, error) {
	s, err := p.Summary()
	if s == nil || err != nil {
		return out, err
	}
	s.ID, s.Source, s.Seq = bus.OutputID(Service, p.number, m.Seq, len(out)), fmt.Sprintf("%s:%02d", Service, p.number), m.Seq
	data, err := outcome.Encode(s)
	if err != nil {
		return nil, fmt.Errorf("encode outcomes: %w", err)
	}
	return append(out, bus.Output{ID: s.ID, Data: data}), nil
}

// Recalibrate hands a new table to the worker. An error means that the message cannot be read.
func (p *partition) Recalibrate(m bus.Message) error { return p.recalibrate(m.Data) }

// report says when signals had to be refused since the last tick.
func (p *partition) report() {
	name := fmt.Sprintf("%s/signals/%02d", Service, p.number)
	switch refused := p.Stats().Refused; {
	case refused > p.refused:
		p.refused = refused
		p.health.Set(name, obs.Degraded, fmt.Sprintf("partition %d watches %d signals already and refuses more; "+
			"raise trend.max_signals, or drop what need not be watched by metric_relabel", p.number, p.cfg.MaxSignals))
	case refused > 0:
		p.health.Set(name, obs.OK, "")
	}
}

// maxPage keeps an answer below the bus's message limit of 1 MB: a state takes about 1 KB.
const maxPage = 500

// Query answers a page of signals in the order of their keys.
func (p *partition) Query(request []byte) []byte {
	return query.Answer(request, p.page)
}

func (p *partition) page(req signal.PageRequest) signal.Page {
	if req.Limit <= 0 || req.Limit > maxPage {
		req.Limit = maxPage
	}
	signals := p.sorted()
	out := signal.Page{Signals: []signal.State{}}
	for i := sort.Search(len(signals), func(i int) bool { return signals[i].Key > req.After }); i < len(signals); i++ {
		if out.More = len(out.Signals) == req.Limit; out.More {
			return out
		}
		s := signals[i]
		if first, _ := s.model.known(); first != 0 { // a host without swap sends swap's series too
			out.Signals = append(out.Signals, s.state(p.silentFor(s, p.cfg.SilentAfter)))
		}
	}
	return out
}
