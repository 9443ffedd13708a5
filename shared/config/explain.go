package config

import (
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// outline tells what stands where in a document: the decoder's errors name only lines.
type outline map[int][]entry

// entry is a value of the document: the section that it is in, the key that leads to it, its text if it is a scalar,
// and what it is.
type entry struct {
	section, key, text string
	tag                string
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

func (o outline) walk(n *yaml.Node, section, key string) {
	o[n.Line] = append(o[n.Line], entry{section, key, n.Value, n.ShortTag()})
	switch n.Kind {
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			name := n.Content[i].Value
			in := section
			if in == "" {
				in = name
			}
			o.walk(n.Content[i+1], in, name)
		}
	case yaml.SequenceNode:
		for _, c := range n.Content {
			o.walk(c, section, key)
		}
	}
}

// find returns the entry of a line that a message is about: the last of the tag and with the value which it quotes, else
// the last that is a scalar, if it has one. The zero entry: there is none.
func (o outline) find(line int, msg string) (found entry) {
	m := wrongType.FindStringSubmatch(msg)
	matched := false
	for _, e := range o[line] {
		switch {
		case m != nil && "!!"+m[1] == e.tag && strings.HasPrefix(e.text, strings.TrimSuffix(m[2], "...")): // it shortens long ones
			found, matched = e, true
		case !matched && (found == (entry{}) || e.text != ""):
			found = e
		}
	}
	return found
}

// failures are the keys of each section that could not be read; what is said of them afterwards is not to be trusted.
type failures map[string][]string

// blames tells whether an error of a section's own check is about what could not be read.
func (f failures) blames(section string, err error) bool {
	path, _, _ := strings.Cut(err.Error(), ":")
	for _, key := range f[section] {
		if key == "" || path == key || strings.HasSuffix(path, "."+key) || strings.HasPrefix(path, key+"[") || strings.HasPrefix(path, key+".") {
			return true
		}
	}
	return false
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
		at, rest, _ := strings.Cut(msg, ": ")
		line, _ := strconv.Atoi(strings.TrimPrefix(at, "line ")) // 0 has no entry
		e := o.find(line, rest)
		if unknownKey.MatchString(rest) {
			e.key = "" // it names the key itself
		} else {
			unread[e.section] = append(unread[e.section], e.key)
		}
		errs = append(errs, fmt.Errorf("configuration %s: %s", at, remedy(rest, e.key, sections)))
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
