package config

import (
	"bytes"
	"fmt"
	"reflect"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/forewarn/forewarn/shared/seal"
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
// ("file:…", "env:…") the document only says where, and that stays, as does what is encrypted.
func Redact(data []byte, sections ...Section) (r Redacted, err error) {
	var doc yaml.Node
	if err := yaml.Unmarshal(data, &doc); err != nil {
		return r, fmt.Errorf("read document: %w", err)
	}
	if len(doc.Content) == 0 {
		return r, nil
	}
	if err := visit(&doc, sections, r.scalar); err != nil {
		return r, err
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

func (r *Redacted) scalar(n *yaml.Node, typ reflect.Type, path string) {
	key := path[strings.LastIndexByte(path, '.')+1:]
	secret := typ == reflect.TypeFor[Secret]() || secretKey.MatchString(key)
	switch {
	case n.Value == "" || n.Value == LeftOut || strings.HasPrefix(n.Value, "env:") || seal.Is(n.Value): // the second by an alias
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

// silence removes all comments.
func silence(n *yaml.Node) {
	n.HeadComment, n.LineComment, n.FootComment = "", "", ""
	for _, c := range n.Content {
		silence(c)
	}
}
