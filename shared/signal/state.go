package signal

import (
	"time"

	"github.com/forewarn/forewarn/shared/entity"
	"github.com/forewarn/forewarn/shared/finding"
)

// Stage says how far a worker knows a signal.
type Stage string

// The stages of a signal.
const (
	// Learning: there is too little history for a prediction; nobody is paged by one.
	Learning Stage = "learning"
	// Ready: predictions are made.
	Ready Stage = "ready"
	// Silent: the series stopped.
	Silent Stage = "silent"
)

// Expected is between what a signal with a habit is usual, in its unit.
type Expected struct {
	Low   float64 `json:"low"`
	Usual float64 `json:"usual"`
	High  float64 `json:"high"`
}

// State is what the trend worker knows of one signal, as it answers queries on query.trend.<partition>, and the anomaly
// worker of one with a habit on query.anomaly-metrics.<partition>.
type State struct {
	// Key is <rule id>/<entity id>.
	Key string `json:"key"`
	// Rule is the rule's id.
	Rule string `json:"rule"`
	// Series is the primary input's series in Prometheus notation.
	Series string        `json:"series"`
	Kind   Kind          `json:"kind"`
	Entity entity.Entity `json:"entity"`
	// Used and Limit are in Unit; Limit is 0 where there is none.
	Unit  string  `json:"unit"`
	Used  float64 `json:"used"`
	Limit float64 `json:"limit"`
	// UpdatedAt is the time of the newest sample, Since that of the first.
	UpdatedAt time.Time `json:"updated_at"`
	Stage     Stage     `json:"stage"`
	Since     time.Time `json:"since"`
	// Warmup is how much of the needed history is there, 0 to 1.
	Warmup      float64          `json:"warmup"`
	Probability finding.Horizons `json:"probability"`
	// Rising tells that it climbs towards its limit but was seen too briefly for a date.
	Rising bool        `json:"rising,omitempty"`
	ETA    finding.ETA `json:"eta"`
	// Episode is the open episode's id, empty if there is none.
	Episode string `json:"episode,omitempty"`
	// OpenedAt is when it became unusual, nil of what is as usual or has no habit.
	OpenedAt *time.Time `json:"opened_at,omitempty"`
	// Expected is what is usual of the newest value's moment; nil while that is not known, and of what has no habit.
	Expected *Expected `json:"expected,omitempty"`
	// Sources are those that send the signal, the one in use first.
	Sources []string `json:"sources,omitempty"`
}
