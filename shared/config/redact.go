package config

import (
	"bytes"
	"fmt"
	"reflect"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"
)

// LeftOut stands in a redacted document in place of a secret. It names a file that is not there, so that a program which reads the document
// says of each what is missing.
const LeftOut = "file:/left-out-of-this-copy"

var (
	// secretKey is how keys are called whose values are secret, where no section says so.
	secretKey = regexp.MustCompile(`(?i)(token|secret|password|passwd|passphrase|api_?key|credentials?)$`)
	// userinfo is a user, with or without a password, in an address.
	userinfo = regexp.MustCompile(`://[^/@\s,]*@`)
)

// Redacted is a document that holds no secrets.
type Redacted struct {
	Document []byte
	// Removed are the keys whose values were secrets.
	Removed []string
	// Files are those that the document names for secrets, keys and certificates.
	Files []string
}

// Redact returns the document in data without secrets: values that are of type [Secret] in the sections, or are called so in what no section
// reads; users and passwords in addresses; and all comments, which may hold what was a value once. Where a secret is kept elsewhere
// ("file:…", "env:…") the document only says where, and that stays.
func Redact(data []byte, sections ...Section) (r Redacted, err error) {
	var doc yaml.Node
	if err := yaml.Unmarshal(data, &doc); err != nil {
		return r, fmt.Errorf("read document: %w", err)
	}
	if len(doc.Content) == 0 {
		return r, nil
	}
	root := doc.Content[0]
	if root.Kind != yaml.MappingNode {
		return r, fmt.Errorf("line %d: the document has no sections", root.Line)
	}
	for i := 0; i+1 < len(root.Content); i += 2 {
		var typ reflect.Type
		name := root.Content[i].Value
		for _, s := range sections {
			if s.Name == name && s.Into != nil {
				typ = reflect.TypeOf(s.Into)
			}
		}
		r.walk(root.Content[i+1], typ, name)
	}
	silence(&doc)
	var b bytes.Buffer
	enc := yaml.NewEncoder(&b)
	enc.SetIndent(2)
	if err := enc.Encode(&doc); err != nil {
		return r, fmt.Errorf("write document: %w", err)
	}
	r.Document = b.Bytes()
	return r, nil
}

// walk redacts a value that is read as typ, nil if nothing is known of it.
func (r *Redacted) walk(n *yaml.Node, typ reflect.Type, path string) {
	for typ != nil && typ.Kind() == reflect.Pointer {
		typ = typ.Elem()
	}
	switch n.Kind {
	case yaml.AliasNode:
		r.walk(n.Alias, typ, path)
	case yaml.SequenceNode:
		for i, c := range n.Content {
			r.walk(c, element(typ), fmt.Sprintf("%s[%d]", path, i))
		}
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			name := n.Content[i].Value
			if name == "<<" {
				r.walk(n.Content[i+1], typ, path)
				continue
			}
			r.walk(n.Content[i+1], member(typ, name), path+"."+name)
		}
	case yaml.ScalarNode:
		r.scalar(n, typ, path)
	}
}

func (r *Redacted) scalar(n *yaml.Node, typ reflect.Type, path string) {
	key := path[strings.LastIndexByte(path, '.')+1:]
	secret := typ == reflect.TypeFor[Secret]() || secretKey.MatchString(key)
	switch {
	case n.Value == "" || n.Value == LeftOut || strings.HasPrefix(n.Value, "env:"): // the second by an alias
	case strings.HasPrefix(n.Value, "file:"):
		r.Files = append(r.Files, strings.TrimPrefix(n.Value, "file:"))
	case strings.HasSuffix(key, "_file"):
		r.Files = append(r.Files, n.Value)
	case secret:
		n.Value, n.Tag, n.Style = LeftOut, "!!str", yaml.DoubleQuotedStyle
		r.Removed = append(r.Removed, path)
	case userinfo.MatchString(n.Value):
		n.Value = userinfo.ReplaceAllString(n.Value, "://")
		r.Removed = append(r.Removed, path)
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

// silence removes all comments.
func silence(n *yaml.Node) {
	n.HeadComment, n.LineComment, n.FootComment = "", "", ""
	for _, c := range n.Content {
		silence(c)
	}
}
