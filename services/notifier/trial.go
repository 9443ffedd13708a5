package notifier

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/forewarn/forewarn/services/notifier/internal/delivery"
	"github.com/forewarn/forewarn/services/notifier/internal/person"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/i18n"
	"github.com/forewarn/forewarn/shared/incident"
)

// Trial is what became of a message by which somebody tried a channel.
type Trial struct {
	Channel, Type string
	// Took is how long the receiver took to answer.
	Took time.Duration
	// Missed says whom it did not reach although it was accepted, "" if nobody was missed.
	Missed string
	// What says what the receiver answered, and Remedy what to do, if it did not accept the message; both are "" if it did.
	What, Remedy string
}

// Try sends one message, which says that it is a test, by a channel of cfg, to the person of a name as well if that is not "". It
// tells no bus of it, and its result holds no secret and no address. It returns an error if there is no such channel or person, or the
// channel cannot be opened.
func Try(ctx context.Context, cfg Config, channel, to string) (Trial, error) {
	ch, err := cfg.channel(channel)
	if err != nil {
		return Trial{}, err
	}
	m, err := cfg.trial(ch, to)
	if err != nil {
		return Trial{}, err
	}
	c, err := kinds()[ch.Type].open(ch)
	if err != nil {
		return Trial{}, fmt.Errorf("notifier channel %q: %w", ch.Name, err)
	}
	defer c.Close()
	ctx, cancel := context.WithTimeout(ctx, ch.timeout())
	defer cancel()
	begun := time.Now()
	sent, err := c.Send(ctx, m)
	t := Trial{Channel: ch.Name, Type: ch.Type, Took: time.Since(begun), Missed: sent.Missed}
	var e *delivery.Error
	switch {
	case errors.As(err, &e):
		t.What, t.Remedy = e.What, e.Remedy
	case err != nil:
		t.What, t.Remedy = err.Error(), "try again"
	}
	return t, nil
}

func (c *Config) channel(name string) (*ChannelConfig, error) {
	names := make([]string, len(c.Channels))
	for k := range c.Channels {
		if names[k] = c.Channels[k].Name; names[k] == name {
			return &c.Channels[k], nil
		}
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("there is no channel %q: none is configured; add notifier.channels", name)
	}
	return nil, fmt.Errorf("there is no channel %q; use one of %s", name, strings.Join(names, ", "))
}

// trial makes the message.
func (c *Config) trial(ch *ChannelConfig, to string) (delivery.Message, error) {
	people, err := person.NewDirectory(c.People)
	if err != nil {
		return delivery.Message{}, err
	}
	var names []string
	if to != "" {
		if names = []string{to}; !people.Knows(to) {
			return delivery.Message{}, fmt.Errorf("there is nobody called %q in notifier.people; correct --to", to)
		}
	}
	scribe, err := c.scribe(ch, people)
	if err != nil {
		return delivery.Message{}, err
	}
	now := time.Now().UTC()
	i := &incident.Incident{
		Schema: incident.SchemaVersion, ID: incident.NewID(now, "trial "+ch.Name), State: incident.Open, Version: 1,
		Severity: finding.Info, Worst: finding.Info, Title: i18n.Text{En: "Test", Zh: "测试"}, OpenedAt: now, UpdatedAt: now,
	}
	m := delivery.Message{ID: incident.ChangeID(i.ID, i.Version) + "." + ch.Name, Reason: incident.ReasonTest, Incident: i}
	return scribe.Trial(m, names, ch.Name, now), nil
}
