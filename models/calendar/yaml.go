package calendar

import (
	"fmt"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/forewarn/forewarn/models/internal/strictyaml"
)

// ParseYAML reads a user's calendar as docs/calendar.md describes it. It is strict: an unknown key is an error. The
// error joins all there is to correct, each with line or key, value, rule and remedy. A file is at most 1 MiB long.
func ParseYAML(data []byte) (Additions, error) {
	var doc document
	form := strictyaml.Form{Name: "calendar", Manual: "docs/calendar.md", Wanted: wanted}
	if err := form.Decode(data, &doc); err != nil {
		return Additions{}, err
	}
	return doc.additions()
}

// document is the YAML file.
type document struct {
	Weekend   []weekday    `yaml:"weekend"`
	Confirmed []int        `yaml:"confirmed"`
	Holidays  []dayDoc     `yaml:"holidays"`
	Workdays  []dayDoc     `yaml:"workdays"`
	Batches   []batchDoc   `yaml:"batches"`
	Companies []companyDoc `yaml:"companies"`
	booksDoc  `yaml:",inline"`
}

type booksDoc struct {
	Fiscal    *fiscalDoc    `yaml:"fiscal"`
	Closings  []closingDoc  `yaml:"closings"`
	Deadlines []deadlineDoc `yaml:"tax_deadlines"`
}

type companyDoc struct {
	Name     string `yaml:"name"`
	booksDoc `yaml:",inline"`
}

type dayDoc struct {
	Date   dateDoc `yaml:"date"`
	From   dateDoc `yaml:"from"`
	To     dateDoc `yaml:"to"`
	Yearly bool    `yaml:"yearly"`
	Name   string  `yaml:"name"`
}

type closingDoc struct {
	Date  dateDoc  `yaml:"date"`
	Close closeDoc `yaml:"close"`
	Name  string   `yaml:"name"`
}

type deadlineDoc struct {
	Day     int       `yaml:"day"`
	Months  []int     `yaml:"months"`
	Move    moveDoc   `yaml:"move"`
	Instead []dateDoc `yaml:"instead"`
	Name    string    `yaml:"name"`
}

type batchDoc struct {
	Name     string    `yaml:"name"`
	From     clock     `yaml:"from"`
	To       clock     `yaml:"to"`
	Weekdays []weekday `yaml:"weekdays"`
	Close    closeDoc  `yaml:"close"`
	Offsets  []int     `yaml:"offsets"`
}

type fiscalDoc struct {
	Cutoff    int     `yaml:"cutoff"`
	YearStart int     `yaml:"year_start"`
	Move      moveDoc `yaml:"move"`
	Pattern   string  `yaml:"pattern"`
	Start     dateDoc `yaml:"start"`
	YearEnd   string  `yaml:"year_end"`
	Period13  int     `yaml:"period_13"`
}

// The scalars below say what is wrong with a value in the form that lets the decoder go on and collect further errors.
type (
	dateDoc  date // 0 = not written
	clock    int  // minutes + 1; 0 = not written
	weekday  time.Weekday
	closeDoc Close
	moveDoc  struct {
		move
		written bool
	}
)

// UnmarshalYAML reads YYYY-MM-DD.
func (d *dateDoc) UnmarshalYAML(n *yaml.Node) error {
	return scalar(n, func(text string) error {
		v, err := parseDate(text)
		*d = dateDoc(v)
		return err
	})
}

// UnmarshalYAML reads HH:MM, from 00:00 to 24:00.
func (c *clock) UnmarshalYAML(n *yaml.Node) error {
	return scalar(n, func(text string) error {
		if text == "24:00" {
			*c = minutesPerDay + 1
			return nil
		}
		t, err := time.Parse("15:04", text)
		if err != nil {
			return fmt.Errorf("%q is no time of day; write hours and minutes in quotes, such as \"22:30\"", text)
		}
		*c = clock(t.Hour()*60 + t.Minute() + 1)
		return nil
	})
}

// UnmarshalYAML reads mon to sun.
func (w *weekday) UnmarshalYAML(n *yaml.Node) error {
	return choice(n, w, "day of the week", []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}, func(i int) weekday { return weekday(i) })
}

// UnmarshalYAML reads month, quarter or year.
func (c *closeDoc) UnmarshalYAML(n *yaml.Node) error {
	return choice(n, c, "close", []string{"month", "quarter", "year"}, func(i int) closeDoc { return closeDoc(MonthClose) + closeDoc(i) })
}

// UnmarshalYAML reads next, previous or stay.
func (m *moveDoc) UnmarshalYAML(n *yaml.Node) error {
	return choice(n, m, "move", []string{"stay", "next", "previous"}, func(i int) moveDoc { return moveDoc{move(i), true} })
}

// choice reads one of several words.
func choice[T any](n *yaml.Node, out *T, what string, words []string, value func(int) T) error {
	return scalar(n, func(text string) error {
		for i, w := range words {
			if strings.EqualFold(text, w) {
				*out = value(i)
				return nil
			}
		}
		return fmt.Errorf("%q is no %s; write one of %s", text, what, strings.Join(words, ", "))
	})
}

func scalar(n *yaml.Node, read func(string) error) error {
	if n.Kind != yaml.ScalarNode {
		return &yaml.TypeError{Errors: []string{fmt.Sprintf("line %d: a single value is needed here; write it behind the key", n.Line)}}
	}
	if err := read(n.Value); err != nil {
		return &yaml.TypeError{Errors: []string{fmt.Sprintf("line %d: %v", n.Line, err)}}
	}
	return nil
}

// wanted names what a Go type stands for in the file.
func wanted(goType string) string {
	switch {
	case goType == "int":
		return "a whole number"
	case goType == "bool":
		return "true or false"
	case goType == "string":
		return "text in quotes"
	case strings.HasPrefix(goType, "[]"):
		return "a list, each element behind a dash"
	}
	return "keys below it, indented"
}
