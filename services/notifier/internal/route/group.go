package route

import (
	"cmp"
	"strings"
	"time"

	"github.com/forewarn/forewarn/shared/entity"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/incident"
	"github.com/forewarn/forewarn/shared/selector"
)

// The fields of GroupBy that selectors do not have.
const (
	byTeam  = "team"
	byCause = "cause"
)

// group returns the group of an incident by a route.
func (t *Table) group(r *Route, i *incident.Incident, team string) *incident.Group {
	g := &incident.Group{Interval: cmp.Or(r.GroupInterval, defaultInterval), Limit: cmp.Or(r.GroupLimit, defaultLimit)}
	switch {
	case r.GroupWait != nil:
		g.Wait = *r.GroupWait
	case i.Severity != finding.Critical:
		g.Wait = defaultWait
	}
	by := r.GroupBy
	if by == nil {
		by = []string{byCause}
	}
	key, title := []string{r.Name}, []string(nil)
	for _, field := range by {
		value := fieldOf(field, i, team)
		key = append(key, field+"="+value)
		switch {
		case value == "":
		case field == byCause || field == selector.Root || field == selector.ID:
			title = append(title, entity.Called(value))
		default:
			title = append(title, value)
		}
	}
	g.Key, g.Title = strings.Join(key, "\x1f"), strings.Join(title, " · ")
	return g
}

func fieldOf(field string, i *incident.Incident, team string) string {
	switch field {
	case byTeam:
		return team
	case byCause:
		if c := i.Likeliest(); c != nil {
			return cmp.Or(c.Entity.Root, c.Entity.ID)
		}
		return cmp.Or(i.Entity.Root, i.Entity.ID, i.Signal)
	}
	return selector.Incident{Incident: i}.Field(field)
}

// fitting reports whether a time can be one of grouping.
func fitting(d time.Duration) bool { return d >= 0 && d <= maxInterval }
