package web

import (
	"strings"

	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/outcome"
)

// opinionTable is what people said of incidents, counted in one way, beside what samples say became of predictions.
type opinionTable struct {
	Head string
	Rows []opinion
}

// opinion is a row of an [opinionTable]. Became is nil where nothing is foretold of which it could be known what became.
type opinion struct {
	Name string
	outcome.Verdicts
	Became *outcome.Kept
}

// Opinions returns the tables of a scorecard that have rows.
func (s speaker) Opinions(card *outcome.Scorecard) (out []opinionTable) {
	kinds, teams := opinionTable{Head: s.Say("Kind", "类型")}, opinionTable{Head: s.Say("Team", "团队")}
	for _, v := range card.Verdicts {
		kinds.Rows = append(kinds.Rows, opinion{s.familyName(v.Kind), v, becameOfKind(card.Incidents, v.Kind)})
	}
	for _, v := range card.TeamVerdicts {
		teams.Rows = append(teams.Rows, opinion{v.Team, v, becameOfTeam(card.Incidents, v.Team)})
	}
	for _, t := range []opinionTable{kinds, teams} {
		if len(t.Rows) > 0 {
			out = append(out, t)
		}
	}
	return out
}

// becameOfKind adds what became of the predictions of a kind by all its rules; nil of a kind that foretells nothing.
func becameOfKind(t *outcome.Tallies, kind string) *outcome.Kept {
	if k := finding.Kind(kind); t == nil || k != finding.Exhaustion && k != finding.Leak {
		return nil
	}
	sum := &outcome.Kept{}
	for _, tally := range t.Kinds {
		if family, _, _ := strings.Cut(tally.Name, "/"); family == kind {
			sum.CameTrue += tally.AtLeast50.CameTrue
			sum.Prevented += tally.AtLeast50.Prevented
			sum.Wrong += tally.AtLeast50.Wrong
		}
	}
	return sum
}

// becameOfTeam returns what became of the predictions that a team answers for; nil if that is not known.
func becameOfTeam(t *outcome.Tallies, team string) *outcome.Kept {
	if t == nil {
		return nil
	}
	for i := range t.Teams {
		if t.Teams[i].Name == team {
			return &t.Teams[i].AtLeast50
		}
	}
	return nil
}

// Moved returns how many predictions people's word has moved between wrong and prevented.
func (s speaker) Moved(card *outcome.Scorecard) uint64 {
	for i := range card.Kinds {
		if card.Kinds[i].Kind == "all" {
			return card.Kinds[i].Episodes.Corrected
		}
	}
	return 0
}
