package page

import (
	"fmt"
	"math"
	"time"

	"github.com/forewarn/forewarn/services/forewarn/internal/backtest/contest"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/i18n"
)

// words is everything that a page says, in the reader's language and zone.
type words struct {
	lang i18n.Language
	zone *time.Location
}

func (w words) say(en, zh string) string { return i18n.Text{En: en, Zh: zh}.In(w.lang) }

// labels are the words of the template.
func (w words) labels() map[string]string {
	return map[string]string{
		"title":    w.say("Back-test: what Forewarn would have said", "回测：Forewarn 当时会怎么说"),
		"beside":   w.say("Beside today's usual rules", "与常用规则对比"),
		"missed":   w.say("Full without a warning in time", "用满但未及时预警"),
		"episodes": w.say("What would have opened", "会打开的事件"),
		"calm":     w.say("Nothing to tell", "无需关注的信号"),
		"signal":   w.say("signal", "信号"),
		"used":     w.say("used in the end", "最终用量"),
		"most":     w.say("at most", "最高"),
		"course":   w.say("course", "走势"),
		"none":     w.say("No warning would have opened.", "不会打开任何预警。"),
		"opened":   w.say("people first hear of it", "首次通知"),
		"full":     w.say("FULL", "用满"),
	}
}

func (w words) time(millis int64) string {
	return time.UnixMilli(millis).In(w.zone).Format("2006-01-02 15:04")
}

func (w words) span(d time.Duration) string { return i18n.Span(d).In(w.lang) }

func (w words) severity(s finding.Severity) string {
	if s == finding.Critical {
		return w.say("CRITICAL", "严重")
	}
	return w.say("WARNING", "警告")
}

func (w words) period(start, end time.Time) string {
	if end.IsZero() {
		return w.say("No samples.", "没有采样。")
	}
	return fmt.Sprintf("%s – %s (%s)", w.time(start.UnixMilli()), w.time(end.UnixMilli()), w.span(end.Sub(start)))
}

func (w words) read(in *Input) string {
	out := fmt.Sprintf(w.say("%d samples of %d series; %d signals are watched", "%d 个采样，%d 个序列；监控 %d 个信号"), in.Samples, in.Series, in.Signals)
	if in.Ignored > 0 || in.BadLines > 0 {
		out += fmt.Sprintf(w.say("; %d samples could not be used, %d lines not be read", "；%d 个采样无法使用，%d 行无法读取"), in.Ignored, in.BadLines)
	}
	return out + w.say(".", "。")
}

// headline says in sentences what it came to.
func (w words) headline(in *Input, s *story) (out []string) {
	critical := 0
	for _, e := range s.episodes {
		if e.worst == finding.Critical {
			critical++
		}
	}
	all := len(s.episodes) + s.forgot
	out = append(out, fmt.Sprintf(w.say("Warnings that would have opened: %d, of them critical at worst: %d.", "会打开 %d 个预警，其中最高达到严重级别的 %d 个。"), all, critical))
	if len(in.Compared.Standings) == 0 || in.Compared.Subjects == 0 {
		return out
	}
	ours := &in.Compared.Standings[0]
	if ours.Failures == 0 {
		out = append(out, w.say("No limit was reached within the data.", "数据中没有信号用满。"))
	} else {
		text := fmt.Sprintf(w.say("Limits reached: %d, of them warned of in time: %d", "共有 %d 次用满；及时预警 %d 次"), ours.Failures, ours.Warned)
		if h := float64(ours.LeadHours); !math.IsNaN(h) {
			text += fmt.Sprintf(w.say(", half of them %s or more ahead", "，其中一半至少提前 %s"), w.span(time.Duration(h*float64(time.Hour))))
		}
		out = append(out, text+w.say(".", "。"))
	}
	if r := float64(ours.Rate); !math.IsNaN(r) {
		out = append(out, fmt.Sprintf(w.say("Warnings on what never reached its limit: %d, or %.3f a week and signal.", "从未用满的信号上：%d 个预警，每信号每周 %.3f 个。"), ours.Harmless, r))
	}
	return out
}

// bands says what a chart shows of a forecast.
func (w words) bands() string {
	return w.say("In a chart, the band at the opening joins the use of then with the dates that were told (10 %, 50 % and 90 %) by straight lines; what came true is drawn apart.",
		"图中打开时的区间，是把当时的用量与给出的日期（10%、50%、90%）用直线相连；后来的实际走势单独画出。")
}

// outcome says what became of an episode.
func (w words) outcome(e *episode, failed *contest.Verdict) string {
	switch {
	case failed != nil:
		out := fmt.Sprintf(w.say("It reached its limit on %s, %s after this.", "%s 用满，即此后 %s。"), w.time(failed.At), w.span(time.Duration(failed.At-e.at)*time.Millisecond))
		switch {
		case failed.Warned:
		case e.again != 0:
			out += w.say(" In between it was taken back, and it came again too late to count as warned of.", "其间一度撤回，再次发出时已不足以计为及时预警。")
		default:
			out += w.say(" That was too short to count as warned of.", "提前量不足，不计为及时预警。")
		}
		return out
	case e.ended == 0:
		return w.say("It was still open when the data ended; the limit was not reached.", "数据结束时仍未结束；未用满。")
	}
	after := w.span(time.Duration(e.ended-e.at) * time.Millisecond)
	return fmt.Sprintf(w.say("It ended on %s, %s later; the limit was not reached.", "%s 结束，历时 %s；未用满。"), w.time(e.ended), after)
}

// unwarned says of a failure what was said before it.
func (w words) unwarned(f *contest.Verdict, last *episode) string {
	out := fmt.Sprintf(w.say("It reached its limit on %s; its trouble began on %s.", "%s 用满；问题始于 %s。"), w.time(f.At), w.time(f.Onset))
	if last == nil {
		return out + w.say(" Nothing was said before.", "此前没有任何预警。")
	}
	ahead := w.span(time.Duration(f.At-last.at) * time.Millisecond)
	if last.ended != 0 && last.ended+60_000 < f.At {
		return out + fmt.Sprintf(w.say(" The last warning, %s before, did not stand any more.", "最近一次预警在 %s前，但当时已结束。"), ahead)
	}
	if last.again != 0 {
		again := w.span(time.Duration(f.At-last.again) * time.Millisecond)
		return out + fmt.Sprintf(w.say(" A warning came %s before and was taken back for a while; it came again %s before: too late to count.",
			"预警曾提前 %s发出，其间一度撤回；再次发出时仅提前 %s，不足以计入。"), ahead, again)
	}
	return out + fmt.Sprintf(w.say(" The warning came %s before: too late to count.", "预警仅提前 %s，不足以计入。"), ahead)
}

func (w words) use(v float64, r *record) string {
	if r.limit > 0 {
		return fmt.Sprintf("%s (%s)", i18n.Percent(v/r.limit), i18n.Amount(v, r.state.Unit))
	}
	return i18n.Amount(v, r.state.Unit)
}

func (w words) moreEpisodes(n int) string {
	return fmt.Sprintf(w.say("%d further ones are left out, the less severe and shorter ones; --output jsonl has them all.", "另有 %d 个较轻、较短的未列出；--output jsonl 包含全部。"), n)
}

func (w words) moreMissed(n int) string {
	return fmt.Sprintf(w.say("%d further ones are left out.", "另有 %d 个未列出。"), n)
}

func (w words) moreCalm(n int) string {
	return fmt.Sprintf(w.say("%d further signals, less used, are left out.", "另有 %d 个用量更低的信号未列出。"), n)
}
