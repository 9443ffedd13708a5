package web

import (
	"math"
	"time"

	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/i18n"
	"github.com/forewarn/forewarn/shared/incident"
	"github.com/forewarn/forewarn/shared/signal"
	"github.com/forewarn/forewarn/shared/view"
)

const (
	// nearlyFull is the share of a limit from which a lack of predictions calms nobody.
	nearlyFull = 0.95
	// worthSaying is the least probability that is shown beside an alarm without a date, and calm the
	// greatest that is no sign of trouble.
	worthSaying = 0.01
	calm        = 0.001
)

// outlook is what is expected of one signal, in the words of one reader.
//
// A rule may raise an alarm where no date can be predicted. Its probabilities are then zero because nothing
// is known, and a page that showed them would send people back to sleep.
type outlook struct {
	speaker
	eta      finding.ETA
	horizons finding.Horizons
	share    float64 // of the limit; NaN where there is none
	episode  bool
	rising   bool
	certain  bool      // the date is the one that its sender names
	habit    bool      // it has no limit, but a habit
	usual    string    // between what it is usual now; empty if that is not known
	silent   time.Time // since when nothing was heard; zero while something is
	heard    time.Time // of the newest sample, zero if that is not known
}

// stale is how old the newest sample may be when the date that it led to has passed.
const stale = time.Minute

// outlookOfIncident returns what is expected of an open incident now, as far as its signal is heard, and else what was
// last said of it. now is the signal's state, nil if that is not known.
func outlookOfIncident(p *page, in *incident.Incident, now *signal.State) outlook {
	said := outlook{
		speaker: p.speaker, eta: in.ETA, horizons: in.Horizons, share: p.Share(in.Used, in.Limit), episode: in.State == incident.Open,
		certain: in.Kind == finding.Expiry, habit: in.Kind == finding.Anomaly,
	}
	switch {
	case now == nil || !said.episode:
		return said
	case now.Stage == signal.Silent:
		said.silent = now.UpdatedAt
		return said
	case now.Stage == signal.Learning:
		return said
	}
	o := outlookOfSignal(p, now)
	o.episode = true
	return o
}

// outlookOfSignal returns what is expected of a signal now.
func outlookOfSignal(p *page, sig *signal.State) outlook {
	usual := ""
	if e := sig.Expected; e != nil {
		usual = p.Sayf("usual at this hour: %s to %s", "此时的正常范围：%s 至 %s", p.Of(e.Low, 0, sig.Unit), p.Of(e.High, 0, sig.Unit))
	}
	return outlook{
		speaker: p.speaker, eta: sig.ETA, horizons: sig.Probability, share: p.Share(sig.Used, sig.Limit),
		episode: sig.Episode != "", rising: sig.Rising, certain: sig.Kind == signal.Expiry, heard: sig.UpdatedAt, habit: view.HasHabit(sig),
		usual: usual,
	}
}

// blind reports whether something is wrong of which no date is known.
func (o outlook) blind() bool {
	return !o.silent.IsZero() || o.eta.P50 == nil && !o.habit && (o.episode || o.share >= nearlyFull)
}

// Expected says when the limit is reached: the median, in words.
func (o outlook) Expected() string {
	switch {
	case !o.silent.IsZero():
		return o.Sayf("not known: no data since %s", "未知：自 %s 起没有数据", o.When(o.silent))
	case o.habit && o.episode:
		return o.Say("unusual", "异常")
	case o.habit:
		return o.Say("as usual", "正常")
	case o.eta.P50 == nil && o.eta.P10 != nil:
		return o.Say("probably not within 180 days", "180 天内多半不会")
	case o.blind():
		return o.Say("no date can be given", "暂无法给出日期")
	case o.eta.P50 == nil && o.rising:
		return o.Say("climbing, seen too briefly for a date", "正在上升，观察时间过短，暂无法给出日期")
	case o.eta.P50 == nil:
		return o.Say("no sign of it", "没有迹象")
	case o.eta.P50.After(o.Now):
		return o.Sayf("%s (%s)", "%s（%s）", o.When(*o.eta.P50), o.Away(*o.eta.P50))
	case !o.heard.IsZero() && o.Now.Sub(o.heard) > stale:
		return o.Sayf("not known: no data since %s", "未知：自 %s 起没有数据", o.When(o.heard))
	case o.share < 1:
		return o.Say("any moment", "随时")
	}
	return o.Say("now", "现在")
}

// Certain reports whether the date is known and not foreseen, as that of a certificate is.
func (o outlook) Certain() bool { return o.certain }

// Event says what the date is of.
func (o outlook) Event() string {
	if o.certain {
		return o.Say("Expires", "到期")
	}
	if o.habit {
		return o.Say("Behaviour", "行为")
	}
	return o.Say("Limit reached", "到达上限")
}

// Interval says between which times the limit is reached with 80 % probability, or between what a habit is usual; empty if
// that is not known, or over.
func (o outlook) Interval() string {
	from, to := o.eta.P10, o.eta.P90
	switch {
	case o.habit:
		return o.usual
	case o.certain, !o.silent.IsZero(), from == nil, to != nil && !to.After(o.Now):
		return ""
	case to == nil:
		return o.Sayf("80\u00a0%%: from %s to later than 180 days", "80\u00a0%% 可能：%s 至 180 天以后", o.When(*from))
	}
	return o.Sayf("80\u00a0%%: %s", "80\u00a0%% 可能：%s", o.between(*from, *to))
}

// between says two times without repeating the day, and to the second where the minute is the same.
func (o outlook) between(from, to time.Time) string {
	a, b := from.In(o.Zone), to.In(o.Zone)
	switch {
	case a.Unix() == b.Unix():
		return o.When(a) + a.Format(":05")
	case a.Truncate(time.Minute).Equal(b.Truncate(time.Minute)):
		return o.Sayf("%s to %s", "%s 至 %s", o.When(a)+a.Format(":05"), b.Format("15:04:05"))
	case a.Format(time.DateOnly) == b.Format(time.DateOnly):
		return o.Sayf("%s to %s", "%s 至 %s", o.When(a), b.Format("15:04"))
	}
	return o.Sayf("%s to %s", "%s 至 %s", o.When(a), o.When(b))
}

// chance is a probability with the horizon that it is about.
type chance struct{ Within, Percent string }

// Chances returns the probability of each horizon, none that would be mistaken for an all-clear, and none of what is certain.
func (o outlook) Chances() (out []chance) {
	if o.certain || o.habit {
		return nil
	}
	for _, c := range [...]struct {
		p  float64
		in i18n.Text
	}{
		{o.horizons.H4, i18n.Text{En: "within 4 h", Zh: "4 小时内"}},
		{o.horizons.H24, i18n.Text{En: "within 24 h", Zh: "24 小时内"}},
		{o.horizons.D7, i18n.Text{En: "within 7 days", Zh: "7 天内"}},
		{o.horizons.D30, i18n.Text{En: "within 30 days", Zh: "30 天内"}},
	} {
		if !o.blind() || c.p >= worthSaying {
			out = append(out, chance{o.Pick(c.in), o.Percent(c.p)})
		}
	}
	return out
}

// Chance says a probability with the horizon that it is about; empty where it would be mistaken for an all-clear.
func (o outlook) Chance(p float64) string {
	if o.blind() && p < worthSaying {
		return ""
	}
	switch p {
	case o.horizons.H4:
		return o.Sayf("%s within 4 h", "4 小时内 %s", o.Percent(p))
	case o.horizons.H24:
		return o.Sayf("%s within 24 h", "24 小时内 %s", o.Percent(p))
	case o.horizons.D7:
		return o.Sayf("%s within 7 days", "7 天内 %s", o.Percent(p))
	case o.horizons.D30:
		return o.Sayf("%s within 30 days", "30 天内 %s", o.Percent(p))
	}
	return o.Percent(p)
}

// Odds says how probable it is that the limit of an open incident is reached: what was said, as long as that is still
// so, and else what is expected now; empty where nothing is known.
func (o outlook) Odds(said float64) string {
	switch h := o.horizons; {
	case !o.silent.IsZero():
		return ""
	case said == h.H4 || said == h.H24 || said == h.D7 || said == h.D30:
		return o.Chance(said)
	case !o.Dated() && h.D30 < worthSaying:
		return ""
	}
	return o.Risk()
}

// Risk says how probable it is that the limit is reached, and by when: the nearest horizon that is more
// likely than not, else the farthest.
func (o outlook) Risk() string {
	for _, p := range [...]float64{o.horizons.H4, o.horizons.H24, o.horizons.D7} {
		if p >= 0.5 {
			return o.Chance(p)
		}
	}
	if p := o.horizons.D30; p >= worthSaying || (!o.blind() && (p >= calm || o.Dated())) {
		return o.Sayf("%s within 30 days", "30 天内 %s", o.Percent(p))
	}
	return o.Expected()
}

// Dated reports whether a time is known at which the limit is more likely reached than not.
func (o outlook) Dated() bool { return o.eta.P50 != nil }

// Badge says in a few words what is wrong, empty if nothing is.
func (o outlook) Badge() string {
	switch {
	case !o.episode && !(o.share >= nearlyFull): // a share that is not known is not one that is high
		return ""
	case o.share >= 1:
		return o.Say("limit reached", "已达上限")
	case o.episode && o.Dated():
		return o.Say("predicted to fail", "预计故障")
	case math.IsNaN(o.share) || o.share < fullShare:
		return o.Say("incident open", "事件未解决")
	}
	return o.Say("nearly full", "即将用满")
}
