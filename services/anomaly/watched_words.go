package anomaly

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/forewarn/forewarn/models/baseline"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/i18n"
)

// Everything that the watcher says to people is written here, apart from what the catalogue brings.

// finding returns a finding without a message.
func (s *watched) finding(kind finding.Kind, episode string, action finding.Action, at time.Time) finding.Finding {
	f := finding.Finding{
		Schema: finding.SchemaVersion, Episode: episode, Action: action, Time: at, Kind: kind,
		Signal: s.key(), Series: s.Series, Entity: s.entity(), Severity: finding.Info, Unit: s.unit(),
	}
	if s.Rule == nil {
		f.Signal, f.Title = "behaviour/"+s.Series, i18n.Text{En: "unusual: " + s.Series, Zh: "异常：" + s.Series}
		return f
	}
	if s.Episode != nil {
		f.Severity = s.Episode.Severity
	}
	f.Title = i18n.Text{En: s.Rule.Title.En + ": " + f.Entity.Name, Zh: s.Rule.Title.Zh + "：" + f.Entity.Name}
	f.Advice = s.Rule.Advice
	return f
}

// called returns what people know it by: the series by itself, or what the rule reads and of what.
func (s *watched) called() i18n.Text {
	if s.Rule == nil {
		return i18n.Text{En: s.Series, Zh: s.Series}
	}
	what := s.Rule.Measure
	if what == (i18n.Text{}) {
		metric, _, _ := strings.Cut(s.Series, "{")
		what = i18n.Text{En: metric, Zh: " " + metric}
	}
	name := s.entity().Name
	return i18n.Text{En: what.En + " of " + name, Zh: name + " 的" + what.Zh}
}

// show writes a value in the rule's unit.
func (s *watched) show(v float64) string {
	if s.Rule == nil {
		return fmt.Sprintf("%.4g", v)
	}
	return amount(v, s.unit())
}

// amount writes a value, shares in percent.
func amount(v float64, unit string) string {
	if unit == "ratio" {
		return i18n.Percent(v)
	}
	return i18n.Amount(v, unit)
}

// unusual says how unusual a sample is, and what else is.
func (s *watched) unusual(a finding.Action, at time.Time, j *baseline.Judgement, company []*watched) finding.Finding {
	f := s.finding(finding.Anomaly, s.Episode.ID, a, at)
	j.Low, j.High = s.possible(j.Low, j.High)
	f.Used, f.Message, f.Evidence = j.Value, s.unlike(j), append(s.evidence(j), named(company)...)
	for _, o := range company {
		name := o.called()
		f.Message.En += fmt.Sprintf(" So is %s.", name.En)
		f.Message.Zh += fmt.Sprintf("同时，%s 也异常。", name.Zh)
	}
	return f
}

// possible cuts a band to what a use can be: never negative.
func (s *watched) possible(low, high float64) (least, most float64) {
	if s.Rule == nil {
		return low, high
	}
	return max(low, 0), high
}

// named returns what else is unusual, as evidence.
func named(company []*watched) (out []finding.Evidence) {
	for _, o := range company {
		name := o.called()
		out = append(out, finding.Evidence{
			Name: "company", Value: 1, Text: i18n.Text{En: "also unusual: " + name.En, Zh: "同时异常：" + name.Zh},
		})
	}
	return out
}

// sayJoined says that a signal is unusual beside one of which people know.
func sayJoined(s, known *watched) i18n.Text {
	name, other := known.called(), s.called()
	return i18n.Text{
		En: fmt.Sprintf("%s is unusual, too, beside %s.", other.En, name.En),
		Zh: fmt.Sprintf("除 %s 外，%s 也出现异常。", name.Zh, other.Zh),
	}
}

// ended says that a sample is as usual again, or that a level that stays changed is the usual one now.
func (s *watched) ended(at time.Time, j *baseline.Judgement) finding.Finding {
	f := s.finding(finding.Anomaly, s.Episode.ID, finding.Resolved, at)
	name, value := s.called(), s.show(j.Value)
	f.Used = j.Value
	f.Message = i18n.Text{
		En: fmt.Sprintf("%s is as usual again: %s.", name.En, value),
		Zh: fmt.Sprintf("%s 已恢复正常：%s。", name.Zh, value),
	}
	if j.Action == baseline.Settled {
		f.Message = i18n.Text{
			En: fmt.Sprintf("%s has stayed at a new level, about %s; that is its usual one from now on.", name.En, value),
			Zh: fmt.Sprintf("%s 已稳定在新的水平，约 %s；今后以此为正常水平。", name.Zh, value),
		}
	}
	return f
}

// lost says that nothing is known any more.
func (s *watched) lost(now time.Time) finding.Finding {
	f := s.finding(finding.Anomaly, s.Episode.ID, finding.Resolved, now.UTC())
	name, span := s.called(), i18n.Span(now.Sub(time.UnixMilli(s.Heard)))
	f.Message = i18n.Text{
		En: fmt.Sprintf("%s has sent nothing for %s; whether it is still unusual is not known.", name.En, span.En),
		Zh: fmt.Sprintf("%s 已有 %s没有数据，无法得知是否仍然异常。", name.Zh, span.Zh),
	}
	return f
}

// sayForgotten says that nobody looks any more.
func sayForgotten(name string) i18n.Text {
	return i18n.Text{
		En: fmt.Sprintf("The catalogue's rule for %s is gone or has changed; this episode ends with it.", name),
		Zh: fmt.Sprintf("%s 对应的目录规则已被删除或更改，本次事件随之结束。", name),
	}
}

// unlike says how unusual a sample is.
func (s *watched) unlike(j *baseline.Judgement) i18n.Text {
	name, value, low, high, rare := s.called(), s.show(j.Value), s.show(j.Low), s.show(j.High), often(j.Rarity)
	low = strings.TrimSuffix(low, " "+s.unit()) // once is enough
	en := fmt.Sprintf("%s is %s where %s to %s was expected; it does as much in %s.", name.En, value, low, high, rare.En)
	zh := fmt.Sprintf("%s 为 %s，预期为 %s 至 %s；出现概率约为%s。", name.Zh, value, low, high, rare.Zh)
	if j.Seconds > 0 {
		span := i18n.Span(time.Duration(j.Seconds * float64(time.Second)))
		en = fmt.Sprintf("%s: %s within %s where %s to %s was expected; that comes in %s.", name.En, value, span.En, low, high, rare.En)
		zh = fmt.Sprintf("%s：%s内 %s，预期为 %s 至 %s；出现概率约为%s。", name.Zh, span.Zh, value, low, high, rare.Zh)
	}
	if j.Record {
		most := s.show(j.Most)
		en += fmt.Sprintf(" It never stayed above %s before.", most)
		zh += fmt.Sprintf("此前从未持续高于 %s。", most)
	}
	if j.Event == 0 {
		return i18n.Text{En: en + " Nothing like it is remembered.", Zh: zh + "此前没有类似记录。"}
	}
	last := time.Unix(j.Event, 0).UTC().Format("2006-01-02 15:04 UTC")
	return i18n.Text{En: en + " The last such event began on " + last + ".", Zh: zh + "上一次类似事件始于 " + last + "。"}
}

// mostRarity is beyond what samples tell.
const mostRarity = 9

func often(rarity float64) i18n.Text {
	if rarity > mostRarity {
		return i18n.Text{En: "less than one sample in 1e9", Zh: "不到十亿分之一"}
	}
	return i18n.Text{
		En: fmt.Sprintf("one sample in %.2g", math.Pow(10, rarity)),
		Zh: fmt.Sprintf(" %.2g 分之一", math.Pow(10, rarity)),
	}
}

// evidence returns the numbers behind the words.
func (s *watched) evidence(j *baseline.Judgement) []finding.Evidence {
	return []finding.Evidence{
		number("value", "value", "当前值", j.Value, s.unit()),
		number("expected_low", "expected at least", "预期下限", j.Low, s.unit()),
		number("expected_high", "expected at most", "预期上限", j.High, s.unit()),
		{Name: "rarity", Value: j.Rarity, Text: i18n.Text{En: "how often: " + often(j.Rarity).En, Zh: "出现概率：" + strings.TrimSpace(often(j.Rarity).Zh)}},
		{Name: "last_event", Value: float64(j.Event), Text: lastEvent(j.Event)},
	}
}

// lastEvent says when something like it began last, in Unix seconds, 0 for never.
func lastEvent(unix int64) i18n.Text {
	if unix == 0 {
		return i18n.Text{En: "last such event: none is remembered", Zh: "上一次类似事件：没有记录"}
	}
	at := time.Unix(unix, 0).UTC().Format("2006-01-02 15:04 UTC")
	return i18n.Text{En: "last such event: " + at, Zh: "上一次类似事件：" + at}
}

func number(name, en, zh string, v float64, unit string) finding.Evidence {
	shown := amount(v, unit)
	if unit == "" {
		shown = fmt.Sprintf("%.4g", v)
	}
	return finding.Evidence{Name: name, Value: v, Unit: unit, Text: i18n.Text{En: en + " " + shown, Zh: zh + " " + shown}}
}

// stopped says that the series sends nothing any more.
func (s *watched) stopped(now time.Time) finding.Finding {
	f := s.finding(finding.Silence, s.silent, finding.Opened, now.UTC())
	span := i18n.Span(now.Sub(time.UnixMilli(s.silence.LastMillis)))
	f.Message = i18n.Text{
		En: fmt.Sprintf("%s has sent nothing for %s, longer than any pause of late.", s.Series, span.En),
		Zh: fmt.Sprintf("%s 已有 %s 没有数据，超过近期的任何间隔。", s.Series, span.Zh),
	}
	return f
}

// resumed says that it does.
func (s *watched) resumed(at time.Time) finding.Finding {
	f := s.finding(finding.Silence, s.silent, finding.Resolved, at)
	f.Message = i18n.Text{En: s.Series + " sends again.", Zh: s.Series + " 已恢复发送。"}
	return f
}
