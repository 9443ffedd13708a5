package backtest

import (
	"encoding/json"
	"io"
	"time"

	"github.com/forewarn/forewarn/shared/finding"
)

// jsonl writes one JSON object a line.
type jsonl struct{ enc *json.Encoder }

func newJSONL(out io.Writer) jsonl {
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	return jsonl{enc}
}

type findingLine struct {
	Type        string           `json:"type"`
	Action      finding.Action   `json:"action"`
	Episode     string           `json:"episode"`
	Time        time.Time        `json:"time"`
	Kind        finding.Kind     `json:"kind"`
	Signal      string           `json:"signal"`
	Series      string           `json:"series"`
	Severity    finding.Severity `json:"severity"`
	Probability float64          `json:"probability"`
	ETA         finding.ETA      `json:"eta"`
	Message     string           `json:"message"`
}

type forecastLine struct {
	Type        string           `json:"type"`
	Time        time.Time        `json:"time"`
	Signal      string           `json:"signal"`
	Series      string           `json:"series"`
	Used        *float64         `json:"used"` // share of the limit, null where there is none
	Limit       float64          `json:"limit"`
	Probability finding.Horizons `json:"probability"`
	ETA         finding.ETA      `json:"eta"`
}

func (j jsonl) say(s *statement) error {
	if f := s.finding; f != nil {
		return j.enc.Encode(findingLine{"finding", f.Action, f.Episode, f.Time, f.Kind, f.Signal, f.Series, f.Severity, f.Probability, f.ETA, f.Message.En})
	}
	f := s.forecast
	var used *float64
	if f.Limit > 0 {
		share := f.Used / f.Limit
		used = &share
	}
	return j.enc.Encode(forecastLine{"forecast", f.UpdatedAt, f.Key, f.Series, used, f.Limit, f.Probability, f.ETA})
}

func (j jsonl) sum(s *Summary) error {
	return j.enc.Encode(struct {
		Type string `json:"type"`
		*Summary
	}{"summary", s})
}
