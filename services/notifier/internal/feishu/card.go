package feishu

import (
	"encoding/json"
	"strings"

	"github.com/forewarn/forewarn/services/notifier/internal/delivery"
	"github.com/forewarn/forewarn/services/notifier/internal/group"
	"github.com/forewarn/forewarn/services/notifier/internal/message"
)

// card is an interactive card. What labels say stands in it as plain_text, which nothing acts in, or is escaped.
type card struct {
	Config   settings  `json:"config"`
	Header   header    `json:"header"`
	Elements []element `json:"elements"`
}

type settings struct {
	Wide   bool `json:"wide_screen_mode"`
	Shared bool `json:"update_multi"` // everybody sees an update
}

type header struct {
	Colour string `json:"template"`
	Title  label  `json:"title"`
}

type label struct {
	Tag     string `json:"tag"`
	Content string `json:"content"`
}

// element is a part of a card: div, markdown, img or action.
type element struct {
	Tag     string   `json:"tag"`
	Text    *label   `json:"text,omitempty"`
	Content string   `json:"content,omitempty"`
	Picture string   `json:"img_key,omitempty"`
	Alt     *label   `json:"alt,omitempty"`
	Actions []button `json:"actions,omitempty"`
}

type button struct {
	Tag  string `json:"tag"`
	Kind string `json:"type"`
	Text label  `json:"text"`
	URL  string `json:"url"`
}

// maxTitle is how many characters a header shows.
const maxTitle = 200

// colour returns the colour of the header for a tone.
func colour(t message.Tone) string {
	switch t {
	case message.ToneCritical:
		return "red"
	case message.ToneWarning:
		return "orange"
	case message.ToneResolved:
		return "green"
	case message.ToneUnheard:
		return "grey"
	}
	return "blue"
}

// Escape makes s harmless in Feishu's Markdown, which knows entities as well.
func Escape(s string) string { return strings.ReplaceAll(message.Escape(s), "&", "＆") }

// shown makes s one line of plain text, in which no address becomes a link.
func shown(s string) label { return label{Tag: "plain_text", Content: message.Unlinked(s)} }

func marked(s string) element {
	return element{Tag: "div", Text: &label{Tag: "lark_md", Content: s}}
}

func line(s string) element {
	l := shown(s)
	return element{Tag: "div", Text: &l}
}

// cardOf lays out a message, mentioning people, with a picture if there is one; picture is its key.
func cardOf(t message.Text, calls group.Calls, keyword, picture string) card {
	title := shown(strings.TrimSpace(t.Tone.Symbol() + " " + t.What))
	title.Content = message.CutRunes(title.Content, maxTitle)
	c := card{Config: settings{Wide: true, Shared: true}, Header: header{Colour: colour(t.Tone), Title: title}}
	c.add(body(t)...)
	if picture != "" {
		alt := shown(t.What)
		c.add(element{Tag: "img", Picture: picture, Alt: &alt})
	}
	if names := mentions(calls); names != "" {
		c.add(marked(names))
	}
	if keyword != "" {
		c.add(line(keyword))
	}
	if t.URL != "" {
		c.add(element{Tag: "action", Actions: []button{{Tag: "button", Kind: "primary", Text: shown(t.URLLabel), URL: t.URL}}})
	}
	return c
}

func (c *card) add(e ...element) { c.Elements = append(c.Elements, e...) }

// body returns the lines of a message.
func body(t message.Text) (out []element) {
	if t.Body != "" {
		return []element{{Tag: "markdown", Content: t.Body}}
	}
	if t.Cause != "" {
		out = append(out, marked("**"+Escape(t.Cause)+"**"))
	}
	out = append(out, marked("**"+Escape(t.When)+"**"))
	for _, w := range t.Why {
		out = append(out, line("• "+w))
	}
	if t.Advice != "" {
		out = append(out, line(t.AdviceLabel+t.Advice))
	}
	if t.Owner != "" {
		out = append(out, line(t.OwnerLabel+t.Owner))
	}
	return out
}

func mentions(calls group.Calls) string {
	var b strings.Builder
	for _, id := range calls.UserIDs {
		b.WriteString("<at id=" + id + "></at>")
	}
	if calls.All {
		b.WriteString("<at id=all></at>")
	}
	return b.String()
}

// documentText returns what is shown of a document.
func documentText(d *message.Document) message.Text {
	return message.Text{What: d.Subject, Body: d.Markdown, URL: d.URL, URLLabel: d.Subject}
}

// pictureOf returns the picture that goes with a message, nil if there is none.
func pictureOf(m *delivery.Message) []byte {
	if m.Document != nil {
		if len(m.Document.Images) == 0 {
			return nil
		}
		return m.Document.Images[0].PNG
	}
	return m.Picture
}

// encode returns the JSON of a card as it is sent, at most limit bytes long: the last of its reasons are left out, or the last lines of
// its own body. wrap encodes what the card is sent in.
func encode(t message.Text, limit int, wrap func(message.Text) ([]byte, error)) ([]byte, error) {
	for {
		data, err := wrap(t)
		switch over := len(data) - limit; {
		case err != nil || over <= 0:
			return data, err
		case len(t.Body) > over:
			t.Body = message.CutLines(t.Body, len(t.Body)-over-len("…"))
		case len(t.Why) > 0:
			t.Why = t.Why[:fewer(t.Why, over)]
		case t.Advice != "":
			t.Advice = ""
		case t.Owner != "":
			t.Owner = ""
		case t.Cause != "":
			t.Cause = ""
		case len(t.When) > maxTitle:
			t.When = message.CutRunes(t.When, maxTitle/2)
		default:
			return data, nil
		}
	}
}

// fewer returns how many of the lines are left if the last of them, of so many bytes at least, are left out.
func fewer(lines []string, bytes int) int {
	n := len(lines)
	for ; n > 0 && bytes > 0; n-- {
		bytes -= max(len(lines[n-1]), 1)
	}
	return n
}

// content returns a card as the string that an application sends it as.
func content(c card) (string, error) {
	data, err := json.Marshal(c)
	return string(data), err
}
