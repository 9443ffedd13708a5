package gateway

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
)

// Rate is how many requests are made in a minute, unless a channel says otherwise.
const Rate = 60

// Forms of a body.
const (
	JSON = "json"
	Form = "form"
)

// Options are the keys of a channel that are this type's own.
type Options struct {
	// Method is GET, POST or PUT; "" is POST.
	Method string `yaml:"method"`
	// Encoding of Body: json or form; "" is json. With GET the body is the query.
	Encoding string `yaml:"encoding"`
	// Body is what is sent: keys and values, nested if it is JSON. In its texts {{names}} are replaced; what they hold cannot change
	// the form.
	Body map[string]any `yaml:"body"`
	// TextLength is how many characters {{text}} may have; 0 is 500.
	TextLength int `yaml:"text_length"`
	// SuccessPath is where the answer, as JSON, says what became of it, such as data.0.code; "" looks at the status alone.
	SuccessPath string `yaml:"success_path"`
	// SuccessValues are the values there that mean acceptance; RefusedValues those that mean that this message, or number, will never
	// be accepted. Any other is tried again.
	SuccessValues []string `yaml:"success_values"`
	RefusedValues []string `yaml:"refused_values"`
}

// names of what stands for something in a body.
func names() []string {
	return []string{"to", "to_plain", "to_list", "name", "text", "title", "when", "severity", "url", "id", "secret"}
}

var placeholder = regexp.MustCompile(`\{\{\s*([a-z_]+)\s*\}\}`)

// Problems tells all that is wrong with the options of a channel, which has a template of its own or not.
func (o *Options) Problems(template bool, bad func(key, rule string)) {
	if !slices.Contains([]string{"", http.MethodGet, http.MethodPost, http.MethodPut}, o.Method) {
		bad("method", fmt.Sprintf("%q is not known; set GET, POST or PUT", o.Method))
	}
	if !slices.Contains([]string{"", JSON, Form}, o.Encoding) {
		bad("encoding", fmt.Sprintf("%q is not known; set json or form", o.Encoding))
	}
	if len(o.Body) == 0 {
		bad("body", `is empty; set what the gateway wants, such as {mobile: "{{to}}", content: "{{text}}"}`)
	}
	each(o.Body, "", func(path, text string) {
		for _, m := range placeholder.FindAllStringSubmatch(text, -1) {
			if !slices.Contains(names(), m[1]) {
				bad("body."+path, fmt.Sprintf("{{%s}} is not known; use one of %s", m[1], strings.Join(names(), ", ")))
			}
		}
	})
	if template && !o.uses("text") {
		bad("template", "is not said anywhere; write {{text}} into body where its text belongs")
	}
	if o.flat() {
		for k, v := range o.Body {
			if _, nested := v.(map[string]any); nested {
				bad("body."+k, "is nested, which a form or a query cannot be; write one value, or set encoding to json and the method to POST")
			}
			if _, list := v.([]any); list {
				bad("body."+k, "is a list, which a form or a query cannot be; write one value, or set encoding to json and the method to POST")
			}
		}
	}
	if o.TextLength < 0 || o.TextLength > 10_000 {
		bad("text_length", fmt.Sprintf("%d is out of range; set 1 to 10000, or 0 for 500", o.TextLength))
	}
	if (o.SuccessPath == "") != (len(o.SuccessValues) == 0) || o.SuccessPath == "" && len(o.RefusedValues) > 0 {
		bad("success_path", "and success_values belong together; set both, or neither to look at the status alone")
	}
}

// flat reports whether the body is keys and values only.
func (o *Options) flat() bool { return o.Encoding == Form || o.Method == http.MethodGet }

// uses reports whether a name stands in the body.
func (o *Options) uses(wanted ...string) (found bool) {
	each(o.Body, "", func(_, text string) {
		for _, m := range placeholder.FindAllStringSubmatch(text, -1) {
			found = found || slices.Contains(wanted, m[1])
		}
	})
	return found
}

// each calls f with every text of a value, and where it is.
func each(v any, path string, f func(path, text string)) {
	switch x := v.(type) {
	case string:
		f(path, x)
	case []any:
		for k, e := range x {
			each(e, join(path, fmt.Sprint(k)), f)
		}
	case map[string]any:
		for k, e := range x {
			each(e, join(path, k), f)
		}
	}
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}
