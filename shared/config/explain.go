package config

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// outline tells what stands in which line of a document: the decoder's errors name only lines.
type outline struct {
	lines   []string
	section map[int]string // by line, from 1
}

func newOutline(data []byte) outline {
	o := outline{section: map[int]string{}}
	current := ""
	for i, line := range bytes.Split(data, []byte("\n")) {
		text := string(line)
		o.lines = append(o.lines, text)
		if name, _, ok := strings.Cut(text, ":"); ok && text[0] != ' ' && text[0] != '#' && text[0] != '-' {
			current = strings.Trim(strings.TrimSpace(name), `"'`)
		}
		o.section[i+1] = current
	}
	return o
}

// key returns the key that a line begins with, "" if there is none.
func (o outline) key(line int) string {
	if line < 1 || line > len(o.lines) {
		return ""
	}
	name, _, ok := strings.Cut(strings.TrimLeft(o.lines[line-1], " -{"), ":")
	if !ok || strings.ContainsAny(name, " {}[],") {
		return ""
	}
	return strings.Trim(name, `"'`)
}

// explain turns the decoder's messages into ones that name key and remedy, and names the sections concerned.
func explain(err error, o outline, sections []Section) (errs []error, unread map[string]bool) {
	unread = map[string]bool{}
	var te *yaml.TypeError
	if !errors.As(err, &te) {
		for _, s := range sections {
			unread[s.Name] = true
		}
		return []error{fmt.Errorf("configuration: %w; correct the YAML syntax there", err)}, unread
	}
	for _, msg := range te.Errors {
		at, rest, _ := strings.Cut(msg, ": ")
		line, _ := strconv.Atoi(strings.TrimPrefix(at, "line ")) // 0 has no key and no section
		unread[o.section[line]] = true
		errs = append(errs, fmt.Errorf("configuration %s: %s", at, remedy(rest, o.key(line), sections)))
	}
	return errs, unread
}

var (
	unknownKey = regexp.MustCompile(`^field (.+) not found in type `)
	wrongType  = regexp.MustCompile("^cannot unmarshal !!(\\w+)(?: `(.*)`)? into (.+)$")
)

// remedy rewords one message of the decoder.
func remedy(msg, key string, sections []Section) string {
	if m := unknownKey.FindStringSubmatch(msg); m != nil {
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
