package transaction

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
	"go.yaml.in/yaml/v3"

	"github.com/forewarn/forewarn/shared/i18n"
	"github.com/forewarn/forewarn/shared/signal"
	"github.com/forewarn/forewarn/shared/yamlfile"
)

// The bounds of a file.
const (
	maxTransactions = 100
	maxSignals      = 50
	maxPlaces       = 50
	maxTitle        = 100
)

// File is a file of transactions and what to call it in errors.
type File struct {
	Name string
	Data []byte
}

// form is what that is as a file.
func form() yamlfile.Form {
	return yamlfile.Form{Key: "transactions.files", Noun: "a file", Manual: "docs/transactions.md"}
}

// document is a file as it is written.
type document struct {
	Transactions []draft `yaml:"transactions"`
}

type draft struct {
	Name    string        `yaml:"name"`
	Title   i18n.Text     `yaml:"title"`
	Impact  int           `yaml:"impact"`
	Signals []draftSignal `yaml:"signals"`
	Through draftThrough  `yaml:"through"`
}

type draftSignal struct {
	Rule    string        `yaml:"rule"`
	Match   []string      `yaml:"match"`
	Message string        `yaml:"message"`
	Query   string        `yaml:"query"`
	For     time.Duration `yaml:"for"`
}

type draftThrough struct {
	Applications []string `yaml:"applications"`
	Databases    []string `yaml:"databases"`
	Targets      []string `yaml:"targets"`
}

// Open reads the files. It returns all errors joined.
func Open(paths []string) (*Book, error) {
	var files []File
	unread := form().Open(paths, func(name string, data []byte) { files = append(files, File{Name: name, Data: data}) })
	b, err := Load(files...)
	if err = errors.Join(unread, err); err != nil {
		return nil, err
	}
	return b, nil
}

// Load reads transactions; without files there are none. All errors of all files are returned joined, each as
// "<file>:<line>: transaction <name>: <key>: <what is wrong>; <what to do>".
func Load(files ...File) (*Book, error) {
	b := &Book{}
	var errs []error
	for _, f := range files {
		drafts, lines, err := parse(f)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		for i := range drafts {
			d := &drafts[i]
			c := &compiler{at: fmt.Sprintf("%s:%d", f.Name, lines[i]), name: cmp.Or(d.Name, "?")}
			if other := b.Get(d.Name); other != nil {
				c.fail("name", "%q is taken already at %s; choose another or join both", d.Name, other.Origin)
			}
			t := c.compile(d)
			b.list = append(b.list, t)
			errs = append(errs, c.errs...)
		}
	}
	if n := len(b.list); n > maxTransactions {
		errs = append(errs, fmt.Errorf("transactions: %d are more than %d; keep those that matter most", n, maxTransactions))
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	slices.SortStableFunc(b.list, func(a, b *Transaction) int { return cmp.Compare(b.Impact, a.Impact) })
	return b, nil
}

// parse reads a file strictly; lines says where each draft begins.
func parse(f File) (drafts []draft, lines []int, err error) {
	var doc document
	if err := form().Decode(f.Name, f.Data, &doc); err != nil {
		return nil, nil, err
	}
	var outline struct {
		Transactions []yaml.Node `yaml:"transactions"`
	}
	if err := yaml.Unmarshal(f.Data, &outline); err != nil {
		return nil, nil, form().Explain(f.Name, err)
	}
	for i := range outline.Transactions {
		lines = append(lines, outline.Transactions[i].Line)
	}
	if len(lines) != len(doc.Transactions) {
		return nil, nil, fmt.Errorf("%s: transactions: must be one plain list; write each behind a dash", f.Name)
	}
	return doc.Transactions, lines, nil
}

// compiler turns a draft into a transaction and collects what is wrong with it.
type compiler struct {
	at, name string
	errs     []error
}

func (c *compiler) fail(key, format string, args ...any) {
	c.errs = append(c.errs, fmt.Errorf("%s: transaction %.80s: %s: "+format, append([]any{c.at, c.name, key}, args...)...))
}

var validName = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

func (c *compiler) compile(d *draft) *Transaction {
	t := &Transaction{Name: d.Name, Title: d.Title, Impact: d.Impact, Origin: c.at}
	if !validName.MatchString(d.Name) || len(d.Name) > 64 {
		c.fail("name", "%.80q is no name; write lower-case letters and digits joined by hyphens, such as voucher-entry", d.Name)
	}
	c.title("title.en", d.Title.En)
	c.title("title.zh", d.Title.Zh)
	if d.Impact < 1 || d.Impact > 5 {
		c.fail("impact", "%d is out of range; write 1 (a nuisance) to 5 (the business stops)", d.Impact)
	}
	t.Applications = c.places("through.applications", d.Through.Applications)
	t.Databases = c.places("through.databases", d.Through.Databases)
	for i, text := range d.Through.Targets {
		t.Targets = append(t.Targets, Target{Written: text, Match: c.matchers(fmt.Sprintf("through.targets[%d]", i), []string{text})})
	}
	if len(d.Through.Targets) > maxPlaces {
		c.fail("through.targets", "%d are more than %d; keep fewer, or write one that matches several", len(d.Through.Targets), maxPlaces)
	}
	if len(t.Applications)+len(t.Databases)+len(t.Targets) == 0 {
		c.fail("through", "is empty, so that nothing can be looked at; name applications, databases or targets, such as applications: [\"host:erp-app-01\"]")
	}
	t.Signals = c.signals(d.Signals)
	return t
}

func (c *compiler) title(key, text string) {
	if text == "" || len(text) > maxTitle || i18n.Line(text) != text {
		c.fail(key, "%.80q does not fit; write one line of 1 to %d bytes", text, maxTitle)
	}
}

func (c *compiler) places(key string, list []string) (out []Place) {
	if len(list) > maxPlaces {
		c.fail(key, "%d are more than %d; keep fewer, or write a pattern that matches several", len(list), maxPlaces)
		return nil
	}
	for i, text := range list {
		at := fmt.Sprintf("%s[%d]", key, i)
		if kind, _, ok := strings.Cut(text, ":"); !ok || kind == "" {
			c.fail(at, "%.80q is no id of an entity; write its type, a colon and its name, such as host:erp-app-01 or pod:erp/nc-.*", text)
			continue
		}
		expr, err := signal.Anchored(text)
		if err != nil {
			c.fail(at, "%.80q: %w", text, err)
			continue
		}
		out = append(out, Place{Written: text, expr: expr})
	}
	return out
}

func (c *compiler) matchers(key string, list []string) []*labels.Matcher {
	if len(list) == 0 {
		return nil
	}
	text := "{" + strings.Join(list, ",") + "}"
	out, err := parser.NewParser(parser.Options{}).ParseMetricSelector(text)
	if err != nil {
		c.fail(key, "%.200q are no matchers (%w); write label=\"value\", with =, !=, =~ or !~", list, err)
	}
	return out
}

func (c *compiler) signals(list []draftSignal) (out []Signal) {
	if len(list) > maxSignals {
		c.fail("signals", "%d are more than %d; keep those that tell soonest", len(list), maxSignals)
		return nil
	}
	for i := range list {
		d, key := &list[i], fmt.Sprintf("signals[%d]", i)
		s := Signal{Rule: d.Rule, Message: d.Message, Query: d.Query, For: d.For}
		set := 0
		for _, v := range []string{d.Rule, d.Message, d.Query} {
			if v != "" {
				set++
			}
		}
		switch {
		case set != 1:
			c.fail(key, "has %d of rule, message and query; write exactly one", set)
		case d.Rule == "" && len(d.Match) > 0:
			c.fail(key+".match", "belongs to a rule; remove it, or write rule")
		case d.Query == "" && d.For != 0:
			c.fail(key+".for", "belongs to a query; remove it")
		case d.For < 0 || d.For > time.Hour:
			c.fail(key+".for", "%v is out of range; write 0s to 1h", d.For)
		}
		s.Match = c.matchers(key+".match", d.Match)
		if err := checkQuery(d.Query); err != nil {
			c.fail(key+".query", "%.200q %w", d.Query, err)
		}
		out = append(out, s)
	}
	return out
}

// checkQuery tells whether a query can be a condition, as far as its text says.
func checkQuery(query string) error {
	if query == "" {
		return nil
	}
	expr, err := parser.NewParser(parser.Options{}).ParseExpr(query)
	if err != nil {
		return fmt.Errorf("is no PromQL (%w); write a condition such as max(probe_duration_seconds) > 3", err)
	}
	if t := expr.Type(); t != parser.ValueTypeVector {
		return fmt.Errorf("gives a %s; write a condition that gives series while there is trouble, such as max(probe_duration_seconds) > 3", parser.DocumentedType(t))
	}
	return nil
}
