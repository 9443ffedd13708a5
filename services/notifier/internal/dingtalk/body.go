package dingtalk

import (
	"encoding/json"
	"strings"

	"github.com/forewarn/forewarn/services/notifier/internal/delivery"
	"github.com/forewarn/forewarn/services/notifier/internal/group"
	"github.com/forewarn/forewarn/services/notifier/internal/message"
	"github.com/forewarn/forewarn/services/notifier/internal/person"
	"github.com/forewarn/forewarn/shared/i18n"
)

// The limits of a card, in characters, are those of DingTalk's work notifications of this type, which are named; those of
// robots are not.
const (
	maxCardTitle = 64
	maxCardText  = 1000
)

type body struct {
	Type     string    `json:"msgtype"`
	Markdown *markdown `json:"markdown,omitempty"`
	Card     *card     `json:"actionCard,omitempty"`
	At       *at       `json:"at,omitempty"`
}

type markdown struct {
	Title string `json:"title"`
	Text  string `json:"text"`
}

// card has one button, which opens the incident's page.
type card struct {
	Title  string `json:"title"`
	Text   string `json:"text"`
	Button string `json:"singleTitle"`
	URL    string `json:"singleURL"`
}

type at struct {
	Mobiles []string `json:"atMobiles,omitempty"`
	UserIDs []string `json:"atUserIds,omitempty"`
	All     bool     `json:"isAtAll"`
}

// body encodes m: a card if the channel wants cards and nobody is to be mentioned, Markdown otherwise.
func (r *Robot) body(m delivery.Message) ([]byte, error) {
	if m.Document != nil {
		return r.marked(m.Document.Subject, "", func(limit int) string { return message.CutLines(m.Document.Markdown, limit) }, nil)
	}
	text, calls := m.News(), r.s.Group.Calls(&m, func(p *person.Person) string { return p.DingTalkUserID })
	if none := len(calls.Mobiles)+len(calls.UserIDs) == 0 && !calls.All; r.s.Card && none && text.URL != "" {
		return r.card(text)
	}
	who := &at{Mobiles: calls.Mobiles, UserIDs: calls.UserIDs, All: calls.All}
	return r.marked(notice(text), names(calls), text.Markdown, who)
}

// marked encodes a message of type markdown, giving up its last lines until it fits.
func (r *Robot) marked(title, tail string, text func(limit int) string, who *at) ([]byte, error) {
	if r.s.Group.Keyword != "" {
		tail += "\n\n" + r.s.Group.Keyword
	}
	b := body{Type: "markdown", Markdown: &markdown{Title: r.title(title)}, At: who}
	for limit := MaxBody - 2_000; ; limit /= 2 {
		b.Markdown.Text = text(limit) + tail
		data, err := json.Marshal(b)
		if err != nil || len(data) <= MaxBody || limit < 500 {
			return data, err
		}
	}
}

// card encodes a message of type actionCard, whose text needs no link since its button is one.
func (r *Robot) card(t message.Text) ([]byte, error) {
	c := &card{Title: message.CutRunes(r.title(notice(t)), maxCardTitle), Button: t.URLLabel, URL: t.URL}
	t.URL = ""
	for limit := 4 * maxCardText; ; limit -= 100 {
		c.Text = t.Markdown(limit)
		if r.s.Group.Keyword != "" {
			c.Text += "\n\n" + r.s.Group.Keyword
		}
		if len([]rune(c.Text)) <= maxCardText || limit < 200 {
			return json.Marshal(body{Type: "actionCard", Card: c})
		}
	}
}

// notice is what a phone shows of a message that is not opened, on its lock screen and in the list of chats: what, and when.
func notice(t message.Text) string {
	return t.Title() + i18n.Text{En: "; ", Zh: "；"}.In(t.Language) + t.When
}

func (r *Robot) title(s string) string {
	s = message.Escape(s)
	if k := r.s.Group.Keyword; k != "" && !strings.Contains(s, k) {
		s = k + " " + s
	}
	return s
}

// names is the line of mentions, which DingTalk wants in the text as well.
func names(c group.Calls) string {
	var b strings.Builder
	for _, list := range [][]string{c.Mobiles, c.UserIDs} {
		for _, who := range list {
			b.WriteString(" @" + who)
		}
	}
	if b.Len() == 0 {
		return ""
	}
	return "\n\n" + strings.TrimSpace(b.String())
}
