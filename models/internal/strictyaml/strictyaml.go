// Package strictyaml reads the YAML files that users write for a model. It is strict, an unknown key is an error, and it
// says all that is wrong at once, each with its line, in words for people.
package strictyaml

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"

	"go.yaml.in/yaml/v3"
)

// maxBytes bounds a file.
const maxBytes = 1 << 20

// Form is a kind of file.
type Form struct {
	// Name begins each error, Manual is the document that describes the keys.
	Name, Manual string
	// Wanted says what to write where a value does not fit, by the Go type that it is for.
	Wanted func(goType string) string
}

// Decode reads a file of one document into out, which an empty file leaves as it is. At most 1 MiB is read.
func (f Form) Decode(data []byte, out any) error {
	if len(data) > maxBytes {
		return fmt.Errorf("%s: %d bytes are too many; split the file, 1 MiB is the most", f.Name, len(data))
	}
	// An empty document is no error here, as it would be for the decoder.
	var outline yaml.Node
	if err := yaml.Unmarshal(data, &outline); err != nil {
		return fmt.Errorf("%s: %w; correct the YAML syntax there", f.Name, err)
	}
	if outline.IsZero() {
		return nil
	}
	dec := yaml.NewDecoder(bytes.NewReader(data))
	dec.KnownFields(true)
	if err := dec.Decode(out); err != nil {
		return f.explain(err)
	}
	if err := dec.Decode(&yaml.Node{}); err == nil {
		return errors.New(f.Name + ": a second document begins at ---; keep one document in a file")
	}
	return nil
}

var (
	unknownKey = regexp.MustCompile(`^(line \d+): field (.+) not found in type .+$`)
	wrongType  = regexp.MustCompile("^(line \\d+): cannot unmarshal !!\\w+(?: `(.*)`)? into (.+)$")
)

// explain words the decoder's messages as people would, each as an error of its own.
func (f Form) explain(err error) error {
	var te *yaml.TypeError
	if !errors.As(err, &te) {
		return fmt.Errorf("%s: %w; correct the YAML syntax there", f.Name, err)
	}
	errs := make([]error, len(te.Errors))
	for i, msg := range te.Errors {
		if m := unknownKey.FindStringSubmatch(msg); m != nil {
			msg = fmt.Sprintf("%s: unknown key %q; remove it or correct its spelling (see %s)", m[1], m[2], f.Manual)
		} else if m := wrongType.FindStringSubmatch(msg); m != nil {
			msg = fmt.Sprintf("%s: %q does not fit here; write %s", m[1], m[2], f.Wanted(m[3]))
		}
		errs[i] = errors.New(f.Name + ": " + msg)
	}
	return errors.Join(errs...)
}
