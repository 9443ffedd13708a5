// Package outcome is how services tell each other what became of predictions.
//
// A worker watches what it foretold and publishes a [Summary] now and then, among its findings. The notifier adds them
// up, answers with a [Scorecard], and sends back a [Calibration]: how far the next predictions are to be believed.
//
// Ledgers and tables are those of models/calibration, as JSON: this package carries them and does not look inside.
package outcome

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"
)

// SchemaVersion is the version of the JSON forms; a reader refuses newer ones.
const SchemaVersion = 1

// typeSummary tells a summary from a finding, which has no type.
const typeSummary = "outcomes"

// Summary is what became of a worker's predictions since the one before. Summaries add up in any order.
type Summary struct {
	Schema int    `json:"schema"`
	Type   string `json:"type"`
	// ID is unique and the same on replay: <service>:<partition>:<input sequence>:<n>.
	ID string `json:"id"`
	// Source is <service>:<partition>; Seq the input sequence of the ID.
	Source string `json:"source"`
	Seq    uint64 `json:"seq"`
	// Until is when it was made, by the clock of the bus.
	Until time.Time `json:"until"`
	// Basis identifies the models that predicted; Calibration is the version of the table in force.
	Basis       string `json:"basis"`
	Calibration uint64 `json:"calibration"`
	// Raw and Told are ledgers: of the predictions as the models made them, and as they were told.
	Raw  json.RawMessage `json:"raw"`
	Told json.RawMessage `json:"told"`
	// Episodes count the episodes that were opened by a prediction, by kind, and have ended.
	Episodes []Episodes `json:"episodes,omitempty"`
}

// Episodes counts what became of those of one kind.
type Episodes struct {
	Kind      string `json:"kind"`
	Reached   uint64 `json:"reached"`
	Prevented uint64 `json:"prevented"`
	Enlarged  uint64 `json:"enlarged"`
	Faded     uint64 `json:"faded"`
	Unknown   uint64 `json:"unknown"`
	// LeadSeconds are how long before the limit was reached those that Reached it were opened.
	LeadSeconds []int64 `json:"lead_seconds,omitempty"`
}

// Add counts what another has counted too.
func (e *Episodes) Add(o *Episodes) {
	e.Reached += o.Reached
	e.Prevented += o.Prevented
	e.Enlarged += o.Enlarged
	e.Faded += o.Faded
	e.Unknown += o.Unknown
	e.LeadSeconds = append(e.LeadSeconds, o.LeadSeconds...)
}

// IsSummary reports whether a message of the stream of findings is a summary.
func IsSummary(data []byte) bool {
	if !bytes.Contains(data, []byte(`"`+typeSummary+`"`)) {
		return false
	}
	var head struct {
		Type string `json:"type"`
	}
	return json.Unmarshal(data, &head) == nil && head.Type == typeSummary
}

// Encode returns s as JSON, with schema and type set.
func Encode(s *Summary) ([]byte, error) {
	out := *s
	out.Schema, out.Type = SchemaVersion, typeSummary
	if err := out.validate(); err != nil {
		return nil, err
	}
	return json.Marshal(&out)
}

// Decode reads what [Encode] wrote. Its ledgers have not been looked at.
func Decode(data []byte) (*Summary, error) {
	var s Summary
	if err := json.Unmarshal(data, &s); err != nil {
		return nil, fmt.Errorf("decode outcomes: %w", err)
	}
	return &s, s.validate()
}

func (s *Summary) validate() error {
	switch {
	case s.Schema < 1 || s.Schema > SchemaVersion:
		return fmt.Errorf("outcomes of schema %d are not known; this release reads up to %d", s.Schema, SchemaVersion)
	case s.Type != typeSummary:
		return fmt.Errorf("message of type %q is no summary of outcomes", s.Type)
	case s.ID == "" || s.Source == "" || s.Basis == "" || s.Until.IsZero():
		return fmt.Errorf("outcomes %q lack id, source, basis or time", s.ID)
	}
	return nil
}

// Calibration is a table on its way to the workers, through the streams that they read.
type Calibration struct {
	Schema int `json:"schema"`
	// Basis identifies the models whose outcomes it was fitted to; for others it does not hold.
	Basis string          `json:"basis"`
	Table json.RawMessage `json:"table"`
}

// DecodeCalibration reads a table. The table itself has not been looked at.
func DecodeCalibration(data []byte) (*Calibration, error) {
	var c Calibration
	if err := json.Unmarshal(data, &c); err != nil {
		return nil, fmt.Errorf("decode calibration: %w", err)
	}
	if c.Schema < 1 || c.Schema > SchemaVersion {
		return nil, fmt.Errorf("calibration of schema %d is not known; this release reads up to %d", c.Schema, SchemaVersion)
	}
	return &c, nil
}
