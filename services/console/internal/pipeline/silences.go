package pipeline

import (
	"context"

	"github.com/forewarn/forewarn/shared/incident"
	"github.com/forewarn/forewarn/shared/selector"
	"github.com/forewarn/forewarn/shared/silence"
)

// Silence has the notifier do what a command asks for, and returns the silences that it is about. Errors are those of [silence.Ask].
func (s *Source) Silence(ctx context.Context, c silence.Command) ([]silence.Silence, error) {
	ctx, cancel := context.WithTimeout(ctx, storeTimeout)
	defer cancel()
	return silence.Ask(ctx, s.settings.Bus, c)
}

// Silencing returns the silences of a list that are active now, or begin later, and match an incident.
func Silencing(all []silence.Silence, i *incident.Incident, active func(*silence.Silence) bool) (out []silence.Silence) {
	for k := range all {
		if active(&all[k]) && all[k].Match.Matches(selector.Incident{Incident: i}) {
			out = append(out, all[k])
		}
	}
	return out
}
