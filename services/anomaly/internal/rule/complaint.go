package rule

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"
)

var (
	lineOf  = regexp.MustCompile(`^(?:yaml: )?line (\d+): `)
	unknown = regexp.MustCompile(`^field (.*) not found in type rulefmt\.\w+$`)
)

// plainly says for people what the decoder says of the file, an error for each thing that is wrong.
func plainly(file string, err error) error {
	var typed *yaml.TypeError
	if !errors.As(err, &typed) {
		return complaint(file, err.Error())
	}
	errs := make([]error, len(typed.Errors))
	for i, text := range typed.Errors {
		errs[i] = complaint(file, text)
	}
	return errors.Join(errs...)
}

// complaint says one of them.
func complaint(file, text string) error {
	where := file
	if m := lineOf.FindStringSubmatch(text); m != nil {
		where, text = file+":"+m[1], text[len(m[0]):]
	}
	if m := unknown.FindStringSubmatch(text); m != nil {
		return fmt.Errorf("%s: unknown key %q; remove it, or correct its name (docs/rules.md names all keys)", where, m[1])
	}
	return fmt.Errorf("%s: %s; correct it (the form is that of Prometheus' rule files)", where, text)
}

// remedy says what to do about an error of Prometheus' own check, by what it is about.
func remedy(text string) string {
	for _, r := range [...]struct{ about, do string }{
		{"could not parse expression", "correct the PromQL in expr"},
		{"'expr' must be set", "write in expr what it asks for"},
		{"only one of 'record' and 'alert'", "make two rules of it"},
		{"one of 'record' or 'alert'", "name the rule by alert, or by record"},
		{"in recording rule", "take that key out, or make it an alert"},
		{"template", "correct the template"},
		{"name", "correct the name"},
	} {
		if strings.Contains(text, r.about) {
			return r.do
		}
	}
	return "correct it"
}

// place is where a group and its rules begin.
type place struct {
	line  int
	rules []int
}

// positions returns where the groups of a document are that could be decoded.
func positions(data []byte) (out []place) {
	var doc struct {
		Groups []struct {
			Rules []yaml.Node `yaml:"rules"`
			Name  yaml.Node   `yaml:"name"`
		} `yaml:"groups"`
	}
	if yaml.Unmarshal(data, &doc) != nil {
		return nil
	}
	for _, g := range doc.Groups {
		p := place{line: g.Name.Line}
		for i := range g.Rules {
			p.rules = append(p.rules, g.Rules[i].Line)
		}
		out = append(out, p)
	}
	return out
}

// line returns where a rule begins, or its group if rule is negative; 0 if that is not known.
func (f *reading) line(group, rule int) int {
	if group >= len(f.at) {
		return 0
	}
	if p := f.at[group]; rule < 0 || rule >= len(p.rules) {
		return p.line
	}
	return f.at[group].rules[rule]
}
