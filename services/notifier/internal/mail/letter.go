package mail

import (
	"bytes"
	_ "embed"
	"html/template"
	"io"
	"net/mail"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"

	"github.com/forewarn/forewarn/services/notifier/internal/delivery"
	"github.com/forewarn/forewarn/services/notifier/internal/message"
	"github.com/forewarn/forewarn/services/notifier/internal/person"
	"github.com/forewarn/forewarn/shared/i18n"
)

// picture is the content id of an incident's picture.
const picture = "chart"

// letter is a mail for all its receivers.
type letter struct {
	message string // the id of the delivery
	id      string // its Message-ID, in angle brackets
	mime    *gomail.Msg
}

// letter makes a mail of an edition of a message. The receivers of all editions stand in To: they work together, and see who else knows.
func (c *Channel) letter(m *delivery.Message, all []person.Receiver) (*letter, error) {
	l := &letter{message: m.ID, id: c.reference(m.EditionID()), mime: gomail.NewMsg(gomail.WithNoDefaultUserAgent())}
	l.mime.FromMailAddress(c.sender)
	to := make([]*mail.Address, len(all))
	for k, r := range all {
		to[k] = &mail.Address{Address: r.Address}
	}
	l.mime.ToMailAddress(to...)
	l.mime.SetGenHeader(gomail.HeaderMessageID, l.id)
	l.mime.SetGenHeader("Auto-Submitted", "auto-generated")
	l.mime.SetGenHeader("X-Auto-Response-Suppress", "All") // the same for Exchange ([MS-OXCMAIL])
	if m.Document != nil {
		return l, document(l.mime, m.Document)
	}
	l.mime.SetGenHeader("Content-Language", string(m.Text.Language))
	c.thread(l, m)
	return l, incidentIn(l.mime, m)
}

// reference is the Message-ID of what has an id.
func (c *Channel) reference(id string) string {
	return "<" + id + "@" + c.sender.Address[strings.LastIndexByte(c.sender.Address, '@')+1:] + ">"
}

// thread lets a mail belong to those of the same incident, and follow the one before in the same edition.
func (c *Channel) thread(l *letter, m *delivery.Message) {
	refer := c.reference(m.Incident.ID)
	if m.Previous != "" && m.Previous != c.reference(m.ID) {
		before := m.Previous
		if at := strings.LastIndexByte(before, '@'); m.Mark != "" && at > 0 {
			before = before[:at] + "." + m.Mark + before[at:]
		}
		l.mime.SetGenHeader(gomail.HeaderInReplyTo, before)
		refer += " " + before
	}
	l.mime.SetGenHeader(gomail.HeaderReferences, refer)
	l.mime.SetDateWithValue(m.Incident.UpdatedAt)
}

//go:embed incident.html
var page string

// view is what the page shows.
type view struct {
	message.Text
	Picture, Color string
	// Page is safe: what labels say in it was escaped when its template was filled.
	Page template.HTML
}

// incidentIn fills in subject, text, page and picture.
func incidentIn(msg *gomail.Msg, m *delivery.Message) error {
	t, err := template.New("incident").Funcs(template.FuncMap{"line": i18n.Line}).Parse(page)
	if err != nil {
		return err
	}
	v := view{Text: m.Text, Color: color(m), Page: template.HTML(m.Text.Page)} //nolint:gosec // as said there
	if len(m.Picture) > 0 {
		v.Picture = picture
	}
	var html bytes.Buffer
	if err := t.Execute(&html, v); err != nil {
		return err
	}
	msg.Subject(m.Text.Title())
	msg.SetBodyString(gomail.TypeTextPlain, m.Text.Plain()+"\n")
	msg.AddAlternativeString(gomail.TypeTextHTML, html.String())
	if v.Picture == "" {
		return nil
	}
	return embed(msg, message.Image{ID: picture, PNG: m.Picture})
}

// color of the bar beside the first line.
func color(m *delivery.Message) string {
	switch {
	case m.Incident.ResolvedAt != nil:
		return "#2e7d32"
	case m.Incident.Severity.Rank() >= 3:
		return "#c62828"
	case m.Incident.Severity.Rank() == 2:
		return "#ef6c00"
	}
	return "#1565c0"
}

// document fills in what is complete already.
func document(msg *gomail.Msg, d *message.Document) error {
	msg.SetDateWithValue(time.Now())
	msg.Subject(i18n.Line(d.Subject))
	msg.SetBodyString(gomail.TypeTextPlain, d.Plain)
	if d.HTML != "" {
		msg.AddAlternativeString(gomail.TypeTextHTML, d.HTML)
		for _, i := range d.Images {
			if err := embed(msg, i); err != nil {
				return err
			}
		}
	}
	for _, f := range d.Files {
		err := msg.AttachReader(f.Name, bytes.NewReader(f.Data), gomail.WithFileContentType(gomail.ContentType(f.MediaType)))
		if err != nil {
			return err
		}
	}
	return nil
}

// embed adds a picture that the page shows as cid:<id>.
func embed(msg *gomail.Msg, i message.Image) error {
	return msg.EmbedReader(i.ID+".png", io.Reader(bytes.NewReader(i.PNG)),
		gomail.WithFileContentID("<"+i.ID+">"), gomail.WithFileContentType("image/png"))
}
