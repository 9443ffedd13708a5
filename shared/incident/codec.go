package incident

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/forewarn/forewarn/shared/finding"
)

// Validate reports what makes i unusable to a reader, nil if nothing does.
func (i *Incident) Validate() error {
	switch {
	case i.Schema < 1 || i.Schema > SchemaVersion:
		return fmt.Errorf("incident schema %d is not known; this release reads up to %d", i.Schema, SchemaVersion)
	case !ValidID(i.ID):
		return fmt.Errorf("incident id %q is not valid", i.ID)
	case i.State != Open && i.State != Resolved:
		return fmt.Errorf("incident %s: unknown state %q", i.ID, i.State)
	case i.Version < 1:
		return fmt.Errorf("incident %s: version %d is below 1", i.ID, i.Version)
	case i.Severity.Rank() == 0 || i.Worst.Rank() == 0:
		return fmt.Errorf("incident %s: unknown severity %q or %q", i.ID, i.Severity, i.Worst)
	case len(i.Marks) != len(i.Episodes):
		return fmt.Errorf("incident %s has %d marks for %d episodes", i.ID, len(i.Marks), len(i.Episodes))
	}
	return nil
}

// Encode returns i as JSON, with the schema version set.
func Encode(i *Incident) ([]byte, error) {
	j := *i
	j.Schema = SchemaVersion
	if err := j.Validate(); err != nil {
		return nil, err
	}
	return marshal(&j)
}

// marshal returns v as JSON for programs: what HTML would escape takes one byte, not six.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// fitted returns i as JSON of at most maxSize bytes if leaving out the oldest lines of its timeline achieves that; the
// stream INC has them.
func fitted(i *Incident) ([]byte, error) {
	j := *i
	for {
		data, err := Encode(&j)
		if err != nil || len(data) <= maxSize || len(j.Timeline) == 0 {
			return data, err
		}
		j.Timeline = j.Timeline[(len(j.Timeline)+7)/8:]
	}
}

// Decode reads what [Encode] wrote; the result is valid. Its Revision is 0.
func Decode(data []byte) (*Incident, error) {
	var i Incident
	if err := json.Unmarshal(data, &i); err != nil {
		return nil, fmt.Errorf("decode incident: %w", err)
	}
	if err := i.Validate(); err != nil {
		return nil, err
	}
	return &i, nil
}

// NewEvent returns the event of the change that made i what it is.
func NewEvent(i *Incident, c Change) *Event {
	e := &Event{Schema: SchemaVersion, ID: ChangeID(i.ID, i.Version), Change: c, Incident: i.Brief()}
	e.Incident.Schema = SchemaVersion
	return e
}

// Brief returns i without its timeline and without what each of its episodes is about, which is most of its bytes.
func (i *Incident) Brief() Incident {
	j := *i
	j.Timeline, j.Marks = nil, slices.Clone(i.Marks)
	for k := range j.Marks {
		j.Marks[k].Fault, j.Marks[k].Trouble = i.FaultOf(k), nil
	}
	return j
}

// ChangeID names one change of one incident: <incident>.<version>.
func ChangeID(id string, version int) string { return fmt.Sprintf("%s.%d", id, version) }

// EncodeEvent returns e as JSON.
func EncodeEvent(e *Event) ([]byte, error) {
	if err := e.Validate(); err != nil {
		return nil, err
	}
	return marshal(e)
}

// DecodeEvent reads what [EncodeEvent] wrote; the result is valid.
func DecodeEvent(data []byte) (*Event, error) {
	var e Event
	if err := json.Unmarshal(data, &e); err != nil {
		return nil, fmt.Errorf("decode incident event: %w", err)
	}
	if err := e.Validate(); err != nil {
		return nil, err
	}
	return &e, nil
}

// Validate reports what makes e unusable to a reader, nil if nothing does.
func (e *Event) Validate() error {
	if e.Schema < 1 || e.Schema > SchemaVersion {
		return fmt.Errorf("incident event schema %d is not known; this release reads up to %d", e.Schema, SchemaVersion)
	}
	if err := e.Incident.Validate(); err != nil {
		return err
	}
	if want := ChangeID(e.Incident.ID, e.Incident.Version); e.ID != want {
		return fmt.Errorf("incident event id %q is not %q", e.ID, want)
	}
	switch e.Change.Action {
	case finding.Opened, finding.Updated, finding.Resolved, Remind:
		return nil
	}
	if slices.Contains(Actions(), e.Change.Action) {
		return nil
	}
	return fmt.Errorf("incident event %s: unknown action %q", e.ID, e.Change.Action)
}
