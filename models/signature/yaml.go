package signature

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"
)

// maxBytes bounds a file: 1 MiB.
const maxBytes = 1 << 20

// ParseYAML reads a file of signatures as docs/signatures.md describes it. It is strict: an unknown key is an error. The
// error joins all there is to correct, each with line or key, value, rule and remedy. A file is at most 1 MiB long.
func ParseYAML(data []byte) (Additions, error) {
	if len(data) > maxBytes {
		return Additions{}, fmt.Errorf("signatures: %d bytes are too many; split the file, 1 MiB is the most", len(data))
	}
	// An empty document is no error here, as it would be for the decoder.
	var outline yaml.Node
	if err := yaml.Unmarshal(data, &outline); err != nil {
		return Additions{}, fmt.Errorf("signatures: %w; correct the YAML syntax there", err)
	}
	if outline.IsZero() {
		return Additions{}, nil
	}
	var doc document
	dec := yaml.NewDecoder(bytes.NewReader(data))
	dec.KnownFields(true)
	if err := dec.Decode(&doc); err != nil {
		return Additions{}, explain(err)
	}
	if err := dec.Decode(&yaml.Node{}); err == nil {
		return Additions{}, errors.New("signatures: a second document begins at ---; keep one document in a file")
	}
	return doc.additions()
}

// document is the YAML file.
type document struct {
	Signatures []signatureDoc `yaml:"signatures"`
	Disable    []string       `yaml:"disable"`
	Quiet      []string       `yaml:"quiet"`
}

type signatureDoc struct {
	ID       string     `yaml:"id"`
	Kind     Kind       `yaml:"kind"`
	Severity Severity   `yaml:"severity"`
	Match    [][]string `yaml:"match"`
	Not      []string   `yaml:"not"`
	Title    textDoc    `yaml:"title"`
	Advice   textDoc    `yaml:"advice"`
	Source   string     `yaml:"source"`
	Examples []string   `yaml:"examples"`
}

type textDoc struct {
	En string `yaml:"en"`
	Zh string `yaml:"zh"`
}

var (
	unknownKey = regexp.MustCompile(`^(line \d+): field (.+) not found in type .+$`)
	wrongType  = regexp.MustCompile("^(line \\d+): cannot unmarshal !!\\w+(?: `(.*)`)? into (.+)$")
)

// explain words the decoder's messages as people would, each as an error of its own.
func explain(err error) error {
	var te *yaml.TypeError
	if !errors.As(err, &te) {
		return fmt.Errorf("signatures: %w; correct the YAML syntax there", err)
	}
	errs := make([]error, len(te.Errors))
	for i, msg := range te.Errors {
		if m := unknownKey.FindStringSubmatch(msg); m != nil {
			msg = fmt.Sprintf("%s: unknown key %q; remove it or correct its spelling (see docs/signatures.md)", m[1], m[2])
		} else if m := wrongType.FindStringSubmatch(msg); m != nil {
			msg = fmt.Sprintf("%s: %q does not fit here; write %s", m[1], m[2], wanted(m[3]))
		}
		errs[i] = errors.New("signatures: " + msg)
	}
	return errors.Join(errs...)
}

// wanted names what a Go type stands for in the file.
func wanted(goType string) string {
	switch {
	case goType == "[][]string":
		return "a list of lists of texts, such as [[first, both needed], [another]]"
	case goType == "[]string":
		return "a list of texts, such as [first, another]"
	case strings.HasPrefix(goType, "[]"):
		return "a list, each element behind a dash"
	case goType == "string", strings.HasSuffix(goType, ".Kind"), strings.HasSuffix(goType, ".Severity"):
		return "text in quotes"
	}
	return "keys below it, indented"
}
