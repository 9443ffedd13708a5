package phone

import (
	"regexp"
	"strings"
	"unicode"

	"github.com/forewarn/forewarn/services/notifier/internal/delivery"
	"github.com/forewarn/forewarn/shared/i18n"
)

// value is a variable of a template.
type value struct{ name, text string }

// values says a message in the template's variables, each within its length.
func (c *Channel) values(m *delivery.Message) []value {
	wanted := c.s.Variables
	if len(wanted) == 0 {
		wanted = []string{"what", "when"}
	}
	out := make([]value, len(wanted))
	for k, w := range wanted {
		name, part := split(w)
		text := i18n.Line(c.part(m, part))
		if c.s.Voice {
			text = spoken(text, m.Text.Language)
		} else {
			text = written(text)
		}
		if text == "" { // neither provider takes an empty one
			text = i18n.Text{En: "none", Zh: "无"}.In(m.Text.Language)
		}
		out[k] = value{name, cut(text, c.s.length())}
	}
	return out
}

// part returns what a variable stands for.
func (c *Channel) part(m *delivery.Message, name string) string {
	switch name {
	case "what":
		return m.Text.What
	case "when":
		return m.Text.When
	case "advice":
		return m.Text.Advice
	case "owner":
		return m.Text.Owner
	case "severity":
		label, _, _ := strings.Cut(strings.TrimLeft(m.Text.What, "[【"), "]")
		label, _, _ = strings.Cut(label, "】")
		return label
	case "place":
		if m.Incident != nil {
			return m.Incident.Entity.Name
		}
	}
	return ""
}

var (
	scheme  = regexp.MustCompile(`(?i)\b(?:https?|ftp)://|\bwww\.`)
	spaces  = regexp.MustCompile(`\s+`)
	clock   = regexp.MustCompile(`(\d{1,2}):(\d{2})`)
	percent = regexp.MustCompile(`(\d+(?:\.\d+)?)\s*[%％]`)
	dots    = regexp.MustCompile(`(\d)\.(\d)`)
)

// written takes out of a text what providers refuse in a short message: what begins an address on the Internet, and the brackets that
// are the signature's.
func written(s string) string {
	s = scheme.ReplaceAllString(s, "")
	s = strings.NewReplacer("【", " ", "】", " ", "[", " ", "]", " ", "{", "(", "}", ")", "<", " ", ">", " ", "$", " ").Replace(s)
	return strings.TrimSpace(spaces.ReplaceAllString(s, " "))
}

// spoken says in words what a voice must not read: # / : - % $ and brackets, addresses and numbers with dots.
func spoken(s string, lang i18n.Language) string {
	s = written(s)
	if lang == i18n.Chinese {
		s = clock.ReplaceAllString(s, "${1}点${2}分")
		s = percent.ReplaceAllString(s, "百分之$1")
		s = dots.ReplaceAllString(dots.ReplaceAllString(s, "${1}点${2}"), "${1}点${2}")
	} else {
		s = clock.ReplaceAllString(s, "$1 $2")
		s = percent.ReplaceAllString(s, "$1 percent")
		s = dots.ReplaceAllString(dots.ReplaceAllString(s, "$1 point $2"), "$1 point $2")
	}
	s = strings.Map(func(r rune) rune {
		if strings.ContainsRune("#/:：-%％$¥￥_\\|*&", r) {
			return ' '
		}
		return r
	}, s)
	return strings.TrimSpace(spaces.ReplaceAllString(s, " "))
}

// cut returns at most so many characters of s, whole ones with what belongs to them, and says by … that there was more.
func cut(s string, most int) string {
	r := []rune(s)
	if len(r) <= most {
		return s
	}
	end := most - 1
	for end > 0 && belongs(r[end-1], r[end]) {
		end--
	}
	return strings.TrimRight(string(r[:end]), " ") + "…"
}

// belongs reports whether a rune is a part of the character before it.
func belongs(before, r rune) bool {
	const joiner = '\u200d'
	return unicode.In(r, unicode.Mn, unicode.Me, unicode.Mc, unicode.Variation_Selector) || r == joiner || before == joiner
}
