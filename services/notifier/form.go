package notifier

import (
	"context"
	"errors"

	"go.uber.org/zap"

	"github.com/forewarn/forewarn/services/notifier/internal/delivery"
	"github.com/forewarn/forewarn/services/notifier/internal/message"
	"github.com/forewarn/forewarn/services/notifier/internal/picture"
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
func (n *notifier) pictures(ch *ChannelConfig, r message.Reader) func(context.Context, *delivery.Message) []byte {
	if n.painter == nil || !ch.paints() {
		return nil
	}
	kind := kinds()[ch.Type]
	return func(ctx context.Context, m *delivery.Message) []byte {
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
