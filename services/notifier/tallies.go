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
	parts := map[string][]*incident.Incident{}
	if e.owner != nil {
		for _, in := range all {
			owner := e.owner(in.Signal, &in.Entity)
			parts[owner] = append(parts[owner], in)
		}
	}
	for i := range e.teams {
		name := e.teams[i].Team
		out.Teams = append(out.Teams, scorebook.Count(name, parts[name]))
	}
	e.counted, e.countedAt = out, e.now()
	return out, nil
}
