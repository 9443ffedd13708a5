package pipeline

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/forewarn/forewarn/shared/incident"
)

// Command has the notifier carry out what a person wants done with an incident, and returns its answer. After an error it is not known
// whether it was done: the same command may be sent again. [bus.ErrNoWorker]: no notifier is running.
func (s *Source) Command(ctx context.Context, c *incident.Command) (*incident.Reply, error) {
	ctx, cancel := context.WithTimeout(ctx, storeTimeout)
	defer cancel()
	data, err := incident.EncodeCommand(c)
	if err != nil {
		return nil, err
	}
	if data, err = s.settings.Bus.Command(ctx, incident.Commands, data); err != nil {
		return nil, err
	}
	var reply incident.Reply
	if err := json.Unmarshal(data, &reply); err != nil {
		return nil, fmt.Errorf("read what became of command %s: %w", c.ID, err)
	}
	return &reply, nil
}
