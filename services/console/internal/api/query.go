package api

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

const (
	defaultLimit = 100
	maxLimit     = 1000
	// maxValue bounds every parameter, in bytes. Cursors are keys, which hold label values.
	maxValue = 16 << 10
	// maxText bounds what is searched for, in characters.
	maxText = 200
)

// failure is an error that the caller of the API can do something about.
type failure struct {
	status        int
	code, message string
	// now is how the incident is that a command did not fit; nil of everything else.
	now *now
}

func (f *failure) Error() string { return f.message }

func badParameter(format string, args ...any) error {
	return &failure{status: http.StatusBadRequest, code: "bad_parameter", message: fmt.Sprintf(format, args...)}
}

// query holds the parameters of one request, each given at most once.
type query map[string]string

// parseQuery reads a raw query; parameters that are not among known are refused by name.
func parseQuery(raw string, known []string) (query, error) {
	values, err := url.ParseQuery(raw)
	if err != nil {
		return nil, badParameter("the query cannot be read (%v); percent-encode values", err)
	}
	var unknown []string
	q := query{}
	for name, v := range values {
		switch {
		case !knows(known, name):
			unknown = append(unknown, strconv.Quote(shorten(name)))
		case len(v) > 1:
			return nil, badParameter("%s is given %d times; give it once", name, len(v))
		case len(v[0]) > maxValue || !utf8.ValidString(v[0]):
			return nil, badParameter("%s is longer than %d bytes or not UTF-8; shorten it", name, maxValue)
		default:
			q[name] = v[0]
		}
	}
	if len(unknown) > 0 {
		slices.Sort(unknown)
		allowed := "there are none here"
		if len(known) > 0 {
			allowed = "known are " + strings.Join(known, ", ")
		}
		return nil, &failure{
			status: http.StatusBadRequest, code: "unknown_parameter",
			message: fmt.Sprintf("unknown query parameter %s; %s", strings.Join(unknown[:min(len(unknown), 5)], ", "), allowed),
		}
	}
	return q, nil
}

// knows reports whether a parameter is one of the known ones.
func knows(known []string, name string) bool {
	return slices.ContainsFunc(known, func(k string) bool {
		prefix, all := strings.CutSuffix(k, "*")
		return k == name || all && strings.HasPrefix(name, prefix)
	})
}

// shorten keeps a stranger's word quotable.
func shorten(s string) string { return s[:min(len(s), 64)] }

// oneOf returns the value of a parameter that is empty or one of a closed set.
func (q query) oneOf(name string, allowed ...string) (string, error) {
	v := q[name]
	if v == "" || slices.Contains(allowed, v) {
		return v, nil
	}
	return "", badParameter("%s: %q is not known; use one of %s", name, shorten(v), strings.Join(allowed, ", "))
}

// text returns what to search for.
func (q query) text() (string, error) {
	if utf8.RuneCountInString(q["q"]) > maxText {
		return "", badParameter("q: is longer than %d characters; search for less", maxText)
	}
	return q["q"], nil
}

// limit returns how many results a page holds.
func (q query) limit() (int, error) {
	v, ok := q["limit"]
	if !ok {
		return defaultLimit, nil
	}
	n, err := strconv.Atoi(v)
	if err != nil || n < 1 || n > maxLimit {
		return 0, badParameter("limit: %q is not between 1 and %d", shorten(v), maxLimit)
	}
	return n, nil
}
