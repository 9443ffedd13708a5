package scenario

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// Kind is what a series is about, in the words of the truth files.
type Kind string

// The kinds.
const (
	Exhaustion Kind = "exhaustion" // disks, inodes, connections: sampled every 5 minutes
	Leak       Kind = "leak"       // memory: sampled every minute
)

// Truth is what really happened to a series. Times are Unix seconds.
type Truth struct {
	// Series is the use series, Limit the one that bounds it, both in Prometheus notation.
	Series string `json:"series"`
	Limit  string `json:"limit"`
	Kind   Kind   `json:"kind"`
	Family string `json:"family"`
	// Leaks is true if memory leaks, whether or not it ran out.
	Leaks bool `json:"leaks,omitempty"`
	// Start and End are the times of the first and the last sample.
	Start int64 `json:"start"`
	End   int64 `json:"end"`
	// Onset is when the trouble began that led to the failure, or would have; nil where there was none.
	Onset *int64 `json:"onset"`
	// Failure is when the limit was reached; nil if it never was.
	Failure *int64 `json:"failure"`
}

// CountsFree tells whether the use series counts what is left instead of what is used.
func (t *Truth) CountsFree() bool {
	name, _, _ := strings.Cut(t.Series, "{")
	return strings.Contains(name, "_avail") || strings.Contains(name, "_free")
}

// Avoided tells whether trouble was under way that people ended in time: a warning is right there.
func (t *Truth) Avoided() bool {
	return t.Failure == nil && (t.Leaks || t.Family == "cleaned-in-time" || t.Family == "resized")
}

// Rising tells whether the series grows towards its limit and the data end first: neither a warning nor its absence
// can be judged.
func (t *Truth) Rising() bool {
	if t.Failure != nil || t.Avoided() {
		return false
	}
	for _, end := range [...]string{"-fill", "-rising", "accelerating", "batch-steps", "runaway"} {
		if strings.HasSuffix(t.Family, end) {
			return true
		}
	}
	return false
}

// WriteTruth writes the truths as one indented JSON list.
func WriteTruth(w io.Writer, series []*Series) error {
	list := make([]*Truth, len(series))
	for i, s := range series {
		list[i] = &s.Truth
	}
	enc := json.NewEncoder(w)
	enc.SetIndent("", " ")
	if err := enc.Encode(list); err != nil {
		return fmt.Errorf("write truth: %w", err)
	}
	return nil
}

// ReadTruth reads what [WriteTruth] wrote. It refuses truths without series, or that end before they start.
func ReadTruth(r io.Reader) ([]Truth, error) {
	var list []Truth
	if err := json.NewDecoder(r).Decode(&list); err != nil {
		return nil, fmt.Errorf("read truth: %w", err)
	}
	for i := range list {
		if t := &list[i]; t.Series == "" || t.End < t.Start {
			return nil, fmt.Errorf("read truth: entry %d (%q) has no series, or ends before it starts", i, t.Series)
		}
	}
	return list, nil
}
