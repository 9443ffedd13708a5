// Package phone reaches people by short messages and calls, through Alibaba Cloud or Tencent Cloud.
//
// Both send approved templates only, in which a few variables stand for what differs; docs/channels-mail-sms.md has texts to have
// approved. Of an incident only the beginning, what is worse, and the end are worth a message, and only the first two a call.
// Neither provider knows a repeat: an answer that is lost on the way may mean that somebody is told twice.
package phone

import (
	"context"
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"fmt"
	"regexp"
	"time"

	"github.com/forewarn/forewarn/services/notifier/internal/delivery"
	"github.com/forewarn/forewarn/services/notifier/internal/peer"
	"github.com/forewarn/forewarn/services/notifier/internal/person"
	"github.com/forewarn/forewarn/shared/config"
	"github.com/forewarn/forewarn/shared/incident"
)

// Settings of a channel.
type Settings struct {
	Timeout time.Duration
	TLS     config.ClientTLS
	// Secret belongs to the key id.
	Secret config.Secret
	// To are told everything, besides the people whom a message is for.
	To []config.Secret
	// Voice calls people instead of writing to them.
	Voice bool
	Options
}

// Channel reaches phones. It is safe for concurrent use.
type Channel struct {
	s        Settings
	peer     *peer.Client
	provider provider
	told     delivery.Told
}

// said is a message in the variables of a template.
type said struct {
	template string
	values   []value
}

// provider sends to one number.
type provider interface {
	send(ctx context.Context, number string, what said, ref string) error
}

var _ delivery.Channel = (*Channel)(nil)

// New returns a channel. It reads the TLS files and connects to nothing yet.
func New(s Settings) (*Channel, error) {
	p, err := peer.New(s.endpoint(s.Voice), s.Timeout, s.TLS)
	if err != nil {
		return nil, err
	}
	c := &Channel{s: s, peer: p}
	switch s.Provider {
	case Alibaba:
		c.provider = newAlibaba(&c.s, p)
	case Tencent:
		c.provider = newTencent(&c.s, p)
	default:
		return nil, fmt.Errorf("provider: %q is not known", s.Provider)
	}
	return c, nil
}

// Close closes idle connections.
func (c *Channel) Close() { c.peer.Close() }

// Send tells those who have not been told yet, one after the other.
func (c *Channel) Send(ctx context.Context, m delivery.Message) (delivery.Sent, error) {
	if m.Document != nil {
		return delivery.Sent{}, &delivery.Error{Permanent: true, What: "a document cannot be sent to a phone", Remedy: "route digests to mail or a chat"}
	}
	if !c.worth(m.Reason) {
		return delivery.Sent{}, nil
	}
	a := m.Address(c.s.To, func(p *person.Person) config.Secret { return p.Phone })
	if len(a.All) == 0 {
		return delivery.Sent{}, delivery.Nobody(a.Lacking)
	}
	by := map[string]said{}
	for k := range a.Editions {
		e := &a.Editions[k]
		what := said{c.s.template(e.Text.Language), c.values(&e.Message)}
		for _, r := range e.Receivers {
			by[r.Address] = what
		}
	}
	missed, err := c.told.Each(ctx, m.ID, a.All, a.Lacking, func(r person.Receiver) error {
		return hide(c.provider.send(ctx, r.Address, by[r.Address], reference(m.ID)))
	})
	return delivery.Sent{Missed: missed}, err
}

// anyNumber is what may be a number of somebody in a provider's words, and is a code of none.
var anyNumber = regexp.MustCompile(`\+?\d[\d -]{4,}\d`)

// hide takes numbers out of an error, which is kept and logged.
func hide(err error) error {
	var e *delivery.Error
	if errors.As(err, &e) {
		e.What = anyNumber.ReplaceAllString(e.What, "***")
	}
	return err
}

// worth says whether a message is worth a sound.
func (c *Channel) worth(why incident.Reason) bool {
	switch why {
	case incident.ReasonMoved, incident.ReasonCause, incident.ReasonExamined:
		return false
	case incident.ReasonResolved, incident.ReasonUnheard:
		return !c.s.Voice
	}
	return true
}

// reference is what a provider gives back in its receipts: at most 15 bytes, which is what calls allow.
func reference(message string) string {
	sum := sha256.Sum256([]byte(message))
	return base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(sum[:9])
}
