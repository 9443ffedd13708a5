package rehearsal

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/forewarn/forewarn/services/forewarn/internal/fault"
	"github.com/forewarn/forewarn/shared/incident"
)

// Shown is how many causes people are shown of an incident.
const Shown = 3

// Verdict is what a case came to.
type Verdict struct {
	Scenario string `json:"scenario"`
	Seed     uint64 `json:"seed"`
	// Faults were injected; Incidents were opened from the onset on, without those that were Merged into another one of them; Background
	// are those from before it, when all was well.
	Faults     int `json:"faults"`
	Incidents  int `json:"incidents"`
	Merged     int `json:"merged"`
	Background int `json:"background"`
	// Apart tells that each fault has an incident of its own, and that there is no other one.
	Apart bool `json:"apart"`
	// Named are the faults of which the cause is among those shown of the first incident that is theirs.
	Named int `json:"named"`
	// Minutes is how long after the onset the first incident was opened, -1 if none was; Notices is what people were told of all.
	Minutes float64 `json:"minutes"`
	Notices int     `json:"notices"`
	// Said are the incidents in words, for who wants to know why.
	Said []Said `json:"said,omitempty"`
}

// Said is an incident in short.
type Said struct {
	Minutes  float64   `json:"minutes"`
	Severity string    `json:"severity"`
	Kind     string    `json:"kind"`
	Signal   string    `json:"signal"`
	Title    string    `json:"title"`
	Causes   []Accused `json:"causes,omitempty"`
	Faults   []string  `json:"faults,omitempty"` // whose causes are among those shown
	Notices  []string  `json:"notices,omitempty"`
	Merged   bool      `json:"merged,omitempty"`
}

// Accused is what an incident names as its cause.
type Accused struct {
	Entity struct {
		ID string `json:"id"`
	} `json:"entity"`
	Signal string `json:"signal"`
}

// account is what an incident says of itself as people receive it, in JSON.
type account struct {
	Causes     []Accused `json:"causes"`
	MergedInto string    `json:"merged_into"`
}

func accountOf(i *incident.Incident) (a account) {
	if data, err := json.Marshal(i); err == nil {
		_ = json.Unmarshal(data, &a) // what an incident does not say is not there
	}
	return a
}

// accused returns the causes that people are shown of an incident; of one that gives none, what it is about.
func accused(i *incident.Incident) []Accused {
	causes := accountOf(i).Causes
	if len(causes) == 0 {
		a := Accused{Signal: i.Signal}
		a.Entity.ID = i.Entity.ID
		causes = []Accused{a}
	}
	return causes[:min(len(causes), Shown)]
}

// names reports whether the causes shown of an incident are those of a fault.
func names(i *incident.Incident, t *fault.Truth) bool {
	for _, a := range accused(i) {
		if slices.ContainsFunc(t.Causes, func(c fault.Cause) bool { return c.Is(a.Entity.ID, a.Signal) }) {
			return true
		}
	}
	return false
}

// judge compares what people were told with what happened.
func judge(scenario string, seed uint64, c *fault.Case, r *Record) Verdict {
	v := Verdict{Scenario: scenario, Seed: seed, Faults: len(c.Truths), Minutes: -1}
	var told []*incident.Incident
	first := c.Onset.Add(-c.Plan.Interval) // what is written in a step is of the time since the one before
	for _, i := range r.Incidents {
		if i.OpenedAt.Before(first) {
			v.Background++
			continue
		}
		if accountOf(i).MergedInto != "" {
			v.Merged++
		} else {
			told = append(told, i)
		}
		v.Notices += len(r.Notices[i.ID])
		v.Said = append(v.Said, say(i, c, r))
	}
	v.Incidents = len(told)
	if len(told) > 0 {
		v.Minutes = told[0].OpenedAt.Sub(c.Onset).Minutes()
	}
	v.Named, v.Apart = match(told, c)
	return v
}

// match returns how many faults are named, and whether each has one incident that names no other. One fault must be named by the first
// incident, which is what people look at; of two, each by one of the first two.
func match(told []*incident.Incident, c *fault.Case) (named int, apart bool) {
	first := told[:min(len(told), len(c.Truths))]
	apart = len(told) == len(c.Truths)
	taken := map[string]bool{}
	for k := range c.Truths {
		at := slices.IndexFunc(first, func(i *incident.Incident) bool { return !taken[i.ID] && names(i, &c.Truths[k]) })
		if at < 0 {
			continue
		}
		taken[first[at].ID] = true
		named++
	}
	return named, apart
}

// say puts an incident into words.
func say(i *incident.Incident, c *fault.Case, r *Record) Said {
	s := Said{
		Minutes: i.OpenedAt.Sub(c.Onset).Round(time.Second).Minutes(), Severity: string(i.Worst), Kind: string(i.Kind), Signal: i.Signal, Title: i.Title.En,
		Causes: accused(i), Merged: accountOf(i).MergedInto != "",
	}
	for k := range c.Truths {
		if names(i, &c.Truths[k]) {
			s.Faults = append(s.Faults, c.Truths[k].Fault)
		}
	}
	for _, n := range r.Notices[i.ID] {
		s.Notices = append(s.Notices, string(n.Reason))
	}
	return s
}
