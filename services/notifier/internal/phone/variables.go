package phone

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/forewarn/forewarn/services/notifier/internal/delivery"
	"github.com/forewarn/forewarn/services/notifier/internal/message"
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
		out[k] = value{name, c.fit(m, c.part(m, part))}
	}
	return out
}

// fit returns the first way to say something that is short enough, as providers take it; the last one is cut.
func (c *Channel) fit(m *delivery.Message, ways []string) (text string) {
	for _, w := range ways {
		text = i18n.Line(w)
		if c.s.Voice {
			text = spoken(text, m.Text.Language)
		} else {
			text = written(text)
		}
		if utf8.RuneCountInString(text) <= c.s.length() {
			break
		}
	}
	if text == "" { // neither provider takes an empty one
		text = i18n.Text{En: "none", Zh: "无"}.In(m.Text.Language)
	}
	return cut(text, c.s.length())
}

// part returns what a variable stands for, and shorter ways to say it.
func (c *Channel) part(m *delivery.Message, name string) []string {
	switch name {
	case "what":
		return append([]string{m.Text.What}, m.Text.WhatShort...)
	case "when":
		return append([]string{m.Text.When}, m.Text.WhenShort...)
	case "advice":
		return []string{m.Text.Advice}
	case "text":
		return whole(&m.Text)
	case "owner":
		return []string{m.Text.Owner}
	case "severity":
		label, _, _ := strings.Cut(strings.TrimLeft(m.Text.What, "[【"), "]")
		label, _, _ = strings.Cut(label, "】")
		return []string{label}
	case "place":
		if m.Incident != nil {
			return []string{m.Incident.Entity.Name}
		}
	}
	return nil
}

// whole returns what the channel's own template says, or what and when in one, and shorter ways to say that.
func whole(t *message.Text) (ways []string) {
	if t.Body != "" {
		return []string{t.Body}
	}
	between := i18n.Text{En: ". ", Zh: "，"}.In(t.Language)
	for _, when := range append([]string{t.When}, t.WhenShort...) { // of which the hour goes last
		for _, what := range append([]string{t.What}, t.WhatShort...) {
			ways = append(ways, what+between+when)
		}
	}
	return ways
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
		s = strings.ReplaceAll(clock.ReplaceAllString(s, "${1}点${2}分"), "点00分", "点")
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
