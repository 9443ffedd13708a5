// Package evidence is the list of what the four checks look at: metrics, kinds of messages, and what a check needs to be clear.
//
// The list is data, evidence.yaml; this package reads it strictly.
package evidence

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
	"go.yaml.in/yaml/v3"

	"github.com/forewarn/forewarn/shared/checks"
	"github.com/forewarn/forewarn/shared/i18n"
)

//go:embed evidence.yaml
var builtin []byte

// Role is the part that something plays in a transaction.
type Role string

// The roles.
const (
	Applications Role = "applications"
	Databases    Role = "databases"
	Targets      Role = "targets"
)

// Name is what people call something of that role.
func (r Role) Name() i18n.Text {
	switch r {
	case Applications:
		return i18n.Text{En: "application host", Zh: "应用主机"}
	case Databases:
		return i18n.Text{En: "database", Zh: "数据库"}
	}
	return i18n.Text{En: "target", Zh: "拨测目标"}
}

// Read says how the samples of a metric become one value for each five minutes.
type Read string

// The ways of reading.
const (
	// Rate: how much a counter grew, a second.
	Rate Read = "rate"
	// Share: how much a counter grew, of how much the whole did.
	Share Read = "share"
	// Level: the mean of a gauge.
	Level Read = "level"
	// Failing: one less the mean of a gauge that is 1 while all is well.
	Failing Read = "failing"
	// Start: a Unix time in seconds at which something started.
	Start Read = "start"
)

// Over says how several series of one entity become one.
type Over string

// Sum adds them, which is the default; Max takes the greatest.
const (
	Sum Over = "sum"
	Max Over = "max"
)

// Sender is a program that sends metrics.
type Sender struct {
	ID string `yaml:"id"`
	// Up are series that it always sends.
	Up []string `yaml:"up"`
	On []Role   `yaml:"on"`
}

// Need is something that a check looks at, by whatever sender.
type Need struct {
	ID    string      `yaml:"id"`
	Check checks.Name `yaml:"check"`
	Of    []Role      `yaml:"of"`
	// Required says that the check is not clear without it.
	Required bool      `yaml:"required"`
	Title    i18n.Text `yaml:"title"`
}

// Log says that a check needs the logs of a role.
type Log struct {
	Check    checks.Name `yaml:"check"`
	Of       []Role      `yaml:"of"`
	Required bool        `yaml:"required"`
}

// Messages are the kinds of known messages that belong to a check.
type Messages struct {
	Check checks.Name `yaml:"check"`
	Kinds []string    `yaml:"kinds"`
}

// Metric is one thing to look at.
type Metric struct {
	ID     string    `yaml:"id"`
	Need   string    `yaml:"need"`
	Sender string    `yaml:"sender"`
	Title  i18n.Text `yaml:"title"`
	// Collect is an option that the sender needs for it, "" for none.
	Collect string `yaml:"collect"`
	// Metrics are the names of the series, which add up; Match selects among them.
	Metrics []string `yaml:"metrics"`
	Match   []string `yaml:"match"`
	// Whole are the names of what a Share is of.
	Whole []string `yaml:"whole"`
	Read  Read     `yaml:"read"`
	Over  Over     `yaml:"over"`
	// Scale is what values are multiplied by; 0 is 1.
	Scale float64 `yaml:"scale"`
	// Least is the value below which nothing is found, whatever is usual; Surely the one from which on it is found, even where nothing
	// is known of what is usual, 0 for none; Events how much the counter must have grown in ten minutes.
	Least  float64 `yaml:"least"`
	Surely float64 `yaml:"surely"`
	Events float64 `yaml:"events"`
	Unit   string  `yaml:"unit"`
	Source string  `yaml:"source"`

	matchers []*labels.Matcher
}

// Matchers returns what selects among the series.
func (m *Metric) Matchers() []*labels.Matcher { return m.matchers }

// List is all evidence.
type List struct {
	Senders  []Sender   `yaml:"senders"`
	Needs    []Need     `yaml:"needs"`
	Logs     []Log      `yaml:"logs"`
	Messages []Messages `yaml:"messages"`
	Metrics  []Metric   `yaml:"metrics"`
}

// Builtin returns the list of this release. The error is of the program, and ruled out by a test.
func Builtin() (*List, error) { return Parse(builtin) }

// Parse reads a list strictly. The error joins all there is to correct.
func Parse(data []byte) (*List, error) {
	l := &List{}
	dec := yaml.NewDecoder(bytes.NewReader(data))
	dec.KnownFields(true)
	if err := dec.Decode(l); err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("evidence: %w; correct it there", err)
	}
	var errs []error
	for i := range l.Needs {
		errs = append(errs, l.checkNeed(&l.Needs[i]))
	}
	for _, m := range l.Messages {
		errs = append(errs, known("messages", m.Check))
	}
	for _, log := range l.Logs {
		errs = append(errs, known("logs", log.Check))
	}
	seen := map[string]bool{}
	for i := range l.Metrics {
		m := &l.Metrics[i]
		if seen[m.ID] {
			errs = append(errs, fmt.Errorf("evidence: metric %s: id: is there twice; rename one", m.ID))
		}
		seen[m.ID] = true
		errs = append(errs, l.checkMetric(m))
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return l, nil
}

func known(key string, c checks.Name) error {
	if !slices.Contains(checks.Names(), c) {
		return fmt.Errorf("evidence: %s: check: %q is none; write one of %v", key, c, checks.Names())
	}
	return nil
}

func (l *List) checkNeed(n *Need) error {
	errs := []error{known("need "+n.ID, n.Check)}
	if n.ID == "" || n.Title.En == "" || n.Title.Zh == "" || len(n.Of) == 0 {
		errs = append(errs, fmt.Errorf("evidence: need %q: lacks id, title or of; write them", n.ID))
	}
	for _, r := range n.Of {
		if r != Applications && r != Databases && r != Targets {
			errs = append(errs, fmt.Errorf("evidence: need %s: of: %q is no role; write applications, databases or targets", n.ID, r))
		}
	}
	return errors.Join(errs...)
}

func (l *List) checkMetric(m *Metric) error {
	var errs []error
	fail := func(format string, args ...any) {
		errs = append(errs, fmt.Errorf("evidence: metric %s: "+format, append([]any{m.ID}, args...)...))
	}
	if l.Need(m.Need) == nil {
		fail("need: %q is not listed; write it under needs", m.Need)
	}
	if !slices.ContainsFunc(l.Senders, func(s Sender) bool { return s.ID == m.Sender }) {
		fail("sender: %q is not listed; write it under senders", m.Sender)
	}
	if len(m.Metrics) == 0 || m.Title.En == "" || m.Title.Zh == "" || m.Source == "" {
		fail("lacks metrics, title or source; write them")
	}
	switch m.Read {
	case Rate, Level, Failing, Start, Share:
	default:
		fail("read: %q is no way of reading; write rate, share, level, failing or start", m.Read)
	}
	if (m.Read == Share) != (len(m.Whole) > 0) {
		fail("whole: belongs to read: share, and to it alone")
	}
	if m.Read != Start && m.Least <= 0 {
		fail("least: %v is not positive; write the value below which nobody would mind", m.Least)
	}
	if m.Scale == 0 {
		m.Scale = 1
	}
	if m.Over == "" {
		m.Over = Sum
	}
	if len(m.Match) > 0 {
		var err error
		if m.matchers, err = parser.NewParser(parser.Options{}).ParseMetricSelector("{" + strings.Join(m.Match, ",") + "}"); err != nil {
			fail("match: %w; write label=\"value\"", err)
		}
	}
	return errors.Join(errs...)
}

// Need returns the need of an id, nil if there is none.
func (l *List) Need(id string) *Need {
	for i := range l.Needs {
		if l.Needs[i].ID == id {
			return &l.Needs[i]
		}
	}
	return nil
}

// CheckOf returns the check that a kind of message belongs to, "" if to none.
func (l *List) CheckOf(kind string) checks.Name {
	for _, m := range l.Messages {
		if slices.Contains(m.Kinds, kind) {
			return m.Check
		}
	}
	return ""
}
