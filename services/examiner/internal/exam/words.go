package exam

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/forewarn/forewarn/services/examiner/internal/evidence"
	"github.com/forewarn/forewarn/services/examiner/internal/past"
	"github.com/forewarn/forewarn/shared/checks"
	"github.com/forewarn/forewarn/shared/i18n"
)

// Everything that is said to people is written here, apart from what evidence.yaml and the dictionary bring.

type text = i18n.Text

// maxText bounds a text and maxLine a line of a log, in bytes.
const maxText, maxLine = 500, 400

// amount writes a value in its unit.
func amount(v float64, unit string) text {
	switch unit {
	case "ratio":
		return text{En: i18n.Percent(v), Zh: i18n.Percent(v)}
	case "seconds":
		s := fmt.Sprintf("%.3g s", v)
		if v >= 100 {
			return i18n.Span(time.Duration(v * float64(time.Second)))
		}
		return text{En: s, Zh: fmt.Sprintf("%.3g 秒", v)}
	case "/s":
		if v > 0 && v < 0.1 {
			return text{En: fmt.Sprintf("%.3g/h", v*3600), Zh: fmt.Sprintf("%.3g 次/小时", v*3600)}
		}
		return text{En: fmt.Sprintf("%.3g/s", v), Zh: fmt.Sprintf("%.3g 次/秒", v)}
	}
	return text{En: fmt.Sprintf("%.3g", v), Zh: fmt.Sprintf("%.3g", v)}
}

// shortMetric says a metric in a few words: what, where, how much, and what is usual.
func (x *examination) shortMetric(m *evidence.Metric, id string, j *past.Judgement) text {
	if m.Read == evidence.Start {
		if j.Verdict == checks.Found {
			ago := i18n.Span(x.at.Sub(j.Since))
			return text{En: fmt.Sprintf("a process on %s started %s before", bare(id), ago.En), Zh: fmt.Sprintf("%s 上有进程在 %s前启动", bare(id), ago.Zh)}
		}
		return text{En: fmt.Sprintf("no process on %s has just started", bare(id)), Zh: fmt.Sprintf("%s 上没有进程刚刚启动", bare(id))}
	}
	now, usual := amount(j.Now, m.Unit), amount(j.Usual, m.Unit)
	return text{
		En: fmt.Sprintf("%s, %s: %s (usually %s)", m.Title.En, bare(id), now.En, usual.En),
		Zh: fmt.Sprintf("%s %s：%s（平时 %s）", bare(id), m.Title.Zh, now.Zh, usual.Zh),
	}
}

// sayMetric says all of it.
func (x *examination) sayMetric(m *evidence.Metric, id string, j *past.Judgement) text {
	t := x.shortMetric(m, id, j)
	if m.Read == evidence.Start {
		return t
	}
	most := amount(j.Most, m.Unit)
	if j.Compared > 0 {
		t.En += fmt.Sprintf("; at most %s in %d half hours of the days before", most.En, j.Compared)
		t.Zh += fmt.Sprintf("；前几日同一时段 %d 个半小时内最高 %s", j.Compared, most.Zh)
	}
	if !j.Since.IsZero() {
		span := i18n.Span(x.at.Sub(j.Since))
		t.En += fmt.Sprintf("; since %s before", span.En)
		t.Zh += fmt.Sprintf("；已持续 %s", span.Zh)
	}
	return t
}

func (x *examination) shortMessage(s *spoken) text {
	title := x.signatures[s.id].Title
	if title.En == "" {
		title.En, title.Zh = s.id, s.id
	}
	return text{
		En: fmt.Sprintf("%s, %s: %s", title.En, bare(s.entity), entries(s.count).En),
		Zh: fmt.Sprintf("%s %s：%s", bare(s.entity), title.Zh, entries(s.count).Zh),
	}
}

func entries(n float64) text {
	if n <= 1 {
		return text{En: "1 entry", Zh: "1 条"}
	}
	return text{En: fmt.Sprintf("%.0f entries", n), Zh: fmt.Sprintf("%.0f 条", n)}
}

func (x *examination) sayMessage(s *spoken) text {
	t := x.shortMessage(s)
	span := i18n.Span(max(x.at.Sub(s.since), 0))
	t.En += fmt.Sprintf("; first %s before", span.En)
	t.Zh += fmt.Sprintf("；首次出现于 %s前", span.Zh)
	if s.earlier > 0 {
		times := "once"
		if s.earlier > 1 {
			times = fmt.Sprintf("%d times", s.earlier)
		}
		t.En += fmt.Sprintf("; it came %s in the week before, with at most %s", times, entries(s.most).En)
		t.Zh += fmt.Sprintf("；前一周出现过 %d 次，每次最多 %s", s.earlier, entries(s.most).Zh)
	}
	return t
}

// whose names the lines of a check.
func whose(n checks.Name) text {
	if n == checks.Program {
		return text{En: "error lines", Zh: "错误日志"}
	}
	name := n.Title()
	return text{En: "log lines (" + strings.ToLower(name.En) + ")", Zh: "相关日志（" + name.Zh + "）"}
}

func shortLines(n checks.Name, id string, l *checks.Look) text {
	w := whose(n)
	return text{
		En: fmt.Sprintf("%s, %s: %.0f (at most %.0f before)", w.En, bare(id), l.Now, l.Most),
		Zh: fmt.Sprintf("%s %s：%.0f 条（此前最多 %.0f 条）", bare(id), w.Zh, l.Now, l.Most),
	}
}

func sayLines(n checks.Name, id string, l *checks.Look) text {
	w := whose(n)
	return text{
		En: fmt.Sprintf("%s of %s: %.0f in these hours, at most %.0f in as many hours of the two days before", w.En, bare(id), l.Now, l.Most),
		Zh: fmt.Sprintf("%s %s：该时段 %.0f 条，前两日同样时长内最多 %.0f 条", bare(id), w.Zh, l.Now, l.Most),
	}
}

// sayYoung says that nobody knows yet how many lines are usual.
func sayYoung(n checks.Name, id string, l *checks.Look) text {
	w := whose(n)
	return text{
		En: fmt.Sprintf("%.0f %s of %s, and the log is not read for long enough to say how many are usual: that takes six hours", l.Now, w.En, bare(id)),
		Zh: fmt.Sprintf("%s 有 %.0f 条%s，但采集时间不足六小时，无法判断平时有多少", bare(id), l.Now, w.Zh),
	}
}

func sayClear(n int) text {
	switch n {
	case 0:
		return text{En: "nothing of this sort was written", Zh: "日志中没有此类记录"}
	case 1:
		return text{En: "what was looked at is as usual", Zh: "查看的 1 项与平时一致"}
	}
	return text{En: fmt.Sprintf("%d things looked at, all as usual", n), Zh: fmt.Sprintf("查看 %d 项，均与平时一致", n)}
}

// sayAbsent says what is missing of an entity, and who would give it.
func sayAbsent(n *evidence.Need, id string, offers []offer) text {
	t := text{En: fmt.Sprintf("no %s of %s", n.Title.En, bare(id)), Zh: fmt.Sprintf("缺少 %s 的%s", bare(id), spaced(n.Title.Zh))}
	var en, zh []string
	for _, o := range offers {
		metric := o.metrics[0].Metrics[0]
		option := ""
		if c := o.metrics[0].Collect; c != "" {
			option = " " + c
		}
		if o.running {
			en = append(en, fmt.Sprintf("%s runs there and does not send %s; see its collectors and what is dropped on the way", o.sender.ID+option, metric))
			zh = append(zh, fmt.Sprintf("%s 已在运行，但未上报 %s，请检查其采集项与过滤规则", o.sender.ID+option, metric))
			continue
		}
		en = append(en, fmt.Sprintf("%s would give %s", o.sender.ID+option, metric))
		zh = append(zh, fmt.Sprintf("%s 可提供 %s", o.sender.ID+option, metric))
	}
	if len(en) > 0 {
		t.En += ": " + strings.Join(en, "; ")
		t.Zh += "：" + strings.Join(zh, "；")
	}
	return t
}

func saySilentMetric(n *evidence.Need, id string, since time.Duration) text {
	span := i18n.Span(since)
	return text{
		En: fmt.Sprintf("no %s of %s for %s: see whether what sends them runs and is reached", n.Title.En, bare(id), span.En),
		Zh: fmt.Sprintf("%s 的%s已 %s没有上报：请检查上报程序是否运行、能否连通", bare(id), spaced(n.Title.Zh), span.Zh),
	}
}

func sayBrief(n *evidence.Need, id string) text {
	return text{
		En: fmt.Sprintf("too little history of %s of %s: what is usual is known after six hours, and better after three days", n.Title.En, bare(id)),
		Zh: fmt.Sprintf("%s 的%s历史太短：约六小时后才能判断平时水平，三天后更准确", bare(id), spaced(n.Title.Zh)),
	}
}

func sayFailed(title text, none bool) text {
	if none {
		return text{
			En: fmt.Sprintf("no history of %s: this process keeps none; run it beside the historian's store", title.En),
			Zh: fmt.Sprintf("没有%s的历史数据：本进程不保存历史，请与历史存储部署在一起", spaced(title.Zh)),
		}
	}
	return text{
		En: fmt.Sprintf("%s could not be read: the history is away or too slow, or there are too many series; ask again", title.En),
		Zh: fmt.Sprintf("无法读取%s：历史存储不可用、过慢或序列过多，请稍后重试", spaced(title.Zh)),
	}
}

// sayNobody says that there is nothing to look at in some roles.
func sayNobody(roles []evidence.Role, named []string) text {
	var keys, en, zh []string
	for _, r := range roles {
		keys, en, zh = append(keys, "through."+string(r)), append(en, r.Name().En), append(zh, r.Name().Zh)
	}
	if len(named) == 0 {
		return text{
			En: fmt.Sprintf("no %s is named: add %s to the transaction", strings.Join(en, " or "), strings.Join(keys, " or ")),
			Zh: fmt.Sprintf("未指定%s：请在交易中添加 %s", strings.Join(zh, "或"), strings.Join(keys, " 或 ")),
		}
	}
	return text{
		En: fmt.Sprintf("nothing is seen of any %s: %s matches nothing that sends data", strings.Join(en, " or "), strings.Join(named, ", ")),
		Zh: fmt.Sprintf("没有任何%s的数据：%s 未匹配到正在上报的对象", strings.Join(zh, "或"), strings.Join(named, "、")),
	}
}

func sayNoLog(id string) text {
	return text{
		En: fmt.Sprintf("no log of %s is read: name its files under collector.logs", bare(id)),
		Zh: fmt.Sprintf("没有采集 %s 的日志：请在 collector.logs 中配置其文件", bare(id)),
	}
}

func sayNewLog(id string) text {
	return text{
		En: fmt.Sprintf("no log of %s was read all through that half hour: its reading has just begun", bare(id)),
		Zh: fmt.Sprintf("该半小时内 %s 的日志未完整采集：刚开始采集", bare(id)),
	}
}

func saySilent(id string, since time.Duration) text {
	span := i18n.Span(since)
	return text{
		En: fmt.Sprintf("the logs of %s are silent for %s: see whether the program runs and writes there", bare(id), span.En),
		Zh: fmt.Sprintf("%s 的日志已 %s没有输出：请确认程序在运行并写入该日志", bare(id), span.Zh),
	}
}

func sayNoAnswer(workers int) text {
	return text{
		En: fmt.Sprintf("%d workers that read logs did not answer: see the health of the service anomaly", workers),
		Zh: fmt.Sprintf("%d 个日志分析分区没有响应：请检查 anomaly 服务状态", workers),
	}
}

// spaced puts a space between Chinese text and what is added to it, if that begins with Latin letters.
func spaced(zh string) string {
	if zh != "" && zh[0] < utf8.RuneSelf {
		return " " + zh
	}
	return zh
}

// before returns what stands before a separator.
func before(s, separator string) string {
	head, _, _ := strings.Cut(s, separator)
	return head
}

// bounded keeps a look within its bounds.
func bounded(l checks.Look) checks.Look {
	l.Text, l.Line = cut(l.Text), cutAt(i18n.Line(l.Line), maxLine)
	l.Entity = cutAt(l.Entity, maxText)
	return l
}

func cut(t text) text { return text{En: cutAt(t.En, maxText), Zh: cutAt(t.Zh, maxText)} }

// cutAt cuts a text at a whole character.
func cutAt(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	end := limit - len("…")
	for end > 0 && !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end] + "…"
}
