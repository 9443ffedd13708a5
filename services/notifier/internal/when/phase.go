package when

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/forewarn/forewarn/models/calendar"
	"github.com/forewarn/forewarn/shared/yamlfile"
)

// Phase is what the business calendar may say of a day.
type Phase string

// The phases. A close reaches from 3 working days before the last one of its period to 2 after it.
const (
	Working     Phase = "working"      // people work, make-up workdays included
	Rest        Phase = "rest"         // nobody does: weekends and holidays
	Holiday     Phase = "holiday"      // a public or company holiday
	MonthEnd    Phase = "month_end"    // a close of a month, a quarter or a year
	QuarterEnd  Phase = "quarter_end"  // a close of a quarter or a year
	YearEnd     Phase = "year_end"     // a close of a year
	Period13    Phase = "period_13"    // adjusting entries after a year end
	TaxDeadline Phase = "tax_deadline" // a tax return is due
)

func phases() []Phase {
	return []Phase{Working, Rest, Holiday, MonthEnd, QuarterEnd, YearEnd, Period13, TaxDeadline}
}

// UnmarshalYAML reads a phase.
func (p *Phase) UnmarshalYAML(n *yaml.Node) error {
	return yamlfile.Scalar(n, func(text string) error {
		if !slices.Contains(phases(), Phase(text)) {
			words := make([]string, 0, len(phases()))
			for _, known := range phases() {
				words = append(words, string(known))
			}
			return fmt.Errorf("%q is no phase of the calendar; write one of %s", text, strings.Join(words, ", "))
		}
		*p = Phase(text)
		return nil
	})
}

// holds reports whether a day is in the phase.
func (p Phase) holds(d calendar.Day) bool {
	switch p {
	case Working:
		return d.Working()
	case Rest:
		return !d.Working()
	case Holiday:
		return d.Kind == calendar.Holiday
	case MonthEnd:
		return d.Close >= calendar.MonthClose
	case QuarterEnd:
		return d.Close >= calendar.QuarterClose
	case YearEnd:
		return d.Close == calendar.YearClose
	case Period13:
		return d.Close == calendar.Period13
	case TaxDeadline:
		return d.TaxDeadline
	}
	return false
}

// inPhase reports whether one of the phases holds on the day of t; of none, that is always so.
func inPhase(wanted []Phase, t time.Time, cal Calendar) bool {
	if len(wanted) == 0 {
		return true
	}
	if cal == nil {
		return false
	}
	d := cal.Day(t)
	return slices.ContainsFunc(wanted, func(p Phase) bool { return p.holds(d) })
}
