package message

import (
	"errors"
	"fmt"
	html "html/template"
	"io"
	"reflect"
	"strings"
	text "text/template"
	"time"

	"github.com/forewarn/forewarn/shared/i18n"
	"github.com/forewarn/forewarn/shared/incident"
)

// maxBody is how much a template may write, in bytes.
const maxBody = 64 << 10

// Fields are what a template can say. Whatever labels and workers said is harmless in the markup of the platform, so that nothing acts
// but what the template writes.
type Fields struct {
	// What, Cause, When, Why, Advice, Owner and URL are the parts of the message that is built in.
	What, Cause, When, Advice, Owner, URL string
	Why                                   []string
	// Reason is why the message comes, such as opened or resolved; Severity, State and Kind are those of the incident.
	Reason, Severity, State, Kind string
	// ID is the incident's, Title and Message what its worker says of it, in the channel's language.
	ID, Title, Message string
	// Entity is what it is about, Root the host, database or pod that this belongs to; Signal and Series what was read.
	Entity, Root, Signal, Series string
	// Used and Limit are in Unit; Probability is between 0 and 1.
	Used, Limit float64
	Unit        string
	Probability float64
	// Times are in the channel's time zone; Expected is when the limit is expected to be reached, zero if it is not.
	OpenedAt, UpdatedAt, Expected time.Time
}

// Template is a channel's own form of messages: a Go text/template or html/template over [Fields].
type Template struct {
	form interface {
		Execute(w io.Writer, data any) error
	}
	escape func(string) string
}

// ParseTemplate reads a text/template whose fields escape makes harmless, and tries it on samples of all kinds of incidents and reasons
// for telling. The error has name, which tells where the template stands, and the line, and says which fields there are.
func ParseTemplate(name, body string, escape func(string) string) (*Template, error) {
	parsed, err := text.New(name).Funcs(functions(escape)).Parse(body)
	if err != nil {
		return nil, misread(err)
	}
	return (&Template{form: parsed, escape: escape}).tried()
}

// ParsePage is [ParseTemplate] for an html/template, which escapes its fields for where they stand, whatever labels say.
func ParsePage(name, body string) (*Template, error) {
	parsed, err := html.New(name).Funcs(functions(i18n.Line)).Parse(body)
	if err != nil {
		return nil, misread(err)
	}
	return (&Template{form: parsed, escape: i18n.Line}).tried()
}

func functions(escape func(string) string) map[string]any {
	return map[string]any{
		"amount":  func(v float64, unit string) string { return escape(i18n.Amount(v, unit)) },
		"percent": i18n.Percent,
	}
}

func misread(err error) error {
	return fmt.Errorf("%w; functions beside those of Go are amount and percent", err)
}

// tried returns t, or what is wrong with it for some sample.
func (t *Template) tried() (*Template, error) {
	for _, s := range samples() {
		for _, lang := range i18n.Languages() {
			r := Reader{Language: lang, Zone: time.UTC, ConsoleURL: "https://forewarn.example.com"}
			if _, err := t.Fill(r, &s.incident, s.why); err != nil {
				return nil, fmt.Errorf("%w (tried on a sample: %s, %s); fields are %s", err, s.incident.Kind, s.why, strings.Join(fieldNames(), ", "))
			}
		}
	}
	return t, nil
}

func fieldNames() (names []string) {
	typ := reflect.TypeFor[Fields]()
	for k := range typ.NumField() {
		names = append(names, typ.Field(k).Name)
	}
	return names
}

// Fill returns what the template makes of one change of an incident.
func (t *Template) Fill(r Reader, i *incident.Incident, why incident.Reason) (string, error) {
	var b bounded
	if err := t.form.Execute(&b, t.fields(r, i, why)); err != nil {
		return "", err
	}
	return strings.TrimSpace(strings.ToValidUTF8(b.String(), "")), nil
}

func (t *Template) fields(r Reader, i *incident.Incident, why incident.Reason) Fields {
	m, zone := r.Render(i, why), r.Zone
	if zone == nil {
		zone = time.Local
	}
	f := Fields{
		What: t.escape(m.What), Cause: t.escape(m.Cause), When: t.escape(m.When), Advice: t.escape(m.Advice), Owner: t.escape(m.Owner), URL: EscapeURL(m.URL),
		Reason: string(why), Severity: t.escape(string(i.Severity)), State: t.escape(string(i.State)), Kind: t.escape(string(i.Kind)),
		ID: i.ID, Title: t.escape(i.Title.In(r.Language)), Message: t.escape(i.Message.In(r.Language)),
		Entity: t.escape(i.Entity.Name), Root: t.escape(i.Entity.Root), Signal: t.escape(i.Signal), Series: t.escape(i.Series),
		Used: i.Used, Limit: i.Limit, Unit: t.escape(i.Unit), Probability: i.Probability,
		OpenedAt: i.OpenedAt.In(zone), UpdatedAt: i.UpdatedAt.In(zone),
	}
	for _, w := range m.Why {
		f.Why = append(f.Why, t.escape(w))
	}
	if i.ETA.P50 != nil {
		f.Expected = i.ETA.P50.In(zone)
	}
	return f
}

var errTooLong = errors.New("the template writes more than 64 KiB; write less")

// bounded takes no more than maxBody bytes.
type bounded struct{ strings.Builder }

// Write implements io.Writer.
func (b *bounded) Write(p []byte) (int, error) {
	if b.Len()+len(p) > maxBody {
		return 0, errTooLong
	}
	return b.Builder.Write(p)
}
