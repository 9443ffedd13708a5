package checks

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
)

// TypeReport tells a report from a finding, which has no type.
const TypeReport = "checks"

// IsReport reports whether a message of the stream of findings is a report.
func IsReport(data []byte) bool {
	if !bytes.Contains(data, []byte(`"`+TypeReport+`"`)) {
		return false
	}
	var head struct {
		Type string `json:"type"`
	}
	return json.Unmarshal(data, &head) == nil && head.Type == TypeReport
}

// Encode returns r as JSON, with schema and type set.
func Encode(r *Report) ([]byte, error) {
	out := *r
	out.Schema, out.Type = SchemaVersion, TypeReport
	if err := out.Validate(); err != nil {
		return nil, err
	}
	return json.Marshal(&out)
}

// Decode reads what [Encode] wrote; the result is valid.
func Decode(data []byte) (*Report, error) {
	var r Report
	if err := json.Unmarshal(data, &r); err != nil {
		return nil, fmt.Errorf("decode checks: %w", err)
	}
	if err := r.Validate(); err != nil {
		return nil, err
	}
	return &r, nil
}

// Validate reports what makes r unusable to a reader, nil if nothing does.
func (r *Report) Validate() error {
	switch {
	case r.Schema < 1 || r.Schema > SchemaVersion:
		return fmt.Errorf("checks of schema %d are not known; this release reads up to %d", r.Schema, SchemaVersion)
	case r.Type != TypeReport:
		return fmt.Errorf("message of type %q holds no checks", r.Type)
	case r.ID == "" || r.Transaction == "" || r.At.IsZero() || r.From.After(r.At):
		return errors.New("checks lack id, transaction or time")
	case len(r.ID) > maxText || len(r.Transaction) > maxText || len(r.Title.En) > maxText || len(r.Title.Zh) > maxText:
		return fmt.Errorf("checks %.80s: id, transaction or title is longer than %d bytes", r.ID, maxText)
	case len(r.Checks) != len(Names()):
		return fmt.Errorf("checks %s: there are %d, not %d", r.ID, len(r.Checks), len(Names()))
	}
	for i, name := range Names() {
		if r.Checks[i].Name != name {
			return fmt.Errorf("checks %s: number %d is %q, not %q", r.ID, i+1, r.Checks[i].Name, name)
		}
		if err := r.Checks[i].validate(); err != nil {
			return fmt.Errorf("checks %s: %s: %w", r.ID, name, err)
		}
	}
	return nil
}

func (c *Check) validate() error {
	if !c.Verdict.valid() {
		return fmt.Errorf("unknown verdict %q", c.Verdict)
	}
	if len(c.Looked) > MaxLooks || len(c.Missing) > MaxMissing {
		return fmt.Errorf("%d things looked at and %d missing are more than %d and %d", len(c.Looked), len(c.Missing), MaxLooks, MaxMissing)
	}
	texts := []string{c.Says.En, c.Says.Zh}
	for _, m := range c.Missing {
		texts = append(texts, m.En, m.Zh)
	}
	for i := range c.Looked {
		l := &c.Looked[i]
		if !l.Verdict.valid() {
			return fmt.Errorf("unknown verdict %q of %.80q", l.Verdict, l.Name)
		}
		for _, v := range []float64{l.Now, l.Usual, l.Most} {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				return fmt.Errorf("a value of %.80q is no number", l.Name)
			}
		}
		texts = append(texts, l.Name, l.Entity, l.Unit, l.Line, l.Text.En, l.Text.Zh)
	}
	for _, t := range texts {
		if len(t) > maxText {
			return fmt.Errorf("a text of %d bytes is longer than %d", len(t), maxText)
		}
	}
	return nil
}

func (v Verdict) valid() bool { return v == Found || v == Clear || v == Unknown }
