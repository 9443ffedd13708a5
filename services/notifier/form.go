package notifier

import (
	"context"
	"errors"
	"fmt"

	"go.uber.org/zap"

	"github.com/forewarn/forewarn/services/notifier/internal/delivery"
	"github.com/forewarn/forewarn/services/notifier/internal/message"
	"github.com/forewarn/forewarn/services/notifier/internal/person"
	"github.com/forewarn/forewarn/services/notifier/internal/picture"
	"github.com/forewarn/forewarn/shared/i18n"
)

// paints reports whether a channel of the configuration shows pictures.
func (c *Config) paints() bool {
	for k := range c.Channels {
		if c.Channels[k].paints() {
			return true
		}
	}
	return false
}

func (ch *ChannelConfig) paints() bool { return kinds()[ch.Type].picture > 0 && !ch.WithoutPicture }

// pictures returns what draws the pictures of a channel, nil if it shows none.
func (n *notifier) pictures(ch *ChannelConfig) func(context.Context, *delivery.Message, message.Reader) []byte {
	if n.painter == nil || !ch.paints() {
		return nil
	}
	kind := kinds()[ch.Type]
	return func(ctx context.Context, m *delivery.Message, r message.Reader) []byte {
		if kind.follows && !m.Loud() {
			return nil // it would not be sent
		}
		png, err := n.painter.Paint(ctx, m.Incident, r.Language, r.Zone, kind.picture)
		n.metrics.pictures.WithLabelValues(ch.Name, painted(err)).Inc()
		if err != nil {
			n.s.Logger.Named("notifier").Debug("message goes without a picture", zap.String("delivery", m.ID), zap.Error(err))
		}
		return png
	}
}

// painted says what became of a picture.
func painted(err error) string {
	switch {
	case err == nil:
		return "drawn"
	case errors.Is(err, picture.ErrNone):
		return "none"
	}
	return "failed"
}

// scribe returns what says how a channel tells what happens, without pictures.
func (c *Config) scribe(ch *ChannelConfig, people *person.Directory) (s delivery.Scribe, err error) {
	kind := kinds()[ch.Type]
	s = delivery.Scribe{People: people, Personal: kind.reaches != nil, Fallback: func() {}}
	if s.Reader, err = ch.reader(c.ConsoleURL); err != nil {
		return s, err
	}
	if s.Readers, err = c.readers(ch); err != nil {
		return s, err
	}
	if s.Template, err = ch.template(); err != nil {
		return s, fmt.Errorf("notifier channel %q: template: %w", ch.Name, err)
	}
	if s.Page, err = ch.Mail.Form(); err != nil {
		return s, fmt.Errorf("notifier channel %q: html_template: %w", ch.Name, err)
	}
	if kind.speaks != nil {
		s.Speaks = func(l i18n.Language) bool { return kind.speaks(ch, l) }
	}
	if kind.only == nil {
		return s, nil
	}
	for k := range c.People {
		if p := &c.People[k]; kind.only(ch, p) {
			s.Reader = p.Reads(s.Reader)
			for team, r := range s.Readers {
				s.Readers[team] = p.Reads(r)
			}
		}
	}
	return s, nil
}
