package trend

import (
	"fmt"
	"iter"
	"strings"
	"time"

	"github.com/forewarn/forewarn/models/exhaustion"
	"github.com/forewarn/forewarn/models/leak"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/i18n"
	"github.com/forewarn/forewarn/shared/signal"
)

// Account is what is believed of a signal, and why it gives cause for a warning, or why not.
type Account struct {
	State signal.State
	// Judged is when the forecast was made that State tells, zero if none was.
	Judged time.Time
	// Evidence is what a finding would rest on; empty if there is no forecast.
	Evidence []finding.Evidence
	// Cause is the severity of what the forecast gives cause for, "" for none.
	Cause finding.Severity
	// Reasons say why, or what is missing.
	Reasons []i18n.Text
}

// Signals yields the keys of all signals in their order, also of those without any use so far.
func (w *Worker) Signals() iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, s := range w.sorted() {
			if !yield(s.Key) {
				return
			}
		}
	}
}

// Explain gives account of a signal as it stands; false if there is none of that key. It changes nothing.
func (w *Worker) Explain(key string) (Account, bool) {
	s, ok := w.signals[key]
	if !ok {
		return Account{}, false
	}
	silence := w.silence(s)
	a := Account{State: s.state(w.silentFor(s, w.cfg.SilentAfter))}
	if first, _ := s.model.known(); first == 0 {
		a.Reasons = s.unread(w.now)
		return a, true
	}
	if s.Judged > 0 {
		a.Judged, a.Evidence = time.UnixMilli(s.Judged).UTC(), s.evidence()
		v := s.cause(&w.cfg)
		a.Cause, a.Reasons = v.severity, s.reasons(&w.cfg, v)
	}
	if w.silentFor(s, w.cfg.SilentAfter) {
		a.Reasons = append(a.Reasons, sayQuiet(silence))
	}
	return a, true
}

// reasons say why a forecast gives the cause that it gives.
func (s *tracked) reasons(c *Config, v verdict) []i18n.Text {
	var out []i18n.Text
	switch {
	case v.severity != "" && s.rule.Kind != signal.Leak:
		out = append(out, sayCause(v, s.last))
	case s.rule.Kind == signal.Leak:
		out = append(out, sayVerdict(*s.leak))
	default:
		out = append(out, s.sayCalm(c))
	}
	if s.last.Learning {
		out = append(out, i18n.Text{
			En: "it is still being learned: what is known is too short to give a date, and only the share in use may open a warning",
			Zh: "仍在学习：历史太短，暂不能给出日期；此时只有使用率本身可以触发预警",
		})
	}
	if v.severity != "" && s.Episode.ID == "" {
		out = append(out, i18n.Text{
			En: fmt.Sprintf("before it is told it must hold in %d forecasts in a row, for %s; so far in %d", confirmations, i18n.Span(v.confirm).En, s.Episode.Suspicions),
			Zh: fmt.Sprintf("需在连续 %d 次预测中成立、并持续 %s才会发出；目前 %d 次", confirmations, i18n.Span(v.confirm).Zh, s.Episode.Suspicions),
		})
	}
	return out
}

// sayCause says which rule a forecast meets.
func sayCause(v verdict, f exhaustion.Forecast) i18n.Text {
	if v.static {
		used := i18n.Percent(f.Used)
		return i18n.Text{En: "the share in use alone: " + used, Zh: "仅凭使用率：" + used}
	}
	within, p := i18n.Span(exhaustion.Horizons()[v.horizon]), i18n.Percent(f.Within[v.horizon])
	return i18n.Text{
		En: fmt.Sprintf("probability %s of reaching the limit within %s", p, within.En),
		Zh: fmt.Sprintf("%s内达到上限的概率为 %s", within.Zh, p),
	}
}

// sayCalm says how far a forecast is from what would open a warning.
func (s *tracked) sayCalm(c *Config) i18n.Text {
	f, fix := &s.last, s.rule.TimeToFix
	var en, zh []string
	for _, need := range [...]struct {
		ahead time.Duration
		p     float64
	}{{criticalSlack + fix, c.sure(s.rule)}, {warningSlack + fix, weekProbability}, {exhaustion.Horizons()[3], monthProbability}} {
		within, p := i18n.Span(need.ahead), i18n.Percent(f.Probability(need.ahead))
		en = append(en, fmt.Sprintf("%s within %s (%s needed)", p, within.En, i18n.Percent(need.p)))
		zh = append(zh, fmt.Sprintf("%s内 %s（需 %s）", within.Zh, p, i18n.Percent(need.p)))
	}
	share := i18n.Percent(min(1, max(c.FullShare, f.Usual+news)))
	return i18n.Text{
		En: "nothing opens a warning: probability " + strings.Join(en, ", ") + "; " + i18n.Percent(f.Used) + " used (" + share + " needed)",
		Zh: "不满足任何预警条件：概率 " + strings.Join(zh, "，") + "；已用 " + i18n.Percent(f.Used) + "（需 " + share + "）",
	}
}

// sayVerdict says whether something leaks, or why not.
func sayVerdict(v leak.Verdict) i18n.Text {
	if v.Leaking {
		return i18n.Text{En: "it keeps growing as leaks do", Zh: "其增长符合泄漏特征"}
	}
	why := i18n.Text{En: string(v.Reason), Zh: string(v.Reason)}
	switch v.Reason {
	case leak.Learning:
		why = i18n.Text{En: "it is known too briefly", Zh: "历史太短"}
	case leak.Flat:
		why = i18n.Text{En: "it does not grow, or too little to matter", Zh: "没有增长，或增长可以忽略"}
	case leak.Noise:
		why = i18n.Text{En: "it grows by no more than it wanders anyway", Zh: "增长未超出其正常波动"}
	case leak.Step:
		why = i18n.Text{En: "it grew at once, as by a release, and not since", Zh: "仅一次性上升（如发布），之后未再增长"}
	case leak.WarmUp:
		why = i18n.Text{En: "it grew at first and hardly any more, as caches do", Zh: "起初增长、之后基本稳定（如缓存预热）"}
	case leak.Saturating:
		why = i18n.Text{En: "it grows ever more slowly, towards a level below its limit", Zh: "增长逐渐放缓，趋于上限以下的水平"}
	}
	return i18n.Text{En: "it is not taken for a leak: " + why.En, Zh: "未判定为泄漏：" + why.Zh}
}

func sayQuiet(silence time.Duration) i18n.Text {
	span := i18n.Span(silence)
	return i18n.Text{En: "it has sent nothing for " + span.En, Zh: "已有 " + span.Zh + "没有数据"}
}

// unread says which series are missing for a use and a limit.
func (s *tracked) unread(now time.Time) (out []i18n.Text) {
	for _, f := range s.Feeds {
		for i, in := range s.rule.Inputs {
			names := strings.Join(in.Metrics, " / ")
			switch at := f.Newest[i].TimeMillis; {
			case in.Optional:
			case at == 0:
				out = append(out, i18n.Text{En: names + " was never seen beside it", Zh: "从未收到 " + names})
			case now.Sub(time.UnixMilli(at)) > signal.LimitFresh:
				span := i18n.Span(now.Sub(time.UnixMilli(at)))
				out = append(out, i18n.Text{En: names + " was last seen " + span.En + " ago", Zh: "最近一次收到 " + names + " 是 " + span.Zh + "前"})
			}
		}
	}
	if len(out) == 0 {
		return []i18n.Text{{
			En: "its samples give no use and limit: the limit is none, or the rule " + s.rule.ID + " skips such values",
			Zh: "其采样无法得出用量与上限：没有上限，或规则 " + s.rule.ID + " 跳过了这些值",
		}}
	}
	return out
}
