package scorebook

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/incident"
	"github.com/forewarn/forewarn/shared/outcome"
)

var since = time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC)

func verdictOn(kind finding.Kind, signal string, what finding.What, j incident.Judgement) *incident.Incident {
	i := &incident.Incident{Kind: kind, Signal: signal, OpenedAt: since.Add(time.Hour), Work: incident.Work{Verdict: &incident.Verdict{Judgement: j}}}
	if what != "" {
		i.Predicted, i.Outcome = &incident.Prediction{}, &finding.Outcome{What: what}
	}
	return i
}

// TestHear: people's word stands where they know more than samples do, and is counted by kind in any case.
func TestHear(t *testing.T) {
	space := outcome.EpisodeScore{Reached: 1, Prevented: 2, Faded: 3}
	card := &outcome.Scorecard{Since: since, Kinds: []outcome.KindScore{
		{Kind: "all", Episodes: space},
		{Kind: "exhaustion", Episodes: space},
		{Kind: "exhaustion/space", Episodes: space},
		{Kind: "exhaustion/inodes", Episodes: space},
		{Kind: "leak"},
	}}
	old := verdictOn(finding.Exhaustion, "space/a", finding.Faded, incident.Averted)
	old.OpenedAt = since.Add(-time.Hour)
	Hear(card, []*incident.Incident{
		verdictOn(finding.Exhaustion, "space/a", finding.Faded, incident.Averted),
		verdictOn(finding.Exhaustion, "space/b", finding.Prevented, incident.FalseAlarm),
		verdictOn(finding.Exhaustion, "space/c", finding.Prevented, incident.FalseAlarm),
		verdictOn(finding.Exhaustion, "space/d", finding.Reached, incident.FalseAlarm), // the limit was reached, whatever they say
		verdictOn(finding.Leak, "heap/a", finding.Faded, incident.Averted),             // of which nothing is counted
		verdictOn(finding.Anomaly, "latency/a", "", incident.Expected),
		verdictOn(finding.Anomaly, "latency/b", "", incident.Useful),
		old,
	})
	corrected := outcome.EpisodeScore{Reached: 1, Prevented: 1, Faded: 4, Corrected: 3}
	everything := outcome.EpisodeScore{Reached: 1, Prevented: 2, Faded: 3, Corrected: 4} // that of the leak is among all
	want := []outcome.EpisodeScore{everything, corrected, corrected, space, {}}
	for k := range want {
		if diff := cmp.Diff(want[k], card.Kinds[k].Episodes); diff != "" {
			t.Errorf("%s (-want +got):\n%s", card.Kinds[k].Kind, diff)
		}
	}
	verdicts := []outcome.Verdicts{
		{Kind: "anomaly", Useful: 1, Expected: 1}, {Kind: "exhaustion", Prevented: 1, FalseAlarm: 3}, {Kind: "leak", Prevented: 1},
	}
	if diff := cmp.Diff(verdicts, card.Verdicts); diff != "" {
		t.Errorf("verdicts (-want +got):\n%s", diff)
	}
	mine := []*incident.Incident{old, verdictOn(finding.Leak, "heap/a", "", incident.Averted), verdictOn(finding.Anomaly, "latency/b", "", incident.Useful), {OpenedAt: since}}
	if diff := cmp.Diff(outcome.Verdicts{Team: "erp", Useful: 1, Prevented: 1}, Opinions("erp", mine, since)); diff != "" {
		t.Errorf("of a team (-want +got):\n%s", diff)
	}
}
