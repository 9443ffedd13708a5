package score

import (
	"fmt"
	"io"
	"slices"
	"strings"
)

// FamilySummary tells how a method did on one family.
type FamilySummary struct {
	Family   string `json:"family"`
	Series   int    `json:"series"`
	Failures int    `json:"failures"`
	// Avoided counts series whose trouble people ended, or that is not over.
	Avoided int `json:"avoided"`
	// Warned counts failures foretold in time, and avoided ones that were warned of.
	Warned    int    `json:"warned"`
	False     int    `json:"false"`
	FalseRate Number `json:"false_per_series_week"`
	// ErrorNear and ErrorWeek are the medians of the dates' relative errors.
	ErrorNear Number `json:"eta_near_error"`
	ErrorWeek Number `json:"eta_week_error"`
}

// families returns a summary per family, in the order in which the results name them.
func families(results []Result) []FamilySummary {
	var names []string
	of := map[string][]Result{}
	for i := range results {
		name := results[i].Family
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
		of[name] = append(of[name], results[i])
	}
	var out []FamilySummary
	for _, name := range names {
		all := pointers(of[name])
		s := Count(of[name])
		out = append(out, FamilySummary{
			Family: name, Series: s.Series, Failures: s.Failures, Avoided: s.Risky, Warned: s.Warned + s.Found, False: s.False,
			FalseRate: Number(falseRate(all)), ErrorNear: Number(dateError(Near)(all)), ErrorWeek: Number(dateError(At7d)(all)),
		})
	}
	return out
}

// WriteFamilies writes a table in Markdown of how a method did on each family.
func WriteFamilies(w io.Writer, method string, s *Summary) error {
	var sb strings.Builder
	fmt.Fprintf(&sb, "## Families: %s\n\n", method)
	sb.WriteString("| family | series | warned in time or avoided | false alarms | per series-week | ETA error near | at 7 d |\n|---|---|---|---|---|---|---|\n")
	for _, f := range s.Families {
		fmt.Fprintf(&sb, "| %s | %d | %d/%d | %d | %s | %s | %s |\n",
			f.Family, f.Series, f.Warned, f.Failures+f.Avoided, f.False, f.FalseRate.text(), f.ErrorNear.text(), f.ErrorWeek.text())
	}
	sb.WriteByte('\n')
	if _, err := io.WriteString(w, sb.String()); err != nil {
		return fmt.Errorf("write families: %w", err)
	}
	return nil
}
