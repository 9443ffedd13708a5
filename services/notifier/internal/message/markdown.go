package message

import (
	"regexp"
	"strings"

	"github.com/forewarn/forewarn/shared/i18n"
)

// Markdown returns the message in the subset of Markdown that DingTalk shows, at most limit bytes long.
// Nothing in it but the link to the incident is a link, a picture or a mention, whatever labels say. Lines
// are left out from the end when it is too long, the link never.
func (t Text) Markdown(limit int) string {
	link := ""
	if t.URL != "" {
		link = "\n\n[" + Escape(t.URLLabel) + "](" + escapeURL(t.URL) + ")"
	}
	blocks := []string{"### " + Escape(t.What)}
	if t.Cause != "" {
		blocks = append(blocks, "**"+Escape(t.Cause)+"**")
	}
	blocks = append(blocks, "**"+Escape(t.When)+"**")
	for _, w := range t.Why {
		blocks = append(blocks, "- "+Escape(w))
	}
	if t.Advice != "" {
		blocks = append(blocks, "> "+t.AdviceLabel+Escape(t.Advice))
	}
	return joined(blocks, limit-len(link)) + link
}

// joined joins as many blocks as fit; a first one that does not fit is cut.
func joined(blocks []string, limit int) string {
	var b strings.Builder
	for k, block := range blocks {
		sep := "\n\n"
		if k == 0 {
			sep = ""
		} else if strings.HasPrefix(block, "- ") && strings.HasPrefix(blocks[k-1], "- ") {
			sep = "\n"
		}
		if b.Len()+len(sep)+len(block) > limit {
			if k == 0 && limit > 0 {
				return strings.ToValidUTF8(block[:limit], "")
			}
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

// escapeURL keeps a URL inside the parentheses of a link.
func escapeURL(u string) string {
	return strings.NewReplacer("(", "%28", ")", "%29", " ", "%20", "<", "%3C", ">", "%3E").Replace(i18n.Line(u))
}
