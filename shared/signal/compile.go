package signal

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/forewarn/forewarn/shared/entity"
	"github.com/forewarn/forewarn/shared/i18n"
)

const (
	// maxInputs bounds the inputs of a rule.
	maxInputs = 16
	// maxNames bounds the other lists of a rule: metrics, matchers, labels.
	maxNames = 32
	// maxText bounds a title or an advice in bytes.
	maxText = 1000
)

// The keys of a rule below which others lie.
const (
	keyInputs = "inputs"
	keyEntity = "entity"
)

var (
	idPattern     = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,62}$`)
	namePattern   = regexp.MustCompile(`^[a-z_][a-z0-9_]{0,62}$`)
	metricPattern = regexp.MustCompile(`^[a-zA-Z_:][a-zA-Z0-9_:]*$`)
)

// compiler checks a rule and collects what is wrong with it.
type compiler struct {
	*entry
	errs []error
}

// compile returns the rule, or all that is wrong with it.
func (e *entry) compile() (*Rule, error) {
	c, d := compiler{entry: e}, &e.draft
	origin, _ := e.places[len(e.places)-1].line()
	r := &Rule{
		ID: d.ID, Kind: d.Kind, Title: d.Title, Measure: d.Measure, Advice: d.Advice, Runbook: i18n.Text(d.Runbook), Unit: d.Unit, Direction: d.Direction, Near: d.Near,
		Impact: d.Impact, TimeToFix: d.TimeToFix, Accumulates: d.Accumulates,
		Type: d.Entity.Type, Origin: origin,
	}
	if r.Direction == "" {
		r.Direction = Up
	}
	if r.Aspect = d.Aspect; r.Aspect == "" {
		r.Aspect = r.ID
	}
	c.words(r)
	c.least(r)
	r.match = c.matchers(d.Match, "match")
	r.Inputs = c.inputs()
	c.expressions(r)
	r.belong = c.belonging()
	r.join = c.joins()
	return r, errors.Join(c.errs...)
}

// fail notes an error at the path, in the words "<what is wrong>; <what to do>".
func (c *compiler) fail(path []any, format string, args ...any) {
	c.errs = append(c.errs, c.wrap(fmt.Errorf(format, args...), path...))
}

// wrap puts in front of err where the path is written and what it is called; nil stays nil.
func (e *entry) wrap(err error, path ...any) error {
	return located(e.places, "rule "+e.draft.ID, err, path...)
}

// located puts in front of err where the path of what is named is written, and the path; nil stays nil.
func located(places []place, name string, err error, path ...any) error {
	if err == nil {
		return nil
	}
	where, deepest := "", -1
	for _, p := range places {
		if w, depth := p.line(path...); depth > deepest {
			where, deepest = w, depth
		}
	}
	var key strings.Builder
	for _, step := range path {
		switch s := step.(type) {
		case int:
			fmt.Fprintf(&key, "[%d]", s)
		case string:
			if key.Len() > 0 {
				key.WriteByte('.')
			}
			key.WriteString(s)
		}
	}
	return fmt.Errorf("%s: %s: %s: %w", where, name, key.String(), err)
}

// words checks what is neither an expression nor a list.
func (c *compiler) words(r *Rule) {
	at := func(path ...any) []any { return path }
	if !idPattern.MatchString(r.ID) {
		c.fail(at("id"), "%q is no id; use 1 to 63 lower-case letters, digits and hyphens", r.ID)
	}
	if !idPattern.MatchString(r.Aspect) {
		c.fail(at("aspect"), "%q is no word; use 1 to 63 lower-case letters, digits and hyphens", r.Aspect)
	}
	if !slices.Contains(Kinds(), r.Kind) {
		c.fail(at("kind"), "%q is not known; use one of %v", r.Kind, Kinds())
	}
	if r.Direction != Up && r.Direction != Down {
		c.fail(at("direction"), "%q is not known; use up or down", r.Direction)
	}
	if r.Near && r.Kind != Saturation {
		c.fail(at("near"), "only a saturation can be near its limit; leave it out of a %s", r.Kind)
	}
	if r.Unit == "" || len(r.Unit) > 32 {
		c.fail(at("unit"), "%q must have 1 to 32 bytes; write bytes, ratio, seconds or a noun", r.Unit)
	}
	if r.Impact < 1 || r.Impact > 5 {
		c.fail(at("impact"), "%d is outside 1 to 5; write 1 for a nuisance, 5 if the business stops", r.Impact)
	}
	if r.TimeToFix <= 0 {
		c.fail(at("time_to_fix"), "%v is no time; write how long a repair takes, such as 4h", r.TimeToFix)
	}
	c.text("title", r.Title)
	c.text("advice", r.Advice)
	if r.Measure != (i18n.Text{}) {
		c.text("measure", r.Measure)
	}
	c.runbook(r.Runbook)
}

// least sets from which deviation on a habit is looked at.
func (c *compiler) least(r *Rule) {
	least := c.draft.Least
	if least == nil {
		r.Least = usualLeast(r.Unit)
		return
	}
	if r.Least = *least; !finite(r.Least) || r.Least < 0 || r.Kind != Behaviour {
		c.fail([]any{"least"}, "%v of a %s is of no use; write, for a behaviour, what a deviation must come to at least, in the rule's unit, or leave it out",
			r.Least, r.Kind)
	}
}

// usualLeast returns what a deviation must come to where the rule does not say: one of what is counted, or a hundredth of a
// whole.
func usualLeast(unit string) float64 {
	switch {
	case unit == "ratio":
		return 0.01
	case unit == "bytes" || unit == "seconds" || strings.Contains(unit, "/"):
		return 0
	}
	return 1
}

// runbook checks where people are sent to.
func (c *compiler) runbook(t i18n.Text) {
	for _, text := range [...]string{t.En, t.Zh} {
		if len(text) > maxText {
			c.fail([]any{"runbook"}, "the text has %d bytes; write at most %d, or the address of a page", len(text), maxText)
			return
		}
		if !strings.Contains(text, "://") || strings.ContainsAny(text, " \n") { // words, which may name an address
			continue
		}
		if u, err := url.Parse(text); err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
			c.fail([]any{"runbook"}, "%.80q is no address of a page; write one that begins with https:// or http://", text)
			return
		}
	}
}

func (c *compiler) text(key string, t i18n.Text) {
	for _, v := range [...]struct{ lang, text string }{{"en", t.En}, {"zh", t.Zh}} {
		if s := strings.TrimSpace(v.text); s == "" || len(s) > maxText {
			c.fail([]any{key, v.lang}, "the text has %d bytes; write 1 to %d in each language (en, zh)", len(s), maxText)
		}
	}
}

func (c *compiler) matchers(texts []string, path ...any) matchers {
	if len(texts) > maxNames {
		c.fail(path, "%d matchers are too many; use at most %d", len(texts), maxNames)
		return nil
	}
	out := make(matchers, 0, len(texts))
	for i, t := range texts {
		m, err := parseMatcher(t)
		if err != nil {
			c.fail(append(slices.Clone(path), i), "%w", err)
			continue
		}
		out = append(out, m)
	}
	return out
}

func (c *compiler) inputs() []Input {
	drafts := c.draft.Inputs
	if len(drafts) == 0 || len(drafts) > maxInputs {
		c.fail([]any{keyInputs}, "%d inputs; write 1 to %d, the one whose series people shall see first", len(drafts), maxInputs)
		return nil
	}
	out := make([]Input, len(drafts))
	for i, d := range drafts {
		out[i] = Input{Name: d.Name, Metrics: d.Metric, Limit: d.Limit, Optional: d.Optional, Rate: d.Rate, Sum: d.Sum}
		if !namePattern.MatchString(d.Name) {
			c.fail([]any{keyInputs, i, "name"}, "%q is no name; use lower-case letters, digits and underscores, no digit first", d.Name)
		}
		if slices.ContainsFunc(out[:i], func(in Input) bool { return in.Name == d.Name }) {
			c.fail([]any{keyInputs, i, "name"}, "%q is the name of an input before; choose another", d.Name)
		}
		c.metrics(d.Metric, i)
		c.reckoned(d, i)
		out[i].match = c.matchers(d.Match, keyInputs, i, "match")
	}
	if out[0].Optional {
		c.fail([]any{keyInputs, 0, "optional"}, "the first input is the series that people see; make another one first or remove optional")
	}
	return out
}

// reckoned checks what makes an input a rate or a sum.
func (c *compiler) reckoned(d draftInput, input int) {
	if d.Rate != 0 && (d.Rate < time.Second || d.Rate > time.Hour) {
		c.fail([]any{keyInputs, input, "rate"}, "%v is outside 1s to 1h; write over what time the increase is reckoned, 1m is usual", d.Rate)
	}
	if first := slices.IndexFunc(c.draft.Inputs, func(o draftInput) bool { return o.Rate != 0 }); d.Rate != 0 && c.draft.Inputs[first].Rate != d.Rate {
		c.fail([]any{keyInputs, input, "rate"}, "%v is not %v, over which %q is reckoned; write the same for all inputs of a rule",
			d.Rate, c.draft.Inputs[first].Rate, c.draft.Inputs[first].Name)
	}
	if input == 0 && d.Rate == 0 && c.draft.Kind == Count {
		c.fail([]any{keyInputs, input, "rate"}, "a count is of events in a time; write over what time they are counted, 5m is usual")
	}
	if d.Sum && c.draft.Join == nil {
		c.fail([]any{keyInputs, input, "sum"}, "nothing tells which series belong together; write under join the labels that tell senders apart, [job, instance] is usual")
	}
}

func (c *compiler) metrics(names []string, input int) {
	path := []any{keyInputs, input, "metric"}
	if len(names) == 0 || len(names) > maxNames {
		c.fail(path, "%d metric names; write 1 to %d", len(names), maxNames)
	}
	for i, n := range names {
		if !metricPattern.MatchString(n) {
			c.fail(path, "%q is no metric name; use letters, digits, underscores and colons, no digit first", n)
		}
		if slices.Contains(names[:i], n) {
			c.fail(path, "%q is named twice; remove one", n)
		}
	}
}

// expressions compiles use, limit and skip and checks that every input serves one of them.
func (c *compiler) expressions(r *Rule) {
	names := make([]string, len(r.Inputs))
	for i, in := range r.Inputs {
		names[i] = in.Name
	}
	compile := func(key, text string) *expression {
		e, err := parseExpression(text, names)
		if err != nil {
			c.fail([]any{key}, "%w", err)
		}
		return e
	}
	failed := len(c.errs)
	r.use = compile("use", c.draft.Use)
	if c.draft.Limit != "" {
		r.limit = compile("limit", c.draft.Limit)
	} else if r.Kind == Saturation {
		c.fail([]any{"limit"}, "a saturation needs a limit; write an expression over the inputs (%s) or choose another kind", strings.Join(names, ", "))
	}
	if c.draft.Skip != "" {
		r.skip = compile("skip", c.draft.Skip)
	}
	if len(c.errs) > failed {
		return // an input may seem unused only because an expression is wrong
	}
	for i, in := range r.Inputs {
		if in.Name != StartTime && in.Name != Requests && !r.use.uses(i) && !r.limit.uses(i) && !r.skip.uses(i) {
			c.fail([]any{keyInputs, i, "name"}, "%q stands in none of use, limit and skip; use it or remove it", in.Name)
		}
	}
}

func (c *compiler) belonging() belonging {
	d := c.draft.Entity
	b := belonging{root: d.Root, typ: d.Type}
	if b.root == "" {
		b.root = RootHost
	}
	if b.root != RootHost && b.root != RootWorkload && b.root != RootSelf {
		c.fail([]any{keyEntity, "root"}, "%q is not known; use host, workload (the pod, else the host) or self", d.Root)
	}
	// Type source would be taken for what belongs to no entity.
	if !namePattern.MatchString(string(d.Type)) || d.Type == "source" {
		c.fail([]any{keyEntity, "type"}, "%q is no type; use volume, process, application or a word of your own in lower case", d.Type)
	}
	outermost := d.Type == entity.Host || d.Type == entity.Pod
	switch {
	case len(d.Labels) > maxNames:
		c.fail([]any{keyEntity, "labels"}, "%d labels are too many; use at most %d", len(d.Labels), maxNames)
	case outermost && (len(d.Labels) > 0 || d.Root == RootSelf):
		c.fail([]any{keyEntity, "labels"}, "the labels of a %s are known; remove labels and use root host or workload, or choose another type", d.Type)
	case !outermost && len(d.Labels) == 0:
		c.fail([]any{keyEntity, "labels"}, "nothing names the %s; list the labels that do", d.Type)
	}
	for i, l := range d.Labels {
		p, ok := parsePart(l)
		if !ok {
			c.fail([]any{keyEntity, "labels", i}, `%q names no label; write label, label|other, or label? if it may be absent`, l)
		}
		b.parts = append(b.parts, p)
	}
	return b
}

func (c *compiler) joins() []string {
	if len(c.draft.Join) > maxNames {
		c.fail([]any{"join"}, "%d labels are too many; use at most %d", len(c.draft.Join), maxNames)
	}
	for i, l := range c.draft.Join {
		if !labelName.MatchString(l) {
			c.fail([]any{"join", i}, "%q is no label name; use letters, digits and underscores", l)
		}
	}
	return c.draft.Join
}
