package gallery

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
)

// bubble is one message as a chat shows it.
type bubble struct {
	// Title heads a card, in a bar of the platform's Colour if that is not empty.
	Title, Colour string
	Parts         []part
	// Button is the label of the one that a card ends with, "" if it has none.
	Button string
}

// part is text or a picture of a [bubble].
type part struct {
	HTML    template.HTML
	Picture template.URL
}

// picture returns the part that is a PNG.
func picture(png []byte) part {
	return part{Picture: template.URL("data:image/png;base64," + base64.StdEncoding.EncodeToString(png))} //nolint:gosec // of our own
}

// dingTalk reads what a DingTalk robot is sent: a card with a button, or Markdown.
func dingTalk(body []byte) (bubble, error) {
	var m struct {
		Markdown *struct{ Title, Text string }
		Card     *struct {
			Text   string
			Button string `json:"singleTitle"`
		} `json:"actionCard"`
	}
	if err := json.Unmarshal(body, &m); err != nil {
		return bubble{}, fmt.Errorf("a message to DingTalk: %w", err)
	}
	b, text := bubble{}, ""
	switch {
	case m.Card != nil:
		text, b.Button = m.Card.Text, m.Card.Button
	case m.Markdown != nil:
		text = m.Markdown.Text
	default:
		return b, errors.New("a message to DingTalk is neither a card nor Markdown")
	}
	html, err := markup(dingTalkMarkdown(), text)
	b.Parts = []part{{HTML: html}}
	return b, err
}

// weCom reads what a WeCom robot is sent: Markdown or a picture.
func weCom(body []byte) (bubble, error) {
	var m struct {
		Markdown *struct{ Content string }
		Image    *struct{ Base64 []byte }
	}
	if err := json.Unmarshal(body, &m); err != nil {
		return bubble{}, fmt.Errorf("a message to WeCom: %w", err)
	}
	switch {
	case m.Image != nil:
		return bubble{Parts: []part{picture(m.Image.Base64)}}, nil
	case m.Markdown != nil:
		html, err := markup(weComMarkdown(), m.Markdown.Content)
		return bubble{Parts: []part{{HTML: html}}}, err
	}
	return bubble{}, errors.New("a message to WeCom is neither Markdown nor a picture")
}

// larkCard is what is drawn of a card.
type larkCard struct {
	Header struct {
		Template string
		Title    larkText
	}
	Elements []larkElement
}

type larkElement struct {
	Tag     string
	Text    *larkText
	Content string
	Picture string `json:"img_key"`
	Actions []struct{ Text larkText }
}

type larkText struct{ Tag, Content string }

// text returns what an element says: plain, or in Feishu's Markdown.
func (e *larkElement) text() (template.HTML, error) {
	switch {
	case e.Text == nil:
		return markup(larkMarkdown(), e.Content)
	case e.Text.Tag == "plain_text":
		return template.HTML("<p>" + template.HTMLEscapeString(e.Text.Content) + "</p>"), nil //nolint:gosec // escaped
	}
	return markup(larkMarkdown(), e.Text.Content)
}

// feishu reads what an application of Feishu sends: a card, encoded as a string. Pictures are those that it uploaded, by their keys.
func feishu(body []byte, pictures map[string][]byte) (bubble, error) {
	var m struct{ Content string }
	if err := json.Unmarshal(body, &m); err != nil {
		return bubble{}, fmt.Errorf("a message to Feishu: %w", err)
	}
	var c larkCard
	if err := json.Unmarshal([]byte(m.Content), &c); err != nil {
		return bubble{}, fmt.Errorf("a card of Feishu: %w", err)
	}
	b := bubble{Title: c.Header.Title.Content, Colour: c.Header.Template}
	for _, e := range c.Elements {
		switch e.Tag {
		case "div", "markdown":
			html, err := e.text()
			if err != nil {
				return b, err
			}
			b.Parts = append(b.Parts, part{HTML: html})
		case "img":
			b.Parts = append(b.Parts, picture(pictures[e.Picture]))
		case "action":
			for _, a := range e.Actions {
				b.Button = a.Text.Content
			}
		default:
			return b, fmt.Errorf("a card of Feishu has an element %q, which is not drawn yet", e.Tag)
		}
	}
	return b, nil
}

// alone reports whether a message is a picture and nothing else.
func (b bubble) alone() bool { return b.Title == "" && len(b.Parts) == 1 && b.Parts[0].Picture != "" }
