package anomaly

import (
	"math"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/cespare/xxhash/v2"
	"github.com/prometheus/prometheus/template"

	"github.com/forewarn/forewarn/services/anomaly/internal/alert"
	"github.com/forewarn/forewarn/services/anomaly/internal/rule"
	"github.com/forewarn/forewarn/shared/entity"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/signal"
	"github.com/forewarn/forewarn/shared/telemetry"
)

// teller makes findings of what happens to alerts.
type teller struct {
	cat    *signal.Catalogue
	query  template.QueryFunc // answers templates
	failed *uint64            // templates that did
}

// results returns what an evaluation found, with how bad each is.
func (t *teller) results(x *rule.Rule, at time.Time, found *telemetry.Batch) []alert.Result {
	out := make([]alert.Result, 0, len(found.Series))
	for i := range found.Series {
		ts := &found.Series[i]
		if len(ts.Samples) == 0 {
			continue
		}
		r := alert.Result{Labels: ts.Labels.With(telemetry.MetricName, ""), Metric: ts.Labels.Get(telemetry.MetricName), Value: ts.Samples[0].Value}
		label, err := x.Expand(x.Labels["severity"], seen(&r), r.Value, at, t.query)
		if err != nil {
			*t.failed++
		}
		r.Severity = rule.Severity(label)
		out = append(out, r)
	}
	return out
}

// tell returns a finding for each change.
func (t *teller) tell(changes []alert.Change) []finding.Finding {
	out := make([]finding.Finding, 0, len(changes))
	for i := range changes {
		out = append(out, t.finding(&changes[i]))
	}
	return out
}

func (t *teller) finding(c *alert.Change) finding.Finding {
	if c.Action == finding.Opened {
		t.open(c)
	}
	if c.Action != finding.Resolved {
		c.Title = t.title(c)
	}
	f := finding.Finding{
		Schema: finding.SchemaVersion, Episode: c.Episode, Action: c.Action, Time: c.At.UTC(), Kind: finding.Anomaly,
		Signal: c.Signal, Series: c.Series, Entity: c.Entity, Severity: c.Severity, Title: c.Title,
	}
	if c.Rule != nil && c.Rule.Absence {
		f.Kind = finding.Silence
	}
	if c.Action == finding.Resolved {
		f.Message = over(c)
		return f
	}
	f.Used = finite(c.Result.Value)
	if c.Rule.Comparison != "" {
		f.Limit = finite(c.Rule.Threshold)
	}
	f.Message, f.Advice, f.Evidence = t.message(c), t.advice(c), proof(c)
	return f
}

// open decides what an alert is told under.
func (t *teller) open(c *alert.Change) {
	all := t.labelsOf(c.Rule, &c.Result, c.At)
	labels := make([]telemetry.Label, 0, len(all))
	for name, value := range all {
		labels = append(labels, telemetry.Label{Name: name, Value: value})
	}
	c.Entity = t.entity(c.Rule, telemetry.NewLabels(labels...))
	hash := xxhash.Sum64String(c.Rule.Key + "\xff" + strconv.FormatUint(c.Labels.Fingerprint(), 16))
	c.Signal = "rule-" + slug(c.Rule.Name) + "/" + c.Entity.ID + ":" + strconv.FormatUint(hash, 16)
	c.Series = c.Labels.With(telemetry.MetricName, c.Result.Metric).String()
}

// entity returns what the labels name: as the catalogue reads a metric of the rule with them, else the host or pod, else what
// they call a job, a service or a namespace, else the rule itself.
func (t *teller) entity(x *rule.Rule, ls telemetry.Labels) entity.Entity {
	for _, s := range x.Selectors {
		if bound := t.cat.Bind(ls.With(telemetry.MetricName, s.Metric)); len(bound) > 0 {
			return bound[0].Entity
		}
	}
	if e, ok := t.cat.Place(ls); ok {
		return e
	}
	name, by := x.Name, "alertname"
	for _, label := range [...]string{"service", "app", "job", "namespace", "cluster"} {
		if v := ls.Get(label); v != "" {
			name, by = v, label
			break
		}
	}
	e := entity.Outermost(entity.App, "", name)
	e.Labels = map[string]string{by: entity.Shown(name)}
	return e
}

// maxSlug bounds the bytes of a rule's name in the key of a signal, which also has a hash of all of it.
const maxSlug = 80

// slug makes a name part of a key: letters, digits, '-', '_' and '.'.
func slug(name string) string {
	s := strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || r == '_' || r == '.' {
			return r
		}
		return '-'
	}, strings.ToValidUTF8(name, "-"))
	for i := range s {
		if i > maxSlug {
			return s[:i]
		}
	}
	return s
}

// finite makes a number fit for JSON.
func finite(v float64) float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return 0
	}
	return v
}

// figure writes a value for people.
func figure(v float64) string {
	if v == math.Trunc(v) && math.Abs(v) < 1e15 {
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	return strconv.FormatFloat(v, 'g', 4, 64)
}
