package influx

import (
	"fmt"
	"regexp/syntax"
	"strings"
	"time"

	"github.com/prometheus/prometheus/model/labels"

	"github.com/forewarn/forewarn/shared/telemetry"
)

// question is what is asked of a bucket, in Flux that 1.8 knows.
type question struct {
	bucket   string
	from, to time.Time // both included
	matchers []*labels.Matcher
}

// maxAlternatives is how many values of a label are named in a question; more are left to what reads the answer.
const maxAlternatives = 200

// series asks for samples: a table for each series and field, as they are, since what 1.8 changes in a table it first holds
// as a whole. With oneEach it asks for a single sample of each.
func (q question) series(oneEach bool) string {
	limit := ""
	if oneEach {
		limit = " |> limit(n: 1)"
	}
	fields := fmt.Sprintf("(r._field == %s or r._field == %s)", literal(fieldValue), literal(fieldBits))
	filter, _ := q.filter(fields)
	return q.source() + filter + limit
}

// values asks for the values of a label, those of other fields' points included: 1.8 finds none where a filter names a
// field. It returns false if a matcher needs a look at each series.
func (q question) values(label string) (string, bool) {
	filter, whole := q.filter()
	return fmt.Sprintf("%s%s |> keep(columns: [%[3]s]) |> group() |> distinct(column: %[3]s)", q.source(), filter, column(label)), whole
}

// names asks for the names of labels. It returns false if a matcher needs a look at each series.
func (q question) names() (string, bool) {
	filter, whole := q.filter()
	return q.source() + filter + ` |> keys() |> keep(columns: ["_value"]) |> distinct()`, whole
}

func (q question) source() string {
	return fmt.Sprintf("from(bucket: %s) |> range(start: %s, stop: %s)", literal(q.bucket), instant(q.from), instant(q.to.Add(time.Millisecond)))
}

func instant(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// filter selects by the given terms, and by the matchers as far as InfluxDB can. It returns false if that is not all that
// the matchers demand: what a series without a label is to Flux depends on where a filter is evaluated, so that matchers
// which such a series satisfies are left to the reader.
func (q question) filter(terms ...string) (text string, whole bool) {
	whole = true
	for _, m := range q.matchers {
		if m.Matches("") {
			whole = false
			continue
		}
		term, exact := selects(m)
		if term != "" {
			terms = append(terms, term)
		}
		whole = whole && exact
	}
	if len(terms) == 0 {
		return "", whole
	}
	return fmt.Sprintf(" |> filter(fn: (r) => %s)", strings.Join(terms, " and ")), whole
}

// selects returns what selects at least the series that m does, "" if that is all of them, and whether it selects no
// others.
func selects(m *labels.Matcher) (term string, exact bool) {
	member := "r[" + column(m.Name) + "]"
	if m.Name == telemetry.MetricName {
		member = "r._measurement"
	}
	switch values := m.SetMatches(); {
	case m.Type == labels.MatchEqual:
		return fmt.Sprintf("%s == %s", member, literal(stored(m.Name, m.Value))), true
	case m.Type == labels.MatchRegexp && len(values) > 0 && len(values) <= maxAlternatives:
		each := make([]string, len(values))
		for i, v := range values {
			each[i] = fmt.Sprintf("%s == %s", member, literal(stored(m.Name, v)))
		}
		return "(" + strings.Join(each, " or ") + ")", true
	case m.Type == labels.MatchRegexp:
		expression, ok := pattern(m.Value)
		if !ok {
			return "", false
		}
		// A value that is stored in another form may match only in its own.
		return fmt.Sprintf("(%s =~ %s or %s =~ /%%[0-9A-F][0-9A-F]/)", member, expression, member), false
	}
	return "", false
}

// stored returns the form in which a label's value is stored.
func stored(name, value string) string {
	if name == telemetry.MetricName {
		return encodeName(value)
	}
	return encode(value)
}

// column returns the literal of the column that holds a label.
func column(label string) string {
	if label == telemetry.MetricName {
		return literal("_measurement")
	}
	return literal(encodeName(label))
}

// literal returns a string of Flux. All but plain characters are written as bytes, so that nothing ends it early and
// nothing in it is evaluated.
func literal(s string) string {
	var sb strings.Builder
	sb.WriteByte('"')
	for i := range len(s) {
		c := s[i]
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("_-./: ", c) >= 0 {
			sb.WriteByte(c)
			continue
		}
		fmt.Fprintf(&sb, `\x%02x`, c)
	}
	sb.WriteByte('"')
	return sb.String()
}

// pattern returns a regular expression of Flux that is anchored as those of matchers are. It returns false for one that
// holds other than plain ASCII or notations that Flux reads otherwise.
func pattern(re string) (string, bool) {
	if _, err := syntax.Parse(re, syntax.Perl); err != nil || strings.Contains(re, `\Q`) || strings.Contains(re, `\x`) {
		return "", false
	}
	var sb strings.Builder
	sb.WriteString("/^(?s:")
	for i := 0; i < len(re); i++ {
		c := re[i]
		switch {
		case c < ' ' || c > '~':
			return "", false
		case c == '\\' && i+1 < len(re):
			i++
			if re[i] < ' ' || re[i] > '~' {
				return "", false
			}
			sb.WriteString(re[i-1 : i+1])
		case c == '/':
			sb.WriteString(`\/`)
		default:
			sb.WriteByte(c)
		}
	}
	sb.WriteString(")$/")
	return sb.String(), true
}
