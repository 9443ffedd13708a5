package web

import (
	"strings"

	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/outcome"
)

// told is what became of predictions of like probability, in the words of one reader.
type told struct {
	outcome.Told
	// Total are those that were told and have come to an end, Judged those of them that nobody's repair kept open.
	Total, Judged uint64
	// Right says which share of those Judged came true.
	Right string
}

// Count returns the numbers of predictions of like probability.
func (s speaker) Count(t outcome.Told) told {
	out := told{Told: t, Judged: t.CameTrue + t.Wrong}
	out.Total = out.Judged + t.Prevented
	if out.Judged > 0 {
		out.Right = s.Percent(float64(t.CameTrue) / float64(out.Judged))
	}
	return out
}

// Row names a tenth of the probabilities: "80 % to 90 %".
func (s speaker) Row(t outcome.Told) string {
	return s.Sayf("%s to %s", "%s 至 %s", s.Percent(t.From), s.Percent(min(1, t.From+0.1)))
}

// Mean says the mean probability that was told.
func (s speaker) Mean(t outcome.Told) string {
	if t.Mean == nil {
		return "–"
	}
	return s.Percent(*t.Mean)
}

// Covered says how many of the dates fell into their interval.
func (s speaker) Covered(h outcome.HorizonScore) string {
	if h.Dates == 0 {
		return "–"
	}
	return s.Sayf("%s of %d", "%[2]d 个中的 %[1]s", s.Percent(float64(h.Covered)/float64(h.Dates)), h.Dates)
}

// Lead says the median time from the opening to the limit.
func (s speaker) Lead(e outcome.EpisodeScore) string {
	if e.LeadSeconds == nil {
		return "–"
	}
	return s.Span(seconds(*e.LeadSeconds))
}

// HorizonName says a horizon in words.
func (s speaker) HorizonName(h string) string {
	switch h {
	case "4h":
		return s.Say("within 4 h", "4 小时内")
	case "24h":
		return s.Say("within 24 h", "24 小时内")
	case "7d":
		return s.Say("within 7 days", "7 天内")
	case "30d":
		return s.Say("within 30 days", "30 天内")
	}
	return s.Plain(h)
}

// ScoreName names what a score is of: all, a model, or a rule of it.
func (s speaker) ScoreName(kind string) string {
	family, rule, found := strings.Cut(kind, "/")
	switch {
	case found:
		return s.familyName(family) + " · " + s.Plain(s.RuleName(rule))
	case kind == "all":
		return s.Say("all predictions", "全部预测")
	}
	return s.familyName(kind)
}

// familyName names a kind of incidents.
func (s speaker) familyName(kind string) string {
	for _, o := range s.TroubleChoice("").Options {
		if o.Value == kind {
			return o.Text
		}
	}
	return s.Plain(kind)
}

// OutcomeChoice filters predictions by what became of them.
func (s speaker) OutcomeChoice(now finding.What) choice {
	return choice{"outcome", s.Say("Outcome", "结果"), string(now), []option{
		{"", s.Say("all outcomes", "全部结果")},
		{string(finding.Reached), s.Say("came true", "发生")},
		{string(finding.Prevented), s.Say("prevented: use was taken away", "已避免：用量被释放")},
		{string(finding.Enlarged), s.Say("prevented: the limit was raised", "已避免：上限被提高")},
		{string(finding.Faded), s.Say("wrong: it went away by itself", "未发生：自行消失")},
		{string(finding.Unknown), s.Say("not known", "未知")},
	}}
}

// Verdict says in a word what an outcome means for the prediction.
func (s speaker) Verdict(o *finding.Outcome) string {
	if o == nil {
		return s.Say("not known", "未知")
	}
	switch o.What {
	case finding.Reached:
		return s.Say("came true", "发生")
	case finding.Prevented, finding.Enlarged:
		return s.Say("prevented", "已避免")
	case finding.Faded:
		return s.Say("wrong", "未发生")
	}
	return s.Say("not known", "未知")
}

// ScorePath returns the address of the track record of a kind.
func (s speaker) ScorePath(kind, horizon string) string {
	return address("/record", chosen("of", kind, "horizon", horizon))
}

// Sum adds two numbers of predictions.
func (s speaker) Sum(a, b uint64) uint64 { return a + b }
