package config

import (
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/forewarn/forewarn/shared/yamlfile"
)

// outline tells what stands where in a document: the decoder's errors name only lines.
type outline map[int][]entry

// entry is a value of the document: the section that it is in, the keys that lead to it from there, such as
// channels[0].url, in which column it begins, its text if it is a scalar, and what it is.
type entry struct {
	section, path string
	column        int
	text, tag     string
}

// key is the name by which people know the value.
func (e entry) key() string {
	if e.path == "" {
		return e.section
	}
	return e.section + "." + e.path
}

// newOutline reads what the decoder has read, values by their lines. A document that is no YAML has none.
func newOutline(data []byte) outline {
	o := outline{}
	var doc yaml.Node
	if yaml.Unmarshal(data, &doc) == nil && len(doc.Content) > 0 {
		o.walk(doc.Content[0], "", "")
	}
	return o
}

func (o outline) walk(n *yaml.Node, section, path string) {
	o[n.Line] = append(o[n.Line], entry{section, path, n.Column, n.Value, n.ShortTag()})
	switch n.Kind {
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			switch name := n.Content[i].Value; {
			case section == "":
				o.walk(n.Content[i+1], name, "")
			case path == "":
				o.walk(n.Content[i+1], section, name)
			default:
				o.walk(n.Content[i+1], section, path+"."+name)
			}
		}
	case yaml.SequenceNode:
		for i, c := range n.Content {
			o.walk(c, section, fmt.Sprintf("%s[%d]", path, i))
		}
	}
}

// find returns the entry of a line that a message is about: that in the column, if it tells one; else the last of the tag and
// with the value which it quotes, else the last that is a scalar, if it has one. The zero entry: there is none.
func (o outline) find(line, column int, msg string) (found entry) {
	m := wrongType.FindStringSubmatch(msg)
	matched := false
	for _, e := range o[line] {
		switch {
		case column > 0:
			if e.column == column {
				found = e
			}
		case m != nil && "!!"+m[1] == e.tag && strings.HasPrefix(e.text, strings.TrimSuffix(m[2], "...")): // it shortens long ones
			found, matched = e, true
		case !matched && (found == (entry{}) || e.text != ""):
			found = e
		}
	}
	return found
}

// failures are what could not be read of each section, by the paths of values; what is said of them afterwards is not to be trusted.
type failures map[string][]string

// blames tells whether an error of a section's own check is about what could not be read, or about something that it is part of.
func (f failures) blames(section string, err error) bool {
	path, _, _ := strings.Cut(err.Error(), ":")
	return slices.ContainsFunc(f[section], func(unread string) bool { return within(path, unread) || within(unread, path) })
}

// within reports whether a path leads to a value or to something in it; everything is within the section, whose path is "".
func within(path, outer string) bool {
	rest, ok := strings.CutPrefix(path, outer)
	return ok && (outer == "" || rest == "" || rest[0] == '.' || rest[0] == '[')
}

// explain turns the decoder's messages into ones that name key and remedy, and tells what could not be read.
func explain(err error, o outline, sections []Section) (errs []error, unread failures) {
	unread = failures{}
	var te *yaml.TypeError
	if !errors.As(err, &te) {
		for _, s := range sections {
			unread[s.Name] = []string{""}
		}
		return []error{fmt.Errorf("configuration: %w; correct the YAML syntax there", err)}, unread
	}
	for _, msg := range te.Errors {
		line, column, rest := yamlfile.Place(msg)
		e := o.find(line, column, rest)
		key := e.key()
		if unknownKey.MatchString(rest) {
			key = "" // it names the key itself
		} else {
			unread[e.section] = append(unread[e.section], e.path)
		}
		errs = append(errs, fmt.Errorf("configuration line %d: %s", line, remedy(rest, key, sections)))
	}
	return errs, unread
}

var (
	unknownKey = regexp.MustCompile(`^field (.+) not found in type (\S+)`)
	wrongType  = regexp.MustCompile("^cannot unmarshal !!(\\w+)(?: `(.*)`)? into (.+)$")
)

// remedy rewords one message of the decoder.
func remedy(msg, key string, sections []Section) string {
	if m := unknownKey.FindStringSubmatch(msg); m != nil {
		if text := moved(m[1], m[2], sections); text != "" {
			return text
		}
		names := make([]string, len(sections))
		for i, s := range sections {
			names[i] = s.Name
		}
		return fmt.Sprintf("unknown key %q; remove it or correct its spelling (see docs/configuration.md; sections are %s)", m[1], strings.Join(names, ", "))
	}
	if m := wrongType.FindStringSubmatch(msg); m != nil {
		value := m[2]
		if value == "" {
			value = map[string]string{"seq": "a list", "map": "a list of keys"}[m[1]]
		}
		msg = fmt.Sprintf("%s is no %s", value, wanted(m[3]))
	}
	if key != "" {
		return key + ": " + msg
	}
	return msg
}

// Mover is a section that had keys which it has no more.
type Mover interface {
	// Moved says what took the place of a key of the section itself, "" if there never was one.
	Moved(key string) string
}

// moved says what took the place of a key that the section of a Go type had, "" if it had none.
func moved(key, goType string, sections []Section) string {
	for _, s := range sections {
		m, ok := s.Into.(Mover)
		if !ok || strings.TrimPrefix(reflect.TypeOf(s.Into).String(), "*") != goType {
			continue
		}
		if text := m.Moved(key); text != "" {
			return s.Name + "." + key + ": " + text
		}
	}
	return ""
}

// wanted names a Go type as people would, with an example.
func wanted(goType string) string {
	switch {
	case goType == "time.Duration":
		return "duration; write a number with a unit, such as 15s, 10m or 48h"
	case goType == "bool":
		return "yes or no; write true or false"
	case strings.HasPrefix(goType, "int"), strings.HasPrefix(goType, "uint"):
		return "whole number; write one without a unit"
	case strings.HasPrefix(goType, "float"):
		return "number; write one such as 0.6"
	case goType == "string":
		return "text; put it in quotes"
	case strings.HasPrefix(goType, "[]"):
		return "list; begin each element with a dash, or write [a, b]"
	}
	return "group of keys; write its keys below it, indented"
}
