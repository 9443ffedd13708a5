package demo

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/forewarn/forewarn/services/forewarn/internal/backtest"
	"github.com/forewarn/forewarn/services/forewarn/internal/backtest/contest"
	"github.com/forewarn/forewarn/services/forewarn/internal/playback"
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

// cards returns the incidents as they were when people were told of them for the first time.
func (f *Feed) cards(ctx context.Context) (cards []*incident.Incident, err error) {
	err = playback.Read(ctx, f.Bus, bus.StreamIncidents, func(data []byte) error {
		e, err := incident.DecodeEvent(data)
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
	return playback.Read(ctx, f.Bus, bus.StreamFindings, func(data []byte) error {
		if outcome.IsSummary(data) || topology.IsPage(data) || incident.IsRelease(data) {
			return nil
		}
		said, err := finding.Decode(data)
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
