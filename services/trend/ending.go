package trend

import (
	"time"

	"github.com/forewarn/forewarn/shared/finding"
)

// note remembers what a sample made of the open episode. What was reached stays so, whatever people do then.
func (e *episode) note(what became, grew bool, moment int64) {
	if e.ID == "" || e.Became == finding.Reached {
		return
	}
	switch {
	case what == reached:
		e.Became = finding.Reached
	case what == cleaned:
		e.Became = finding.Prevented
	case what == resized && grew:
		e.Became = finding.Enlarged
	default:
		return
	}
	e.BecameAt, e.Said = moment, false
}

// unsaid tells that the limit was reached and people were not told yet.
func (e *episode) unsaid() bool { return e.ID != "" && e.Became == finding.Reached && !e.Said }

// outcome returns what a finding is to say of the episode's end: nil while it has none. otherwise is what becomes of
// one that ends for no reason in sight.
func (e *episode) outcome(a finding.Action, otherwise finding.What, moment int64) *finding.Outcome {
	out := &finding.Outcome{What: e.Became, Time: time.UnixMilli(e.BecameAt).UTC()}
	switch {
	case e.Became == finding.Reached:
		e.Said = true
		out.LeadSeconds = max(0, (e.BecameAt-e.Opened)/1000)
	case a != finding.Resolved:
		return nil
	case e.Became == "" || otherwise == finding.Unknown:
		out.What, out.Time = otherwise, time.UnixMilli(moment).UTC()
	}
	return out
}
