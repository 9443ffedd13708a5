package backtest

import (
	"fmt"
	"io"
	"time"

	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/i18n"
)

// text writes for people: when something would have become a warning or worse, and when it ended.
type text struct {
	out  io.Writer
	lang i18n.Language
	zone *time.Location
	// told is the worst severity that was told of each episode that has not ended; worst counts episodes by it.
	told  map[string]finding.Severity
	worst map[finding.Severity]int
	ended int
	brief bool   // no summary: one question was asked
	block string // what was said last of what became of it
}

func newText(out io.Writer, o *Options) *text {
	return &text{out: out, lang: o.Language, zone: o.Zone, brief: o.Explain != nil, told: map[string]finding.Severity{}, worst: map[finding.Severity]int{}}
}

func (t *text) say(s *statement) error {
	f := s.finding
	if f == nil {
		return nil
	}
	before := t.told[f.Episode]
	word := wordOf(f.Severity)
	switch {
	case f.Action == finding.Resolved && before != "":
		word = i18n.Text{En: "RESOLVED", Zh: "已恢复"}
		delete(t.told, f.Episode)
		t.ended++
	case f.Action != finding.Resolved && f.Severity.Rank() > max(before.Rank(), finding.Info.Rank()):
		t.told[f.Episode] = f.Severity
		t.worst[before]--
		t.worst[f.Severity]++
	default:
		return nil
	}
	// What labels say must not reach the terminal as commands.
	_, err := fmt.Fprintf(t.out, "%s  %s  %s\n", f.Time.In(t.zone).Format(minuteLayout), padRight(word.In(t.lang), 8), i18n.Line(f.Message.In(t.lang)))
	return err
}

// minuteLayout is how times are written for people.
const minuteLayout = "2006-01-02 15:04"

func wordOf(s finding.Severity) i18n.Text {
	switch s {
	case finding.Critical:
		return i18n.Text{En: "CRITICAL", Zh: "严重"}
	case finding.Warning:
		return i18n.Text{En: "WARNING", Zh: "警告"}
	}
	return i18n.Text{En: "INFO", Zh: "提示"}
}

func (t *text) sum(s *Summary) error {
	if t.brief {
		return nil
	}
	words := i18n.Text{
		En: "\n%d samples of %d series, %.1f days; %d signals are watched. At worst: %d critical, %d warning; %d ended.\n",
		Zh: "\n%d 个采样，%d 个序列，%.1f 天；监控 %d 个信号。最高级别：严重 %d 个，警告 %d 个；已结束 %d 个。\n",
	}
	_, err := fmt.Fprintf(t.out, words.In(t.lang), s.Samples, s.Series, days(s.End.Sub(s.Start)), s.Signals,
		t.worst[finding.Critical], t.worst[finding.Warning], t.ended)
	if err != nil || s.Rules.Subjects == 0 {
		return err
	}
	_, err = io.WriteString(t.out, "\n"+Compare(&s.Rules, t.lang))
	return err
}

func days(d time.Duration) float64 { return d.Hours() / 24 }
