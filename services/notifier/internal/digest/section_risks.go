package digest

import (
	"strings"
	"time"

	"github.com/forewarn/forewarn/shared/digest"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/i18n"
)

func (w *writer) risks() digest.Section {
	s := digest.Section{Name: "risks", Title: w.Say("Greatest risks", "主要风险")}
	if len(w.d.Risks) == 0 {
		s.Lines = []string{w.none()}
		return s
	}
	s.Head = []string{w.Say("Risk", "风险"), w.Say("When, and how sure", "时间与把握"), w.Say("Past and forecast", "走势与预测")}
	for i := range w.d.Risks {
		r := &w.d.Risks[i]
		s.Rows = append(s.Rows, []digest.Cell{
			{Text: w.titleOf(r), More: w.about(r), URL: w.link(r), Mark: markOf(r)},
			{Text: w.capital(w.when(r)), More: w.sure(r)},
			{Figure: w.Figures[r.Signal]},
		})
	}
	s.After = []string{w.Say("In the order of probability times impact, then of the time to spare: what is left to the earliest likely failure (10 %) less what a repair takes.",
		"按“概率 × 影响”排序，再按余量：距最早可能故障（10 % 分位）的时间减去修复所需时间。")}
	if w.d.MoreRisks > 0 {
		s.After = append(s.After, w.Sayf("%d more are on the page.", "另有 %d 项见页面。", w.d.MoreRisks))
	}
	return s
}

// titleOf names a risk with its entity.
func (w *writer) titleOf(r *digest.Risk) string {
	title := r.Title.In(w.Language)
	switch {
	case title == "":
		return r.Entity
	case strings.Contains(title, r.Entity):
		return title
	}
	return title + w.Say(": ", "：") + r.Entity
}

func (w *writer) link(r *digest.Risk) string {
	if w.ConsoleURL == "" || r.Incident == "" {
		return ""
	}
	return strings.TrimSuffix(w.ConsoleURL, "/") + "/incidents/" + r.Incident
}

func markOf(r *digest.Risk) digest.Mark {
	switch r.Severity {
	case finding.Critical:
		return digest.Critical
	case finding.Warning:
		return digest.Warning
	}
	return digest.Plain
}

// about says severity, impact, what changed, and the use.
func (w *writer) about(r *digest.Risk) string {
	var parts []string
	switch r.Severity {
	case finding.Critical:
		parts = append(parts, w.Say("critical", "严重"))
	case finding.Warning:
		parts = append(parts, w.Say("warning", "警告"))
	case "":
		parts = append(parts, w.Say("no incident yet", "尚无事件"))
	}
	switch r.Change {
	case digest.New:
		parts = append(parts, w.Say("new", "新增"))
	case digest.Worse:
		parts = append(parts, w.Say("worse", "恶化"))
	case digest.Better:
		parts = append(parts, w.Say("better", "好转"))
	}
	parts = append(parts, w.Sayf("impact %d of 5", "影响 %d/5", r.Impact))
	if r.Limit > 0 && r.Unit != "seconds" {
		parts = append(parts, w.Sayf("%s used", "已用 %s", i18n.Percent(r.Used/r.Limit)))
	}
	return strings.Join(parts, " · ")
}

// when says when it fails, in lower case.
func (w *writer) when(r *digest.Risk) string {
	switch {
	case r.Limit > 0 && r.Used >= r.Limit && r.Present:
		return w.Say("at its limit now", "已达上限")
	case r.Present:
		return w.Say("going on now", "正在发生")
	case r.ETA.P50 == nil:
		return w.Say("no date can be given", "无法给出日期")
	case Expires(r):
		return w.Say("expires "+w.date(*r.ETA.P50), w.date(*r.ETA.P50)+" 到期")
	}
	return w.Say("limit about "+w.date(*r.ETA.P50), "约 "+w.date(*r.ETA.P50)+" 达到上限")
}

// Expires tells what has one date and no interval.
func Expires(r *digest.Risk) bool {
	return r.ETA.P10 != nil && r.ETA.P50 != nil && r.ETA.P90 != nil && r.ETA.P10.Equal(*r.ETA.P50) && r.ETA.P90.Equal(*r.ETA.P50)
}

// sure says the interval, the probability, and what is to spare.
func (w *writer) sure(r *digest.Risk) string {
	if r.Present {
		return ""
	}
	var parts []string
	if e := r.ETA; e.P10 != nil && e.P50 != nil && !Expires(r) {
		late := w.Say("beyond 180 days", "180 天以后")
		if e.P90 != nil {
			late = w.date(*e.P90)
		}
		parts = append(parts, w.Sayf("80 %%: %s to %s", "80 %% 区间：%s 至 %s", w.date(*e.P10), late))
	}
	parts = append(parts, w.Sayf("%s within 30 days", "30 天内概率 %s", i18n.Percent(r.Probability)))
	if r.SlackSeconds != nil {
		parts = append(parts, w.spare(*r.SlackSeconds, r.FixSeconds))
	}
	return strings.Join(parts, w.Say("; ", "；"))
}

// leastSlack is what is said to be time to spare, in seconds.
const leastSlack = int64(time.Minute / time.Second)

func (w *writer) spare(left, fix int64) string {
	if left < leastSlack {
		return w.Sayf("no time to spare: a repair takes %s", "没有余量：修复约需 %s", w.seconds(fix))
	}
	return w.Sayf("%s to spare, as a repair takes %s", "余量 %s（修复约需 %s）", w.seconds(left), w.seconds(fix))
}

// capital begins a phrase as a sentence does.
func (w *writer) capital(s string) string {
	if s == "" || w.Language == i18n.Chinese {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

func (w *writer) changes() digest.Section {
	s := digest.Section{Name: "changes", Title: w.Say("What has changed", "变化")}
	if w.d.Span == digest.Week {
		s.Title = w.Say("What has changed since last week", "较上周的变化")
	}
	c := &w.d.Changes
	if w.d.WatchedSince != nil {
		s.Lines = []string{w.Sayf("It has been watched since %s; from the next one on it is compared.", "自 %s 起监控，从下一期开始比较。", w.date(*w.d.WatchedSince))}
		return s
	}
	if c.New+c.Worse+c.Better+c.Same+len(c.Gone) == 0 {
		s.Lines = []string{w.Say("Nothing.", "无变化。")}
		return s
	}
	s.Lines = []string{w.Sayf("%d new, %d worse, %d better, %d as before, %d gone.", "新增 %d，恶化 %d，好转 %d，不变 %d，消除 %d。",
		c.New, c.Worse, c.Better, c.Same, len(c.Gone))}
	const shown = 5
	for i, e := range c.Gone {
		if i == shown {
			s.After = []string{w.Sayf("and %d more", "另有 %d 项", len(c.Gone)-shown)}
			break
		}
		s.Rows = append(s.Rows, []digest.Cell{{Text: e.Title.In(w.Language), Mark: digest.Good}, {Text: w.became(e)}})
	}
	if len(s.Rows) > 0 {
		s.Head = []string{w.Say("Gone", "已消除"), w.Say("How it ended", "结果")}
	}
	return s
}

// became says how a risk ended.
func (w *writer) became(e digest.Ending) string {
	at := w.date(e.At)
	switch e.Outcome {
	case finding.Prevented, finding.Enlarged:
		return w.Say("prevented, "+at, at+" 已避免")
	case finding.Reached:
		return w.Say("came true, over "+at, "曾发生，"+at+" 恢复")
	case finding.Faded:
		return w.Say("went away by itself, "+at, at+" 自行消失")
	}
	return w.Say("over "+at, at+" 结束")
}
