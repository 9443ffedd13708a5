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
	parts := e.parts(all)
	for i := range e.teams {
		name := e.teams[i].Team
		out.Teams = append(out.Teams, scorebook.Count(name, parts[name]))
	}
	e.counted, e.countedAt = out, e.now()
	return out, nil
}

// opinions counts by team what people said of incidents that opened since a time; teams of which nobody said anything are left out.
func (e *editor) opinions(judged []*incident.Incident, since time.Time) (out []outcome.Verdicts) {
	parts := e.parts(judged)
	for i := range e.teams {
		name := e.teams[i].Team
		if v := scorebook.Opinions(name, parts[name], since); v.Count() > 0 {
			out = append(out, v)
		}
	}
	return out
}

// parts splits incidents by the team that answers for them; those of nobody are under "".
func (e *editor) parts(all []*incident.Incident) map[string][]*incident.Incident {
	out := map[string][]*incident.Incident{}
	for _, in := range all {
		name := ""
		if e.owner != nil {
			name = e.owner(in.Signal, &in.Entity)
		}
		out[name] = append(out[name], in)
	}
	return out
}
