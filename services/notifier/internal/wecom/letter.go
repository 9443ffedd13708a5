package wecom

import (
	"fmt"
	"slices"
	"strings"

	"github.com/forewarn/forewarn/services/notifier/internal/delivery"
	"github.com/forewarn/forewarn/services/notifier/internal/message"
)

const (
	// The limits of a text card, in characters, and of the other contents of an application's message, in bytes.
	maxTitle, maxDescription = 128, 512
	maxContent               = 2048
	// maxUsers is how many members one message may name.
	maxUsers = 1000
	// repeats is for how long a message of the same content is shown once, in seconds: the longest that there is.
	repeats = 4 * 60 * 60
)

// receivers are lists that are joined by "|".
type receivers struct {
	Users   string `json:"touser,omitempty"`
	Parties string `json:"toparty,omitempty"`
	Tags    string `json:"totag,omitempty"`
}

// letter is a message of an application: one of its types.
type letter struct {
	receivers
	Type     string    `json:"msgtype"`
	Agent    int       `json:"agentid"`
	Card     *card     `json:"textcard,omitempty"`
	Markdown *markdown `json:"markdown,omitempty"`
	Text     *markdown `json:"text,omitempty"`
	Image    *media    `json:"image,omitempty"`
	// Once and Within make WeCom show a message of the same content once.
	Once   int `json:"enable_duplicate_check"`
	Within int `json:"duplicate_check_interval"`
}

type card struct {
	Title       string `json:"title"`
	Description string `json:"description"`
	URL         string `json:"url"`
	Button      string `json:"btntxt,omitempty"`
}

type media struct {
	ID string `json:"media_id"`
}

// addressed is an edition with those whom it reaches.
type addressed struct {
	delivery.Message
	to receivers
}

// address returns the editions of m that reach somebody: the channel's own goes to those of the options as well. Departments, tags and
// everybody hold people whom we do not know, so that beside them there is one edition for all: nobody gets two.
func (a *App) address(m *delivery.Message) (out []addressed) {
	editions := m.Editions()
	if len(a.s.ToParties)+len(a.s.ToTags) > 0 || slices.Contains(a.s.ToUsers, everybody) {
		for _, e := range editions[1:] {
			editions[0].To = append(slices.Clip(editions[0].To), e.To...)
		}
		editions = editions[:1]
	}
	taken := map[string]bool{}
	for _, e := range slices.Backward(editions) { // the channel's own is for whom the others leave out
		to := receivers{Users: strings.Join(a.users(&e, taken), "|")}
		if e.Mark == "" {
			to.Parties, to.Tags = strings.Join(a.s.ToParties, "|"), strings.Join(a.s.ToTags, "|")
		}
		if to.Users+to.Parties+to.Tags != "" {
			out = append(out, addressed{e, to})
		}
	}
	slices.Reverse(out)
	return out
}

// everybody is the user who is all members.
const everybody = "@all"

// users returns the members whom an edition is for and who are not taken, and takes them.
func (a *App) users(e *delivery.Message, taken map[string]bool) (users []string) {
	add := func(id string) {
		if id != "" && !taken[id] && len(users) < maxUsers {
			taken[id] = true
			users = append(users, id)
		}
	}
	if e.Mark == "" {
		for _, id := range a.s.ToUsers {
			add(id)
		}
	}
	for k := range e.To {
		if !taken[everybody] {
			add(e.To[k].WeComUserID)
		}
	}
	return users
}

func (a *App) envelope(to receivers, kind string) letter {
	return letter{receivers: to, Type: kind, Agent: a.s.AgentID, Once: 1, Within: repeats}
}

// letter says m in the channel's format. A card needs a page to open; without one it is text.
func (a *App) letter(m *delivery.Message, to receivers) letter {
	t := m.News()
	if d := m.Document; d != nil {
		t = message.Text{What: d.Subject, Body: escapeLines(message.CutLines(d.Plain, maxContent/2)), URL: d.URL, URLLabel: d.URL}
	}
	if m.Incident != nil && t.URL != "" { // so that two messages that read the same are not taken for one
		t.URL += fmt.Sprintf("#v%d", m.Incident.Version)
	}
	switch {
	case m.Document != nil && m.Document.Markdown != "" && a.s.Format == Markdown:
		l := a.envelope(to, "markdown")
		l.Markdown = &markdown{Content: message.CutLines(m.Document.Markdown, maxContent)}
		return l
	case a.s.Format == Markdown:
		l := a.envelope(to, "markdown")
		l.Markdown = &markdown{Content: t.In(markup(t.Tone), maxContent)}
		return l
	case t.URL == "":
		l := a.envelope(to, "text")
		l.Text = &markdown{Content: t.In(plain(), maxContent)}
		return l
	}
	l := a.envelope(to, "textcard")
	l.Card = &card{Title: message.CutRunes(strings.TrimSpace(t.Tone.Symbol()+" "+Escape(t.What)), maxTitle), Description: description(t), URL: t.URL}
	if r := []rune(t.URLLabel); len(r) <= 4 { // the button has room for no more
		l.Card.Button = t.URLLabel
	}
	return l
}

// description returns what stands below a card's title, with as many lines as fit.
func description(t message.Text) string {
	for limit := 3 * maxDescription; ; limit -= 32 {
		s := strings.TrimSpace(t.In(described(), limit))
		if len([]rune(s)) <= maxDescription {
			return s
		}
	}
}

// escapeLines makes each line harmless.
func escapeLines(s string) string {
	lines := strings.Split(s, "\n")
	for k := range lines {
		lines[k] = Escape(lines[k])
	}
	return strings.Join(lines, "\n")
}
