// Package mail sends incidents and documents by SMTP (RFC 5321), as text and HTML with their picture.
//
// A message has one Message-ID for all its attempts, <incident>.<version>.<channel>@<domain of the sender>, so that a repeat after a
// crash is the same message for servers and clients that look; all about an incident refer to <incident>@<domain>, and each to the one
// before it (RFC 5322, 3.6.4), so that clients show one conversation. It is marked as no person's (Auto-Submitted: auto-generated,
// RFC 3834), which keeps absence notes from answering.
//
// A server accepts or refuses each receiver by itself: those whom it accepted are not told again when others are tried again
// (4yz) or given up (5yz). Which is whose fault is told by the enhanced codes of RFC 3463, where there are such. MIME is built by
// github.com/wneessen/go-mail.
package mail

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/mail"
	"time"

	"github.com/forewarn/forewarn/services/notifier/internal/delivery"
	"github.com/forewarn/forewarn/services/notifier/internal/person"
	"github.com/forewarn/forewarn/shared/config"
)

// Settings of a channel.
type Settings struct {
	Timeout time.Duration
	TLS     config.ClientTLS
	// Password of the user.
	Password config.Secret
	// To are told everything, besides the people whom a message is for.
	To []config.Secret
	Options
}

// Channel sends to a server. It is safe for concurrent use.
type Channel struct {
	s      Settings
	sender *mail.Address
	tls    *tls.Config
	told   delivery.Told
}

var _ delivery.Channel = (*Channel)(nil)

// New returns a channel. It reads the TLS files and connects to nothing yet.
func New(s Settings) (*Channel, error) {
	sender, err := mail.ParseAddress(s.From)
	if err != nil {
		return nil, fmt.Errorf("from: %w", err)
	}
	conf, err := s.TLS.Config()
	if err != nil {
		return nil, err
	}
	if conf.ServerName == "" {
		conf.ServerName, _ = s.address()
	}
	return &Channel{s: s, sender: sender, tls: conf}, nil
}

// Close does nothing: there is a connection for each message.
func (c *Channel) Close() {}

// Send sends m once, to those who do not have it yet.
func (c *Channel) Send(ctx context.Context, m delivery.Message) (delivery.Sent, error) {
	a := m.Address(c.s.To, func(p *person.Person) config.Secret { return p.Mail })
	if len(a.All) == 0 {
		return delivery.Sent{}, delivery.Nobody(a.Lacking)
	}
	if err := c.editions(ctx, &a); err != nil {
		return delivery.Sent{}, err
	}
	missed, err := c.told.Sum(m.ID, a.All, a.Lacking)
	if err != nil {
		return delivery.Sent{}, err
	}
	return delivery.Sent{Ref: c.reference(m.ID), Missed: missed}, nil
}

// editions posts a letter for each edition. What is wrong with one of several does not hold up the others, unless it is the channel.
func (c *Channel) editions(ctx context.Context, a *delivery.Addresses) (later error) {
	for k := range a.Editions {
		e := &a.Editions[k]
		waiting := c.told.Waiting(e.ID, e.Receivers)
		if len(waiting) == 0 {
			continue
		}
		l, err := c.letter(&e.Message, a.All)
		if err != nil {
			return &delivery.Error{Permanent: true, What: "the mail cannot be made: " + err.Error()}
		}
		err = c.post(ctx, l, waiting)
		var bad *delivery.Error
		switch {
		case err == nil:
		case len(a.Editions) == 1, errors.As(err, &bad) && bad.Channel, ctx.Err() != nil:
			return err
		case bad != nil && bad.Permanent:
			for _, r := range waiting {
				c.told.Note(e.ID, r.Address, bad.Error())
			}
		default:
			later = errors.Join(later, err)
		}
	}
	return later
}
