package config

import (
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/forewarn/forewarn/shared/seal"
)

// Encrypt returns the document in data with every literal [Secret] of the sections sealed, and the keys that it changed, in the
// order of the document. All else stays byte by byte, comments included. It changes nothing of what is kept elsewhere or is
// sealed already.
func Encrypt(data []byte, keys *seal.Ring, sections ...Section) (out []byte, changed []string, err error) {
	var doc yaml.Node
	if err := yaml.Unmarshal(data, &doc); err != nil {
		return nil, nil, fmt.Errorf("read document: %w", err)
	}
	if len(doc.Content) == 0 {
		return data, nil, nil
	}
	e := edit{lines: strings.Split(string(data), "\n"), seen: map[*yaml.Node]bool{}}
	if err := visit(&doc, sections, e.literal); err != nil {
		return nil, nil, err
	}
	slices.SortFunc(e.nodes, func(a, b *yaml.Node) int { // from the end, so that columns stay true
		if a.Line != b.Line {
			return b.Line - a.Line
		}
		return b.Column - a.Column
	})
	for _, n := range e.nodes {
		err = errors.Join(err, e.replace(n, keys.Seal(n.Value)))
	}
	if err != nil {
		return nil, nil, err
	}
	out = []byte(strings.Join(e.lines, "\n"))
	return out, e.paths, sameButSealed(data, out, keys)
}

// sealedText finds what [Encrypt] has written, wherever it stands.
var sealedText = regexp.MustCompile(`enc:v1:[0-9a-f]{8}:[A-Za-z0-9_-]+`)

// Rotate returns data with every sealed text sealed anew by the first of the keys, and how many there are. It leaves those that
// are sealed by it as they are, so that a second call changes nothing, and returns an error for each that does not open.
func Rotate(data []byte, keys *seal.Ring) (out []byte, found int, err error) {
	newest := seal.Prefix + keys.IDs()[0] + ":"
	line := func(at int) int { return 1 + strings.Count(string(data[:at]), "\n") }
	last := 0
	for _, at := range sealedText.FindAllIndex(data, -1) {
		text := string(data[at[0]:at[1]])
		found++
		secret, bad := keys.Open(text)
		if bad != nil {
			err = errors.Join(err, fmt.Errorf("line %d: %w", line(at[0]), bad))
			continue
		}
		if !strings.HasPrefix(text, newest) {
			text = keys.Seal(secret)
		}
		out = append(append(out, data[last:at[0]]...), text...)
		last = at[1]
	}
	return append(out, data[last:]...), found, err
}

// edit replaces scalars in the text of a document.
type edit struct {
	lines []string
	nodes []*yaml.Node
	paths []string
	seen  map[*yaml.Node]bool // an alias leads to a node again
}

func (e *edit) literal(n *yaml.Node, typ reflect.Type, path string) {
	elsewhere := strings.HasPrefix(n.Value, "file:") || strings.HasPrefix(n.Value, "env:") || seal.Is(n.Value)
	if typ != reflect.TypeFor[Secret]() || n.Value == "" || elsewhere || e.seen[n] {
		return
	}
	e.seen[n] = true
	e.nodes, e.paths = append(e.nodes, n), append(e.paths, path)
}

// replace puts a quoted text in the place of a scalar that stands on one line.
func (e *edit) replace(n *yaml.Node, text string) error {
	var line []rune
	if n.Line <= len(e.lines) {
		line = []rune(e.lines[n.Line-1])
	}
	at := min(n.Column-1, len(line)) // YAML knows more ends of lines than this does
	before, rest := string(line[:at]), string(line[at:])
	length := width(n, rest)
	if length == 0 {
		return fmt.Errorf("line %d: the secret there is written over several lines, or with a tag or an anchor; write it on one, in quotes", n.Line)
	}
	e.lines[n.Line-1] = before + `"` + text + `"` + rest[length:]
	return nil
}

var (
	doubleQuoted = regexp.MustCompile(`^"(?:[^"\\]|\\.)*"`)
	singleQuoted = regexp.MustCompile(`^'(?:[^']|'')*'`)
)

// width returns how many bytes a scalar has at the beginning of a text, 0 if it is not all there.
func width(n *yaml.Node, text string) int {
	switch {
	case n.Style&yaml.DoubleQuotedStyle != 0:
		return len(doubleQuoted.FindString(text))
	case n.Style&yaml.SingleQuotedStyle != 0:
		return len(singleQuoted.FindString(text))
	case n.Style == 0 && strings.HasPrefix(text, n.Value):
		return len(n.Value)
	}
	return 0
}

// sameButSealed returns an error unless both documents say the same once what is sealed is opened.
func sameButSealed(before, after []byte, keys *seal.Ring) error {
	var a, b yaml.Node
	if err := errors.Join(yaml.Unmarshal(before, &a), yaml.Unmarshal(after, &b)); err != nil || !same(&a, &b, keys) {
		return errors.New("the document would not say the same afterwards; encrypt its secrets one by one by `forewarn secrets encrypt`")
	}
	return nil
}

func same(a, b *yaml.Node, keys *seal.Ring) bool {
	if a.Kind != b.Kind || len(a.Content) != len(b.Content) {
		return false
	}
	if value, err := keys.Open(b.Value); a.Value != b.Value && (err != nil || value != a.Value) {
		return false
	}
	for i := range a.Content {
		if !same(a.Content[i], b.Content[i], keys) {
			return false
		}
	}
	return true
}
