package web

import (
	"time"

	"github.com/forewarn/forewarn/shared/plan"
)

// planRow is a capacity plan in the words of one reader.
type planRow struct {
	speaker
	plan.Plan
}

// Growth says how much more is used each month.
func (r planRow) Growth() string {
	switch g := r.GrowthPerMonth; {
	case g > 0:
		return "+" + r.Amount(g, r.Unit)
	case g < 0:
		return "−" + r.Amount(-g, r.Unit)
	}
	return r.Say("none", "无")
}

// Last is the use at the end of the plan.
func (r planRow) Last() plan.Level {
	if len(r.Forecast) == 0 {
		return plan.Level{P50: r.Used}
	}
	return r.Forecast[len(r.Forecast)-1]
}

// FullOn says when it is full.
func (r planRow) FullOn() string {
	switch {
	case r.Full.P50 != nil:
		return r.Day(*r.Full.P50)
	case r.Full.P10 != nil:
		return r.Say("probably not within two years", "两年内多半不会")
	}
	return r.Say("not within two years", "两年内不会")
}

// FullBetween says between which days that is with 80 % probability; "" if it is not expected.
func (r planRow) FullBetween() string {
	from, to := r.Full.P10, r.Full.P90
	switch {
	case from == nil:
		return ""
	case to == nil:
		return r.Sayf("80\u00a0%%: from %s", "80\u00a0%%：自 %s 起", r.Day(*from))
	}
	return r.Sayf("80\u00a0%%: %s – %s", "80\u00a0%%：%s 至 %s", solid(r.Day(*from)), solid(r.Day(*to)))
}

// Slack says how much time is left until something must be there, or until it is full at the earliest.
func (r planRow) Slack() string {
	last := r.Purchase.By
	if last == nil {
		last = r.Full.P10
	}
	if last == nil {
		return r.Say("more than two years", "两年以上")
	}
	left := last.Sub(r.Now)
	if left <= 0 {
		return r.Say("none left", "已无余地")
	}
	return r.Months(left)
}

// Late tells that what must be bought should be there already, Soon that it must be within a month.
func (r planRow) Late() bool { return r.Purchase.By != nil && !r.Purchase.By.After(r.Now) }

// Soon tells that what must be bought must be there within a month.
func (r planRow) Soon() bool {
	return r.Purchase.By != nil && !r.Late() && r.Purchase.By.Before(r.Now.Add(30*day))
}

// Months says a length of time in months from two of them on.
func (s speaker) Months(d time.Duration) string {
	const month = 365 * day / 12
	if d < 2*month {
		return s.Span(d)
	}
	return solid(s.Sayf("%d months", "%d 个月", int(d/month)))
}

// Month says how far ahead a level is.
func (r planRow) Month(l plan.Level) string {
	if l.Months == 1 {
		return r.Say("in a month", "1 个月后")
	}
	return r.Sayf("in %d months", "%d 个月后", l.Months)
}
