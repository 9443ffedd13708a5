package digest

import (
	"strings"

	"github.com/forewarn/forewarn/shared/digest"
	"github.com/forewarn/forewarn/shared/i18n"
)

func (w *writer) close() digest.Section {
	c := w.d.Close
	if c == nil {
		return digest.Section{}
	}
	s := digest.Section{Name: "close", Title: w.Say("Is the close of the books safe?", "结账是否安全？"), Lines: []string{w.closeWords(c)}}
	for i := range c.Threats {
		t := &c.Threats[i]
		cell := digest.Cell{Text: w.Say("possible", "可能"), Mark: digest.Warning}
		if t.Likely {
			cell = digest.Cell{Text: w.Say("likely", "很可能"), Mark: digest.Critical}
		}
		when := w.Say("now", "当前")
		if t.P50 != nil {
			when = w.date(*t.P50)
		}
		s.Rows = append(s.Rows, []digest.Cell{{Text: t.Entity, More: without(t.Title.In(w.Language), t.Entity)}, cell, {Text: when}})
	}
	if len(s.Rows) > 0 {
		s.Head = []string{w.Say("What", "对象"), w.Say("Before the close ends", "结账结束前"), w.Say("Expected", "预计")}
	}
	return s
}

func (w *writer) closeWords(c *digest.Close) string {
	name := w.closeName(c)
	switch c.Verdict {
	case digest.Safe:
		return w.Sayf("%s: nothing that is watched is likely to reach its limit before it ends.", "%s：结账结束前，受监控的资源预计都不会达到上限。", name)
	case digest.Likely:
		return w.Sayf("%s: something is broken, or will more likely than not reach its limit before it ends.", "%s：结账结束前，有资源已故障或很可能达到上限。", name)
	}
	return w.Sayf("%s: something may reach its limit before it ends, with a chance of 10 %% or more.", "%s：结账结束前，有资源可能达到上限（概率不低于 10 %%）。", name)
}

func (w *writer) purchases() digest.Section {
	if w.d.Purchases == nil {
		return digest.Section{}
	}
	s := digest.Section{Name: "purchases", Title: w.Say("What must be bought, and by when", "采购与扩容")}
	if len(w.d.Purchases) == 0 && w.d.Unready() {
		s.Lines = []string{w.Say("It is too early to say.", "数据尚不足，暂不能判断。")}
		return s
	}
	if len(w.d.Purchases) == 0 {
		s.Lines = []string{w.Say("Nothing in the next six months, as far as plans can be made.", "按现有计划，未来六个月无需采购。")}
		return s
	}
	s.Head = []string{w.Say("By", "期限"), w.Say("For", "对象"), w.Say("Amount", "数量")}
	for i := range w.d.Purchases {
		p := &w.d.Purchases[i]
		s.Rows = append(s.Rows, []digest.Cell{
			{Text: w.day(p.By)},
			{Text: p.Entity, More: p.Words.In(w.Language)},
			{
				Text: "+" + i18n.Amount(p.Amount, p.Unit), Number: true,
				More: w.Sayf("makes %s, until %s", "增至 %s，可用至 %s", i18n.Amount(p.Total, p.Unit), w.day(p.Until)),
			},
		})
	}
	return s
}

func (w *writer) coverage() digest.Section {
	c := w.d.Coverage
	if c == nil {
		return digest.Section{}
	}
	s := digest.Section{Name: "coverage", Title: w.Say("What is not covered", "未覆盖")}
	switch {
	case c.Unheard:
	case c.Watched == 0:
		s.Lines = []string{w.Say("No signal is watched.", "没有监控任何信号。")}
	default:
		s.Lines = []string{w.Sayf("Signals watched: %d, of which %d still learning, %d silent.",
			"监控 %d 个信号，其中 %d 个仍在学习，%d 个已无数据。", c.Watched, c.Learning, c.Silent)}
	}
	for _, l := range []struct {
		names  []string
		en, zh string
	}{
		{c.SilentTargets, "Targets that cannot be reached: %d (%s)", "无法访问的采集目标：%d 个（%s）"},
		{c.Unlimited, "Growing without a known limit, so that no date can be told: %d (%s)", "在增长但没有已知上限、无法给出日期：%d 个（%s）"},
		{c.Unread, "Metrics that no rule reads: %d (%s)", "没有规则读取的指标：%d 个（%s）"},
		{c.Unowned, "Hosts and workloads with something that no team owns: %d (%s)", "有对象尚无负责团队的主机和工作负载：%d 个（%s）"},
	} {
		if len(l.names) > 0 {
			s.Lines = append(s.Lines, w.Sayf(l.en, l.zh, len(l.names), w.some(l.names)))
		}
	}
	return s
}

// some lists the first of many names.
func (w *writer) some(names []string) string {
	const shown = 4
	text := strings.Join(names[:min(len(names), shown)], w.Say(", ", "、"))
	if n := len(names) - shown; n > 0 {
		text += w.Sayf(", and %d more", " 等 %d 个", n)
	}
	return text
}

func (w *writer) missing() digest.Section {
	if len(w.d.Missing) == 0 {
		return digest.Section{}
	}
	s := digest.Section{Name: "missing", Title: w.Say("What could not be told", "未能说明")}
	for _, m := range w.d.Missing {
		s.Lines = append(s.Lines, m.In(w.Language))
	}
	return s
}
