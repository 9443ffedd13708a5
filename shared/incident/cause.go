package incident

import (
	"time"

	"github.com/forewarn/forewarn/shared/entity"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/i18n"
)

// Trouble is what one episode is about.
type Trouble struct {
	Kind     finding.Kind     `json:"kind"`
	Resource finding.Resource `json:"resource,omitempty"`
	Signal   string           `json:"signal"`
	Series   string           `json:"series,omitempty"`
	// Entity is without its labels.
	Entity entity.Entity `json:"entity"`
	Title  i18n.Text     `json:"title"`
	// Since is when the episode began, as far as is known.
	Since time.Time `json:"since"`
	// Present is since when it is there; nil while it is foretold only.
	Present     *time.Time `json:"present,omitempty"`
	Probability float64    `json:"probability,omitempty"`
	// Ordinary is on which share of the days before the same was noted, 0 to 1, of what began as a note.
	Ordinary float64 `json:"ordinary,omitempty"`
	// Used and Limit are in Unit; Limit is 0 where there is none.
	Used  float64 `json:"used,omitempty"`
	Limit float64 `json:"limit,omitempty"`
	Unit  string  `json:"unit,omitempty"`
}

// Cause is one of the troubles of an incident, with what speaks for its being the cause of the others.
type Cause struct {
	Entity   entity.Entity    `json:"entity"`
	Kind     finding.Kind     `json:"kind"`
	Signal   string           `json:"signal"`
	Series   string           `json:"series,omitempty"`
	Episode  string           `json:"episode"`
	Severity finding.Severity `json:"severity"`
	Title    i18n.Text        `json:"title"`
	Since    time.Time        `json:"since"`
	// Weight is how much speaks for it, 0 to 1; those of an incident sum to 1 at most, since the cause may be unseen.
	Weight float64 `json:"weight"`
	// Reasons are what speaks for it, the strongest first.
	Reasons []i18n.Text `json:"reasons"`
}

// Fault names what is wrong and with what, as [Incident.Fault] does.
func (c *Cause) Fault() string { return Fault(c.Kind, c.Signal) }

// Likeliest returns the likeliest cause if it is another trouble than the one that the incident is about, nil otherwise.
func (i *Incident) Likeliest() *Cause {
	if len(i.Causes) == 0 || i.Causes[0].Fault() == i.Fault() {
		return nil
	}
	return &i.Causes[0]
}

// Affected returns the entities of the troubles that joined, each once, the one that the incident is about first; those of notes
// come last.
func (i *Incident) Affected() []entity.Entity {
	out := []entity.Entity{i.Entity}
	seen := map[string]bool{i.Entity.ID: true}
	for _, note := range []bool{false, true} {
		for k := range i.Marks {
			t := i.Marks[k].Trouble
			if t != nil && i.Marks[k].Note == note && !seen[t.Entity.ID] {
				seen[t.Entity.ID] = true
				out = append(out, t.Entity)
			}
		}
	}
	return out
}
