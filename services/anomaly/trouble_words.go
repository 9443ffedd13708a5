package anomaly

import (
	"fmt"
	"time"

	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/i18n"
)

// Everything that is said about patterns and sources is written here.

func (t *trouble) where() string { return where(t.Service, t.File, t.Entity.Name) }

func (t *trouble) title() i18n.Text {
	var en, zh string
	switch t.Kind {
	case novel:
		en, zh = "New kind of message", "出现新类型的日志"
	case spike:
		en, zh = "A message far more frequent than ever", "某类日志数量激增"
	case silent:
		en, zh = "The log has stopped", "日志停止输出"
	default:
		en, zh = "Log without patterns", "日志没有可归纳的模式"
	}
	return i18n.Text{En: en + ": " + t.where(), Zh: zh + "：" + t.where()}
}

func (t *trouble) advice() i18n.Text {
	switch t.Kind {
	case novel:
		return i18n.Text{
			En: "See whether it came with a release or a change; if it can recur and tells of trouble, write a signature for it.",
			Zh: "确认它是否随发布或变更出现；若它表示故障且可能再次出现，可为它编写特征。",
		}
	case spike:
		return i18n.Text{
			En: "See what else changed at that time: incidents of the same host, releases, jobs, load.",
			Zh: "查看同一时间的其他变化：同一主机的事件、发布、作业与负载。",
		}
	case silent:
		return i18n.Text{
			En: "See whether the program runs, whether its disk is full, and whether it writes into another file by now.",
			Zh: "检查程序是否在运行、磁盘是否已满、是否已改写到其他文件。",
		}
	}
	return i18n.Text{
		En: "Nothing to do if it is data rather than a log; known messages are looked for all the same.",
		Zh: "若它是数据而非日志则无需处理；已知信息仍会照常识别。",
	}
}

// say tells what is odd.
func (t *trouble) say(now time.Time) i18n.Text {
	switch t.Kind {
	case novel:
		return i18n.Text{
			En: fmt.Sprintf("%s has written %d times what it never wrote before: %s", t.where(), t.Count, t.Sample),
			Zh: fmt.Sprintf("%s 记录了 %d 次从未出现过的内容：%s", t.where(), t.Count, t.Sample),
		}
	case spike:
		return i18n.Text{
			En: fmt.Sprintf("%s has written this %d times within an hour, and at most %d times in any hour of the two days before: %s", t.where(), t.Count, t.Usual, t.Sample),
			Zh: fmt.Sprintf("%s 一小时内记录了 %d 次，此前两天每小时最多 %d 次：%s", t.where(), t.Count, t.Usual, t.Sample),
		}
	case silent:
		quiet, usual := t.quiet(now), t.usual()
		return i18n.Text{
			En: fmt.Sprintf("%s has written nothing for %s; before, it wrote %d lines a day and never paused for longer than %s.", t.where(), quiet.En, t.Count, usual.En),
			Zh: fmt.Sprintf("%s 已 %s没有输出；此前每天 %d 行，停顿从未超过%s。", t.where(), quiet.Zh, t.Count, usual.Zh),
		}
	}
	return i18n.Text{
		En: fmt.Sprintf("Nearly every line of %s is new, so that patterns say little about it; new patterns and their frequency are not watched there any more.", t.where()),
		Zh: fmt.Sprintf("%s 几乎每行都是新模式，归纳意义不大；不再监视其新模式与频次。", t.where()),
	}
}

// sayEnded tells why the episode is over.
func (t *trouble) sayEnded(now time.Time) i18n.Text {
	quiet := t.quiet(now)
	switch {
	case t.Kind == silent:
		return i18n.Text{
			En: fmt.Sprintf("%s writes again, or is not watched any more, after %s.", t.where(), quiet.En),
			Zh: fmt.Sprintf("%s 停顿%s后恢复输出，或已不再监视。", t.where(), quiet.Zh),
		}
	case t.Kind == novel:
		return i18n.Text{
			En: fmt.Sprintf("It was written %d times, last %s ago, and is not new any more.", t.Count, quiet.En),
			Zh: fmt.Sprintf("共记录 %d 次，最近一次在%s前，不再视为新模式。", t.Count, quiet.Zh),
		}
	case t.Kind == spike:
		return i18n.Text{
			En: fmt.Sprintf("It is no longer so frequent, for %s; at most it was %d times an hour.", quiet.En, t.Count),
			Zh: fmt.Sprintf("频次已回落%s，最多时每小时 %d 次。", quiet.Zh, t.Count),
		}
	}
	return i18n.Text{En: "This was told once.", Zh: "该提示只说明一次。"}
}

// quiet returns for how long it was not heard of, usual the longest pause before a silence.
func (t *trouble) quiet(now time.Time) i18n.Text {
	return i18n.Span(max(now.Sub(time.UnixMilli(t.Heard)), time.Second))
}

func (t *trouble) usual() i18n.Text {
	return i18n.Span(max(time.Duration(t.Usual)*time.Millisecond, time.Second))
}

func (t *trouble) evidence() []finding.Evidence {
	out := []finding.Evidence{{
		Name: "entries", Value: float64(t.Count),
		Text: i18n.Text{En: fmt.Sprintf("%d lines", t.Count), Zh: fmt.Sprintf("%d 行", t.Count)},
	}}
	switch t.Kind {
	case novel, spike:
		out = append(out, finding.Evidence{Name: "pattern", Value: 1, Text: i18n.Text{En: "pattern: " + t.Text, Zh: "模式：" + t.Text}})
	case silent:
		usual := t.usual()
		out = append(out, finding.Evidence{
			Name: "longest_pause", Value: float64(t.Usual) / 1000, Unit: "seconds",
			Text: i18n.Text{En: "longest pause before: " + usual.En, Zh: "此前最长停顿：" + usual.Zh},
		})
	}
	return out
}
