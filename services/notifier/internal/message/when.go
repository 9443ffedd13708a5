package message

import (
	"fmt"
	"strings"
	"time"

	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/i18n"
	"github.com/forewarn/forewarn/shared/incident"
)

// when says date, interval and how sure; short are shorter ways to say it, the longest first.
func (r Reader) when(i *incident.Incident, why incident.Reason) (full string, short []string) {
	switch {
	case why == incident.ReasonResolved:
		return r.ended(i), r.brief("Resolved ", "", " 恢复", closed(i), i.UpdatedAt)
	case why == incident.ReasonUnheard:
		return r.unheard(i), r.brief("Closed ", "", " 关闭", closed(i), i.UpdatedAt)
	case why == incident.ReasonExamined && i.Checks != nil:
		return i.Checks.Summary().In(r.Language), nil
	case i.Limit > 0 && i.Used >= i.Limit:
		seen := r.date(i.UpdatedAt, i.UpdatedAt)
		return r.say("At its limit, seen "+seen, "已达到上限（"+seen+"）"), []string{r.say("At its limit", "已达到上限")}
	case i.ETA.P50 != nil:
		return r.expected(i)
	case why == incident.ReasonMoved:
		return r.say("No longer expected within 180 days", "预计 180 天内不会达到上限"), []string{r.say("Not expected", "预计不会达到上限")}
	}
	since := r.date(i.OpenedAt, i.UpdatedAt)
	return r.say("Since "+since, "开始时间 "+since) + r.sure(i), r.brief("Since ", "", " 起", i.OpenedAt, i.UpdatedAt)
}

// expected says the forecast: the median and the 80 % interval around it.
func (r Reader) expected(i *incident.Incident) (full string, short []string) {
	now, at := i.UpdatedAt, *i.ETA.P50
	if i.Kind == finding.Expiry { // a date that is known has no interval
		return r.say("Expires "+r.date(at, now), r.date(at, now)+" 到期"), r.brief("Expires ", "", " 到期", at, now)
	}
	full = r.say("Limit reached about "+r.date(at, now), "预计 "+r.date(at, now)+" 左右达到上限")
	short = append([]string{full + r.sure(i)}, r.brief("Limit about ", r.likely(i, ", "), " 左右", at, now)...)
	return full + r.interval(i) + r.sure(i), short
}

// interval says between when and when four of five such forecasts come true.
func (r Reader) interval(i *incident.Incident) string {
	if i.ETA.P10 == nil {
		return ""
	}
	early := r.date(*i.ETA.P10, i.UpdatedAt)
	if i.ETA.P90 == nil {
		return r.say(fmt.Sprintf(" (80 %%: from %s to beyond 180 days)", early), fmt.Sprintf("（80%% 可能在 %s 至 180 天以后）", early))
	}
	late := r.date(*i.ETA.P90, i.UpdatedAt)
	return r.say(fmt.Sprintf(" (80 %%: between %s and %s)", early, late), fmt.Sprintf("（80%% 可能在 %s 至 %s 之间）", early, late))
}

// sure says the probability within the shortest horizon for which it is more likely than not.
func (r Reader) sure(i *incident.Incident) string {
	h := i.Horizons
	for _, c := range []struct {
		p      float64
		en, zh string
	}{{h.H4, "4 h", "4 小时"}, {h.H24, "24 h", "24 小时"}, {h.D7, "7 days", "7 天"}, {h.D30, "30 days", "30 天"}} {
		if c.p >= 0.5 {
			p := r.percent(c.p)
			return r.say(fmt.Sprintf(", probability %s within %s", p, c.en), fmt.Sprintf("，%s内概率 %s", c.zh, p))
		}
	}
	return r.likely(i, r.say(", probability ", "，概率 "))
}

// likely says the probability after what leads to it, "" if there is none.
func (r Reader) likely(i *incident.Incident, lead string) string {
	if i.Probability <= 0 {
		return ""
	}
	return lead + r.percent(i.Probability)
}

// percent writes a share as the language does.
func (r Reader) percent(share float64) string {
	p := i18n.Percent(share)
	return r.say(p, strings.ReplaceAll(p, " %", "%"))
}

// brief says a time in few characters, with what stands before and behind it in English, and behind it in Chinese; then in fewer, and then
// the day alone.
func (r Reader) brief(enBefore, enBehind, zhBehind string, t, now time.Time) []string {
	t, now = t.In(r.Location()), now.In(r.Location())
	en, zh := "2 Jan", "1月2日"
	if t.Year() != now.Year() {
		en, zh = "2 Jan 2006", "2006年1月2日"
	}
	day := t.Format(r.say(en, zh))
	if r.Language == i18n.Chinese {
		return []string{r.date(t, now) + zhBehind, day + t.Format("15:04") + strings.TrimSpace(zhBehind), day}
	}
	return []string{enBefore + r.date(t, now) + enBehind, enBefore + day + t.Format(" 15:04") + enBehind, day + t.Format(" 15:04"), day}
}

// ended says when it ended, and how long it lasted since it began, or began again.
func (r Reader) ended(i *incident.Incident) string {
	at, from := closed(i), i.OpenedAt
	if i.ReopenedAt != nil {
		from = *i.ReopenedAt
	}
	took := i18n.Span(at.Sub(from)).In(r.Language)
	return r.say(fmt.Sprintf("Resolved %s, after %s", r.date(at, at), took), fmt.Sprintf("%s 恢复，历时 %s", r.date(at, at), took))
}

// unheard says when it was closed, and claims no more.
func (r Reader) unheard(i *incident.Incident) string {
	at := closed(i)
	return r.say("Closed "+r.date(at, at)+", whether it is over is not known", r.date(at, at)+" 关闭，是否恢复未知")
}

// closed is when an incident ended.
func closed(i *incident.Incident) time.Time {
	if i.ResolvedAt != nil {
		return *i.ResolvedAt
	}
	return i.UpdatedAt
}

// moved says by how much the forecast is earlier or later than people were told before, "" if that is not known.
func (r Reader) moved(i *incident.Incident) string {
	if i.Notified == nil || i.Notified.Was == nil || i.ETA.P50 == nil {
		return ""
	}
	by := i.ETA.P50.Sub(*i.Notified.Was)
	if by < 0 {
		return r.say(i18n.Span(-by).En+" earlier", "提前 "+i18n.Span(-by).Zh)
	}
	return r.say(i18n.Span(by).En+" later", "推迟 "+i18n.Span(by).Zh)
}
