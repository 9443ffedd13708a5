package message

import (
	"regexp"
	"strings"

	"github.com/forewarn/forewarn/shared/i18n"
)

// Markup is how a platform writes the parts of a message. Each function is given text that Escape has made harmless, on one line.
type Markup struct {
	Escape                      func(string) string
	Title, Strong, Item, Advice func(string) string
	// Plain is a line that stands out by nothing.
	Plain func(string) string
	Link  func(label, url string) string
}

// Markdown returns the subset of Markdown that DingTalk shows.
func Markdown() Markup {
	return Markup{
		Escape: Escape,
		Title:  func(s string) string { return "### " + s },
		Strong: func(s string) string { return "**" + s + "**" },
		Item:   func(s string) string { return "- " + s },
		Advice: func(s string) string { return "> " + s },
		Plain:  func(s string) string { return s },
		Link:   func(label, url string) string { return "[" + label + "](" + url + ")" },
	}
}

// Markdown returns the message in the subset of Markdown that DingTalk shows, at most limit bytes long; see [Text.In].
func (t Text) Markdown(limit int) string { return t.In(Markdown(), limit) }

// In returns the message in a markup, at most limit bytes long. Nothing in it but the link to the incident is a link, a picture or a
// mention, whatever labels say. Lines are left out from the end when it is too long, the link never.
func (t Text) In(m Markup, limit int) string {
	link := ""
	if t.URL != "" {
		link = "\n\n" + m.Link(m.Escape(t.URLLabel), EscapeURL(t.URL))
	}
	limit -= len(link)
	title := cut(strings.TrimSpace(t.Tone.Symbol()+" "+m.Escape(t.What)), m.Title, limit)
	if t.Body != "" {
		return strings.TrimSpace(title+"\n\n"+CutLines(t.Body, limit-len(title)-len("\n\n"))) + link
	}
	return Join(append([]string{title}, t.blocks(m)...), limit) + link
}

// blocks returns what comes after the first line.
func (t Text) blocks(m Markup) (blocks []string) {
	if t.Cause != "" {
		blocks = append(blocks, m.Strong(m.Escape(t.Cause)))
	}
	blocks = append(blocks, m.Strong(m.Escape(t.When)))
	for _, w := range t.Why {
		blocks = append(blocks, m.Item(m.Escape(w)))
	}
	if t.Advice != "" {
		blocks = append(blocks, m.Advice(t.AdviceLabel+m.Escape(t.Advice)))
	}
	if t.Owner != "" {
		blocks = append(blocks, m.Plain(t.OwnerLabel+m.Escape(t.Owner)))
	}
	return blocks
}

// cut returns a block of as much of text as keeps it within limit bytes, "" if nothing fits.
func cut(text string, block func(string) string, limit int) string {
	whole := block(text)
	if len(whole) <= limit {
		return whole
	}
	const more = "…"
	keep := len(text) - (len(whole) - limit) - len(more)
	if keep <= 0 {
		return ""
	}
	return block(strings.ToValidUTF8(text[:keep], "") + more)
}

// Cut returns s if it has at most limit bytes, and else as many of its characters as fit with an ellipsis.
func Cut(s string, limit int) string {
	return cut(s, func(s string) string { return s }, limit)
}

// CutRunes returns s if it has at most limit characters, and else the first of them with an ellipsis.
func CutRunes(s string, limit int) string {
	if r := []rune(s); len(r) > limit {
		return string(r[:limit-1]) + "…"
	}
	return s
}

// Join joins as many blocks of Markdown as fit into limit bytes.
func Join(blocks []string, limit int) string {
	var b strings.Builder
	for k, block := range blocks {
		sep := "\n\n"
		if k == 0 {
			sep = ""
		} else if strings.HasPrefix(block, "- ") && strings.HasPrefix(blocks[k-1], "- ") {
			sep = "\n"
		}
		if b.Len()+len(sep)+len(block) > limit {
			break
		}
		b.WriteString(sep)
		b.WriteString(block)
	}
	return b.String()
}

// lookalikes replaces what Markdown or a chat acts on by full-width characters that look the same. Backslash
// escapes would be shown as such by clients that do not know them.
var lookalikes = strings.NewReplacer(
	"@", "＠", "[", "［", "]", "］", "<", "＜", ">", "＞", "`", "｀", "*", "＊", "|", "｜", "~", "～", "\\", "＼",
	"://", "：//", "!", "！", "#", "＃",
)

// bareHost is what some clients make links of without a scheme.
var bareHost = regexp.MustCompile(`(?i)(\bwww)\.`)

// Escape makes s harmless within a line of Markdown: no link, picture, mention, emphasis or new line comes of it.
func Escape(s string) string {
	return bareHost.ReplaceAllString(lookalikes.Replace(i18n.Line(s)), "$1．")
}

// Unlinked makes s one line of plain text in which no client finds an address to make a link of.
func Unlinked(s string) string {
	return bareHost.ReplaceAllString(strings.ReplaceAll(i18n.Line(s), "://", "：//"), "$1．")
}

// EscapeURL keeps a URL inside the parentheses of a link.
func EscapeURL(u string) string {
	return strings.NewReplacer("(", "%28", ")", "%29", " ", "%20", "<", "%3C", ">", "%3E", "\"", "%22").Replace(i18n.Line(u))
}

// CutLines returns s if it has at most limit bytes, and else as many of its first lines as fit, which may be none: where a line
// of markup can be cut is not known.
func CutLines(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	end := strings.LastIndexByte(s[:max(limit, 0)+1], '\n')
	return strings.TrimRight(s[:max(end, 0)], "\n")
}
