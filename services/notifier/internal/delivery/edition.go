package delivery

import (
	"slices"
	"strings"

	"github.com/forewarn/forewarn/services/notifier/internal/message"
	"github.com/forewarn/forewarn/services/notifier/internal/person"
	"github.com/forewarn/forewarn/shared/config"
)

// Edition is a message as some people read it, whose language or time zone is not the channel's.
type Edition struct {
	// Mark tells it from the other editions of its message, such as zh-CN.Asia/Shanghai; it is fit for the id of a mail.
	Mark    string
	Text    message.Text
	Picture []byte
	To      []person.Person

	reader message.Reader
}

// Editions returns m as its receivers read it: first for those whom the channel's configuration names and the people who read as they
// do, then once for each other language and time zone. Each is complete, and has no other editions.
func (m *Message) Editions() []Message {
	own := *m
	own.Others = nil
	all := []Message{own}
	for _, o := range m.Others {
		e := own
		e.Mark, e.Text, e.Picture, e.To = o.Mark, o.Text, o.Picture, o.To
		all = append(all, e)
	}
	return all
}

// EditionID is the id of a message, and another one for each of its editions but the channel's own.
func (m *Message) EditionID() string {
	if m.Mark == "" {
		return m.ID
	}
	return m.ID + "." + m.Mark
}

// Addressed is an edition with those whom it reaches.
type Addressed struct {
	Message
	Receivers []person.Receiver
}

// Addresses are whom a message reaches.
type Addresses struct {
	// Editions are those that reach somebody.
	Editions []Addressed
	// All are the receivers of all editions, each address once, and Lacking the names of people without an address.
	All     []person.Receiver
	Lacking []string
}

// Address finds whom m reaches: those of configured addresses, and its people. Of people who read another edition the address is taken
// from those that are configured.
func (m *Message) Address(configured []config.Secret, address func(*person.Person) config.Secret) (a Addresses) {
	editions := m.Editions()
	found := make([]Addressed, len(editions))
	for k := len(editions) - 1; k >= 0; k-- { // the channel's own edition is for whom the others leave out
		own := configured
		if k > 0 {
			own = nil
		}
		receivers, lacking := person.Receivers(own, editions[k].To, address)
		receivers = slices.DeleteFunc(receivers, func(r person.Receiver) bool { return reached(found, r.Address) })
		found[k] = Addressed{Message: editions[k], Receivers: receivers}
		a.Lacking = append(a.Lacking, lacking...)
	}
	for _, e := range found {
		if len(e.Receivers) > 0 {
			a.Editions = append(a.Editions, e)
			a.All = append(a.All, e.Receivers...)
		}
	}
	return a
}

func reached(editions []Addressed, address string) bool {
	return slices.ContainsFunc(editions, func(e Addressed) bool {
		return slices.ContainsFunc(e.Receivers, func(r person.Receiver) bool { return strings.EqualFold(r.Address, address) })
	})
}
