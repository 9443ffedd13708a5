// Package message says an incident to people: in their language, in their time zone, shortest first.
//
// The first two lines suffice on a phone at night: what, and when and how sure; or, if something else is the likeliest cause, that
// before when. Then why, what to do, and where
// to see more.
package message

import (
	"cmp"
	"fmt"
	"strings"
	"time"
	_ "time/tzdata" // a host without zone files must still know Asia/Shanghai
	"unicode/utf8"

	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/i18n"
	"github.com/forewarn/forewarn/shared/incident"
)

// Reader is for whom a message is rendered.
type Reader struct {
	Language i18n.Language
	Zone     *time.Location
	// ConsoleURL is where the pages are, "" if the reader cannot reach them.
	ConsoleURL string
	// Names tells what people call each other; nil knows them as incidents do.
	Names Names
}

// Names tells how somebody is shown of whom incidents know the name.
type Names interface {
	Shown(name string) string
}

// Text is a message in one language. Its fields hold what labels and workers said, unescaped.
type Text struct {
	// Language is the one that it is in.
	Language i18n.Language
	// What is the first line: severity and title.
	What string
	// Cause is the second line: what is the likeliest cause, if that is something else; "" otherwise.
	Cause string
	// When is the next line: date, interval and how sure; or since when, or for how long.
	When string
	// WhatShort and WhenShort are shorter ways to say What and When, the longest first, for where there is little room; none: there is
	// no shorter one.
	WhatShort, WhenShort []string
	// Why are the reasons, the sentence of the worker first.
	Why []string
	// Advice is what to do, "" once there is nothing.
	Advice string
	// Owner is who has it, and whether somebody has said so; "" if nobody is known.
	Owner string
	// URL of the incident's page, "" if there is none for this reader.
	URL string
	// Tone is how urgent it is.
	Tone Tone
	// Body is what the channel's own template made of it, in the markup of the platform, in place of all but the first line and the
	// link; "" for the form that is built in.
	Body string
	// Page is what the channel's own template of pages made of it, as HTML, in place of all but the first line, the picture and the
	// link; "" for the form that is built in.
	Page string
	// Labels of the parts, in the language: "What to do: ", "Owner: ", "Details".
	AdviceLabel, OwnerLabel, URLLabel string
}

// Render says one change of an incident.
func (r Reader) Render(i *incident.Incident, why incident.Reason) Text {
	t := r.blank("Details", "查看详情")
	t.What, t.WhatShort = r.what(i, why)
	t.When, t.WhenShort = r.when(i, why)
	t.Owner, t.Tone = r.owner(i, why), toneOf(i, why)
	if m := CutRunes(i.Message.In(r.Language), maxSentence); m != "" && why != incident.ReasonExamined {
		t.Why = append(t.Why, m)
	}
	switch why {
	case incident.ReasonResolved, incident.ReasonUnheard:
	case incident.ReasonExamined:
		t.Why = r.checks(i)
	default:
		t.Cause = r.cause(i)
		for _, e := range i.Evidence {
			if s := CutRunes(e.Text.In(r.Language), maxSentence); s != "" {
				t.Why = append(t.Why, s)
			}
		}
		t.Advice = CutRunes(i.Advice.In(r.Language), maxSentence)
	}
	if r.ConsoleURL != "" {
		t.URL = strings.TrimSuffix(r.ConsoleURL, "/") + "/incidents/" + i.ID
	}
	return t
}

// blank returns a text that has its labels only, by which its link is known in each language.
func (r Reader) blank(en, zh string) Text {
	return Text{
		Language: r.Language, AdviceLabel: r.say("What to do: ", "建议处理："), OwnerLabel: r.say("Owner: ", "负责人："), URLLabel: r.say(en, zh),
	}
}

// checks says the four checks of a transaction, a line each; nothing else is new.
func (r Reader) checks(i *incident.Incident) (lines []string) {
	if i.Checks == nil {
		return nil
	}
	for k := range i.Checks.Checks {
		lines = append(lines, i.Checks.Checks[k].Line().In(r.Language))
	}
	return lines
}

// say chooses the language of a phrase.
func (r Reader) say(en, zh string) string { return i18n.Text{En: en, Zh: zh}.In(r.Language) }

// What names and sentences are cut to, in characters: what follows them must be seen without scrolling for long.
const (
	maxTitle    = 120
	maxEntity   = 60
	maxSentence = 500
)

// what says severity, what changed, and the title, with the entity where the title lacks it; and in short what changed, and the entity.
func (r Reader) what(i *incident.Incident, why incident.Reason) (full string, short []string) {
	title, name := i.Title.In(r.Language), CutRunes(i18n.Line(i.Entity.Name), maxEntity)
	if title == "" {
		title = i.Signal
	}
	title = CutRunes(i18n.Line(title), maxTitle)
	label := r.bracket(r.label(i, why))
	if name == "" {
		return label + title, nil
	}
	if !strings.Contains(title, name) {
		title += r.say(": ", "：") + name
	}
	short = []string{label + name, r.bracket(r.shortLabel(i, why)) + name}
	if why != incident.ReasonResolved && why != incident.ReasonUnheard { // which nobody must take for something new
		short = append(short, r.bracket(r.severity(i.Severity))+name, name)
	}
	return label + title, short
}

func (r Reader) bracket(label string) string { return r.say("["+label+"] ", "【"+label+"】") }

// shortLabel is label with what cannot be left out of it.
func (r Reader) shortLabel(i *incident.Incident, why incident.Reason) string {
	switch why {
	case incident.ReasonResolved:
		return r.label(i, why)
	case incident.ReasonUnheard:
		return r.say("Closed", "已关闭")
	case incident.ReasonUnacknowledged:
		return r.severity(i.Severity) + r.say(", unacknowledged", "·无人确认")
	}
	return r.severity(i.Severity)
}

// label says in a word or two why this message comes.
func (r Reader) label(i *incident.Incident, why incident.Reason) string {
	level := r.severity(i.Severity)
	switch why {
	case incident.ReasonResolved:
		return r.say("Resolved", "已恢复")
	case incident.ReasonUnheard:
		return r.say("Closed, unheard", "已关闭·无数据")
	case incident.ReasonReopened:
		return level + r.say(", again", "·再次出现")
	case incident.ReasonRaised:
		return r.say("Now "+strings.ToLower(level), "升级为"+level)
	case incident.ReasonMoved:
		return level + r.say(", ", "·") + cmp.Or(r.moved(i), r.say("forecast moved", "预测变化"))
	case incident.ReasonExamined:
		return level + r.say(", checked", "·四项检查")
	case incident.ReasonUnacknowledged:
		n := 1
		if i.Notified != nil {
			n = i.Notified.Count
		}
		return level + r.say(fmt.Sprintf(", unacknowledged, told again (%d)", n), fmt.Sprintf("·无人确认，第 %d 次提醒", n))
	case incident.ReasonCause:
		return level + r.say(", likelier cause", "·原因更新")
	case incident.ReasonUndelivered:
		return r.say("Not delivered", "未送达")
	case incident.ReasonTest:
		return r.say("Test", "测试")
	}
	return level
}

// cause says what the likeliest cause is, and what speaks for it most, if that is another trouble than the title's.
func (r Reader) cause(i *incident.Incident) string {
	c := i.Likeliest()
	if c == nil {
		return ""
	}
	title := c.Title.In(r.Language)
	if title == "" {
		title = c.Signal
	}
	if name := c.Entity.Name; !strings.Contains(title, name) {
		title += r.say(": ", "：") + name
	}
	text := r.say("Likely cause: ", "可能原因：") + title
	if len(c.Reasons) > 0 {
		text += r.say(" ("+c.Reasons[0].En+")", "（"+c.Reasons[0].Zh+"）")
	}
	return text
}

func (r Reader) severity(s finding.Severity) string {
	switch s {
	case finding.Critical:
		return r.say("Critical", "严重")
	case finding.Warning:
		return r.say("Warning", "警告")
	}
	return r.say("Info", "提示")
}

// date says a time in the reader's zone, to the minute, with the year if it is not that of now.
func (r Reader) date(t, now time.Time) string {
	t, now = t.In(r.Location()), now.In(r.Location())
	en, zh := "Mon 2 Jan 15:04", "1月2日"
	if t.Year() != now.Year() {
		en, zh = "Mon 2 Jan 2006 15:04", "2006年1月2日"
	}
	if r.Language == i18n.Chinese {
		week := []string{"日", "一", "二", "三", "四", "五", "六"}[t.Weekday()]
		return t.Format(zh) + "（周" + week + "）" + t.Format("15:04")
	}
	return t.Format(en)
}

// Plain returns the message as lines of text, with no control characters but the line ends.
func (t Text) Plain() string {
	lines := []string{i18n.Line(t.What)}
	if t.Body != "" {
		return strings.Join(t.linked(append(lines, t.Body)), "\n")
	}
	if t.Cause != "" {
		lines = append(lines, i18n.Line(t.Cause))
	}
	lines = append(lines, i18n.Line(t.When))
	for _, w := range t.Why {
		lines = append(lines, "- "+i18n.Line(w))
	}
	if t.Advice != "" {
		lines = append(lines, t.AdviceLabel+i18n.Line(t.Advice))
	}
	if t.Owner != "" {
		lines = append(lines, t.OwnerLabel+i18n.Line(t.Owner))
	}
	return strings.Join(t.linked(lines), "\n")
}

// PlainWithin is Plain with at most so many characters: reasons are left out from the last, then what to do, the cause, the owner and the
// link, of which no part could be followed; then what and when are said more shortly, and cut at last.
func (t Text) PlainWithin(most int) string {
	for {
		s := t.Plain()
		switch {
		case utf8.RuneCountInString(s) <= most:
			return s
		case t.Body != "":
			return CutRunes(s, most)
		case len(t.Why) > 0:
			t.Why = t.Why[:len(t.Why)-1]
		case t.Advice != "":
			t.Advice = ""
		case t.Cause != "":
			t.Cause = ""
		case t.Owner != "":
			t.Owner = ""
		case t.URL != "":
			t.URL = ""
		case len(t.WhenShort) > 0:
			t.When, t.WhenShort = t.WhenShort[0], t.WhenShort[1:]
		case len(t.WhatShort) > 0:
			t.What, t.WhatShort = t.WhatShort[0], t.WhatShort[1:]
		default:
			return CutRunes(s, most)
		}
	}
}

// linked adds the line with the link, if there is one.
func (t Text) linked(lines []string) []string {
	if t.URL == "" {
		return lines
	}
	return append(lines, t.URLLabel+i18n.Text{En: ": ", Zh: "："}.In(t.Language)+t.URL)
}

// Changed returns what is new in a message about an incident of which people have the rest already.
func (t Text) Changed(why incident.Reason) Text {
	switch why {
	case incident.ReasonMoved, incident.ReasonCause:
		t.Why, t.Advice = nil, ""
	case incident.ReasonRaised:
		t.Why, t.Advice = t.Why[:min(1, len(t.Why))], ""
	}
	if why == incident.ReasonMoved {
		t.Cause = ""
	}
	return t
}

// Title returns the first line, fit for a list of messages.
func (t Text) Title() string { return i18n.Line(t.What) }
