// Package config reads Forewarn's one YAML file.
//
// The file has a section per concern (bus, history, catalogue, …) and per service. A program names the
// sections that it knows and reads; unknown keys anywhere are errors, and all errors of a file are told at
// once, each with its line. Environment variables FOREWARN_<SECTION>_<KEY> override what the file says.
//
//	var c struct{ Bus bus.Config; Trend trend.Config }
//	err := config.Load(data, os.Environ(), config.Section{"bus", &c.Bus}, config.Section{"trend", &c.Trend})
package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"reflect"

	"go.yaml.in/yaml/v3"
)

// Validator is implemented by section types that can judge themselves. Validate returns all errors
// joined, each naming key, value, rule and remedy; keys are relative to the section.
type Validator interface{ Validate() error }

// Section is a top-level key of the file and where its values go: a pointer to a struct that holds the
// defaults. A nil Into marks a section of another program: it may be there, and is not looked at.
type Section struct {
	Name string
	Into any
}

// Rest takes, inlined into the type of a section, the keys of which a program makes nothing, because the section is another
// program's: neither in the file nor in the environment are they errors.
//
//	type messages struct {
//		Signatures []string `yaml:"signatures" env:"SIGNATURES"`
//		Rest config.Rest `yaml:",inline"`
//	}
type Rest map[string]any

// Load fills the sections from the YAML document in data (which may be empty), then from the environment
// ("KEY=value" strings), and validates each. It returns all errors joined; what could not be read is not judged, since
// what is missing then would be blamed on its author.
func Load(data []byte, environ []string, sections ...Section) error {
	errs, unread := decode(data, sections)
	for _, s := range sections {
		if s.Into == nil {
			continue
		}
		errs = append(errs, override(environ, s)...)
		if v, ok := s.Into.(Validator); ok {
			errs = append(errs, unread.fair(s.Name, v.Validate())...)
		}
	}
	return errors.Join(errs...)
}

// decode reads the document into a struct made of the sections, so that one strict pass of the decoder
// sees every key and knows every line. It tells what could not be read.
func decode(data []byte, sections []Section) (errs []error, unread failures) {
	fields := make([]reflect.StructField, len(sections))
	for i, s := range sections {
		typ := reflect.TypeFor[yaml.Node]()
		if s.Into != nil {
			typ = reflect.TypeOf(s.Into)
		}
		fields[i] = reflect.StructField{
			Name: fmt.Sprintf("S%d", i),
			Type: typ,
			Tag:  reflect.StructTag(fmt.Sprintf("yaml:%q", s.Name)),
		}
	}
	doc := reflect.New(reflect.StructOf(fields))
	for i, s := range sections {
		if s.Into != nil {
			doc.Elem().Field(i).Set(reflect.ValueOf(s.Into))
		}
	}
	dec := yaml.NewDecoder(bytes.NewReader(data))
	dec.KnownFields(true)
	err := dec.Decode(doc.Interface())
	if errors.Is(err, io.EOF) {
		return nil, nil
	}
	if err == nil {
		return onlyOne(dec), nil
	}
	return explain(err, newOutline(data), sections)
}

// onlyOne reports a second document, of which nothing would be read.
func onlyOne(dec *yaml.Decoder) []error {
	var second yaml.Node
	if errors.Is(dec.Decode(&second), io.EOF) {
		return nil
	}
	return []error{errors.New(`the file has more than one document, and only the first is read; remove the line "---" between them`)}
}

// fair returns the joined errors of a section's own check, the section's name before the key that each starts with,
// without those about what could not be read.
func (f failures) fair(section string, err error) []error {
	if err == nil {
		return nil
	}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		var out []error
		for _, e := range joined.Unwrap() {
			out = append(out, f.fair(section, e)...)
		}
		return out
	}
	if f.blames(section, err) {
		return nil
	}
	return []error{fmt.Errorf("%s.%w", section, err)}
}
