package rule

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"maps"
	"strings"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql/parser"
	"go.yaml.in/yaml/v3"
)

const (
	// maxFile bounds a file, maxRules the rules of one.
	maxFile  = 8 << 20
	maxRules = 5000
	// minInterval is the shortest time between two evaluations of a group; a shorter one is taken for it.
	minInterval = 5 * time.Second
)

// Reader reads rule files. It is for one set of files: it remembers which names were there. Make it by [NewReader].
type Reader struct {
	interval time.Duration
	together func(a, b string) bool
	parser   parser.Parser
	seen     map[string]int // rules by group and name
}

// NewReader returns a reader. Interval is that of groups that name none; together reports whether series of two metrics that
// have the same labels are in one partition.
func NewReader(interval time.Duration, together func(a, b string) bool) *Reader {
	return &Reader{interval: interval, together: together, parser: parser.NewParser(parser.Options{}), seen: map[string]int{}}
}

// Read returns the groups of a file. It returns all errors joined, and then no groups.
func (r *Reader) Read(file string, data []byte) ([]*Group, error) {
	if len(data) > maxFile {
		return nil, fmt.Errorf("%s: %d bytes are more than %d; split the file", file, len(data), maxFile)
	}
	doc, err := decode(file, data)
	if err != nil {
		return nil, err
	}
	f := &reading{Reader: r, file: file, at: positions(data)}
	groups := make([]*Group, 0, len(doc.Groups))
	for i := range doc.Groups {
		groups = append(groups, f.group(i, &doc.Groups[i]))
	}
	f.names(doc.Groups)
	if err := errors.Join(f.errs...); err != nil {
		return nil, err
	}
	return groups, nil
}

// decode reads the document strictly.
func decode(file string, data []byte) (*rulefmt.RuleGroups, error) {
	var doc rulefmt.RuleGroups
	d := yaml.NewDecoder(bytes.NewReader(data))
	d.KnownFields(true)
	switch err := d.Decode(&doc); {
	case errors.Is(err, io.EOF):
		return nil, fmt.Errorf("%s: there is nothing in it; write groups, or take the file out of the configuration", file)
	case err != nil:
		return nil, plainly(file, err)
	}
	if err := d.Decode(&yaml.Node{}); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf(`%s: there is more than one document, and only the first is read; remove the line "---" between them`, file)
	}
	return &doc, nil
}

// reading is the reading of one file.
type reading struct {
	*Reader
	file  string
	at    []place
	rules int
	errs  []error
}

// fail notes an error at a line, 0 if that is not known.
func (f *reading) fail(line int, format string, args ...any) {
	where := f.file
	if line > 0 {
		where = fmt.Sprintf("%s:%d", f.file, line)
	}
	f.errs = append(f.errs, fmt.Errorf("%s: %w", where, fmt.Errorf(format, args...)))
}

// names reports groups without a name and names that come twice.
func (f *reading) names(groups []rulefmt.RuleGroup) {
	seen := map[string]bool{}
	for i, g := range groups {
		switch line := f.line(i, -1); {
		case g.Name == "":
			f.fail(line, "group %d: name: there is none; give every group one", i+1)
		case seen[g.Name]:
			f.fail(line, "group %q: name: it is there twice in the file; give each group a name of its own", g.Name)
		}
		seen[g.Name] = true
	}
}

// group returns what a group of the file means.
func (f *reading) group(i int, from *rulefmt.RuleGroup) *Group {
	g := &Group{Name: from.Name, Interval: time.Duration(from.Interval)}
	if g.Interval == 0 {
		g.Interval = f.interval
	}
	g.Interval = max(g.Interval, minInterval)
	if from.Limit < 0 {
		f.fail(f.line(i, -1), "group %q: limit: %d is negative; set how many results a rule may have, or 0 for any number", g.Name, from.Limit)
	}
	for name := range from.Labels {
		if !model.UTF8Validation.IsValidLabelName(name) || name == model.MetricNameLabel {
			f.fail(f.line(i, -1), "group %q: labels: %q is no name of a label; correct it", g.Name, name)
		}
	}
	for j := range from.Rules {
		if f.rules++; f.rules == maxRules+1 {
			f.fail(f.line(i, j), "group %q: the file has more than %d rules; split it", g.Name, maxRules)
		}
		if rule := f.rule(g, from, &from.Rules[j], f.line(i, j)); rule != nil {
			g.Rules = append(g.Rules, rule)
		}
	}
	return g
}

// rule returns what a rule of the file means, nil if that is wrong.
func (f *reading) rule(g *Group, all *rulefmt.RuleGroup, from *rulefmt.Rule, line int) *Rule {
	name := cmp.Or(from.Alert, from.Record)
	wrong := from.Validate(rulefmt.RuleNode{}, model.UTF8Validation, f.parser)
	for i := range wrong {
		err := wrong[i].Unwrap()
		f.fail(line, "group %q, rule %q: %w; %s", g.Name, name, err, remedy(err.Error()))
	}
	if len(wrong) > 0 {
		return nil
	}
	expr, err := f.parser.ParseExpr(from.Expr)
	if err == nil && expr.Type() != parser.ValueTypeVector && expr.Type() != parser.ValueTypeScalar {
		err = fmt.Errorf("it gives a %s", parser.DocumentedType(expr.Type()))
	}
	if err != nil {
		f.fail(line, "group %q, rule %q: expr: %w; write one that gives a vector, such as up == 0", g.Name, name, err)
		return nil
	}
	r := &Rule{
		Key: f.key(g.Name, name), Name: name, Group: g.Name, Record: from.Record != "", Query: from.Expr, Expr: expr,
		For: time.Duration(from.For), KeepFiringFor: time.Duration(from.KeepFiringFor), Interval: g.Interval,
		Limit: all.Limit, Labels: map[string]string{}, Annotations: from.Annotations, Origin: fmt.Sprintf("%s:%d", f.file, line),
	}
	if all.QueryOffset != nil {
		r.Offset = time.Duration(*all.QueryOffset)
	}
	maps.Copy(r.Labels, all.Labels)
	maps.Copy(r.Labels, from.Labels)
	r.plan(f.together)
	return r
}

// key names a rule so that it is found again after a restart with files that were extended elsewhere.
func (r *Reader) key(group, name string) string {
	key := group + "/" + name
	r.seen[key]++
	if n := r.seen[key]; n > 1 {
		return fmt.Sprintf("%s/%d", key, n)
	}
	return key
}

func fold(s string) string { return strings.ToLower(strings.TrimSpace(s)) }
