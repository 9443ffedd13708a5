package backtest

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/forewarn/forewarn/models/calendar"
	"github.com/forewarn/forewarn/models/exhaustion"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/i18n"
)

// entry is a line of an explanation.
type entry struct{ label, text i18n.Text }

// explain writes what was believed.
func (t *text) explain(e *explanation) error {
	st := &e.State
	name := i18n.Line(st.Entity.Name)
	if name == "" {
		name = st.Key
	}
	entries := append([]entry{{i18n.Text{En: "series", Zh: "序列"}, same(st.Series)}}, t.known(e)...)
	entries = append(entries, t.forecast(e)...)
	entries = append(entries, verdicts(e)...)
	head := fmt.Sprintf("%s (%s)  %s\n", name, st.Rule, e.at.In(t.zone).Format(minuteLayout))
	_, err := io.WriteString(t.out, head+t.lines(entries))
	return err
}

// became writes what came after it.
func (t *text) became(e *explanation) error {
	d := e.diary
	var entries []entry
	for i, h := range exhaustion.Horizons() {
		if span := i18n.Span(h); d.newest.Sub(d.asked) >= h/2 {
			entries = append(entries, entry{i18n.Text{En: "within " + span.En, Zh: span.Zh + "内"}, e.atMost(d.most[i])})
		}
	}
	full := i18n.Text{En: "not within the data, which end " + d.newest.In(t.zone).Format(minuteLayout), Zh: "数据内未达到（数据截至 " + d.newest.In(t.zone).Format(minuteLayout) + "）"}
	if !d.full.IsZero() {
		after := i18n.Span(d.full.Sub(d.asked))
		full = i18n.Text{En: d.full.In(t.zone).Format(minuteLayout) + ", " + after.En + " later", Zh: d.full.In(t.zone).Format(minuteLayout) + "（" + after.Zh + "后）"}
	}
	if e.State.Limit > 0 {
		entries = append(entries, entry{i18n.Text{En: "limit reached", Zh: "达到上限"}, full})
	}
	head := i18n.Text{En: "What became of it, in hindsight:", Zh: "后来的情况（事后数据）："}
	block := fmt.Sprintf("\n%s\n%s", head.In(t.lang), t.lines(entries))
	if block == t.block { // of the other signal of the same series
		return nil
	}
	t.block = block
	_, err := io.WriteString(t.out, block)
	return err
}

func (e *explanation) atMost(used float64) i18n.Text {
	amount := i18n.Amount(used, e.State.Unit)
	if e.State.Limit > 0 {
		amount = i18n.Percent(used/e.State.Limit) + " (" + amount + ")"
	}
	return i18n.Text{En: "at most " + amount, Zh: "最高 " + amount}
}

func same(s string) i18n.Text { return i18n.Text{En: s, Zh: s} }

// lines aligns entries; those without a label go on with the one before.
func (t *text) lines(entries []entry) string {
	wide := 0
	for _, e := range entries {
		wide = max(wide, width(e.label.In(t.lang)))
	}
	var b strings.Builder
	for _, e := range entries {
		fmt.Fprintf(&b, "  %s  %s\n", padRight(e.label.In(t.lang), wide), i18n.Line(e.text.In(t.lang)))
	}
	return b.String()
}

// known says what was seen of the signal until then.
func (t *text) known(e *explanation) []entry {
	st := &e.State
	if e.Judged.IsZero() {
		return nil
	}
	since, newest := st.Since.In(t.zone).Format(minuteLayout), st.UpdatedAt.In(t.zone).Format(minuteLayout)
	span := i18n.Span(st.UpdatedAt.Sub(st.Since))
	out := []entry{{
		i18n.Text{En: "known", Zh: "历史"},
		i18n.Text{En: fmt.Sprintf("since %s, %s; newest sample %s", since, span.En, newest), Zh: fmt.Sprintf("自 %s 起，%s；最新采样 %s", since, span.Zh, newest)},
	}}
	label := i18n.Text{En: "days", Zh: "日增长"}
	for _, g := range e.seen.growth {
		kind, amount := className(g.class), signed(g.perDay, st.Unit)
		out = append(out, entry{label, i18n.Text{
			En: fmt.Sprintf("%s: %s a day (%d seen)", kind.En, amount, g.days),
			Zh: fmt.Sprintf("%s：每天 %s（%d 天）", kind.Zh, amount, g.days),
		}})
		label = i18n.Text{}
	}
	if len(e.seen.growth) == 0 {
		out = append(out, entry{label, i18n.Text{En: "not two whole days in a row have been seen", Zh: "尚未观察到连续两个完整的日子"}})
	}
	return append(out, t.falls(e))
}

func (t *text) falls(e *explanation) entry {
	label := i18n.Text{En: "falls", Zh: "回落"}
	if e.seen.falls == 0 {
		return entry{label, i18n.Text{En: "none", Zh: "无"}}
	}
	at, freed := e.seen.fell.In(t.zone).Format(minuteLayout), i18n.Amount(e.seen.freed, e.State.Unit)
	return entry{label, i18n.Text{
		En: fmt.Sprintf("%d (clean-ups, restarts), the last until %s, by %s", e.seen.falls, at, freed),
		Zh: fmt.Sprintf("%d 次（清理、重启），最近一次至 %s，释放 %s", e.seen.falls, at, freed),
	}}
}

func signed(v float64, unit string) string {
	if v >= 0 {
		return "+" + i18n.Amount(v, unit)
	}
	return "-" + i18n.Amount(-v, unit)
}

func className(c calendar.Class) i18n.Text {
	switch c {
	case calendar.Workday:
		return i18n.Text{En: "working days", Zh: "工作日"}
	case calendar.RestDay:
		return i18n.Text{En: "days off", Zh: "休息日"}
	case calendar.MonthEnd:
		return i18n.Text{En: "days of a close", Zh: "结账日"}
	case calendar.Holiday:
		return i18n.Text{En: "holidays", Zh: "节假日"}
	case calendar.MakeUpWorkday:
		return i18n.Text{En: "make-up working days", Zh: "调休工作日"}
	}
	return i18n.Text{En: "other days", Zh: "其他日子"}
}

// forecast says what was foretold.
func (t *text) forecast(e *explanation) []entry {
	st := &e.State
	if e.Judged.IsZero() {
		return nil
	}
	var en, zh []string
	p := st.Probability
	for i, v := range [...]float64{p.H4, p.H24, p.D7, p.D30} {
		within := i18n.Span(exhaustion.Horizons()[i])
		en, zh = append(en, i18n.Percent(v)+" within "+within.En), append(zh, within.Zh+"内 "+i18n.Percent(v))
	}
	made := e.Judged.In(t.zone).Format(minuteLayout)
	out := []entry{
		{i18n.Text{En: "forecast", Zh: "预测"}, i18n.Text{En: strings.Join(en, ", ") + "; made " + made, Zh: strings.Join(zh, "，") + "；预测时间 " + made}},
		{i18n.Text{En: "full", Zh: "用满"}, t.dates(&st.ETA)},
	}
	label := i18n.Text{En: "because", Zh: "依据"}
	for _, ev := range e.Evidence {
		out, label = append(out, entry{label, ev.Text}), i18n.Text{}
	}
	return out
}

func (t *text) dates(eta *finding.ETA) i18n.Text {
	if eta.P50 == nil {
		return i18n.Text{En: "no date within 180 days", Zh: "180 天内没有日期"}
	}
	late := i18n.Text{En: "later", Zh: "更晚"}
	if eta.P90 != nil {
		late = same(eta.P90.In(t.zone).Format(minuteLayout))
	}
	early := t.date(eta.P10)
	return i18n.Text{
		En: fmt.Sprintf("%s (80 %%: %s to %s)", t.date(eta.P50), early, late.En),
		Zh: fmt.Sprintf("%s（80%% 区间：%s 至 %s）", t.date(eta.P50), early, late.Zh),
	}
}

func (t *text) date(at *time.Time) string {
	if at == nil {
		return "-"
	}
	return at.In(t.zone).Format(minuteLayout)
}

// verdicts say what would be told, or what is missing.
func verdicts(e *explanation) []entry {
	told := i18n.Text{En: "nothing", Zh: "不预警"}
	if e.Cause != "" {
		told = wordOf(e.Cause)
	}
	if e.State.Episode != "" {
		told.En += "; an episode is open: " + e.State.Episode
		told.Zh += "；已有未结束的事件：" + e.State.Episode
	}
	out := []entry{{i18n.Text{En: "gives cause for", Zh: "结论"}, told}}
	label := i18n.Text{En: "since", Zh: "原因"}
	for _, r := range e.Reasons {
		out, label = append(out, entry{label, r}), i18n.Text{}
	}
	return out
}
