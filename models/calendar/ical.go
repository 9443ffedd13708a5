package calendar

import (
	"errors"
	"fmt"
	"strings"
)

// ParseICS reads the all-day events of an iCalendar file (RFC 5545), 1 MiB at most. An event is a holiday; it is a day
// that is worked if its CATEGORIES say WORKDAY or its SUMMARY says so as Chinese holiday feeds do (上班, 补班, （班）), and a
// closing day if its CATEGORIES say CLOSING. Cancelled events and other components are left out, and so is what lies
// outside the years covered. What it does not understand is an error, never a wrong day: events with a time of day,
// rules that do more than repeat every year, exceptions to a rule. The error joins all there is to correct, by line.
func ParseICS(data []byte) (Additions, error) {
	if len(data) > maxBytes {
		return Additions{}, fmt.Errorf("iCalendar: %d bytes are too many; split the file, 1 MiB is the most", len(data))
	}
	var r icsReader
	for _, l := range unfold(string(data)) {
		r.read(l)
	}
	if len(r.open) > 0 {
		r.fail(r.line, "the file ends within %s; it is cut short, fetch it again", r.open[len(r.open)-1])
	} else if !r.any {
		r.fail(1, "there is no BEGIN:VCALENDAR; give a file in iCalendar format")
	}
	if len(r.out.days) > maxSpans {
		r.fail(r.line, "%d days off, each year of repeated ones counted, are too many; keep at most %d", len(r.out.days), maxSpans)
	}
	if len(r.errs) > 0 {
		return Additions{}, errors.Join(r.errs...)
	}
	return r.out, nil
}

// textLine is an unfolded line and where it begins.
type textLine struct {
	number int
	text   string
}

// unfold joins continuation lines (RFC 5545, 3.1). Lines may end in LF alone, as many programs write them.
func unfold(data string) []textLine {
	var out []textLine
	var current []byte
	begin, number := 0, 0
	flush := func() {
		if len(current) > 0 {
			out = append(out, textLine{begin, string(current)})
		}
		current = current[:0]
	}
	for raw := range strings.SplitSeq(strings.TrimPrefix(data, "\ufeff"), "\n") {
		number++
		raw = strings.TrimSuffix(raw, "\r")
		if raw != "" && (raw[0] == ' ' || raw[0] == '\t') && begin > 0 {
			current = append(current, raw[1:]...)
			continue
		}
		flush()
		begin, current = number, append(current, raw...)
	}
	flush()
	return out
}

// property is a content line: NAME;PARAM=value,"value":value.
type property struct {
	name   string            // upper case
	params map[string]string // names in upper case, values as written without quotes
	value  string
}

var errProperty = errors.New("is no property; a line reads NAME:value or NAME;PARAMETER=value:value")

func parseProperty(text string) (property, error) {
	end := strings.IndexAny(text, ";:")
	if end <= 0 {
		return property{}, errProperty
	}
	p := property{name: strings.ToUpper(text[:end])}
	rest := text[end:]
	for rest[0] == ';' {
		name, value, ok := strings.Cut(rest[1:], "=")
		if !ok || name == "" || strings.ContainsAny(name, `;:"`) {
			return property{}, errProperty
		}
		end := endOfParameter(value)
		if end < 0 {
			return property{}, errProperty
		}
		if p.params == nil {
			p.params = map[string]string{}
		}
		p.params[strings.ToUpper(name)] = strings.ReplaceAll(value[:end], `"`, "")
		rest = value[end:]
	}
	p.value = rest[1:]
	return p, nil
}

// endOfParameter returns where an unquoted ; or : stands, -1 if nowhere.
func endOfParameter(s string) int {
	quoted := false
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"':
			quoted = !quoted
		case !quoted && (c == ';' || c == ':'):
			return i
		}
	}
	return -1
}

// The bounds of a file beyond its size: no honest one comes near.
const (
	maxDepth  = 8
	maxErrors = 50
)

// icsReader walks through the components of a file.
type icsReader struct {
	out   Additions
	errs  []error
	open  []string // components begun and not ended
	event event
	any   bool // a VCALENDAR was seen
	line  int
	stuck bool // too much is wrong to go on
}

func (r *icsReader) fail(line int, format string, args ...any) {
	switch {
	case r.stuck:
	case len(r.errs) == maxErrors:
		r.errs = append(r.errs, errors.New("iCalendar: more is wrong than is told here; correct the above first"))
		r.stuck = true
	default:
		r.errs = append(r.errs, fmt.Errorf("iCalendar line %d: "+format, append([]any{line}, args...)...))
	}
}

func (r *icsReader) read(l textLine) {
	if r.line = l.number; r.stuck {
		return
	}
	p, err := parseProperty(l.text)
	if err != nil {
		r.fail(l.number, "%.60q %w", l.text, err)
		return
	}
	switch p.name {
	case "BEGIN":
		r.begin(strings.ToUpper(p.value))
	case "END":
		r.end(strings.ToUpper(p.value))
	default:
		if len(r.open) == 0 {
			r.fail(l.number, "%.60s stands outside of any component; begin with BEGIN:VCALENDAR", p.name)
		} else if r.inEvent() {
			r.event.set(r, p)
		}
	}
}

// inEvent reports whether the innermost component is an event; alarms within one are not read.
func (r *icsReader) inEvent() bool { return len(r.open) == 2 && r.open[1] == "VEVENT" }

func (r *icsReader) begin(name string) {
	if len(r.open) == 0 && name != "VCALENDAR" {
		r.fail(r.line, "BEGIN:%.60s stands outside of a calendar; begin with BEGIN:VCALENDAR", name)
	}
	if len(r.open) == maxDepth {
		r.fail(r.line, "more than %d components lie within each other; give a file that a calendar program wrote", maxDepth)
		r.stuck = true
		return
	}
	r.any = true
	r.open = append(r.open, name)
	if r.inEvent() {
		r.event = event{line: r.line}
	}
}

func (r *icsReader) end(name string) {
	n := len(r.open)
	if n == 0 || r.open[n-1] != name {
		r.fail(r.line, "END:%.60s ends nothing that was begun; the file is damaged, fetch it again", name)
		r.stuck = true
		return
	}
	if r.inEvent() {
		r.event.add(r)
	}
	r.open = r.open[:n-1]
}
