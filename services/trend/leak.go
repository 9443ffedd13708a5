package trend

import (
	"github.com/forewarn/forewarn/models/exhaustion"
	"github.com/forewarn/forewarn/models/leak"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/signal"
)

// leakVerdict grades a leak. What may yet be a cache on the way to its bound, or the load of a week, is worth knowing but
// calls nobody, unless they were called before.
func (c *Config) leakVerdict(f exhaustion.Forecast, v leak.Verdict, told finding.Severity) verdict {
	switch {
	case !v.Leaking:
		return verdict{}
	case !v.Sure && told.Rank() < finding.Warning.Rank():
		return verdict{severity: finding.Info, horizon: len(f.Within) - 1}
	case v.Sure && f.Within[1] >= c.OpenProbability:
		return verdict{severity: finding.Critical, horizon: 1}
	}
	return verdict{severity: finding.Warning, horizon: len(f.Within) - 1}
}

// saturationVerdict grades a forecast by a rule. Of what grows from afar a near one says nothing, nor of what has not used
// up half of what is usually left, such as a release's start: a leak's rule reads the same series, and knows what stays.
func (c *Config) saturationVerdict(r *signal.Rule, f exhaustion.Forecast) verdict {
	v := c.verdict(f)
	if r.Near && !v.static && (v.horizon > 0 || f.Usual > 0 && f.Used < (1+f.Usual)/2) {
		return verdict{}
	}
	return v
}
