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
	"fmt"
	"net/mail"
	"time"

	"github.com/forewarn/forewarn/services/notifier/internal/delivery"
	"github.com/forewarn/forewarn/services/notifier/internal/person"
	"github.com/forewarn/forewarn/shared/config"
	"github.com/forewarn/forewarn/shared/i18n"
)

// Settings of a channel.
type Settings struct {
	Timeout time.Duration
	TLS     config.ClientTLS
	// Password of the user.
	Password config.Secret
	// To are told everything, besides the people whom a message is for.
	To       []config.Secret
	Language i18n.Language
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
	all, lacking := person.Receivers(c.s.To, m.To, func(p *person.Person) config.Secret { return p.Mail })
	if len(all) == 0 {
		return delivery.Sent{}, delivery.Nobody(lacking)
	}
	l, err := c.letter(&m, all)
	if err != nil {
		return delivery.Sent{}, &delivery.Error{Permanent: true, What: "the mail cannot be made: " + err.Error()}
	}
	if waiting := c.told.Waiting(m.ID, all); len(waiting) > 0 {
		if err := c.post(ctx, l, waiting); err != nil {
			return delivery.Sent{}, err
		}
	}
	missed, err := c.told.Sum(m.ID, all, lacking)
	if err != nil {
		return delivery.Sent{}, err
	}
	return delivery.Sent{Ref: l.id, Missed: missed}, nil
}
