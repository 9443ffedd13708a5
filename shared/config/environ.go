package config

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/caarlos0/env/v11"
)

// override applies the variables FOREWARN_<SECTION>_<KEY> to the section. A variable of the section that no key has
// is an error, as an unknown key in the file is.
func override(environ []string, s Section) (errs []error) {
	prefix := "FOREWARN_" + strings.ToUpper(s.Name) + "_"
	params, err := env.GetFieldParamsWithOptions(s.Into, env.Options{Prefix: prefix})
	if err != nil {
		return []error{fmt.Errorf("environment %s*: %w", prefix, err)}
	}
	known := make([]string, len(params))
	for i, p := range params {
		known[i] = p.Key
	}
	vars := env.ToMap(environ)
	names := make([]string, 0, len(vars))
	for name := range vars {
		if strings.HasPrefix(name, prefix) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		if !slices.Contains(known, name) {
			if hasRest(s.Into) {
				continue
			}
			errs = append(errs, fmt.Errorf("environment: unknown variable %s; unset it or correct its spelling (docs/configuration.md names the keys)", name))
			continue
		}
		// One at a time, so that an error can name its variable.
		one := env.Options{Prefix: prefix, Environment: map[string]string{name: vars[name]}}
		if err := env.ParseWithOptions(s.Into, one); err != nil {
			errs = append(errs, fmt.Errorf("environment %s: %s", name, parseRemedy(vars[name], err)))
		}
	}
	return errs
}

// hasRest reports whether a section's type takes the keys of others.
func hasRest(into any) bool {
	typ := reflect.TypeOf(into).Elem()
	for i := range typ.NumField() {
		if typ.Field(i).Type == reflect.TypeFor[Rest]() {
			return true
		}
	}
	return false
}

// parseRemedy says what a variable's value should have been, without the names of Go's fields.
func parseRemedy(value string, err error) string {
	var all env.AggregateError
	var parse env.ParseError
	if errors.As(err, &all) && len(all.Errors) == 1 && errors.As(all.Errors[0], &parse) {
		switch kind := parse.Type.String(); kind {
		case "time.Duration", "bool", "int", "int64", "uint64", "float64", "string":
			return fmt.Sprintf("%s is no %s", value, wanted(kind))
		}
		return parse.Err.Error()
	}
	return err.Error()
}
