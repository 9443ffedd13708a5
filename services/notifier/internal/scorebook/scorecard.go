package scorebook

import (
	"context"
	"slices"
	"strings"

	"github.com/forewarn/forewarn/models/calibration"
	"github.com/forewarn/forewarn/shared/outcome"
)

// all names the score of all kinds together.
const all = "all"

// Scorecard returns how good the predictions have been that people were told, over the present period and the one
// before.
func (b *Book) Scorecard(ctx context.Context) (*outcome.Scorecard, error) {
	p, _, err := b.load(ctx)
	if err != nil {
		return nil, err
	}
	return p.scorecard(b.prior)
}

func (p *pages) scorecard(prior *calibration.Prior) (*outcome.Scorecard, error) {
	_, told, err := p.ledgers()
	if err != nil {
		return nil, err
	}
	card := &outcome.Scorecard{Since: p.Before.Since, Until: p.Until, Calibration: prior.Table.Version(), Prior: priorOf(prior)}
	if p.Table != nil {
		card.Calibration, card.OwnOutcomes = p.Table.Version(), p.FittedOn
	}
	var episodes []outcome.Episodes
	for _, list := range [...][]outcome.Episodes{p.Before.Episodes, p.Now.Episodes} {
		for i := range list {
			episodes = addEpisodes(episodes, &list[i])
		}
	}
	for _, kind := range kinds(told, episodes) {
		card.Kinds = append(card.Kinds, scoreOf(kind, told, episodes))
	}
	return card, nil
}

func priorOf(p *calibration.Prior) *outcome.Prior {
	return &outcome.Prior{Made: p.Made, Revision: p.Revision, Series: p.Series, Outcomes: p.Outcomes, Fresh: enough}
}

// kinds returns "" for all, then the families and kinds that anything is known of, sorted.
func kinds(told *calibration.Ledger, episodes []outcome.Episodes) []string {
	names := told.Kinds()
	for i := range episodes {
		names = append(names, episodes[i].Kind)
	}
	for _, name := range names {
		if family, _, found := strings.Cut(name, "/"); found {
			names = append(names, family)
		}
	}
	slices.Sort(names)
	return append([]string{""}, slices.Compact(names)...)
}

func scoreOf(kind string, told *calibration.Ledger, episodes []outcome.Episodes) outcome.KindScore {
	score := outcome.KindScore{Kind: kind}
	if kind == "" {
		score.Kind = all
	}
	for h, name := range [calibration.Horizons]string{"4h", "24h", "7d", "30d"} {
		score.Horizons = append(score.Horizons, horizonScore(name, told.Scorecard(kind, h)))
	}
	var sum outcome.Episodes
	for i := range episodes {
		if of := episodes[i].Kind; kind == "" || of == kind || strings.HasPrefix(of, kind+"/") {
			sum.Add(&episodes[i])
		}
	}
	score.Episodes = outcome.EpisodeScore{
		Reached: sum.Reached, Prevented: sum.Prevented, Enlarged: sum.Enlarged, Faded: sum.Faded, Unknown: sum.Unknown,
		LeadSeconds: median(sum.LeadSeconds),
	}
	return score
}

func horizonScore(name string, c calibration.Scorecard) outcome.HorizonScore {
	s := outcome.HorizonScore{
		Horizon: name, Resolved: c.Resolved, Reached: c.Reached, Prevented: c.Censored, Dates: c.Dates, Covered: c.Covered,
		AtLeast80: toldOf(c.AtLeast(8)), AtLeast50: toldOf(c.AtLeast(5)),
	}
	if c.Resolved > 0 {
		s.Brier = &c.Brier
	}
	for _, r := range c.Rows {
		s.Rows = append(s.Rows, toldOf(r))
	}
	return s
}

func toldOf(r calibration.Row) outcome.Told {
	t := outcome.Told{From: r.From, CameTrue: r.Reached, Wrong: r.Predictions - r.Reached, Prevented: r.Censored}
	if r.Predictions > 0 {
		t.Mean = &r.Mean
	}
	return t
}

// median returns the middle of a list, the lower one of two; nil if it is empty.
func median(list []int64) *int64 {
	if len(list) == 0 {
		return nil
	}
	sorted := slices.Sorted(slices.Values(list))
	return &sorted[(len(sorted)-1)/2]
}
