// Package selector chooses incidents by what they are about: for whom they are, when people are not told, what is silenced.
//
// It is written as users of Alertmanager write matchers, a field, an operator and a value, and several of them with commas in
// between, all of which must hold:
//
//	severity="critical", type=~"host|database", name="erp-*", env!="test"
//
// = and != compare with a pattern in which * stands for any text and ? for one character (a backslash before them takes them
// as they are); =~ and !~ with a regular expression of RE2, which must match the whole value. A field that a subject lacks is "".
package selector

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Bounds of what people write, so that matching stays cheap.
const (
	maxMatchers = 20
	maxField    = 100
	maxValue    = 1000
)

// Op is how a value is compared.
type Op string

// The operators.
const (
	Like    Op = "="
	Unlike  Op = "!="
	Match   Op = "=~"
	NoMatch Op = "!~"
)

// Matcher compares one field. The zero value matches nothing; make one by [Parse].
type Matcher struct {
	field string
	op    Op
	value string
	re    *regexp.Regexp
}

// Selector is what all of its matchers match. The empty one matches everything.
type Selector []Matcher

// Subject is what a selector looks at.
type Subject interface {
	// Field returns the value of a field, "" if there is none.
	Field(name string) string
}

// Matches reports whether all matchers match s.
func (sel Selector) Matches(s Subject) bool {
	for k := range sel {
		if !sel[k].matches(s) {
			return false
		}
	}
	return true
}

func (m *Matcher) matches(s Subject) bool {
	return m.re != nil && m.re.MatchString(s.Field(m.field)) == (m.op == Like || m.op == Match)
}

// String returns the selector as [Parse] reads it.
func (sel Selector) String() string {
	parts := make([]string, len(sel))
	for k, m := range sel {
		parts[k] = m.field + string(m.op) + strconv.Quote(m.value)
	}
	return strings.Join(parts, ", ")
}

// Fields returns the fields that the selector looks at, in their order.
func (sel Selector) Fields() []string {
	out := make([]string, len(sel))
	for k := range sel {
		out[k] = sel[k].field
	}
	return out
}

// MarshalText returns the selector as text.
func (sel Selector) MarshalText() ([]byte, error) { return []byte(sel.String()), nil }

// UnmarshalText reads a selector that has at least one matcher.
func (sel *Selector) UnmarshalText(text []byte) error {
	out, err := Parse(string(text))
	if err != nil {
		return err
	}
	*sel = out
	return nil
}

// Parse reads matchers, in braces or not. The error says what is wrong and what to write.
func Parse(text string) (Selector, error) {
	rest := strings.TrimSpace(text)
	if inner, ok := strings.CutPrefix(rest, "{"); ok {
		if rest, ok = strings.CutSuffix(inner, "}"); !ok {
			return nil, fmt.Errorf("selector %q: the brace is not closed; write } at its end", clip(text))
		}
	}
	var sel Selector
	for {
		rest = strings.TrimSpace(rest)
		if rest == "" {
			break
		}
		m, after, err := next(rest)
		if err != nil {
			return nil, fmt.Errorf("selector %q: %w", clip(text), err)
		}
		sel = append(sel, m)
		if len(sel) > maxMatchers {
			return nil, fmt.Errorf("selector %q: has more than %d matchers; join some by =~\"a|b\"", clip(text), maxMatchers)
		}
		after = strings.TrimSpace(after)
		if after == "" {
			break
		}
		if after[0] != ',' {
			return nil, fmt.Errorf("selector %q: %q follows a matcher; put a comma between two of them", clip(text), clip(after))
		}
		rest = after[1:]
	}
	if len(sel) == 0 {
		return nil, fmt.Errorf("selector %q: is empty; write a field, an operator and a value, such as severity=\"critical\"", clip(text))
	}
	return sel, nil
}

// MustParse is Parse of what is written in a program; it panics if that is no selector.
func MustParse(text string) Selector {
	sel, err := Parse(text)
	if err != nil {
		panic(err)
	}
	return sel
}

var fieldName = regexp.MustCompile(`^[\p{L}_][\p{L}\p{N}_.:/-]*`)

// next reads the first matcher of text, and returns what follows it.
func next(text string) (m Matcher, rest string, err error) {
	field := fieldName.FindString(text)
	if field == "" || len(field) > maxField {
		return m, "", fmt.Errorf("%q does not begin with a field; write one such as severity, kind, type, name, root, signal, rule or a label", clip(text))
	}
	rest = strings.TrimLeft(text[len(field):], " \t")
	var op Op
	for _, o := range []Op{Match, NoMatch, Unlike, Like} {
		if strings.HasPrefix(rest, string(o)) {
			op = o
			break
		}
	}
	if op == "" {
		return m, "", fmt.Errorf("no operator follows %s; write =, !=, =~ or !~", field)
	}
	value, rest, err := value(strings.TrimLeft(rest[len(op):], " \t"))
	if err != nil {
		return m, "", fmt.Errorf("%s%s: %w", field, op, err)
	}
	m, err = newMatcher(field, op, value)
	return m, rest, err
}

// value reads a value, in quotes or up to the next comma.
func value(text string) (v, rest string, err error) {
	if strings.HasPrefix(text, `"`) {
		quoted, err := strconv.QuotedPrefix(text)
		if err != nil {
			return "", "", fmt.Errorf("the value %q is not closed, or holds an unknown escape; write it in double quotes, a backslash as \\\\", clip(text))
		}
		v, err = strconv.Unquote(quoted)
		return v, text[len(quoted):], err
	}
	v, rest, more := strings.Cut(text, ",")
	if more {
		rest = "," + rest
	}
	v = strings.TrimSpace(v)
	if strings.ContainsAny(v, `"{}=~`) {
		return "", "", fmt.Errorf("the value %q needs double quotes", clip(v))
	}
	return v, rest, nil
}

// newMatcher returns a matcher, or why there is none.
func newMatcher(field string, op Op, value string) (Matcher, error) {
	m := Matcher{field: field, op: op, value: value}
	if len(value) > maxValue || !utf8.ValidString(value) {
		return m, fmt.Errorf("the value of %s is longer than %d bytes, or no text; shorten it", field, maxValue)
	}
	expression := value
	if op == Like || op == Unlike {
		expression = glob(value)
	}
	re, err := regexp.Compile(`^(?s:` + expression + `)$`)
	if err != nil {
		return m, fmt.Errorf("%s%s%q is no regular expression: %w; correct it, or use = with * for any text", field, op, clip(value), err)
	}
	if fixed, known := closed(field); known && op == Like && !strings.ContainsAny(value, `*?\`) && value != "" && !fixed[value] {
		return m, fmt.Errorf("%s is never %q; write %s", field, clip(value), strings.Join(wordsOf(field), ", "))
	}
	m.re = re
	return m, nil
}

// glob makes a regular expression of a pattern.
func glob(pattern string) string {
	var b strings.Builder
	escaped := false
	for _, r := range pattern {
		switch {
		case escaped:
			b.WriteString(regexp.QuoteMeta(string(r)))
			escaped = false
		case r == '\\':
			escaped = true
		case r == '*':
			b.WriteString(".*")
		case r == '?':
			b.WriteString(".")
		default:
			b.WriteString(regexp.QuoteMeta(string(r)))
		}
	}
	if escaped {
		b.WriteString(`\\`)
	}
	return b.String()
}

// Literal returns the pattern that is only s.
func Literal(s string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`).Replace(s)
}

// Exactly returns the selector of what has exactly this value in a field; [Parse] tells whether both can be used.
func Exactly(field, v string) (Selector, error) {
	m, err := newMatcher(field, Like, Literal(v))
	if err != nil {
		return nil, err
	}
	return Selector{m}, nil
}

// clip shortens what an error shows.
func clip(s string) string {
	const most = 60
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}
