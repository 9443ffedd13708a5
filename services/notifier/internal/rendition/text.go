package rendition

import (
	"strings"

	"github.com/forewarn/forewarn/services/notifier/internal/message"
	"github.com/forewarn/forewarn/shared/digest"
	"github.com/forewarn/forewarn/shared/i18n"
)

// Text returns a paper as lines for a terminal, without control characters but the line ends.
func Text(p *digest.Paper) string {
	var b strings.Builder
	line := func(indent, s string) {
		if s = i18n.Line(s); s != "" {
			b.WriteString(indent + s + "\n")
		}
	}
	line("", p.Title)
	line("", p.Subtitle)
	line("! ", p.Note)
	b.WriteByte('\n')
	for _, l := range p.Lead {
		line("", l)
	}
	for i := range p.Sections {
		s := &p.Sections[i]
		b.WriteByte('\n')
		line("", s.Title)
		for _, l := range s.Lines {
			line("  ", l)
		}
		for _, row := range s.Rows {
			line("  - ", rowText(s.Head, row))
			for _, c := range row {
				line("      ", c.More)
			}
		}
		for _, l := range s.After {
			line("  ", l)
		}
	}
	b.WriteByte('\n')
	if p.URL != "" {
		line("", p.URLLabel+i18n.Text{En: ": ", Zh: "："}.In(i18n.Language(p.Language))+p.URL)
	}
	line("", p.Foot)
	return b.String()
}

// rowText says a row of a table on one line: numbers with the names of their columns.
func rowText(head []string, row []digest.Cell) string {
	var parts []string
	for i, c := range row {
		switch {
		case c.Text == "":
		case c.Number && i > 0 && i < len(head):
			parts = append(parts, head[i]+" "+c.Text)
		default:
			parts = append(parts, c.Text)
		}
	}
	return strings.Join(parts, " · ")
}

// MaxCard is the largest card that all chats take, in bytes.
const MaxCard = 4096

// Markdown returns a paper as a card of a chat, at most limit bytes long. What does not fit is left out from the end, in whole
// lines; the link to the page never is.
func Markdown(p *digest.Paper, limit int) string {
	blocks := []string{"### " + message.Cut(message.Escape(p.Title), limit/4)}
	add := func(before, s, after string) {
		if s = message.Escape(s); s != "" {
			blocks = append(blocks, before+s+after)
		}
	}
	add("", p.Subtitle, "")
	add("> ", p.Note, "")
	for _, l := range p.Lead {
		add("**", l, "**")
	}
	for i := range p.Sections {
		s := &p.Sections[i]
		add("#### ", s.Title, "")
		for _, l := range s.Lines {
			add("", l, "")
		}
		for _, row := range s.Rows {
			add("- ", rowText(s.Head, row), "")
		}
	}
	if p.URL == "" {
		return headless(message.Join(blocks, limit))
	}
	end := "\n\n" + message.Markdown().Link(message.Escape(p.URLLabel), message.EscapeURL(p.URL))
	return headless(message.Join(blocks, limit-len(end))) + end
}

// headless drops the title of a section of which nothing else had room.
func headless(s string) string {
	if k := strings.LastIndex(s, "\n\n#### "); k >= 0 && !strings.Contains(s[k+2:], "\n") {
		return s[:k]
	}
	return s
}
