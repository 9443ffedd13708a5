package contest

import (
	"fmt"
	"math"
	"time"

	"github.com/forewarn/forewarn/shared/i18n"
)

// methodName says what a method is called among people.
func methodName(name string) i18n.Text {
	switch name {
	case Ours:
		return i18n.Text{En: "Forewarn", Zh: "Forewarn"}
	case "static_90":
		return i18n.Text{En: "above 90 %", Zh: "静态阈值 90%"}
	case "predict_linear_1h":
		return i18n.Text{En: "predict_linear, 1 h", Zh: "predict_linear 1 小时"}
	case "node_mixin_6h":
		return i18n.Text{En: "node-mixin, 6 h", Zh: "node-mixin 6 小时"}
	case "timeleft_linear":
		return i18n.Text{En: "Zabbix timeleft, 1 h", Zh: "Zabbix timeleft 1 小时"}
	}
	return i18n.Text{En: name}
}

// Head returns the heads of a table of standings.
func Head(lang i18n.Language) (out []string) {
	for _, t := range []i18n.Text{
		{En: "", Zh: ""},
		{En: "alarms", Zh: "报警"},
		{En: "signals", Zh: "信号"},
		{En: "warned of", Zh: "提前预警"},
		{En: "ahead (median)", Zh: "提前量（中位数）"},
		{En: "without failure, per series-week", Zh: "未用满信号的报警（每信号每周）"},
	} {
		out = append(out, t.In(lang))
	}
	return out
}

// Cells returns the standing as a row of the table.
func (s *Standing) Cells(lang i18n.Language) []string {
	warned := i18n.Text{En: fmt.Sprintf("%d of %d", s.Warned, s.Failures), Zh: fmt.Sprintf("%d / %d", s.Warned, s.Failures)}
	lead, rate := "-", "-"
	if h := float64(s.LeadHours); !math.IsNaN(h) {
		lead = i18n.Span(time.Duration(h * float64(time.Hour))).In(lang)
	}
	if r := float64(s.Rate); !math.IsNaN(r) {
		rate = fmt.Sprintf("%d  (%.3f)", s.Harmless, r)
	}
	return []string{methodName(s.Name).In(lang), fmt.Sprint(s.Alarms), fmt.Sprint(s.Signals), warned.In(lang), lead, rate}
}

// Footnotes say what the figures mean.
func Footnotes(lang i18n.Language) (out []string) {
	for _, t := range []i18n.Text{
		{
			En: "A failure is a use at 99.5 % of its limit for 5 minutes, or until it is killed. It counts as warned of if an alarm stood " +
				"when it came, begun at least 12 hours before, or 35 % of the trouble's time where that was faster, and never less than an hour.",
			Zh: "“用满”指使用率达到上限的 99.5% 并持续 5 分钟（或随即被终止）。用满时报警仍在、且至少提前 12 小时发出（发展更快的按全程 35% 计，不少于 1 小时），才算提前预警。",
		},
		{
			En: "What failed, and when its trouble began, is known in hindsight only, from the whole of the data. Each method heard of the past alone.",
			Zh: "哪些信号用满、何时开始，是事后根据全部数据判定的；各方法在每个时刻只使用过去的数据。",
		},
		{
			En: "An alarm without failure need not be false: people may have acted, or the data end first. The first 14 days (memory: 3) do not count there.",
			Zh: "未用满信号上的报警不一定是误报：可能已有人处理，或数据先结束。前 14 天（内存为 3 天）不计入该列。",
		},
	} {
		out = append(out, t.In(lang))
	}
	return out
}
