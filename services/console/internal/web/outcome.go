package web

import (
	"time"

	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/incident"
)

// Foretold says what was predicted when an incident opened; "" if nothing was.
func (s speaker) Foretold(p *incident.Prediction) string {
	switch {
	case p == nil:
		return ""
	case p.ETA.P50 == nil:
		return s.Sayf("%s within 30 days", "30 天内 %s", s.Percent(p.Horizons.D30))
	}
	return s.Sayf("limit reached %s, %s within 7 days", "%s 到达上限，7 天内 %s", s.When(*p.ETA.P50), s.Percent(p.Horizons.D7))
}

// Became says what became of an incident; "" while that is not known.
func (s speaker) Became(o *finding.Outcome) string {
	if o == nil {
		return ""
	}
	switch o.What {
	case finding.Reached:
		lead := s.Span(time.Duration(o.LeadSeconds) * time.Second)
		return s.Sayf("the limit was reached %s, %s after the first sign of it", "%s 到达上限，距首次迹象 %s", s.When(o.Time), lead)
	case finding.Prevented:
		return s.Sayf("prevented: a large share was freed %s", "已避免：%s 释放了大量用量", s.When(o.Time))
	case finding.Enlarged:
		return s.Sayf("prevented: the limit was raised %s", "已避免：%s 提高了上限", s.When(o.Time))
	case finding.Faded:
		return s.Say("it went away by itself", "趋势自行消失")
	}
	return s.Say("not known: there were no data any more", "未知：不再有数据")
}

// Written says since when a message has been written, and whether it still is.
func (s speaker) Written(c incident.Confirmation) string {
	if c.StoppedAt != nil {
		return s.Sayf("since %s, stopped by %s", "始于 %s，%s 前已停止", s.When(c.Since), s.When(*c.StoppedAt))
	}
	return s.Sayf("since %s, last told %s", "始于 %s，最近一次 %s", s.When(c.Since), s.When(c.LastAt))
}
