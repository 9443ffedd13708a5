package scorebook

import (
	"slices"
	"strings"
	"time"

	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/incident"
	"github.com/forewarn/forewarn/shared/outcome"
)

// Hear adds to a scorecard what people said of incidents, and takes their word for what became of predictions where they know more than
// samples do: what faded was prevented if somebody says that he did, and what seemed prevented was none if they say that there was
// nothing. Tables are fitted to samples alone: people judge what has annoyed or saved them, which is no fair part of all predictions.
func Hear(card *outcome.Scorecard, judged []*incident.Incident) {
	for _, i := range judged {
		if i.Work.Verdict == nil || i.OpenedAt.Before(card.Since) {
			continue
		}
		said(card, i)
		for k := range card.Kinds {
			if scored(i, card.Kinds[k].Kind) {
				correct(&card.Kinds[k].Episodes, i)
			}
		}
	}
	slices.SortFunc(card.Verdicts, func(a, b outcome.Verdicts) int { return strings.Compare(a.Kind, b.Kind) })
}

// said counts a verdict among those of its kind.
func said(card *outcome.Scorecard, i *incident.Incident) {
	kind := string(i.Kind)
	k := slices.IndexFunc(card.Verdicts, func(v outcome.Verdicts) bool { return v.Kind == kind })
	if k < 0 {
		card.Verdicts = append(card.Verdicts, outcome.Verdicts{Kind: kind})
		k = len(card.Verdicts) - 1
	}
	opine(&card.Verdicts[k], i)
}

// Opinions counts what people said of incidents of a team that opened since a time.
func Opinions(team string, judged []*incident.Incident, since time.Time) outcome.Verdicts {
	v := outcome.Verdicts{Team: team}
	for _, i := range judged {
		if i.Work.Verdict != nil && !i.OpenedAt.Before(since) {
			opine(&v, i)
		}
	}
	return v
}

// opine counts one verdict.
func opine(v *outcome.Verdicts, i *incident.Incident) {
	switch i.Work.Verdict.Judgement {
	case incident.Useful:
		v.Useful++
	case incident.Averted:
		v.Prevented++
	case incident.FalseAlarm:
		v.FalseAlarm++
	case incident.Expected:
		v.Expected++
	}
}

// scored reports whether the prediction of i is counted under a kind: all, a family, or a rule of one.
func scored(i *incident.Incident, kind string) bool {
	if i.Predicted == nil || i.Outcome == nil {
		return false
	}
	rule, _, _ := strings.Cut(i.Signal, "/")
	family := string(i.Kind)
	return kind == all || kind == family || kind == family+"/"+rule
}

// correct moves a prediction from what samples said of it to what a person did.
func correct(e *outcome.EpisodeScore, i *incident.Incident) {
	switch v, what := i.Work.Verdict.Judgement, i.Outcome.What; {
	case v == incident.Averted && what == finding.Faded && e.Faded > 0:
		e.Faded--
		e.Prevented++
		e.Corrected++
	case v == incident.FalseAlarm && what == finding.Prevented && e.Prevented > 0:
		e.Prevented--
		e.Faded++
		e.Corrected++
	}
}
