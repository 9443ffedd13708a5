package incident

import (
	"slices"
	"time"
)

// Bounds on what people write into an incident, in bytes but for MaxLinks.
const (
	MaxName  = 100
	MaxText  = 2000
	MaxURL   = 1000
	MaxTitle = 200
	// MaxLinks is how many links one incident has.
	MaxLinks = 20
)

// Work is what people do about an incident. Whether the danger is there is [Incident.State], which only the pipeline says; people's
// signs stand beside it. The pipeline takes signs away when the danger comes back or gets worse, and adds two: what the samples
// verified, and what was closed for its age.
type Work struct {
	// Owner is who has it: a person or a team; "" nobody. Assigned is when that was said, nil again when the danger came back since.
	Owner        string `json:"owner,omitempty"`
	Assigned     *Sign  `json:"assigned,omitempty"`
	Acknowledged *Sign  `json:"acknowledged,omitempty"`
	Mitigated    *Sign  `json:"mitigated,omitempty"`
	// Resolved is what a person said, also while the pipeline still sees the danger.
	Resolved *Sign `json:"resolved,omitempty"`
	// Reopened is the sign of a person that it is not over although the danger is gone.
	Reopened *Sign    `json:"reopened,omitempty"`
	Verified *Sign    `json:"verified,omitempty"`
	Closed   *Sign    `json:"closed,omitempty"`
	Verdict  *Verdict `json:"verdict,omitempty"`
	Links    []Link   `json:"links,omitempty"`
	// Reminders is how often people were told again since it opened last, as nobody had acknowledged it.
	Reminders int `json:"reminders,omitempty"`
}

// Sign is who did something, and when.
type Sign struct {
	By string    `json:"by"`
	At time.Time `json:"at"`
}

// Judgement is what an incident was worth, as people say.
type Judgement string

// The judgements.
const (
	// Useful: it told what people wanted to know.
	Useful Judgement = "useful"
	// Averted: it would have come true, had nobody stepped in.
	Averted Judgement = "prevented"
	// FalseAlarm: there was nothing.
	FalseAlarm Judgement = "false_alarm"
	// Expected: it was so, and known before, as during a migration.
	Expected Judgement = "expected"
)

// Judgements lists them in the order in which people are offered them.
func Judgements() []Judgement { return []Judgement{Useful, Averted, FalseAlarm, Expected} }

// Verdict is a judgement and who gave it.
type Verdict struct {
	Judgement Judgement `json:"judgement"`
	Sign
}

// Link leads to what else is known of an incident: a ticket, a change, a chat.
type Link struct {
	// URL is absolute, http or https.
	URL   string `json:"url"`
	Title string `json:"title,omitempty"`
	Sign
}

// Stage is where an incident is in its life, after ITIL. It follows from its State and its Work ([Incident.Stage]).
type Stage string

// The stages, in order.
const (
	StageOpen         Stage = "open"
	StageAssigned     Stage = "assigned"
	StageAcknowledged Stage = "acknowledged"
	StageMitigated    Stage = "mitigated"
	StageResolved     Stage = "resolved"
	StageVerified     Stage = "verified"
	StageClosed       Stage = "closed"
)

// Stages lists them in order.
func Stages() []Stage {
	return []Stage{StageOpen, StageAssigned, StageAcknowledged, StageMitigated, StageResolved, StageVerified, StageClosed}
}

// Stage returns where i is in its life. A resolved incident from before people could say anything is resolved.
func (i *Incident) Stage() Stage {
	w := &i.Work
	switch {
	case w.Closed != nil:
		return StageClosed
	case w.Verified != nil:
		return StageVerified
	case w.Resolved != nil, i.State == Resolved && w.Reopened == nil:
		return StageResolved
	case w.Mitigated != nil:
		return StageMitigated
	case w.Acknowledged != nil:
		return StageAcknowledged
	case w.Owner != "":
		return StageAssigned
	}
	return StageOpen
}

// Dismissed reports whether people said that there is nothing to be done about i.
func (i *Incident) Dismissed() bool {
	v := i.Work.Verdict
	return v != nil && (v.Judgement == FalseAlarm || v.Judgement == Expected)
}

// Attended reports whether somebody knows of i and sees to it, or has dismissed it: then people are told less.
func (i *Incident) Attended() bool {
	s := i.Stage()
	return i.Dismissed() || s != StageOpen && s != StageAssigned
}

// Active reports whether i is to be worked on: its stage is before resolved.
func (i *Incident) Active() bool {
	return slices.Index(Stages(), i.Stage()) < slices.Index(Stages(), StageResolved)
}

// Possible returns the actions that people can take on i now, in the order in which they are offered.
func (i *Incident) Possible() []Action {
	var all []Action
	if i.MergedInto == "" {
		all = i.steps()
	}
	return append(all, Comment, AddLink, Judge)
}

// steps returns the actions that lead to another stage.
func (i *Incident) steps() (all []Action) {
	switch i.Stage() {
	case StageOpen, StageAssigned:
		all = []Action{Assign, Acknowledge, Mitigate, Resolve}
	case StageAcknowledged:
		all = []Action{Assign, Unacknowledge, Mitigate, Resolve}
	case StageMitigated:
		all = []Action{Assign, Resolve}
	case StageResolved:
		if i.State == Resolved { // while the danger is there, nobody can have seen that it is gone
			all = append(all, Verify)
		}
		return append(all, Close, Reopen)
	case StageVerified:
		return []Action{Close, Reopen}
	case StageClosed:
		return []Action{Reopen}
	}
	if i.Dismissed() {
		all = append(all, Close)
	}
	return all
}
