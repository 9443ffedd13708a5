package demo

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/forewarn/forewarn/services/forewarn/internal/backtest"
	"github.com/forewarn/forewarn/services/forewarn/internal/backtest/contest"
	"github.com/forewarn/forewarn/services/trend"
	"github.com/forewarn/forewarn/shared/bus"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/incident"
	"github.com/forewarn/forewarn/shared/outcome"
	"github.com/forewarn/forewarn/shared/signal"
	"github.com/forewarn/forewarn/shared/topology"
)

// Account is what came of a story.
type Account struct {
	Start, End              time.Time
	Samples, Signals, Hosts int
	Incidents               []*incident.Incident // the first one first
	Cards                   []*incident.Incident // as they were when people were told of them for the first time
	Rules                   backtest.Rules
	// Risks are the signals that are expected to reach their limit, the soonest first.
	Risks []signal.State
	// Harmless are those that look like trouble and are none.
	Harmless []Harmless
}

// Account tells what came of the past once that is played. The incidents are those of the store.
func (f *Feed) Account(ctx context.Context, store *incident.Store) (*Account, error) {
	a := &Account{
		Start: f.Story.Start, End: f.Story.End, Samples: f.samples, Hosts: len(hosts()), Signals: len(f.watched), Harmless: f.Story.harmless,
	}
	page, err := store.List(ctx, incident.Query{Limit: 500})
	if err != nil {
		return nil, err
	}
	a.Incidents = page.Incidents
	slices.Reverse(a.Incidents)
	if a.Cards, err = f.cards(ctx); err != nil {
		return nil, err
	}
	if err := f.hear(ctx); err != nil {
		return nil, err
	}
	a.Rules = backtest.Rules(contest.Standings([]*contest.Tally{f.tally}))
	a.Risks, err = f.risks(ctx)
	return a, err
}

// errEnd ends the reading of a stream.
var errEnd = errors.New("end of stream")

// read calls take with every message that a stream holds now.
func (f *Feed) read(ctx context.Context, stream string, take func(bus.Message) error) error {
	s, err := f.Bus.JetStream().Stream(ctx, stream)
	if err != nil {
		return fmt.Errorf("read stream %q: %w", stream, err)
	}
	state := s.CachedInfo().State
	if state.Msgs == 0 {
		return nil
	}
	err = f.Bus.Consume(ctx, stream, 0, func(m bus.Message) error {
		if err := take(m); err != nil {
			return fmt.Errorf("read stream %q: %w", stream, err)
		}
		if m.Seq >= state.LastSeq {
			return errEnd
		}
		return nil
	})
	if errors.Is(err, errEnd) {
		return nil
	}
	return cmp.Or(err, ctx.Err())
}

// cards returns the incidents as they were when people were told of them for the first time.
func (f *Feed) cards(ctx context.Context) (cards []*incident.Incident, err error) {
	err = f.read(ctx, bus.StreamIncidents, func(m bus.Message) error {
		e, err := incident.DecodeEvent(m.Data)
		if err != nil {
			return err
		}
		if n := e.Incident.Notified; n != nil && n.Version == e.Incident.Version && n.Reason == incident.ReasonOpened {
			cards = append(cards, &e.Incident)
		}
		return nil
	})
	return cards, err
}

// hear has the comparison hear all that the workers said.
func (f *Feed) hear(ctx context.Context) error {
	return f.read(ctx, bus.StreamFindings, func(m bus.Message) error {
		if outcome.IsSummary(m.Data) || topology.IsPage(m.Data) {
			return nil
		}
		said, err := finding.Decode(m.Data)
		if err != nil {
			return err
		}
		f.tally.Hear(said)
		return nil
	})
}

// risks asks the worker what it expects.
func (f *Feed) risks(ctx context.Context) (risks []signal.State, err error) {
	data, err := f.Bus.Query(ctx, trend.Service, 0, []byte(`{}`))
	if err != nil {
		return nil, err
	}
	var answer struct {
		Signals []signal.State `json:"signals"`
	}
	if err := json.Unmarshal(data, &answer); err != nil {
		return nil, fmt.Errorf("read the worker's signals: %w", err)
	}
	for i := range answer.Signals {
		if s := &answer.Signals[i]; s.ETA.P50 != nil {
			risks = append(risks, *s)
		}
	}
	slices.SortStableFunc(risks, func(a, b signal.State) int { return a.ETA.P50.Compare(*b.ETA.P50) })
	return risks, nil
}
