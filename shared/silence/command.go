package silence

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/forewarn/forewarn/shared/bus"
)

// Commands is the name of commands about silences on the bus.
const Commands = "notifier.silence"

// Verb is what a command asks for.
type Verb string

// The verbs.
const (
	// Create makes Command.Silence, whose ID, Created and Held are set by the notifier; without Starts it starts now.
	Create Verb = "create"
	// Expire ends the silence of Command.ID now, in the name of Command.By.
	Expire Verb = "expire"
	// List returns all silences, those of the last days included.
	List Verb = "list"
)

// Command asks the notifier for something.
type Command struct {
	Schema  int      `json:"schema"`
	Do      Verb     `json:"do"`
	Silence *Silence `json:"silence,omitempty"`
	ID      string   `json:"id,omitempty"`
	By      string   `json:"by,omitempty"`
}

// Reply is the notifier's answer.
type Reply struct {
	// Silences are those that were made, ended, or asked for, the newest first.
	Silences []Silence `json:"silences"`
	// Problem says what the asker has to correct, "" if nothing.
	Problem string `json:"problem,omitempty"`
	// Missing says that there is no silence of the id.
	Missing bool `json:"missing,omitempty"`
}

var (
	// ErrRefused is returned for a command that the asker has to correct.
	ErrRefused = errors.New("the silence was refused")
	// ErrNotFound is returned if there is no such silence.
	ErrNotFound = errors.New("there is no such silence")
)

// Ask sends a command to the notifier and returns what it did. It blocks for at most 5 s. Errors are [ErrRefused], [ErrNotFound], and
// those of the bus.
func Ask(ctx context.Context, b *bus.Bus, c Command) ([]Silence, error) {
	c.Schema = SchemaVersion
	request, err := json.Marshal(&c)
	if err != nil {
		return nil, fmt.Errorf("encode command: %w", err)
	}
	data, err := b.Command(ctx, Commands, request)
	if err != nil {
		return nil, err
	}
	var r Reply
	if err := json.Unmarshal(data, &r); err != nil {
		return nil, fmt.Errorf("decode answer of the notifier: %w", err)
	}
	switch {
	case r.Missing:
		return nil, ErrNotFound
	case r.Problem != "":
		return nil, fmt.Errorf("%w: %s", ErrRefused, r.Problem)
	}
	return r.Silences, nil
}

// DecodeCommand reads a command. The error says what to correct.
func DecodeCommand(data []byte) (*Command, error) {
	var c Command
	if err := json.Unmarshal(data, &c); err != nil {
		return nil, fmt.Errorf("decode command: %w", err)
	}
	switch {
	case c.Schema < 1 || c.Schema > SchemaVersion:
		return nil, fmt.Errorf("command schema %d is not known; this release reads up to %d", c.Schema, SchemaVersion)
	case c.Do == Create && c.Silence == nil:
		return nil, errors.New("silence: is missing; say what to silence")
	case c.Do == Expire && !ValidID(c.ID):
		return nil, fmt.Errorf("id: %q is no silence; list them", c.ID)
	case c.Do != Create && c.Do != Expire && c.Do != List:
		return nil, fmt.Errorf("do: %q is not known; ask for create, expire or list", c.Do)
	}
	return &c, nil
}
