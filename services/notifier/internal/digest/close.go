package digest

import (
	"slices"
	"time"

	"github.com/forewarn/forewarn/shared/digest"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/plan"
)

// close says whether the close of the books that is under way or comes next is safe; nil without a calendar.
func (b *builder) close(risks []digest.Risk) *digest.Close {
	if b.Calendar == nil {
		return nil
	}
	w, ok := b.Calendar.NextClose(b.at)
	if !ok {
		return nil
	}
	c := &digest.Close{Start: w.Start.UTC(), End: w.End.UTC(), Name: w.Close.String(), Verdict: digest.Safe, Threats: []digest.Threat{}}
	for i := range risks {
		r := &risks[i]
		t := digest.Threat{Signal: r.Signal, Entity: r.Entity, Title: r.Title, P10: r.ETA.P10, P50: r.ETA.P50}
		switch {
		case r.Present:
			t.Likely = r.Severity == finding.Critical
			if !t.Likely {
				continue // what is merely unusual says nothing of a close
			}
		case before(r.ETA.P50, w.End):
			t.Likely = true
		case !before(r.ETA.P10, w.End):
			continue
		}
		c.Threats = append(c.Threats, t)
		if t.Likely {
			c.Verdict = digest.Likely
		} else if c.Verdict == digest.Safe {
			c.Verdict = digest.Possible
		}
	}
	slices.SortStableFunc(c.Threats, func(x, y digest.Threat) int { return first(x.P50).Compare(first(y.P50)) })
	return c
}

func before(t *time.Time, end time.Time) bool { return t != nil && t.Before(end) }

// first orders dates: what has none is there already.
func first(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return *t
}

// purchaseMonths is how far ahead purchases are told.
const purchaseMonths = 6

// purchases returns what must be bought in the months to come, the soonest first; nil if plans are not known.
func (b *builder) purchases() []digest.Purchase {
	if !b.Planned {
		return nil
	}
	out := []digest.Purchase{}
	end := b.at.AddDate(0, purchaseMonths, 0)
	for i := range b.Plans {
		p := &b.Plans[i]
		if p.Outlook == nil || p.Purchase.By == nil || p.Purchase.Amount <= 0 || !p.Purchase.By.Before(end) || !b.owns(p.Signal, &p.Entity) {
			continue
		}
		out = append(out, purchaseOf(p))
	}
	slices.SortStableFunc(out, func(x, y digest.Purchase) int { return x.By.Compare(y.By) })
	return out
}

func purchaseOf(p *plan.Plan) digest.Purchase {
	return digest.Purchase{
		Signal: p.Signal, Entity: p.Entity.Name, By: p.Purchase.By.UTC(), Amount: p.Purchase.Amount, Total: p.Purchase.Total, Unit: p.Unit,
		Until: p.Purchase.Until.UTC(), Words: p.Words,
	}
}
