package trend

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/cespare/xxhash/v2"

	"github.com/forewarn/forewarn/models/leak"
	"github.com/forewarn/forewarn/models/robust"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/signal"
	"github.com/forewarn/forewarn/shared/telemetry"
)

// releaseEpisode is one trouble of one release. It is looked at once a day; times are those of samples, Unix ms, 0 is never.
type releaseEpisode struct {
	ID       string           `json:"id"` // empty: none is open
	Severity finding.Severity `json:"severity"`
	Told     int64            `json:"told"`
	// Suspected counts the days in a row on which there was cause to open one, Calm those on which there was none to keep it.
	Suspected int `json:"suspected"`
	Calm      int `json:"calm"`
}

const (
	// confirmDays is on how many days in a row a release must leak, or not, before that is told.
	confirmDays = 2
	// leastInstances is how many instances make a release; fewer speak for themselves.
	leastInstances = 3
)

// course is what is known of a release on one day.
type course struct {
	rule         *signal.Rule
	what         signal.Release
	leak.Release // zero where no instance is known for long enough
	// running are the instances that run, before those of the version before.
	running, before []*instance
	*releaseEpisode
}

// step moves the episode on by a day.
func (c *course) step() []finding.Finding {
	severity := c.cause()
	switch {
	case c.ID == "" && severity == "":
		c.Suspected = 0
		return nil
	case c.ID == "":
		if c.Suspected++; c.Suspected < confirmDays {
			return nil
		}
		return c.tell(finding.Opened, severity)
	case len(c.running) == 0:
		return c.tell(finding.Resolved, c.Severity)
	case severity == "":
		if c.Calm++; c.Calm >= confirmDays {
			return c.tell(finding.Resolved, c.Severity)
		}
		severity = c.Severity
	default:
		c.Calm = 0
	}
	return c.tell(finding.Updated, severity)
}

// cause returns the severity of what there is cause to tell, "" for none. Growth that shows in all instances together only, and
// that no version before is known to have been without, may be that of their common load: it calls nobody.
func (c *course) cause() finding.Severity {
	switch {
	case len(c.running) < leastInstances || c.Instances < leastInstances || !c.Leaks:
		return ""
	case c.Regression || 2*c.Leaking > c.Instances:
		return finding.Warning
	}
	return finding.Info
}

// tell makes the finding and remembers what was said.
func (c *course) tell(a finding.Action, severity finding.Severity) []finding.Finding {
	at := max(c.newest(), c.Told)
	e := releaseEntity(c.what)
	key := releaseSignal(c.rule.ID, e)
	if a == finding.Opened {
		// The id is made of what a replay sees again.
		*c.releaseEpisode = releaseEpisode{ID: fmt.Sprintf("%016x-%d", xxhash.Sum64String(key), at)}
	}
	c.Severity, c.Told = severity, at
	f := finding.Finding{
		Episode: c.ID, Action: a, Time: time.UnixMilli(at).UTC(), Kind: finding.Leak, Signal: key, Series: c.series(), Entity: e,
		Severity: severity, Unit: c.rule.Unit, Title: c.title(), Message: c.explain(a), Advice: c.advice(), Evidence: c.evidence(),
	}
	if full := c.fullest(); full != nil {
		f.Used, f.Limit = full.Floor, full.Limit
	}
	if a == finding.Resolved {
		f.Outcome = &finding.Outcome{What: c.end(), Time: f.Time}
		*c.releaseEpisode = releaseEpisode{}
	}
	return []finding.Finding{f}
}

// end is what became of an episode: a release that was taken out of service was people's work.
func (c *course) end() finding.What {
	if len(c.running) == 0 {
		return finding.Prevented
	}
	return finding.Faded
}

// newest returns the time of the newest sample of the instances that run.
func (c *course) newest() (at int64) {
	for _, i := range c.running {
		at = max(at, i.At)
	}
	return at
}

// since returns when the first instance that runs was first seen with the release.
func (c *course) since() (at int64) {
	for _, i := range c.running {
		if at == 0 || i.Since < at {
			at = i.Since
		}
	}
	return at
}

// perDay returns the median growth a day of the instances that are known for long enough, and how many these are.
func perDay(all []*instance) (growth float64, n int) {
	var x []float64
	for _, i := range all {
		if i.Reason != leak.Learning {
			x = append(x, i.PerDay)
		}
	}
	if len(x) == 0 {
		return 0, 0
	}
	return robust.Median(x), len(x)
}

// fullest returns the instance that is nearest to its limit, or where none has one, the largest; nil if none runs.
func (c *course) fullest() (out *instance) {
	share := func(i *instance) float64 {
		if i.Limit > 0 {
			return i.Floor / i.Limit
		}
		return i.Floor / math.MaxFloat64
	}
	for _, i := range c.running {
		if out == nil || share(i) > share(out) {
			out = i
		}
	}
	return out
}

// left returns how long the fullest instance has at the growth of all; not ok without limit or growth.
func (c *course) left() (time.Duration, bool) {
	growth, _ := perDay(c.running)
	full := c.fullest()
	if full == nil || full.Limit == 0 || growth <= 0 {
		return 0, false
	}
	days := max(0, full.Limit-full.Floor) / growth
	return time.Duration(min(days, 365) * float64(day)), days <= 365
}

// told returns how many instances people were told of one by one.
func (c *course) told() (n int) {
	for _, i := range c.running {
		if i.Told {
			n++
		}
	}
	return n
}

// series names the release by the metric of its instances.
func (c *course) series() string {
	name := ""
	if len(c.rule.Inputs) > 0 && len(c.rule.Inputs[0].Metrics) > 0 {
		name = c.rule.Inputs[0].Metrics[0]
	}
	if len(c.running) > 0 {
		if ls, err := telemetry.ParseSeries(c.running[0].Series); err == nil {
			name = ls.Get(telemetry.MetricName)
		}
	}
	labels := []telemetry.Label{{Name: "component", Value: c.what.Component}, {Name: "version", Value: c.what.Version}}
	if name != "" {
		labels = slices.Insert(labels, 0, telemetry.Label{Name: telemetry.MetricName, Value: name})
	}
	return telemetry.NewLabels(labels...).String()
}
