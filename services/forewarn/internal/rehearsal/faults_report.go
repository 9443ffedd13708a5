package rehearsal

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/forewarn/forewarn/services/forewarn/internal/fault"
)

// row sums up the cases of a scenario, or all of them.
type row struct {
	Scenario   string  `json:"scenario"`
	Runs       int     `json:"runs"`
	Faults     int     `json:"faults"`
	Incidents  int     `json:"incidents"`
	Merged     int     `json:"merged"`
	Apart      int     `json:"one_each"`
	Named      int     `json:"named"`
	None       int     `json:"none"`
	Background int     `json:"background"`
	Minutes    float64 `json:"minutes"` // the median
	Notices    int     `json:"notices"`

	minutes []float64
}

func (r *row) add(v *Verdict) {
	r.Runs++
	r.Faults += v.Faults
	r.Incidents += v.Incidents
	r.Merged += v.Merged
	r.Named += v.Named
	r.Background += v.Background
	r.Notices += v.Notices
	if v.Apart {
		r.Apart++
	}
	if v.Incidents == 0 {
		r.None++
		return
	}
	r.minutes = append(r.minutes, v.Minutes)
	slices.SortFunc(r.minutes, cmp.Compare[float64])
	r.Minutes = r.minutes[len(r.minutes)/2]
}

func (r *row) write(b *strings.Builder) {
	lead := "never"
	if len(r.minutes) > 0 {
		lead = fmt.Sprintf("%.0f", r.Minutes)
	}
	fmt.Fprintf(b, "| %s | %d | %d of %d | %d of %d | %.1f | %.1f | %d | %s | %.1f | %d |\n", r.Scenario, r.Runs, r.Apart, r.Runs, r.Named, r.Faults,
		float64(r.Incidents)/float64(r.Runs), float64(r.Merged)/float64(r.Runs), r.None, lead, float64(r.Notices)/float64(r.Runs), r.Background)
}

// report writes the table and the JSON line.
func (o *FaultOptions) report(scenarios []fault.Scenario, verdicts []Verdict, stdout io.Writer) error {
	all := row{Scenario: "all"}
	rows := make([]row, len(scenarios))
	for k := range verdicts {
		r := &rows[k/o.Seeds]
		r.Scenario = verdicts[k].Scenario
		r.add(&verdicts[k])
		all.add(&verdicts[k])
	}
	var b strings.Builder
	b.WriteString("| scenario | runs | one incident for each fault | cause shown | incidents | merged | no incident | minutes to the first | messages | before the fault |\n")
	b.WriteString("|---|---|---|---|---|---|---|---|---|---|\n")
	for k := range rows {
		rows[k].write(&b)
	}
	all.write(&b)
	data, err := json.Marshal(struct {
		Seed      uint64    `json:"seed"`
		Seeds     int       `json:"seeds"`
		All       row       `json:"all"`
		Scenarios []row     `json:"scenarios"`
		Cases     []Verdict `json:"cases"`
	}{o.Seed, o.Seeds, all, rows, verdicts})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(stdout, "%s\n%s\n", b.String(), data)
	return err
}
