package life

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/forewarn/forewarn/shared/entity"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/i18n"
	"github.com/forewarn/forewarn/shared/incident"
)

// Bounds on what an incident takes over from a finding, so that one with hostile labels still fits the bus
// and a phone: 200 changes of 500 bytes per language and the rest stay below 512 KiB.
const (
	maxTitle    = 200 // bytes
	maxSentence = 500
	maxAdvice   = 2000
	maxEvidence = 20
	maxLabels   = 32
	maxName     = 1000
)

// describe takes over what f says about the fault. A resolved finding may leave words out; then the old ones stay.
func describe(next *incident.Incident, f *finding.Finding) {
	next.Kind, next.Signal, next.Series = f.Kind, f.Signal, short(f.Series, maxName)
	next.Entity = boundedEntity(f.Entity)
	if f.Resource != "" || f.Kind != finding.Log {
		next.Resource = finding.Resource(short(string(f.Resource), maxTitle))
	}
	next.Probability, next.Horizons, next.ETA = f.Probability, f.Horizons, f.ETA
	next.Used, next.Limit, next.Unit = f.Used, f.Limit, short(f.Unit, maxTitle)
	take(&next.Title, f.Title, maxTitle)
	take(&next.Message, f.Message, maxSentence)
	take(&next.Advice, f.Advice, maxAdvice)
}

func take(to *i18n.Text, from i18n.Text, limit int) {
	if from.En != "" || from.Zh != "" {
		*to = clip(from, limit)
	}
}

func boundedEvidence(in []finding.Evidence) []finding.Evidence {
	out := slices.Clone(in[:min(len(in), maxEvidence)])
	for k := range out {
		out[k].Name, out[k].Unit = short(out[k].Name, maxTitle), short(out[k].Unit, maxTitle)
		out[k].Text = clip(out[k].Text, maxSentence)
	}
	return out
}

func boundedEntity(e entity.Entity) entity.Entity {
	e.ID, e.Root, e.Name = short(e.ID, maxName), short(e.Root, maxName), short(e.Name, maxTitle)
	keys := make([]string, 0, len(e.Labels))
	for k := range e.Labels {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	labels := make(map[string]string, min(len(keys), maxLabels))
	for _, k := range keys[:min(len(keys), maxLabels)] {
		labels[short(k, maxTitle)] = short(e.Labels[k], maxSentence)
	}
	if e.Labels != nil {
		e.Labels = labels
	}
	return e
}

func clip(t i18n.Text, limit int) i18n.Text {
	return i18n.Text{En: short(t.En, limit), Zh: short(t.Zh, limit)}
}

// short cuts s to at most limit bytes, at a whole character, with valid text and no control characters but the ends of
// lines: JSON would write each of them in six bytes.
func short(s string, limit int) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "?")) // one byte or more become one: it never grows
	if len(s) <= limit {
		return s
	}
	cut := limit - len("…")
	for cut > 0 && !utf8.RuneStart(s[cut]) {
		cut--
	}
	return s[:cut] + "…"
}
