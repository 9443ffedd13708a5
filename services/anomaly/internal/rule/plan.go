package rule

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/forewarn/forewarn/shared/history/engine"
	"github.com/forewarn/forewarn/shared/telemetry"
)

const (
	// maxStream is how far back a rule may look that is evaluated from the stream, whose workers keep the samples.
	maxStream = time.Hour
)

// Selector is a selector of series in an expression.
type Selector struct {
	// Metric is the name of the metric, "" if the expression names none.
	Metric   string
	Matchers []*labels.Matcher
	// Reach is how far back from the time of an evaluation it looks.
	Reach time.Duration
}

// Match reports whether it selects a series with such labels.
func (s Selector) Match(ls telemetry.Labels) bool {
	return !slices.ContainsFunc(s.Matchers, func(m *labels.Matcher) bool { return !m.Matches(ls.Get(m.Name)) })
}

// String returns it in PromQL.
func (s Selector) String() string {
	all := make([]string, len(s.Matchers))
	for i, m := range s.Matchers {
		all[i] = m.String()
	}
	slices.Sort(all)
	return "{" + strings.Join(all, ",") + "}"
}

// asks finds templates that query.
var asks = regexp.MustCompile(`\{\{[^}]*\bquery\b`)

// plan decides where the rule is evaluated, and notes what of its expression is worth to know.
func (r *Rule) plan(together func(a, b string) bool) {
	w := &walk{together: together}
	w.visit(r.Expr, r.Offset)
	r.Selectors, r.Absence = w.selectors, w.absence
	r.threshold()
	switch {
	case r.Record:
		r.Why = "it records a series"
	case w.why != "":
		r.Why = w.why
	case len(w.selectors) == 0 || r.Expr.Type() != parser.ValueTypeVector:
		r.Why = "its result belongs to no series"
	case r.Limit > 0:
		r.Why = "its group limits the results of all partitions together"
	case slices.ContainsFunc(w.selectors, func(s Selector) bool { return s.Reach > maxStream }):
		r.Why = fmt.Sprintf("it looks back for more than %v", maxStream)
	case r.queries():
		r.Why = "a template of it queries"
	}
	if r.Place = Stream; r.Why != "" {
		r.Place = History
	}
}

// queries reports whether a template looks for more than it is given.
func (r *Rule) queries() bool {
	for _, m := range []map[string]string{r.Labels, r.Annotations} {
		for _, text := range m {
			if asks.MatchString(text) {
				return true
			}
		}
	}
	return false
}

// threshold notes the number that the whole expression is compared with.
func (r *Rule) threshold() {
	b, ok := bare(r.Expr).(*parser.BinaryExpr)
	if !ok || !b.Op.IsComparisonOperator() || b.ReturnBool {
		return
	}
	if n, ok := number(b.RHS); ok {
		r.Threshold, r.Comparison = n, b.Op.String()
	}
}

// number returns the value of a literal, with its sign.
func number(e parser.Expr) (float64, bool) {
	switch e := bare(e).(type) {
	case *parser.NumberLiteral:
		return e.Val, true
	case *parser.UnaryExpr:
		v, ok := number(e.Expr)
		if e.Op == parser.SUB {
			v = -v
		}
		return v, ok
	}
	return 0, false
}

func bare(e parser.Expr) parser.Expr {
	for {
		p, ok := e.(*parser.ParenExpr)
		if !ok {
			return e
		}
		e = p.Expr
	}
}

// perSeries are the functions whose results depend on one series each, as telling its own labels.
var perSeries = map[string]bool{
	"abs": true, "avg_over_time": true, "ceil": true, "changes": true, "clamp": true, "clamp_max": true, "clamp_min": true,
	"count_over_time": true, "delta": true, "deriv": true, "exp": true, "floor": true, "idelta": true, "increase": true,
	"irate": true, "last_over_time": true, "ln": true, "log10": true, "log2": true, "max_over_time": true, "min_over_time": true,
	"predict_linear": true, "present_over_time": true, "quantile_over_time": true, "rate": true, "resets": true, "round": true,
	"sgn": true, "sqrt": true, "stddev_over_time": true, "stdvar_over_time": true, "sum_over_time": true, "timestamp": true,
	"time": true,
}

// walk goes through an expression.
type walk struct {
	together  func(a, b string) bool
	selectors []Selector
	absence   bool
	why       string // the first thing that the stream of one partition cannot tell
}

func (w *walk) refuse(format string, args ...any) {
	if w.why == "" {
		w.why = fmt.Sprintf(format, args...)
	}
}

// visit notes the selectors of an expression that is evaluated so much earlier, or over such a range.
func (w *walk) visit(e parser.Expr, back time.Duration) {
	switch e := e.(type) {
	case *parser.ParenExpr:
		w.visit(e.Expr, back)
	case *parser.UnaryExpr:
		w.visit(e.Expr, back)
	case *parser.VectorSelector:
		w.selector(e, back+engine.Lookback)
	case *parser.MatrixSelector:
		w.selector(e.VectorSelector.(*parser.VectorSelector), back+e.Range) //nolint:forcetypeassert,errcheck // the parser's promise
	case *parser.Call:
		w.call(e, back)
	case *parser.BinaryExpr:
		w.binary(e, back)
	case *parser.AggregateExpr:
		w.refuse("it brings series together by %s", e.Op)
		w.visit(e.Expr, back)
		if e.Param != nil {
			w.visit(e.Param, back)
		}
	case *parser.SubqueryExpr:
		w.refuse("it has a subquery")
		if e.Timestamp != nil || e.StartOrEnd != 0 {
			w.refuse("it looks at a fixed time (@)")
		}
		w.visit(e.Expr, back+e.Range+max(0, e.OriginalOffset))
	case *parser.NumberLiteral, *parser.StringLiteral:
	default:
		w.refuse("it has a part that only queries know")
	}
}

func (w *walk) selector(s *parser.VectorSelector, reach time.Duration) {
	metric := s.Name
	for _, m := range s.LabelMatchers {
		if m.Name == telemetry.MetricName && m.Type == labels.MatchEqual {
			metric = m.Value
		}
	}
	switch {
	case metric == "":
		w.refuse("a selector names no metric")
	case s.Timestamp != nil || s.StartOrEnd != 0:
		w.refuse("it looks at a fixed time (@)")
	case s.OriginalOffset < 0:
		w.refuse("it looks ahead by a negative offset")
	case s.Anchored || s.Smoothed:
		w.refuse("it has a modifier that only queries know")
	}
	w.selectors = append(w.selectors, Selector{Metric: metric, Matchers: s.LabelMatchers, Reach: reach + max(0, s.OriginalOffset)})
}

func (w *walk) call(c *parser.Call, back time.Duration) {
	switch name := c.Func.Name; {
	case name == "absent" || name == "absent_over_time":
		w.absence = true
		w.refuse("that something is absent can only be told of all partitions together")
	case !perSeries[name]:
		w.refuse("%s depends on more than one series, or on labels that change", name)
	}
	for _, a := range c.Args {
		w.visit(a, back)
	}
}

func (w *walk) binary(b *parser.BinaryExpr, back time.Duration) {
	before := len(w.selectors)
	w.visit(b.LHS, back)
	w.visit(b.RHS, back)
	m := b.VectorMatching
	if m == nil || b.LHS.Type() != parser.ValueTypeVector || b.RHS.Type() != parser.ValueTypeVector {
		return
	}
	if m.On || len(m.MatchingLabels) > 0 || m.Card == parser.CardManyToOne || m.Card == parser.CardOneToMany {
		w.refuse("it matches series of different labels")
		return
	}
	for i := before + 1; i < len(w.selectors); i++ {
		if a, o := w.selectors[before].Metric, w.selectors[i].Metric; !w.together(a, o) {
			w.refuse("series of %s and %s can be in different partitions", a, o)
		}
	}
}

// Settle moves rules that read what another one records to where that is: recorded series do not come by in the stream. Call it when
// all files are read.
func Settle(groups []*Group) {
	recorded := map[string]bool{}
	for _, g := range groups {
		for _, r := range g.Rules {
			if r.Record {
				recorded[r.Name] = true
			}
		}
	}
	for _, g := range groups {
		for _, r := range g.Rules {
			i := slices.IndexFunc(r.Selectors, func(s Selector) bool { return recorded[s.Metric] })
			if r.Place == Stream && i >= 0 {
				r.Place, r.Why = History, fmt.Sprintf("it reads %s, which a rule records", r.Selectors[i].Metric)
			}
		}
	}
}
