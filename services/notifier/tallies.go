package notifier

import (
	"context"
	"time"

	build "github.com/forewarn/forewarn/services/notifier/internal/digest"
	"github.com/forewarn/forewarn/services/notifier/internal/scorebook"
	"github.com/forewarn/forewarn/shared/incident"
	"github.com/forewarn/forewarn/shared/outcome"
)

// talliesFresh is how long tallies are given out again: reading thousands of incidents takes a while.
const talliesFresh = time.Minute

// tallies counts what became of incidents that a prediction opened, over the time that they are looked at.
func (e *editor) tallies(ctx context.Context) (*outcome.Tallies, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if now := e.now(); e.counted != nil && now.Sub(e.countedAt) < talliesFresh && !now.Before(e.countedAt) {
		return e.counted, nil
	}
	all, err := e.facts.Incidents(ctx, build.Edition{From: e.now()})
	if err != nil {
		return nil, err
	}
	zone := time.Local
	out := &outcome.Tallies{
		All: scorebook.Count("", all), Teams: []outcome.Tally{}, Kinds: scorebook.Split(all, scorebook.ByKind),
		Weeks: scorebook.Split(all, scorebook.ByWeek(zone)), Months: scorebook.Split(all, scorebook.ByMonth(zone)),
	}
	for i := range e.teams {
		out.Teams = append(out.Teams, scorebook.Count(e.teams[i].Team, e.teams[i].among(all)))
	}
	e.counted, e.countedAt = out, e.now()
	return out, nil
}

// opinions counts by team what people said of incidents that opened since a time; teams of which nobody said anything are left out.
func (e *editor) opinions(judged []*incident.Incident, since time.Time) (out []outcome.Verdicts) {
	for i := range e.teams {
		if v := scorebook.Opinions(e.teams[i].Team, e.teams[i].among(judged), since); v.Count() > 0 {
			out = append(out, v)
		}
	}
	return out
}

// among returns the incidents that the team answers for.
func (t *team) among(all []*incident.Incident) (mine []*incident.Incident) {
	for _, in := range all {
		if t.owns(&in.Entity) {
			mine = append(mine, in)
		}
	}
	return mine
}
