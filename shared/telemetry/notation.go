package telemetry

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// String returns the labels in Prometheus notation, name{a="b",c="d"}; names that need it are
// quoted, {"my.metric","my.label"="b"}. [ParseSeries] reads it back.
func (ls Labels) String() string {
	var sb strings.Builder
	sb.Grow(ls.size() + len(`="",`)*len(ls)) // more where something must be escaped
	name := ls.Get(MetricName)
	bare := isBareName(name, true)
	if bare {
		sb.WriteString(name)
		if len(ls) == 1 {
			return name
		}
	}
	sb.WriteByte('{')
	separator := ""
	if name != "" && !bare {
		writeQuoted(&sb, name)
		separator = ","
	}
	for _, l := range ls {
		if l.Name == MetricName {
			continue
		}
		sb.WriteString(separator)
		writeLabel(&sb, l)
		separator = ","
	}
	sb.WriteByte('}')
	return sb.String()
}

func writeLabel(sb *strings.Builder, l Label) {
	if isBareName(l.Name, false) {
		sb.WriteString(l.Name)
	} else {
		writeQuoted(sb, l.Name)
	}
	sb.WriteByte('=')
	writeQuoted(sb, l.Value)
}

func writeQuoted(sb *strings.Builder, s string) {
	sb.WriteByte('"')
	for {
		i := strings.IndexAny(s, "\\\"\n")
		if i < 0 {
			break
		}
		sb.WriteString(s[:i])
		sb.WriteByte('\\')
		if s[i] == '\n' {
			sb.WriteByte('n')
		} else {
			sb.WriteByte(s[i])
		}
		s = s[i+1:]
	}
	sb.WriteString(s)
	sb.WriteByte('"')
}

// isBareName tells whether a name needs no quotes; only metric names may have colons.
func isBareName(s string, colons bool) bool {
	return s != "" && bareNameLen(s, colons) == len(s)
}

// bareNameLen returns how much of the start of s is a name without quotes.
func bareNameLen(s string, colons bool) int {
	for i := range len(s) {
		c := s[i]
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' || colons && c == ':'
		if !letter && (i == 0 || c < '0' || c > '9') {
			return i
		}
	}
	return len(s)
}

// ParseSeries reads a series in Prometheus notation: name{a="b",…}, or {"name",a="b"} where names
// are quoted because they hold other characters than Prometheus once allowed. Values know the escapes \\, \"
// and \n. Blanks between the parts and a comma after the last label are accepted; a name that comes
// twice, invalid UTF-8 and anything after the series are not.
func ParseSeries(s string) (Labels, error) {
	p := seriesParser{rest: s}
	if err := p.series(); err != nil {
		return nil, fmt.Errorf("parse series %.200q: at byte %d: %w", s, len(s)-len(p.rest), err)
	}
	return NewLabels(p.labels...), nil
}

// seriesParser is a recursive descent over rest, which always starts where the next part should.
type seriesParser struct {
	rest   string
	labels []Label
}

func (p *seriesParser) series() error {
	if !utf8.ValidString(p.rest) {
		return errors.New("the text is not valid UTF-8")
	}
	p.skipBlanks()
	if n := bareNameLen(p.rest, true); n > 0 {
		p.labels = append(p.labels, Label{MetricName, p.rest[:n]})
		p.rest = p.rest[n:]
	} else if !strings.HasPrefix(p.rest, "{") {
		return errors.New("want a metric name or {")
	}
	if p.take('{') {
		if err := p.body(); err != nil {
			return err
		}
	}
	p.skipBlanks()
	if p.rest != "" {
		return errors.New("unexpected text after the series")
	}
	return nil
}

// body reads what follows the opening brace, and the closing one.
func (p *seriesParser) body() error {
	for !p.take('}') {
		if err := p.label(); err != nil {
			return err
		}
		if p.take(',') {
			continue
		}
		if !p.take('}') {
			return errors.New("want , or }")
		}
		return nil
	}
	return nil
}

// label reads name="value", or the quoted metric name alone.
func (p *seriesParser) label() error {
	p.skipBlanks()
	quoted := strings.HasPrefix(p.rest, `"`)
	name, err := p.name(quoted)
	if err != nil {
		return err
	}
	if quoted && !p.at('=') {
		return p.add(MetricName, name)
	}
	if !p.take('=') {
		return fmt.Errorf("want = after the label name %q", name)
	}
	p.skipBlanks()
	value, err := p.quoted()
	if err != nil {
		return err
	}
	return p.add(name, value)
}

func (p *seriesParser) name(quoted bool) (string, error) {
	if !quoted {
		n := bareNameLen(p.rest, false)
		if n == 0 {
			return "", errors.New("want a label name or }")
		}
		name := p.rest[:n]
		p.rest = p.rest[n:]
		return name, nil
	}
	name, err := p.quoted()
	if err == nil && name == "" {
		err = errors.New("a name is empty")
	}
	return name, err
}

// quoted reads a string in double quotes.
func (p *seriesParser) quoted() (string, error) {
	if !strings.HasPrefix(p.rest, `"`) {
		return "", errors.New(`want a value in double quotes`)
	}
	p.rest = p.rest[1:]
	var sb strings.Builder
	for {
		i := strings.IndexAny(p.rest, `\"`)
		if i < 0 {
			return "", errors.New("a double quote is not closed")
		}
		sb.WriteString(p.rest[:i])
		if p.rest[i] == '"' {
			p.rest = p.rest[i+1:]
			return sb.String(), nil
		}
		p.rest = p.rest[i:]
		if err := p.escape(&sb); err != nil {
			return "", err
		}
	}
}

// escape reads a backslash and what it stands for.
func (p *seriesParser) escape(sb *strings.Builder) error {
	if len(p.rest) < 2 || !strings.ContainsRune(`\"n`, rune(p.rest[1])) {
		return errors.New(`unknown escape; only \\, \" and \n are known`)
	}
	c := p.rest[1]
	if c == 'n' {
		c = '\n'
	}
	sb.WriteByte(c)
	p.rest = p.rest[2:]
	return nil
}

func (p *seriesParser) add(name, value string) error {
	if len(p.labels) == MaxLabels {
		return fmt.Errorf("more than %d labels", MaxLabels)
	}
	for _, l := range p.labels {
		if l.Name == name {
			return fmt.Errorf("label %q comes twice", name)
		}
	}
	p.labels = append(p.labels, Label{name, value})
	return nil
}

func (p *seriesParser) skipBlanks() { p.rest = strings.TrimLeft(p.rest, " \t\r\n") }

// at tells whether c comes next, blanks aside.
func (p *seriesParser) at(c byte) bool {
	p.skipBlanks()
	return p.rest != "" && p.rest[0] == c
}

// take steps over c if it comes next.
func (p *seriesParser) take(c byte) bool {
	ok := p.at(c)
	if ok {
		p.rest = p.rest[1:]
	}
	return ok
}
