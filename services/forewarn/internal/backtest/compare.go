package backtest

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/forewarn/forewarn/services/forewarn/internal/backtest/contest"
	"github.com/forewarn/forewarn/shared/i18n"
)

// methodName says what a method is called among people.
func methodName(name string) i18n.Text {
	switch name {
	case contest.Ours:
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

// columns are the heads of the comparison.
func columns() []i18n.Text {
	return []i18n.Text{
		{En: "", Zh: ""},
		{En: "alarms", Zh: "报警"},
		{En: "signals", Zh: "信号"},
		{En: "warned of", Zh: "提前预警"},
		{En: "ahead (median)", Zh: "提前量（中位数）"},
		{En: "without failure, per series-week", Zh: "未用满信号的报警（每信号每周）"},
	}
}

// cells are a row of the comparison.
func cells(s *contest.Standing, lang i18n.Language) []string {
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

// footnotes say what the figures mean.
func footnotes() []i18n.Text {
	return []i18n.Text{
		{
			En: "A failure is a use at 99.5 % of its limit for 5 minutes. It counts as warned of if an alarm stood when it came, begun at least 12 hours before, or after 35 % of the way where trouble came faster, never less than an hour.",
			Zh: "“用满”指使用率达到上限的 99.5% 并持续 5 分钟。用满时报警仍在、且至少提前 12 小时发出（发展更快的按全程 35% 计，不少于 1 小时），才算提前预警。",
		},
		{
			En: "What failed, and when its trouble began, is known in hindsight only, from the whole of the data. Each method heard of the past alone.",
			Zh: "哪些信号用满、何时开始，是事后根据全部数据判定的；各方法在每个时刻只使用过去的数据。",
		},
		{
			En: "An alarm without failure need not be false: people may have acted, or the data end first. The first 14 days (memory: 3) do not count there.",
			Zh: "未用满信号上的报警不一定是误报：可能已有人处理，或数据先结束。前 14 天（内存为 3 天）不计入该列。",
		},
	}
}

// compare writes the comparison as a table and footnotes.
func compare(r *Rules, lang i18n.Language) string {
	rows := [][]string{nil}
	for _, c := range columns() {
		rows[0] = append(rows[0], c.In(lang))
	}
	for i := range r.Standings {
		rows = append(rows, cells(&r.Standings[i], lang))
	}
	var b strings.Builder
	head := i18n.Text{
		En: "Beside today's usual rules, on the %d signals with a limit:\n",
		Zh: "与常用规则对比（%d 个有上限的信号）：\n",
	}
	fmt.Fprintf(&b, head.In(lang), r.Subjects)
	b.WriteString(aligned(rows))
	for _, f := range footnotes() {
		b.WriteString("\n" + f.In(lang))
	}
	return b.String() + "\n"
}

// aligned writes rows with the first column to the left and the others to the right.
func aligned(rows [][]string) string {
	wide := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			wide[i] = max(wide[i], width(cell))
		}
	}
	var b strings.Builder
	for _, row := range rows {
		b.WriteString(padRight(row[0], wide[0]))
		for i, cell := range row[1:] {
			b.WriteString("  " + strings.Repeat(" ", wide[i+1]-width(cell)) + cell)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func padRight(s string, columns int) string {
	return s + strings.Repeat(" ", max(0, columns-width(s)))
}

// width returns how many columns a text takes on a terminal: Chinese characters and their marks take two.
func width(s string) (n int) {
	for _, r := range s {
		n++
		if r >= 0x2e80 && r < 0xa4d0 || r >= 0xff00 && r < 0xff61 {
			n++
		}
	}
	return n
}
