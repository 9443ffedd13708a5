package chaos

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

// Result is what came of a run. Counts of what was lost, missing, doubled or other than undisturbed are 0 if all is well, but
// for BatchesDoubled, LinesDoubled and NotificationsDoubled, which the design allows and readers can tell.
type Result struct {
	Seed  uint64        `json:"seed"`
	Nodes int           `json:"nodes"`
	Lease time.Duration `json:"lease_ns"`
	Took  time.Duration `json:"took_ns"`
	// Faults are counted by what was done to whom.
	Faults map[string]int `json:"faults"`

	Acknowledged   int `json:"batches_acknowledged"`
	BatchesLost    int `json:"batches_lost"` // or in another order
	BatchesDoubled int `json:"batches_doubled"`
	Samples        int `json:"samples"`
	SamplesLost    int `json:"samples_lost"` // that the history lacks
	Lines          int `json:"lines"`
	LinesLost      int `json:"lines_lost"`
	LinesDoubled   int `json:"lines_doubled"`

	StatesEqual     int `json:"states_equal"`
	StatesOther     int `json:"states_other"`
	Findings        int `json:"findings"`
	FindingsMissing int `json:"findings_missing"`
	FindingsDoubled int `json:"findings_doubled"`
	FindingsOther   int `json:"findings_other"`

	Incidents            int `json:"incident_changes"`
	IncidentsOther       int `json:"incidents_other"`
	Notifications        int `json:"notifications"`
	NotificationsLost    int `json:"notifications_lost"`
	NotificationsDoubled int `json:"notifications_doubled"`

	// Takeovers are the times from kill -9 of a worker to the first finding of another one for its partitions, LastPartition
	// until that for the last of them.
	Takeovers     []time.Duration `json:"takeovers_ns"`
	LastPartition []time.Duration `json:"takeovers_last_ns"`
	// Alone says which processes have ended by themselves, and how.
	Alone []string `json:"ended_alone,omitempty"`

	differences differences
}

// Differences returns what is other than it should be, for people; nothing if all is well.
func (r *Result) Differences() []string { return r.differences.texts }

// count returns the number of faults.
func (r *Result) count(what string) (n int) {
	for key, k := range r.Faults {
		if strings.HasPrefix(key, what) {
			n += k
		}
	}
	return n
}

// Write writes the result as a table, and as one line of JSON behind it.
func (r *Result) Write(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	row := func(what, format string, args ...any) {
		fmt.Fprintf(t, "%s\t%s\n", what, fmt.Sprintf(format, args...)) //nolint:errcheck // Flush tells
	}
	row("seed", "%d, %d NATS nodes, lease %v", r.Seed, r.Nodes, r.Lease)
	row("faults", "%d in %s: %d %s, %d %s, %d %s, %d %s", r.count(""), brief(r.Took), r.count(killed), killed, r.count(frozen), frozen,
		r.count(outage), outage, r.count(rolled), rolled)
	for _, key := range slices.Sorted(maps.Keys(r.Faults)) {
		row("", "%3d %s", r.Faults[key], key)
	}
	row("batches", "%d acknowledged, %d lost or not in order (%d twice on the bus)", r.Acknowledged, r.BatchesLost, r.BatchesDoubled)
	row("samples", "%d, %d lost", r.Samples, r.SamplesLost)
	row("log lines", "%d, %d lost (%d again)", r.Lines, r.LinesLost, r.LinesDoubled)
	row("states", "%d equal, %d other", r.StatesEqual, r.StatesOther)
	row("findings", "%d, %d missing, %d doubled, %d other", r.Findings, r.FindingsMissing, r.FindingsDoubled, r.FindingsOther)
	row("incidents", "%d changes, %d other", r.Incidents, r.IncidentsOther)
	row("notifications", "%d, %d lost (%d again, under the same id)", r.Notifications, r.NotificationsLost, r.NotificationsDoubled)
	for n, first := range r.Takeovers {
		row("take-over", "%s to the first finding, %s to the last partition's", brief(first), brief(r.LastPartition[n]))
	}
	for _, text := range r.Alone {
		row("", "%s", text)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	for _, text := range r.Differences() {
		fmt.Fprintf(w, "DIFFERENT: %s\n", text) //nolint:errcheck // the last line tells
	}
	data, err := json.Marshal(r)
	if err == nil {
		_, err = fmt.Fprintf(w, "%s\n", data)
	}
	return err
}
