package selector

import (
	"strings"

	"github.com/forewarn/forewarn/shared/entity"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/incident"
)

// The fields of an incident that are no labels of its entity. A label of such a name is reached as label.<name>.
const (
	Severity = "severity" // info, warning, critical
	Kind     = "kind"     // of trouble, such as silence
	Type     = "type"     // of the entity, such as host
	Name     = "name"     // of the entity, as people call it
	ID       = "id"       // of the entity
	Root     = "root"     // of the outermost entity, such as host:erp-01
	Signal   = "signal"   // <rule>/<entity>
	Rule     = "rule"     // what the signal begins with: a rule of the catalogue, or rule-<name of an alerting rule>
	Resource = "resource" // of a message of a log
	label    = "label."
)

// closed returns the values that a field may have, if these are known.
func closed(field string) (values map[string]bool, known bool) {
	words := wordsOf(field)
	values = make(map[string]bool, len(words))
	for _, w := range words {
		values[w] = true
	}
	return values, words != nil
}

// wordsOf lists the values of a field that has but a few.
func wordsOf(field string) []string {
	switch field {
	case Severity:
		return []string{string(finding.Info), string(finding.Warning), string(finding.Critical)}
	case Kind:
		return []string{
			string(finding.Exhaustion), string(finding.Leak), string(finding.Anomaly), string(finding.Silence), string(finding.Log), string(finding.Expiry),
		}
	}
	return nil
}

// Incident makes an incident the subject of selectors, by what it is about.
type Incident struct{ *incident.Incident }

var _ Subject = Incident{}

// Field returns a field of the incident, or a label of its entity.
func (i Incident) Field(name string) string {
	if name == Severity {
		return string(i.Severity)
	}
	return about(name, &incident.Trouble{Kind: i.Kind, Resource: i.Resource, Signal: i.Signal, Entity: i.Entity})
}

// Thing makes an entity, as one of its signals shows it, the subject of selectors: whatever happens to it. It has no severity, kind
// and resource.
type Thing struct {
	*entity.Entity
	Signal string
}

var _ Subject = Thing{}

// Field returns a field of the thing, or a label of it.
func (t Thing) Field(name string) string {
	if !OfThings(name) {
		return ""
	}
	return about(name, &incident.Trouble{Signal: t.Signal, Entity: *t.Entity})
}

// OfThings reports whether a field may differ between things, and is not one of what happens to them.
func OfThings(field string) bool { return field != Severity && field != Kind && field != Resource }

// Trouble makes one of the troubles of an incident the subject of selectors. Its labels are not kept.
type Trouble struct {
	*incident.Trouble
	Severity finding.Severity
}

var _ Subject = Trouble{}

// Field returns a field of the trouble.
func (t Trouble) Field(name string) string {
	if name == Severity {
		return string(t.Severity)
	}
	return about(name, t.Trouble)
}

func about(name string, t *incident.Trouble) string {
	switch name {
	case Kind:
		return string(t.Kind)
	case Type:
		return string(t.Entity.Type)
	case Name:
		return t.Entity.Name
	case ID:
		return t.Entity.ID
	case Root:
		return root(t.Entity)
	case Signal:
		return t.Signal
	case Rule:
		rule, _, _ := strings.Cut(t.Signal, "/")
		return rule
	case Resource:
		return string(t.Resource)
	}
	return t.Entity.Labels[strings.TrimPrefix(name, label)]
}

// root is the outermost entity, of what names none its own.
func root(e entity.Entity) string {
	if e.Root != "" {
		return e.Root
	}
	return e.ID
}
