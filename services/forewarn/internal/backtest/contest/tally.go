package contest

import (
	"github.com/forewarn/forewarn/services/forewarn/internal/peer"
	"github.com/forewarn/forewarn/services/forewarn/internal/scenario"
	"github.com/forewarn/forewarn/services/forewarn/internal/score"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/signal"
)

// Tally follows the signals of one worker. It is not safe for concurrent use.
type Tally struct {
	state    func(key string) (signal.State, bool)
	bySignal map[string]*Subject
	bySeries map[string]*Subject
}

// NewTally returns a tally; state tells what is known of a signal that is met for the first time.
func NewTally(state func(key string) (signal.State, bool)) *Tally {
	return &Tally{state: state, bySignal: map[string]*Subject{}, bySeries: map[string]*Subject{}}
}

// Subject is a series in use, with all that was said about it.
type Subject struct {
	// State is that of its first signal when it was met.
	State signal.State

	kind   scenario.Kind
	owner  string // the signal whose observations count: the first with a limit
	course course
	ours   []score.Finding
	rules  []alarm
}

// alarm is a rule on one subject.
type alarm struct {
	rule   peer.Rule
	firing bool
	spells []spell
}

// spell is when an alarm stood, in Unix seconds; end is 0 while it does.
type spell struct{ begin, end float64 }

// Observe takes an observation of a signal, as [trend.Worker.Watch] tells it.
func (t *Tally) Observe(key string, millis int64, used, limit float64) {
	s := t.subject(key)
	if s == nil || limit <= 0 {
		return
	}
	if s.owner == "" {
		s.owner = key
		for _, r := range peer.Usuals() {
			s.rules = append(s.rules, alarm{rule: r.New()})
		}
	}
	if s.owner != key || millis <= s.course.end { // a clock that was corrected: the rules would not go back
		return
	}
	s.course.observe(millis, used/limit)
	sample := peer.Sample{Time: float64(millis) / 1000, Value: used, Limit: limit}
	for i := range s.rules {
		s.rules[i].observe(sample)
	}
}

// subject returns the subject of a signal; nil if the worker does not know the signal.
func (t *Tally) subject(key string) *Subject {
	if s, ok := t.bySignal[key]; ok {
		return s
	}
	state, ok := t.state(key)
	if !ok {
		return nil
	}
	s, ok := t.bySeries[state.Series]
	if !ok {
		s = &Subject{State: state, kind: scenario.Exhaustion}
		t.bySeries[state.Series] = s
	}
	if state.Kind == signal.Leak {
		s.kind = scenario.Leak // which is sampled by the minute and known sooner
	}
	t.bySignal[key] = s
	return s
}

func (a *alarm) observe(s peer.Sample) {
	before := a.firing
	a.firing = a.rule.Observe(s).Firing
	switch {
	case a.firing && !before:
		a.spells = append(a.spells, spell{begin: s.Time})
	case before && !a.firing:
		a.spells[len(a.spells)-1].end = s.Time
	}
}

// Hear takes what Forewarn said. Only what changes how an episode stands is kept.
func (t *Tally) Hear(f *finding.Finding) {
	s := t.bySignal[f.Signal]
	if s == nil {
		return
	}
	said := score.Finding{Time: float64(f.Time.UnixMilli()) / 1000, Action: string(f.Action), Severity: string(f.Severity), Episode: f.Episode}
	for i := len(s.ours) - 1; i >= 0; i-- {
		if last := &s.ours[i]; last.Episode == said.Episode {
			if f.Action == finding.Updated && last.Severity == said.Severity {
				return
			}
			break
		}
	}
	s.ours = append(s.ours, said)
}

// said returns what a rule said as findings.
func (a *alarm) said() (out []score.Finding) {
	for _, s := range a.spells {
		out = append(out, score.Finding{Time: s.begin, Action: string(finding.Opened), Severity: string(finding.Warning), Episode: "alert"})
		if s.end != 0 {
			out = append(out, score.Finding{Time: s.end, Action: string(finding.Resolved), Severity: string(finding.Warning), Episode: "alert"})
		}
	}
	return out
}
