package signal

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/forewarn/forewarn/shared/telemetry"
)

// maxPattern bounds a regular expression's length in bytes.
const maxPattern = 2048

// matcher is a condition on one label, as in PromQL; an absent label has the empty value.
type matcher struct {
	label   string
	negated bool
	value   string
	pattern *regexp.Regexp // nil: compare with value
}

// matchers hold if each of them does.
type matchers []matcher

func (ms matchers) match(ls telemetry.Labels) bool {
	for i := range ms {
		m := &ms[i]
		v := ls.Get(m.label)
		hit := v == m.value
		if m.pattern != nil {
			hit = m.pattern.MatchString(v)
		}
		if hit == m.negated {
			return false
		}
	}
	return true
}

var labelName = regexp.MustCompile(`^[a-zA-Z_][a-zA-Z0-9_]*$`)

// parseMatcher reads label="value", with one of the operators = != =~ !~; the value stands in double
// quotes, with Go's escapes, or in single quotes, taken literally.
func parseMatcher(text string) (matcher, error) {
	at := strings.IndexAny(text, "=!")
	if at < 0 {
		return matcher{}, fmt.Errorf(`%q is no matcher; write label="value", with =, !=, =~ or !~`, text)
	}
	label, rest := strings.TrimSpace(text[:at]), text[at:]
	var op string
	for _, candidate := range [...]string{"=~", "!~", "!=", "="} {
		if strings.HasPrefix(rest, candidate) {
			op = candidate
			break
		}
	}
	value, err := unquote(strings.TrimSpace(rest[len(op):]))
	switch {
	case op == "":
		return matcher{}, fmt.Errorf("%q has no operator; use =, !=, =~ or !~", text)
	case !labelName.MatchString(label):
		return matcher{}, fmt.Errorf("%q: %q is no label name; use letters, digits and underscores", text, label)
	case label == telemetry.MetricName:
		return matcher{}, fmt.Errorf("%q: the metric name belongs in the input's key metric", text)
	case err != nil:
		return matcher{}, fmt.Errorf(`%q: %w`, text, err)
	}
	m := matcher{label: label, negated: op[0] == '!', value: value}
	if strings.HasSuffix(op, "~") {
		if len(value) > maxPattern {
			return matcher{}, fmt.Errorf("a regular expression of %d bytes is too long; use at most %d", len(value), maxPattern)
		}
		m.pattern, err = Anchored(value)
	}
	return m, err
}

// Anchored compiles a pattern as Prometheus 3 does: it must match the whole of a text, and its dot matches line ends,
// too. Errors say what to do.
func Anchored(pattern string) (*regexp.Regexp, error) {
	// Compiled alone first: "a)|(b" would otherwise become valid by our parentheses.
	if _, err := regexp.Compile(pattern); err != nil {
		return nil, fmt.Errorf("%w; correct it (syntax: RE2, anchored at both ends)", err)
	}
	re, err := regexp.Compile("^(?s:" + pattern + ")$")
	if err != nil {
		return nil, fmt.Errorf("%w; write it simpler", err)
	}
	return re, nil
}

func unquote(s string) (string, error) {
	if len(s) >= 2 && s[0] == '\'' && s[len(s)-1] == '\'' && !strings.Contains(s[1:len(s)-1], "'") {
		return s[1 : len(s)-1], nil
	}
	if len(s) >= 2 && s[0] == '"' {
		if v, err := strconv.Unquote(s); err == nil {
			return v, nil
		}
	}
	return "", fmt.Errorf("the value %s is not quoted; put it in double or single quotes", s)
}
