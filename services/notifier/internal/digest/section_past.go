package digest

import (
	"fmt"
	"math"
	"strings"

	"github.com/forewarn/forewarn/shared/digest"
	"github.com/forewarn/forewarn/shared/outcome"
)

func (w *writer) record() digest.Section {
	s := digest.Section{
		Name: "record", Title: w.Sayf("Did predictions keep their word? (%d days)", "预测成绩（%d 天）", w.d.TrackDays),
		Head: []string{w.Say("Told", "预测"), w.Say("Came true", "发生"), w.Say("Prevented", "已避免"), w.Say("Wrong", "未发生"), w.Say("Lead time", "提前时间")},
	}
	t := &w.d.Track
	if t.AtLeast50 == (outcome.Kept{}) {
		s.Head, s.Lines = nil, []string{w.Say("Of no prediction is it known yet what became of it.", "尚无预测得出结果。")}
		return s
	}
	s.Rows = append(s.Rows,
		w.scored(w.Say("at ≥ 80 %", "概率 ≥ 80 %"), t.AtLeast80),
		w.scored(w.Say("at ≥ 50 %", "概率 ≥ 50 %"), t.AtLeast50))
	told := len(s.Rows)
	if len(w.d.Kinds) > 1 {
		for i := range w.d.Kinds {
			k := &w.d.Kinds[i]
			s.Rows = append(s.Rows, w.scored(w.kindName(k.Name), k.AtLeast50))
		}
	}
	for i := range w.d.Teams {
		if p := &w.d.Teams[i]; p.Track.AtLeast50 != (outcome.Kept{}) {
			s.Rows = append(s.Rows, w.scored(w.teamName(p.Team), p.Track.AtLeast50))
		}
	}
	s.After = []string{w.Say("Incidents that a prediction opened, by what the samples say became of them. Lead time: the median and the middle half, of those that came true.",
		"由预测开启的事件，按监测数据判定的结果统计。提前时间：实际发生者的中位数及中间一半的范围。")}
	if len(s.Rows) > told {
		s.After = append(s.After, w.Say("By kind and team: what was told at 50 % or more.", "按类型和团队统计的为概率 ≥ 50 % 的预测。"))
	}
	if n := t.AtLeast50.Unknown; n > 0 {
		s.After = append(s.After, w.Sayf("Not known of %d more.", "另有 %d 次结果未知。", n))
	}
	return s
}

func (w *writer) scored(name string, k outcome.Kept) []digest.Cell {
	number := func(n uint64) digest.Cell { return digest.Cell{Text: fmt.Sprint(n), Number: true} }
	last := digest.Cell{Text: "–", Number: true}
	if lead := k.Lead; lead != nil {
		last = digest.Cell{Text: w.seconds(lead.P50), Number: true}
		if lead.P25 != lead.P75 {
			last.More = w.Sayf("%s to %s", "%s 至 %s", w.seconds(lead.P25), w.seconds(lead.P75))
		}
	}
	return []digest.Cell{{Text: name}, number(k.CameTrue), number(k.Prevented), number(k.Wrong), last}
}

// kindName says a kind such as "exhaustion/filesystem-space".
func (w *writer) kindName(kind string) string {
	_, rule, _ := strings.Cut(kind, "/")
	if w.Title != nil {
		if title := w.Title(rule).In(w.Language); title != "" {
			return title
		}
	}
	return kind
}

func (w *writer) response() digest.Section {
	r := &w.d.Response
	s := digest.Section{Name: "response", Title: w.Say("Incidents, and how soon they ended", "事件与响应"), Lines: []string{
		w.Sayf("Opened %d, resolved %d, still open %d.", "新开事件 %d 个，恢复 %d 个，未恢复 %d 个。", r.Opened, r.Resolved, r.StillOpen),
	}}
	if r.Opened+r.Resolved+r.StillOpen == 0 {
		s.Lines = []string{w.Say("There was none.", "没有事件。")}
		return s
	}
	for _, t := range []struct {
		times          digest.Times
		en, zh, no, mo string
	}{
		{
			r.Acknowledge, "Time to acknowledge: %s on average, half within %s (%d).", "平均确认时间（MTTA）%s，中位数 %s（共 %d 次）。",
			"None was acknowledged.", "没有事件被确认。",
		},
		{
			r.Resolve, "Time to resolve: %s on average, half within %s (%d).", "平均恢复时间（MTTR）%s，中位数 %s（共 %d 次）。",
			"None was resolved.", "没有事件恢复。",
		},
	} {
		if t.times.Count == 0 {
			s.Lines = append(s.Lines, w.Say(t.no, t.mo))
			continue
		}
		s.Lines = append(s.Lines, w.Sayf(t.en, t.zh, w.seconds(*t.times.MeanSeconds), w.seconds(*t.times.MedianSeconds), t.times.Count))
	}
	w.responses(&s)
	return s
}

// responses adds a row for each team.
func (w *writer) responses(s *digest.Section) {
	if len(w.d.Teams) == 0 {
		return
	}
	s.Head = []string{
		w.Say("Team", "团队"), w.Say("Opened", "新开"), w.Say("Resolved", "恢复"), w.Say("To acknowledge", "平均确认"), w.Say("To resolve", "平均恢复"),
	}
	mean := func(t digest.Times) digest.Cell {
		if t.MeanSeconds == nil {
			return digest.Cell{Text: "–", Number: true}
		}
		return digest.Cell{Text: w.seconds(*t.MeanSeconds), Number: true}
	}
	for i := range w.d.Teams {
		r := &w.d.Teams[i].Response
		s.Rows = append(s.Rows, []digest.Cell{
			{Text: w.d.Teams[i].Team},
			{Text: fmt.Sprint(r.Opened), Number: true},
			{Text: fmt.Sprint(r.Resolved), Number: true},
			mean(r.Acknowledge), mean(r.Resolve),
		})
	}
}

func (w *writer) teamName(team string) string { return w.Say("team "+team, "团队 "+team) }

func (w *writer) causes() digest.Section {
	if len(w.d.Causes) == 0 {
		return digest.Section{}
	}
	s := digest.Section{
		Name: "causes", Title: w.Say("Incidents by likeliest cause", "按可能原因统计的事件"),
		Head: []string{w.Say("Likeliest cause", "可能原因"), w.Say("Incidents", "事件数")},
	}
	const shown = 6
	rest := 0
	for i, c := range w.d.Causes {
		if i >= shown {
			rest += c.Count
			continue
		}
		s.Rows = append(s.Rows, []digest.Cell{{Text: c.Title.In(w.Language)}, {Text: fmt.Sprint(c.Count), Number: true}})
	}
	if rest > 0 {
		s.Rows = append(s.Rows, []digest.Cell{{Text: w.Say("others", "其他")}, {Text: fmt.Sprint(rest), Number: true}})
	}
	return s
}

func (w *writer) availability() digest.Section {
	a := w.d.Availability
	if a == nil {
		return digest.Section{}
	}
	allowed := int64(float64(a.Seconds) * (1 - a.Target))
	s := digest.Section{Name: "availability", Title: w.Sayf("Availability, against %s", "可用率（目标 %s）", strings.TrimRight(strings.TrimSuffix(share(a.Target), " %"), "0")+" %")}
	if len(a.Things) == 0 {
		s.Lines = []string{w.Say("Nothing was found down, and nothing unheard.", "未发现宕机或失联。")}
	} else {
		s.Head = []string{w.Say("What", "对象"), w.Say("Available", "可用率"), w.Say("Down", "宕机"), w.Say("Not known", "未知")}
	}
	const shown = 10
	for i := range a.Things[:min(len(a.Things), shown)] {
		u := &a.Things[i]
		c := digest.Cell{Text: share(u.Share), Mark: digest.Good, Number: true}
		if u.Share < a.Target {
			c.Mark = digest.Critical
		}
		if u.Least < u.Share {
			c.More = w.Sayf("%s at least", "不低于 %s", share(u.Least))
		}
		s.Rows = append(s.Rows, []digest.Cell{{Text: u.Entity}, c, {Text: w.lasted(u.DownSeconds), Number: true}, {Text: w.lasted(u.UnknownSeconds), Number: true}})
	}
	s.After = []string{w.Sayf("Down: while a rule of the handbook found a host, a database or a probed address down (%s are allowed). "+
		"Not known: while nothing was heard of it. What is not listed was heard and up; what nobody probes is not in it, and slow is not down.",
		"宕机：手册规则判定主机、数据库或被探测地址不可用的时间（允许 %s）。未知：没有任何数据的时间。"+
			"未列出者全程有数据且可用；未被探测者不在其中，缓慢不计为宕机。", w.seconds(allowed))}
	return s
}

func (w *writer) lasted(seconds int64) string {
	if seconds == 0 {
		return "–"
	}
	return w.seconds(seconds)
}

// share writes a share near 1 with the digits that matter, never rounded up to a promise that was not kept.
func share(v float64) string {
	if v >= 1 {
		return "100 %"
	}
	const nearly = 1e-6 // what a binary fraction may lack
	return fmt.Sprintf("%.3f %%", math.Floor(1e5*v+nearly)/1e3)
}
