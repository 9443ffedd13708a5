package config

import (
	"fmt"
	"reflect"
	"strings"

	"go.yaml.in/yaml/v3"
)

// scalarFunc is told of a scalar of a document: the type that it is read as, nil if nothing is known of it, and the path of its key.
type scalarFunc func(n *yaml.Node, typ reflect.Type, path string)

// visit tells f of every scalar of a document that is not empty, one that aliases name as often as they do.
func visit(doc *yaml.Node, sections []Section, f scalarFunc) error {
	root := doc.Content[0]
	if root.Kind != yaml.MappingNode {
		return fmt.Errorf("line %d: the document has no sections", root.Line)
	}
	for i := 0; i+1 < len(root.Content); i += 2 {
		var typ reflect.Type
		name := root.Content[i].Value
		for _, s := range sections {
			if s.Name == name && s.Into != nil {
				typ = reflect.TypeOf(s.Into)
			}
		}
		f.walk(root.Content[i+1], typ, name)
	}
	return nil
}

func (f scalarFunc) walk(n *yaml.Node, typ reflect.Type, path string) {
	for typ != nil && typ.Kind() == reflect.Pointer {
		typ = typ.Elem()
	}
	switch n.Kind {
	case yaml.AliasNode:
		f.walk(n.Alias, typ, path)
	case yaml.SequenceNode:
		for i, c := range n.Content {
			f.walk(c, element(typ), fmt.Sprintf("%s[%d]", path, i))
		}
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			name := n.Content[i].Value
			if name == "<<" {
				f.walk(n.Content[i+1], typ, path)
				continue
			}
			f.walk(n.Content[i+1], member(typ, name), path+"."+name)
		}
	case yaml.ScalarNode:
		f(n, typ, path)
	}
}

// element returns the type of the elements of a list, nil if nothing is known of it.
func element(typ reflect.Type) reflect.Type {
	if typ == nil || typ.Kind() != reflect.Slice && typ.Kind() != reflect.Array {
		return nil
	}
	return typ.Elem()
}

// member returns the type of what is under a key, nil if nothing is known of it.
func member(typ reflect.Type, key string) reflect.Type {
	if typ == nil {
		return nil
	}
	if typ.Kind() == reflect.Map {
		return typ.Elem()
	}
	if typ.Kind() != reflect.Struct {
		return nil
	}
	for f := range typ.NumField() {
		field := typ.Field(f)
		name, options, _ := strings.Cut(field.Tag.Get("yaml"), ",")
		if strings.Contains(options, "inline") {
			if t := member(field.Type, key); t != nil {
				return t
			}
		}
		if name == key || name == "" && strings.EqualFold(field.Name, key) {
			return field.Type
		}
	}
	return nil
}
