package trend

import (
	"time"

	"github.com/forewarn/forewarn/models/exhaustion"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/signal"
)

// verdict is what one forecast gives cause for.
type verdict struct {
	severity finding.Severity // "" for none
	horizon  int              // index into exhaustion.Horizons and Forecast.Within
	// static is true if the share alone is the cause; of what is resolved, that it is as high as ever.
	static bool
	// confirm is how long the cause must last before an episode opens.
	confirm time.Duration
}

const (
	// What fails before it could have been repaired by somebody who begins within criticalSlack is critical, within
	// warningSlack a warning: with the four hours that most repairs take, a day and a week.
	criticalSlack = 20 * time.Hour
	warningSlack  = 7*day - 4*time.Hour
	// weekProbability and monthProbability are asked for of the far horizons, which are the least sure.
	weekProbability  = 0.8
	monthProbability = 0.8
	// usualImpact is that for which Config.OpenProbability is meant; it is impactShift less for each step above and more
	// for each below. What has less than someImpact wakes nobody.
	usualImpact, someImpact = 4, 3
	impactShift             = 0.05
	// nearlyFull is the share from which the static rule is critical.
	nearlyFull = 0.98
	// fullFor is how long a share must have been above Config.FullShare: a heap may touch it between collections.
	fullFor = time.Minute
	// news is by how much a share must be above what is usual for the signal to be news.
	news = 0.01
)

// full tells whether the share alone is a cause: at least the given one, and above what the signal is known to do. A disk
// that has stood at 97 % for weeks is no news, nor is one that touches that every night and comes down again.
func full(f exhaustion.Forecast, share float64) bool {
	return f.Used >= min(1, max(share, f.Usual+news)) && f.Usual < 1
}

// cause returns what the newest forecast gives cause for. A prediction that is still being learned gives none; the share
// alone may.
func (s *tracked) cause(c *Config) verdict {
	v := s.grade(c)
	if v.severity == finding.Critical && s.rule.Impact < someImpact {
		v.severity = finding.Warning
	}
	return v
}

func (s *tracked) grade(c *Config) verdict {
	if s.certain() {
		return s.gradeExpiry()
	}
	f, sure := &s.last, c.sure(s.rule)
	soon := !f.Learning && f.Probability(criticalSlack+s.rule.TimeToFix) >= sure
	if s.rule.Kind == signal.Leak {
		return s.gradeLeak(soon)
	}
	if s.rule.Near && (f.Within[0] < sure || f.Usual > 0 && f.Used < (1+f.Usual)/2) {
		// Of what grows from afar a near rule says nothing, nor of what has not used up half of what is usually left, such as a
		// release's start: a leak's rule reads the same series, and knows what stays.
		return s.gradeShare(c)
	}
	confirm := confirmAtMost
	if f.P50 != exhaustion.Never {
		confirm = min(max(f.P50/10, confirmAtLeast), confirmAtMost)
	}
	switch {
	case soon && f.Within[0] >= sure:
		return verdict{finding.Critical, 0, false, confirm}
	case soon:
		return verdict{finding.Critical, 1, false, confirm}
	}
	if v := s.gradeShare(c); v.severity != "" {
		return v
	}
	switch {
	case !f.Learning && f.Probability(warningSlack+s.rule.TimeToFix) >= weekProbability:
		return verdict{finding.Warning, 2, false, confirm}
	case !f.Learning && f.Within[3] >= monthProbability:
		return verdict{finding.Info, 3, false, confirm}
	}
	return verdict{}
}

// gradeShare grades the share in use alone.
func (s *tracked) gradeShare(c *Config) verdict {
	v := verdict{horizon: 1, static: true, confirm: fullFor}
	if s.last.P50 != exhaustion.Never {
		v.horizon = lingering(s.last).horizon
	}
	switch {
	case full(s.last, nearlyFull):
		v.severity = finding.Critical
	case full(s.last, c.FullShare):
		v.severity = finding.Warning
	default:
		return verdict{}
	}
	return v
}

// gradeLeak grades what leaks, which is worth knowing whenever it ends. What may yet be a cache on the way to its bound, or
// the load of a week, calls nobody, unless they were called before.
func (s *tracked) gradeLeak(soon bool) verdict {
	last := len(s.last.Within) - 1
	switch {
	case !s.leak.Leaking:
		return verdict{}
	case !s.leak.Sure && s.Episode.Severity.Rank() < finding.Warning.Rank():
		return verdict{severity: finding.Info, horizon: last}
	case s.leak.Sure && soon:
		return verdict{severity: finding.Critical, horizon: 1}
	}
	return verdict{severity: finding.Warning, horizon: last}
}

// gradeExpiry grades a date that is certain: noted a month ahead.
func (s *tracked) gradeExpiry() verdict {
	left := s.last.P50
	v := verdict{horizon: len(s.last.Within) - 1}
	for i := range s.last.Within {
		if s.last.Within[i] == 1 {
			v.horizon = i
			break
		}
	}
	switch {
	case left <= criticalSlack+s.rule.TimeToFix:
		v.severity = finding.Critical
	case left <= warningSlack+s.rule.TimeToFix:
		v.severity = finding.Warning
	case left <= exhaustion.Horizons()[3]:
		v.severity = finding.Info
	}
	return v
}

// sure is how probable a failure must be to be critical, by how much it would hurt.
func (c *Config) sure(r *signal.Rule) float64 {
	return min(max(c.OpenProbability+impactShift*float64(usualImpact-r.Impact), impactShift), 1-impactShift)
}
