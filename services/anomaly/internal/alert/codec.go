package alert

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/forewarn/forewarn/shared/finding"
)

// MarshalJSON returns the state: what is kept by rule. Equal states give equal bytes.
func (b *Book) MarshalJSON() ([]byte, error) { return json.Marshal(b.states) }

// UnmarshalJSON replaces the state by what MarshalJSON returned. What fired of rules that are gone becomes an orphan.
func (b *Book) UnmarshalJSON(data []byte) error {
	b.states, b.orphans = map[string]*state{}, nil
	var states map[string]*state
	if err := json.Unmarshal(data, &states); err != nil {
		return fmt.Errorf("decode alerts: %w", err)
	}
	for _, key := range slices.Sorted(maps.Keys(states)) {
		s := states[key]
		if err := s.check(); err != nil {
			return fmt.Errorf("alerts of rule %s: %w", key, err)
		}
		if b.rules[key] != nil {
			b.states[key] = s
			continue
		}
		for _, id := range slices.Sorted(maps.Keys(s.Alerts)) {
			if a := s.Alerts[id]; a.Fired != 0 {
				b.orphans = append(b.orphans, Change{Action: finding.Resolved, Alert: a})
			}
		}
	}
	return nil
}

// check tells what makes a state unusable.
func (s *state) check() error {
	if s == nil || len(s.Alerts) == 0 {
		return fmt.Errorf("there are none")
	}
	for id, a := range s.Alerts {
		switch {
		case a == nil || fmt.Sprintf("%016x", a.Labels.Fingerprint()) != id:
			return fmt.Errorf("%q is not the fingerprint of its labels", id)
		case a.Fired != 0 && (a.Episode == "" || a.Signal == "" || a.Severity.Rank() == 0):
			return fmt.Errorf("%q fires without episode, signal or severity", id)
		}
	}
	return nil
}
