package wecom

import (
	"strings"

	"github.com/forewarn/forewarn/services/notifier/internal/message"
)

// colour returns the name of the colour that WeCom's Markdown has for a tone.
func colour(t message.Tone) string {
	switch t {
	case message.ToneCritical, message.ToneWarning:
		return "warning"
	case message.ToneResolved:
		return "info" // which is green
	}
	return "comment"
}

// markup is WeCom's Markdown: no lists, and three colours.
func markup(tone message.Tone) message.Markup {
	m := message.Markdown()
	m.Escape = Escape
	m.Title = func(s string) string { return `### <font color="` + colour(tone) + `">` + s + `</font>` }
	return m
}

// plain is text, in which WeCom makes links of addresses.
func plain() message.Markup {
	same := func(s string) string { return s }
	return message.Markup{
		Escape: Escape, Title: same, Strong: same, Advice: same, Plain: same, Item: func(s string) string { return "- " + s },
		Link: func(label, url string) string { return label + ": " + url },
	}
}

// described is the description of a text card: HTML with three classes. The card's title and link stand beside it.
func described() message.Markup {
	div := func(class string) func(string) string {
		return func(s string) string { return `<div class="` + class + `">` + s + `</div>` }
	}
	return message.Markup{
		Escape: Escape, Title: func(string) string { return "" }, Strong: div("highlight"), Item: div("normal"), Advice: div("gray"), Plain: div("normal"),
		Link: func(string, string) string { return "" },
	}
}

// Escape makes s harmless in Markdown, in text, and in HTML.
func Escape(s string) string { return strings.ReplaceAll(message.Escape(s), "&", "＆") }
