package digest

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/forewarn/forewarn/shared/digest"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/incident"
	"github.com/forewarn/forewarn/shared/signal"
)

// foreseenChance is how likely it must be that a signal without an incident reaches its limit within 30 days to be a risk.
const foreseenChance = 0.5

// risks returns what may break and what is broken, by probability x impact, then by the time that is left for a repair.
func (b *builder) risks() []digest.Risk {
	out := []digest.Risk{}
	told := map[string]bool{}
	for _, in := range b.mine {
		if openAt(in, b.at) {
			out = append(out, b.ofIncident(in))
			told[in.Signal] = true
		}
	}
	for i := range b.Signals {
		s := &b.Signals[i]
		if !told[s.Key] && s.Stage == signal.Ready && s.ETA.P50 != nil && s.Probability.D30 >= foreseenChance && b.owns(s.Key, &s.Entity) {
			out = append(out, b.ofSignal(s))
		}
	}
	slices.SortStableFunc(out, func(x, y digest.Risk) int {
		return cmp.Or(cmp.Compare(y.Weight, x.Weight), cmp.Compare(slack(&x), slack(&y)), cmp.Compare(x.Signal, y.Signal))
	})
	return out
}

// slack orders risks by what is left for a repair; what has no date comes last.
func slack(r *digest.Risk) int64 {
	if r.SlackSeconds == nil {
		return math.MaxInt64
	}
	return *r.SlackSeconds
}

func (b *builder) ofIncident(in *incident.Incident) digest.Risk {
	r := digest.Risk{
		Incident: in.ID, Signal: in.Signal, Rule: ruleOf(in.Signal), Series: in.Series, Entity: in.Entity.Name, Title: in.Title, Severity: in.Severity,
		Present: present(in), Probability: chance(in), Impact: b.impact(in.Signal, in.Severity), ETA: in.ETA,
		Used: in.Used, Limit: in.Limit, Unit: in.Unit, Advice: in.Advice, Change: b.change(in),
	}
	b.weigh(&r)
	return r
}

func (b *builder) ofSignal(s *signal.State) digest.Risk {
	r := digest.Risk{
		Signal: s.Key, Rule: s.Rule, Series: s.Series, Entity: s.Entity.Name, Probability: s.Probability.D30,
		Impact: b.impact(s.Key, ""), ETA: s.ETA, Used: s.Used, Limit: s.Limit, Unit: s.Unit,
	}
	if rule := b.rule(s.Key); rule != nil {
		r.Title, r.Advice = rule.Title, rule.Advice
	}
	b.weigh(&r)
	return r
}

// weigh multiplies probability and impact, and reckons what is left for a repair.
func (b *builder) weigh(r *digest.Risk) {
	r.Weight = r.Probability * float64(r.Impact)
	rule := b.rule(r.Signal)
	if rule != nil {
		r.FixSeconds = int64(rule.TimeToFix / time.Second)
	}
	first := cmp.Or(r.ETA.P10, r.ETA.P50)
	if r.Present || first == nil || r.FixSeconds == 0 {
		return
	}
	left := int64(first.Sub(b.at)/time.Second) - r.FixSeconds
	r.SlackSeconds = &left
}

// present tells what is no forecast: the limit is reached, or there is neither a date nor a probability, as of an anomaly, a
// message, or what is nearly full and cannot be predicted. No date is no all-clear.
func present(in *incident.Incident) bool {
	return in.Limit > 0 && in.Used >= in.Limit && in.Kind != finding.Expiry || in.ETA.P50 == nil && in.Horizons.D30 == 0 && in.Probability == 0
}

// chance is how likely an incident's limit is reached within 30 days; 1 of what is present.
func chance(in *incident.Incident) float64 {
	if present(in) {
		return 1
	}
	return max(in.Horizons.D30, in.Probability)
}

func ruleOf(key string) string {
	rule, _, _ := strings.Cut(key, "/")
	return rule
}
