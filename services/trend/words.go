package trend

import (
	"fmt"
	"time"

	"github.com/forewarn/forewarn/models/calendar"
	"github.com/forewarn/forewarn/models/exhaustion"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/i18n"
	"github.com/forewarn/forewarn/shared/signal"
)

// Everything that this service says to people is written here. Dates are left to the outlets, which know
// the reader's time zone; spans are said as they were at the finding's time.

func (s *tracked) title() i18n.Text {
	name := s.entity().Name
	return i18n.Text{
		En: fmt.Sprintf("%s: %s", s.rule.Title.En, name),
		Zh: fmt.Sprintf("%s：%s", s.rule.Title.Zh, name),
	}
}

// explain says what, when and how sure in one sentence.
func (s *tracked) explain(a finding.Action, v verdict) i18n.Text {
	f := s.last
	name, used := s.entity().Name, i18n.Percent(f.Used)
	switch {
	case s.certain():
		return s.sayExpiry()
	case s.rule.Kind == signal.Leak:
		return s.explainLeak(a, v)
	case a == finding.Resolved && v.static:
		return i18n.Text{
			En: fmt.Sprintf("%s has stood at this height for days and does not grow: %s used, %s left. That is no news any more; it stays on the page.", name, used, s.left()),
			Zh: fmt.Sprintf("%s 已连续数天处于该水平且不再增长：已用 %s，剩余 %s。不再作为新情况提醒，页面上仍会显示。", name, used, s.left()),
		}
	case a == finding.Resolved:
		return i18n.Text{
			En: fmt.Sprintf("%s is out of danger: %s used, nothing points to its limit any more.", name, used),
			Zh: fmt.Sprintf("%s 已脱离危险：已用 %s，不再有耗尽的趋势。", name, used),
		}
	case f.Used >= 1:
		return i18n.Text{
			En: fmt.Sprintf("%s is full: %s used.", name, used),
			Zh: fmt.Sprintf("%s 已满：已用 %s。", name, used),
		}
	case f.P50 != exhaustion.Never && v.static:
		when, early, late := spans(f)
		return i18n.Text{
			En: fmt.Sprintf("%s is nearly full: %s used, %s left. At its pace it will be full in about %s (80 %%: %s to %s).", name, used, s.left(), when.En, early.En, late.En),
			Zh: fmt.Sprintf("%s 即将用满：已用 %s，剩余 %s。按当前速度预计约 %s后用满（80%% 区间：%s 至 %s）。", name, used, s.left(), when.Zh, early.Zh, late.Zh),
		}
	case f.P50 != exhaustion.Never:
		return s.sayDate(f, v, name, used)
	case !v.static:
		return i18n.Text{
			En: fmt.Sprintf("%s has stopped growing for now: %s used, %s left.", name, used, s.left()),
			Zh: fmt.Sprintf("%s 目前已停止增长：已用 %s，剩余 %s。", name, used, s.left()),
		}
	default:
		return i18n.Text{
			En: fmt.Sprintf("%s is nearly full: %s used, %s left; no date can be given.", name, used, s.left()),
			Zh: fmt.Sprintf("%s 即将用满：已用 %s，剩余 %s；暂无法给出日期。", name, used, s.left()),
		}
	}
}

// spans returns the median and the interval of 80 % of a forecast that has a date.
func spans(f exhaustion.Forecast) (when, early, late i18n.Text) {
	when, early, late = i18n.Span(f.P50), i18n.Span(f.P10), i18n.Text{En: "later", Zh: "更晚"}
	if f.P90 != exhaustion.Never {
		late = i18n.Span(f.P90)
	}
	return when, early, late
}

// sayExpiry says how long it is valid. The date itself is left to the outlets.
func (s *tracked) sayExpiry() i18n.Text {
	name, left := s.entity().Name, time.Duration(s.Used*float64(day))
	switch span := i18n.Span(left.Abs()); {
	case left <= 0:
		return i18n.Text{
			En: fmt.Sprintf("%s expired %s ago.", name, span.En), Zh: fmt.Sprintf("%s 已于 %s前到期。", name, span.Zh),
		}
	case s.last.P50 == exhaustion.Never:
		return i18n.Text{
			En: fmt.Sprintf("%s is valid for another %s.", name, span.En), Zh: fmt.Sprintf("%s 有效期还有 %s。", name, span.Zh),
		}
	default:
		return i18n.Text{
			En: fmt.Sprintf("%s expires in %s.", name, span.En), Zh: fmt.Sprintf("%s 将在 %s后到期。", name, span.Zh),
		}
	}
}

func (s *tracked) sayDate(f exhaustion.Forecast, v verdict, name, used string) i18n.Text {
	when, early, late := spans(f)
	sure, horizon := i18n.Percent(f.Within[v.horizon]), i18n.Span(exhaustion.Horizons()[v.horizon])
	return i18n.Text{
		En: fmt.Sprintf("%s will be full in about %s (80 %%: %s to %s), probability %s within %s; %s used, %s left.",
			name, when.En, early.En, late.En, sure, horizon.En, used, s.left()),
		Zh: fmt.Sprintf("%s 预计约 %s后用满（80%% 区间：%s 至 %s），%s内的概率 %s；已用 %s，剩余 %s。",
			name, when.Zh, early.Zh, late.Zh, horizon.Zh, sure, used, s.left()),
	}
}

// explainLeak says how fast it grows, for how long, and where that ends.
func (s *tracked) explainLeak(a finding.Action, v verdict) i18n.Text {
	name, unit, l := s.entity().Name, s.rule.Unit, s.leak
	if a == finding.Resolved || !l.Holds {
		return i18n.Text{
			En: fmt.Sprintf("%s does not keep growing any more: %s in use.", name, i18n.Amount(s.Used, unit)),
			Zh: fmt.Sprintf("%s 已不再持续增长：当前占用 %s。", name, i18n.Amount(s.Used, unit)),
		}
	}
	perDay, seen := i18n.Amount(l.PerDay, unit), i18n.Span(l.Seen)
	grows := i18n.Text{En: "keeps growing and gives nothing back", Zh: "持续增长且不释放"}
	if !l.Leaking {
		grows = i18n.Text{En: "has grown", Zh: "此前持续增长"}
	}
	text := i18n.Text{
		En: fmt.Sprintf("%s %s: by %s a day (80 %%: %s to %s), seen for %s", name, grows.En, perDay,
			i18n.Amount(l.PerDayLow, unit), i18n.Amount(l.PerDayHigh, unit), seen.En),
		Zh: fmt.Sprintf("%s %s：每天 %s（80%% 区间：%s 至 %s），已观察 %s", name, grows.Zh, perDay,
			i18n.Amount(l.PerDayLow, unit), i18n.Amount(l.PerDayHigh, unit), seen.Zh),
	}
	if l.Processes > 1 {
		text.En += fmt.Sprintf(" over %d starts", l.Processes)
		text.Zh += fmt.Sprintf("，跨 %d 次启动", l.Processes)
	}
	if !l.Leaking {
		return i18n.Text{
			En: text.En + "; of late it grows less clearly or not at all, and is watched until that is certain.",
			Zh: text.Zh + "；近期增长不再明显或已停止，将继续观察直至确认。",
		}
	}
	return s.leaksUntil(text, v)
}

// leaksUntil ends what is said of a leak with the date, if there is one, and with what else it may be.
func (s *tracked) leaksUntil(text i18n.Text, v verdict) i18n.Text {
	if s.last.P50 == exhaustion.Never {
		text = i18n.Text{En: text.En + "; no date can be given.", Zh: text.Zh + "；暂无法给出日期。"}
	} else {
		date := s.sayDate(s.last, v, s.entity().Name, i18n.Percent(s.last.Used))
		text = i18n.Text{En: text.En + ". " + date.En, Zh: text.Zh + "。" + date.Zh}
	}
	if v.severity == finding.Info {
		text.En += " It may still be a cache that fills to its bound, or the load of this week."
		text.Zh += "目前也可能是缓存正在填充，或本周负载上升所致。"
	}
	return text
}

func (s *tracked) left() string { return i18n.Amount(max(0, s.Limit-s.Used), s.rule.Unit) }

func (s *tracked) sayLost(now time.Time) i18n.Text {
	name, since := s.entity().Name, i18n.Span(now.Sub(time.UnixMilli(s.Heard)))
	return i18n.Text{
		En: fmt.Sprintf("%s has sent nothing for %s; whether the danger is over cannot be told. Check that it still exists and is still collected.", name, since.En),
		Zh: fmt.Sprintf("%s 已有 %s没有数据，无法判断危险是否解除。请确认该对象仍然存在且仍在采集。", name, since.Zh),
	}
}

// sayOrphaned says why nothing more will be heard of an episode.
func sayOrphaned(name string) i18n.Text {
	return i18n.Text{
		En: name + " is no longer watched in the same way, since the catalogue or the release changed; whether the danger is over cannot be told. It is learned anew.",
		Zh: name + " 的监控方式已变更（目录规则或版本更新），无法判断危险是否解除；将重新学习。",
	}
}

// evidence gives the numbers behind the forecast, with words for each.
func (s *tracked) evidence() []finding.Evidence {
	f := s.last
	if s.certain() {
		return []finding.Evidence{{Name: "days_left", Value: s.Used, Unit: "days", Text: i18n.Text{
			En: "the date is the one that its exporter names; nothing is estimated", Zh: "到期日由采集器直接给出，并非预测",
		}}}
	}
	out := []finding.Evidence{{Name: "used", Value: f.Used, Text: s.sayUsed()}}
	if s.rule.Kind == signal.Leak {
		return append(append(out, s.leakEvidence()...), s.known(f))
	}
	if f.Path != exhaustion.None {
		out = append(out, s.growth(f), s.basis(f))
	}
	return append(append(out, s.habits()...), s.known(f))
}

// habits says what the signal is known to do: how much it grows on which days, and how often it was cleaned up.
func (s *tracked) habits() (out []finding.Evidence) {
	h := s.model.habits()
	for _, k := range [...]struct {
		kind         uint8
		name, en, zh string
	}{
		{uint8(calendar.Workday), "growth_per_workday", "on a working day", "工作日"},
		{uint8(calendar.RestDay), "growth_per_rest_day", "on a day off", "休息日"},
		{uint8(calendar.MonthEnd), "growth_per_closing_day", "on a day of the month's close", "月末结账日"},
	} {
		if !h.Seen[k.kind] {
			continue
		}
		v := h.PerDay[k.kind] * s.Limit
		out = append(out, finding.Evidence{Name: k.name, Value: v, Unit: s.rule.Unit, Text: i18n.Text{
			En: fmt.Sprintf("grows by %s %s", i18n.Amount(v, s.rule.Unit), k.en),
			Zh: fmt.Sprintf("%s增长 %s", k.zh, i18n.Amount(v, s.rule.Unit)),
		}})
	}
	if h.Climbs > 0 {
		peak, times := i18n.Percent(h.Peak), "once"
		if h.Climbs > 1 {
			times = fmt.Sprintf("%d times", h.Climbs)
		}
		out = append(out, finding.Evidence{Name: "cleaned", Value: float64(h.Climbs), Text: i18n.Text{
			En: fmt.Sprintf("has come down %s before, from %s", times, peak),
			Zh: fmt.Sprintf("此前曾回落 %d 次，自 %s 左右", h.Climbs, peak),
		}})
	}
	return out
}

func (s *tracked) sayUsed() i18n.Text {
	used, limit := i18n.Amount(s.Used, s.rule.Unit), i18n.Amount(s.Limit, s.rule.Unit)
	if s.Limit == 0 {
		return i18n.Text{En: used + " in use; no limit is known", Zh: "当前占用 " + used + "；上限未知"}
	}
	return i18n.Text{
		En: fmt.Sprintf("%s of %s used, %s left", used, limit, s.left()),
		Zh: fmt.Sprintf("总量 %s，已用 %s，剩余 %s", limit, used, s.left()),
	}
}

// leakEvidence says how much the floor grows, how far that is from chance, and what a request costs if their rate is known.
func (s *tracked) leakEvidence() []finding.Evidence {
	v := s.leak.PerDay
	out := []finding.Evidence{{Name: "growth_per_day", Value: v, Unit: s.rule.Unit, Text: i18n.Text{
		En: fmt.Sprintf("its floor grows by %s a day; the trend is %.1f times its standard error", i18n.Amount(v, s.rule.Unit), s.leak.Z),
		Zh: fmt.Sprintf("低位每天增长 %s；趋势为其标准误的 %.1f 倍", i18n.Amount(v, s.rule.Unit), s.leak.Z),
	}}}
	if v = s.leak.PerRequest; v > 0 {
		out = append(out, finding.Evidence{Name: "growth_per_request", Value: v, Unit: s.rule.Unit, Text: i18n.Text{
			En: "that is " + i18n.Amount(v, s.rule.Unit) + " for each request served",
			Zh: "相当于每个请求 " + i18n.Amount(v, s.rule.Unit),
		}})
	}
	return out
}

// growth says how fast it fills, by the hour for what is over within two days and by the day otherwise.
func (s *tracked) growth(f exhaustion.Forecast) finding.Evidence {
	perSecond := f.PerSecond * s.Limit
	name, per, en, zh := "growth_per_day", 24*time.Hour, "a day", "每天"
	switch {
	case f.P50 < 2*time.Hour:
		name, per, en, zh = "growth_per_minute", time.Minute, "a minute", "每分钟"
	case f.P50 < 48*time.Hour:
		name, per, en, zh = "growth_per_hour", time.Hour, "an hour", "每小时"
	}
	v := perSecond * per.Seconds()
	return finding.Evidence{Name: name, Value: v, Unit: s.rule.Unit, Text: i18n.Text{
		En: fmt.Sprintf("grows by %s %s", i18n.Amount(v, s.rule.Unit), en),
		Zh: fmt.Sprintf("%s增长 %s", zh, i18n.Amount(v, s.rule.Unit)),
	}}
}

// basis says what the growth was seen on.
func (s *tracked) basis(f exhaustion.Forecast) finding.Evidence {
	span, rise := i18n.Span(f.Span), i18n.Percent(f.Rise)
	return finding.Evidence{Name: "rise", Value: f.Rise, Text: i18n.Text{
		En: fmt.Sprintf("rose by %s of its limit within the last %s", rise, span.En),
		Zh: fmt.Sprintf("最近 %s内上升了上限的 %s", span.Zh, rise),
	}}
}

// known says how much history there is, so that people can tell a young forecast from an old one.
func (s *tracked) known(f exhaustion.Forecast) finding.Evidence {
	seen := i18n.Span(f.Seen)
	return finding.Evidence{Name: "seen_seconds", Value: f.Seen.Seconds(), Unit: "seconds", Text: i18n.Text{
		En: "known for " + seen.En,
		Zh: "已观察 " + seen.Zh,
	}}
}
