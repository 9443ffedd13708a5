package web

import (
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/i18n"
	"github.com/forewarn/forewarn/shared/obs"
)

const (
	maxText = 160 // characters of a name that a page shows in place
	maxLong = 800 // characters of sentences
)

// speaker says times, numbers and names in the language and the zone of one reader.
type speaker struct {
	locale
	Now time.Time
}

// Say returns the sentence in the reader's language.
func (s speaker) Say(en, zh string) string { return i18n.Text{En: en, Zh: zh}.In(s.Lang) }

// Sayf is Say for format strings; both take the same arguments, in an order that %[n] may change.
func (s speaker) Sayf(en, zh string, args ...any) string { return fmt.Sprintf(s.Say(en, zh), args...) }

// Pick returns the text in the reader's language.
func (s speaker) Pick(t i18n.Text) string { return t.In(s.Lang) }

// Cut shortens a name to what a page shows in place.
func (s speaker) Cut(text string) string { return cut(text, maxText) }

// IsCut reports whether Cut shortens the name.
func (s speaker) IsCut(text string) bool { return tooLong(text, maxText) }

// CutLong shortens sentences to what a page shows before one asks for the rest.
func (s speaker) CutLong(text string) string { return cut(text, maxLong) }

// IsLong reports whether CutLong shortens the sentences.
func (s speaker) IsLong(text string) bool { return tooLong(text, maxLong) }

// cut returns the first n characters of a text, as valid UTF-8.
func cut(text string, n int) string {
	text = strings.ToValidUTF8(text, "\uFFFD")
	for i := range text {
		if n == 0 {
			return text[:i] + "…"
		}
		n--
	}
	return text
}

func tooLong(text string, n int) bool { return len(text) > n && utf8.RuneCountInString(text) > n }

// Plain returns the text without characters that reorder their surroundings, cut, for places where no
// element can isolate it: the window's title and labels for screen readers.
func (s speaker) Plain(text string) string {
	return s.Cut(strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Bidi_Control, r) || unicode.IsControl(r) {
			return -1
		}
		return r
	}, text))
}

var weekdaysZh = [...]string{"周日", "周一", "周二", "周三", "周四", "周五", "周六"}

// When returns a day and a minute in the reader's zone; the year only where it is not this one.
func (s speaker) When(t time.Time) string {
	t = t.In(s.Zone)
	otherYear := t.Year() != s.Now.In(s.Zone).Year()
	if s.Lang == i18n.Chinese {
		day := fmt.Sprintf("%d月%d日 %s %s", t.Month(), t.Day(), weekdaysZh[t.Weekday()], t.Format("15:04"))
		if otherYear {
			return fmt.Sprintf("%d年%s", t.Year(), day)
		}
		return day
	}
	if otherYear {
		return t.Format("Mon 2 Jan 2006 15:04")
	}
	return t.Format("Mon 2 Jan 15:04")
}

// Day returns a day of UTC, as plans have them.
func (s speaker) Day(t time.Time) string {
	if s.Lang == i18n.Chinese {
		return t.UTC().Format("2006年1月2日")
	}
	return t.UTC().Format("2 Jan 2006")
}

// Machine returns t as an HTML datetime value.
func (s speaker) Machine(t time.Time) string { return t.In(s.Zone).Format(time.RFC3339) }

// Away returns how far t is from now: "in 3 h", "5 min ago".
func (s speaker) Away(t time.Time) string {
	d := t.Sub(s.Now)
	switch {
	case d > -time.Second && d < time.Second:
		return s.Say("now", "现在")
	case d > 0:
		return s.Sayf("in %s", "%s后", s.Span(d))
	}
	return s.Sayf("%s ago", "%s前", s.Span(-d))
}

// Span returns a length of time in words.
func (s speaker) Span(d time.Duration) string { return solid(s.Pick(i18n.Span(d))) }

// stateWord names the state of a part.
func (s speaker) stateWord(state obs.State) string {
	switch state {
	case obs.OK:
		return s.Say("works", "正常")
	case obs.Starting:
		return s.Say("is starting", "正在启动")
	case obs.Degraded:
		return s.Say("works in part", "部分可用")
	}
	return s.Say("does not work", "不可用")
}

// severity names how soon somebody must act.
func (s speaker) severity(v finding.Severity) string { return s.Pick(v.Name()) }
