package delivery

import (
	"cmp"
	"context"
	"reflect"
	"time"

	"github.com/forewarn/forewarn/services/notifier/internal/message"
	"github.com/forewarn/forewarn/services/notifier/internal/person"
	"github.com/forewarn/forewarn/shared/i18n"
	"github.com/forewarn/forewarn/shared/incident"
)

// Scribe says what happens as one channel tells it: for whom, in which language, time zone and form.
type Scribe struct {
	// Reader is for whom messages are, Readers the same for what a team owns, by its name.
	Reader  message.Reader
	Readers map[string]message.Reader
	// People finds whom messages are for; nil knows nobody.
	People *person.Directory
	// Personal says that the channel addresses people one by one, so that each can have an edition of their own ([Message.Editions]).
	Personal bool
	// Speaks tells in which languages beside its own the channel can address people; nil: in all.
	Speaks func(i18n.Language) bool
	// Template is the channel's own form of messages, and Page that of pages; nil is the one that is built in, which is sent as well
	// when a template fails; Fallback is told of that.
	Template, Page *message.Template
	Fallback       func()
	// Picture draws the picture of a message for a reader, nil if there is nothing to show. It takes little time and cannot fail; nil
	// draws none.
	Picture func(ctx context.Context, m *Message, r message.Reader) []byte
}

// Incident says why people are told of the incident of a delivery. fallback says why the message is not in the form of the
// channel's template, "" if it is, or there is none.
func (s *Scribe) Incident(ctx context.Context, d *Delivery, why incident.Reason) (m Message, fallback string) {
	m = Message{ID: d.ID(), Reason: why, Incident: &d.Incident}
	s.edit(&m, s.reader(d.Team), s.to(d.To), func(r message.Reader) message.Text {
		t := r.Render(&d.Incident, why)
		if d.Alarm != nil {
			return r.Undelivered(t, d.Alarm.Channel, d.Alarm.Why)
		}
		fallback = cmp.Or(s.fill(s.Template, &t.Body, r, d, why), s.fill(s.Page, &t.Page, r, d, why), fallback)
		return t
	})
	if d.Alarm == nil {
		s.draw(ctx, &m)
	}
	return m, fallback
}

// draw draws the pictures of a message and of its other editions, for their readers. What could not be drawn for the first is not tried
// for the others, so that a history that does not answer is waited for once.
func (s *Scribe) draw(ctx context.Context, m *Message) {
	if s.Picture == nil {
		return
	}
	if m.Picture = s.Picture(ctx, m, m.reader); m.Picture == nil {
		return
	}
	for k := range m.Others {
		m.Others[k].Picture = s.Picture(ctx, m, m.Others[k].reader)
	}
}

// fill has a template say an incident, and returns why it could not, "" if it could, or there is none.
func (s *Scribe) fill(form *message.Template, into *string, r message.Reader, d *Delivery, why incident.Reason) (failed string) {
	if form == nil {
		return ""
	}
	said, err := form.Fill(r, &d.Incident, why)
	if err != nil {
		s.Fallback()
		return "the channel's template failed, the message that is built in was sent: " + err.Error()
	}
	*into = said
	return ""
}

// Summary says what is still true of several incidents, of which the worst is m's, for people and a team.
func (s *Scribe) Summary(m Message, to []string, team string) Message {
	s.edit(&m, s.reader(team), s.to(to), func(r message.Reader) message.Text { return r.Summary(*m.Summary) })
	return m
}

// Trial says that somebody tries a channel, for people.
func (s *Scribe) Trial(m Message, to []string, channel string, now time.Time) Message {
	s.edit(&m, s.Reader, s.to(to), func(r message.Reader) message.Text { return r.Trial(channel, now) })
	return m
}

// Document gives people what is complete already.
func (s *Scribe) Document(d *Delivery) Message {
	return Message{ID: d.ID(), Reason: ReasonDocument, Document: &d.Document.Content, To: s.to(d.Document.To)}
}

// edit writes a message for a reader, and once more for each language and time zone of people who read another one, unless that makes no
// difference: a machine's own time zone has another name than the same one of a person.
func (s *Scribe) edit(m *Message, own message.Reader, people []person.Person, say func(message.Reader) message.Text) {
	own.Names = s.names()
	m.Text, m.reader = say(own), own
	for k := range people {
		r := own
		if s.Personal {
			r = people[k].Reads(own)
		}
		if s.Speaks != nil && !s.Speaks(r.Language) {
			r.Language = own.Language
		}
		to := s.edition(m, r, say)
		*to = append(*to, people[k])
	}
}

// edition returns whom the edition for a reader is for, which it writes if there is none yet.
func (s *Scribe) edition(m *Message, r message.Reader, say func(message.Reader) message.Text) *[]person.Person {
	if r.Mark() == m.reader.Mark() {
		return &m.To
	}
	for k := range m.Others {
		if m.Others[k].Mark == r.Mark() {
			return &m.Others[k].To
		}
	}
	t := say(r)
	if reflect.DeepEqual(t, m.Text) {
		return &m.To
	}
	m.Others = append(m.Others, Edition{Mark: r.Mark(), Text: t, reader: r})
	return &m.Others[len(m.Others)-1].To
}

// names knows people by what they are called, nil if nobody is known.
func (s *Scribe) names() message.Names {
	if s.People == nil {
		return nil // and no interface that holds a nil
	}
	return s.People
}

// reader returns for whom messages about what a team owns are rendered.
func (s *Scribe) reader(team string) message.Reader {
	if r, ok := s.Readers[team]; ok {
		return r
	}
	return s.Reader
}

// to finds people by name. Those who are not in the configuration any more are left out.
func (s *Scribe) to(names []string) []person.Person {
	if s.People == nil {
		return nil
	}
	found, _ := s.People.Find(names)
	return found
}
