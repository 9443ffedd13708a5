// Package finding defines what workers publish: predictions and anomalies with their evidence.
//
// A worker owns its episodes: it opens, updates and resolves them, hysteresis included. The notifier
// turns episodes into incidents, which people work on. Findings travel as JSON with a schema version.
package finding

import (
	"encoding/json"
	"fmt"
	"math"
	"time"

	"github.com/forewarn/forewarn/shared/entity"
	"github.com/forewarn/forewarn/shared/i18n"
)

// SchemaVersion is the version of the JSON form; a reader refuses newer ones.
const SchemaVersion = 1

// Action says what a finding does to its episode.
type Action string

// The actions, in the order in which an episode sees them.
const (
	Opened   Action = "opened"
	Updated  Action = "updated"
	Resolved Action = "resolved"
)

// Kind is the kind of trouble.
type Kind string

// The kinds of trouble that workers report.
const (
	Exhaustion Kind = "exhaustion"
	Leak       Kind = "leak"
	Anomaly    Kind = "anomaly"
	Silence    Kind = "silence"
	Log        Kind = "log"
	Expiry     Kind = "expiry"
)

// Severity orders findings by how soon and how surely somebody must act.
type Severity string

// The severities, least first. People are shown warning and up by default.
const (
	Info     Severity = "info"
	Warning  Severity = "warning"
	Critical Severity = "critical"
)

// Rank returns 1 for info, 2 for warning, 3 for critical and 0 for anything else.
func (s Severity) Rank() int {
	switch s {
	case Info:
		return 1
	case Warning:
		return 2
	case Critical:
		return 3
	}
	return 0
}

// Name returns how people call s.
func (s Severity) Name() i18n.Text {
	switch s {
	case Warning:
		return i18n.Text{En: "warning", Zh: "警告"}
	case Critical:
		return i18n.Text{En: "critical", Zh: "严重"}
	}
	return i18n.Text{En: "info", Zh: "提示"}
}

// ETA holds quantiles of the time at which the limit is reached; nil where a quantile lies beyond 180 days.
type ETA struct {
	P10 *time.Time `json:"p10"`
	P50 *time.Time `json:"p50"`
	P90 *time.Time `json:"p90"`
}

// Horizons gives the probability that the limit is reached within each horizon, 0 to 1.
type Horizons struct {
	H4  float64 `json:"4h"`
	H24 float64 `json:"24h"`
	D7  float64 `json:"7d"`
	D30 float64 `json:"30d"`
}

// Evidence is one reason: words for people, and the number behind them.
type Evidence struct {
	// Name is a stable key from a closed set, such as "slope_per_day".
	Name  string    `json:"name"`
	Value float64   `json:"value"`
	Unit  string    `json:"unit,omitempty"`
	Text  i18n.Text `json:"text"`
}

// Finding is one statement of a worker about one signal at one time.
type Finding struct {
	Schema int `json:"schema"`
	// ID is unique and the same on replay: <service>:<partition>:<input sequence>:<n>.
	ID string `json:"id"`
	// Episode is the same from the opened to the resolved finding of one trouble.
	Episode string    `json:"episode"`
	Action  Action    `json:"action"`
	Time    time.Time `json:"time"`
	Kind    Kind      `json:"kind"`
	// Resource is what a finding of kind [Log] is about, "" of other kinds. Writers before it was known leave it out, readers
	// before it was known pass over it, so that it needs no new schema.
	Resource Resource `json:"resource,omitempty"`
	// Signal is the signal's key in the catalogue's terms: <rule>/<entity id>.
	Signal string `json:"signal"`
	// Group is the Signal of findings about the release that the entity is an instance of, empty if none is known. While those
	// have an open incident, it stands for this finding, too, unless this one is critical.
	Group string `json:"group,omitempty"`
	// Series is the use series in Prometheus notation.
	Series   string        `json:"series"`
	Entity   entity.Entity `json:"entity"`
	Severity Severity      `json:"severity"`
	// Probability is that of reaching the limit within the horizon that set the severity, 0 to 1.
	Probability float64  `json:"probability"`
	Horizons    Horizons `json:"horizons"`
	ETA         ETA      `json:"eta"`
	// Calibration is the version of the table that probabilities and dates were corrected by; 0: they were not.
	Calibration uint64 `json:"calibration,omitempty"`
	// Outcome is what became of the episode: of its resolved finding, and of the one that says that the limit was reached.
	Outcome *Outcome `json:"outcome,omitempty"`
	// Used and Limit are in Unit; Limit is 0 where there is none.
	Used  float64 `json:"used"`
	Limit float64 `json:"limit"`
	Unit  string  `json:"unit"`
	// Title names the trouble in a few words, Message says what, when and how sure in one sentence.
	Title    i18n.Text  `json:"title"`
	Message  i18n.Text  `json:"message"`
	Advice   i18n.Text  `json:"advice"`
	Evidence []Evidence `json:"evidence,omitempty"`
}

// Validate reports what makes f unusable to a reader, nil if nothing does.
func (f *Finding) Validate() error {
	switch {
	case f.Schema < 1 || f.Schema > SchemaVersion:
		return fmt.Errorf("finding schema %d is not known; this release reads up to %d", f.Schema, SchemaVersion)
	case f.ID == "" || f.Episode == "" || f.Signal == "":
		return fmt.Errorf("finding lacks id, episode or signal")
	case f.Action != Opened && f.Action != Updated && f.Action != Resolved:
		return fmt.Errorf("finding %s: unknown action %q", f.ID, f.Action)
	case f.Severity.Rank() == 0:
		return fmt.Errorf("finding %s: unknown severity %q", f.ID, f.Severity)
	case f.Time.IsZero():
		return fmt.Errorf("finding %s has no time", f.ID)
	case math.IsNaN(f.Probability) || f.Probability < 0 || f.Probability > 1:
		return fmt.Errorf("finding %s: probability %v is outside 0 to 1", f.ID, f.Probability)
	}
	if f.Outcome != nil {
		if err := f.Outcome.validate(); err != nil {
			return fmt.Errorf("finding %s: %w", f.ID, err)
		}
	}
	return nil
}

// Encode returns f as JSON, with the schema version set.
func Encode(f *Finding) ([]byte, error) {
	g := *f
	g.Schema = SchemaVersion
	if err := g.Validate(); err != nil {
		return nil, err
	}
	return json.Marshal(&g)
}

// Decode reads what [Encode] wrote; the result is valid.
func Decode(data []byte) (*Finding, error) {
	var f Finding
	if err := json.Unmarshal(data, &f); err != nil {
		return nil, fmt.Errorf("decode finding: %w", err)
	}
	if err := f.Validate(); err != nil {
		return nil, err
	}
	return &f, nil
}
