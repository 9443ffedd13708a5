package rehearsal

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/forewarn/forewarn/shared/finding"
)

// spoken is what one detector came to on a fleet that is well.
type spoken struct {
	Detector string `json:"detector"`
	// Learning are the incidents of the first weeks, Incidents those after them, with Notices to people; Notes are findings that open none.
	Learning  int `json:"learning"`
	Incidents int `json:"incidents"`
	Notices   int `json:"notices"`
	Notes     int `json:"notes"`
}

// detectors sums up what was said, by detector in the order of their names, and all together. What was opened before a time is
// learning.
func detectors(r *Record, from time.Time) (each []spoken, all spoken) {
	byName := map[string]*spoken{}
	add := func(kind finding.Kind, signal string, what spoken) {
		name := detector(kind, signal)
		if byName[name] == nil {
			byName[name] = &spoken{Detector: name}
		}
		for _, to := range []*spoken{byName[name], &all} {
			to.Learning += what.Learning
			to.Incidents += what.Incidents
			to.Notices += what.Notices
			to.Notes += what.Notes
		}
	}
	for _, i := range r.Incidents {
		if i.OpenedAt.Before(from) {
			add(i.Kind, i.Signal, spoken{Learning: 1})
			continue
		}
		add(i.Kind, i.Signal, spoken{Incidents: 1, Notices: len(r.Notices[i.ID])})
	}
	for k := range r.Findings {
		if f := &r.Findings[k]; f.Severity == finding.Info && !f.Time.Before(from) {
			add(f.Kind, f.Signal, spoken{Notes: 1})
		}
	}
	for _, s := range byName {
		each = append(each, *s)
	}
	slices.SortFunc(each, func(a, b spoken) int { return strings.Compare(a.Detector, b.Detector) })
	all.Detector = "all"
	return each, all
}

// detector names what has spoken: the kind and the rule, without the entity and the log.
func detector(kind finding.Kind, signal string) string {
	rule, _, _ := strings.Cut(signal, "/")
	for _, odd := range []string{"log-new", "log-spike", "log-silent", "log-shapeless"} {
		if strings.HasPrefix(rule, odd+"-") {
			rule = odd
		}
	}
	return string(kind) + " " + rule
}

// report writes the table and the JSON line.
func (o *FleetOptions) report(from time.Time, r *Record, stdout io.Writer) error {
	each, all := detectors(r, from)
	var b strings.Builder
	fmt.Fprintf(&b, "| detector | incidents while learning | incidents in %d weeks | a week | messages | notes |\n|---|---|---|---|---|---|\n", o.Weeks)
	for _, s := range append(slices.Clone(each), all) {
		fmt.Fprintf(&b, "| %s | %d | %d | %.2f | %d | %d |\n", s.Detector, s.Learning, s.Incidents, float64(s.Incidents)/float64(max(o.Weeks, 1)), s.Notices, s.Notes)
	}
	data, err := json.Marshal(struct {
		Seed      uint64   `json:"seed"`
		Hosts     int      `json:"hosts"`
		Weeks     int      `json:"weeks"`
		All       spoken   `json:"all"`
		Detectors []spoken `json:"detectors"`
	}{o.Seed, o.Hosts, o.Weeks, all, each})
	if err != nil {
		return err
	}
	if o.Verbose {
		for _, i := range r.Incidents {
			tell(o.Progress, "%s %s %s %s: %s\n", i.OpenedAt.Format(time.RFC3339), i.Worst, i.Kind, i.Signal, i.Message.En)
		}
	}
	_, err = fmt.Fprintf(stdout, "%s\n%s\n", b.String(), data)
	return err
}
