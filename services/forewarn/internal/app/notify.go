package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/forewarn/forewarn/services/notifier"
)

// NotifyOptions say which channel is tried.
type NotifyOptions struct {
	ConfigFile string
	Environ    []string
	// Channel is tried, and To is the name of a person whom the message is for as well; "" for the channel's own receivers.
	Channel, To string
}

// errNotDelivered ends the command with a status that tells a script.
var errNotDelivered = errors.New("the test message was not delivered")

// Notify sends a test message by a channel of the configuration, and says what its receiver answered and what to do. It needs no
// other part of the program to run.
func Notify(ctx context.Context, o NotifyOptions, out io.Writer) error {
	l, err := load(o.ConfigFile, o.Environ, nil)
	if err != nil {
		return err
	}
	t, err := notifier.Try(ctx, l.Notifier, o.Channel, o.To)
	if err != nil {
		return err
	}
	took := t.Took.Round(time.Millisecond)
	if t.What != "" {
		fmt.Fprintf(out, "%s (%s): not delivered, after %v\n  answer      %s\n", t.Channel, t.Type, took, t.What) //nolint:errcheck // the error says it, too
		if t.Remedy != "" {
			fmt.Fprintf(out, "  what to do  %s\n", t.Remedy) //nolint:errcheck // see above
		}
		return errNotDelivered
	}
	if _, err := fmt.Fprintf(out, "%s (%s): accepted after %v; look whether it has arrived\n", t.Channel, t.Type, took); err != nil {
		return err
	}
	if t.Missed != "" {
		fmt.Fprintf(out, "  missed      %s\n", t.Missed) //nolint:errcheck // the error says it, too
		return errNotDelivered
	}
	return nil
}
