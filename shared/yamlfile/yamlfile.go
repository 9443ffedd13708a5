// Package yamlfile reads the YAML files that people write beside the configuration: of bounded size, strictly, and with
// errors that begin with file and line and say what to do.
package yamlfile

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"

	"go.yaml.in/yaml/v3"
)

// MaxSize bounds a file in bytes.
const MaxSize = 1 << 20

// Form is a kind of file.
type Form struct {
	// Key of the configuration that names such files, such as catalogue.files.
	Key string
	// Noun is what one is called, such as "a catalogue"; Manual describes its keys.
	Noun, Manual string
}

// Open gives each file that can be read to add, and returns all errors joined.
func (f Form) Open(paths []string, add func(name string, data []byte)) error {
	var errs []error
	for _, path := range paths {
		data, err := readFile(path)
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w; create the file or correct the path", f.Key, err))
			continue
		}
		add(path, data)
	}
	return errors.Join(errs...)
}

// readFile reads a byte more than a file may have, so that Decode can tell one that is too large.
func readFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, MaxSize+1))
}

// Decode reads a file of one document into out, which an empty file leaves as it is. An unknown key is an error.
func (f Form) Decode(name string, data []byte, out any) error {
	if len(data) > MaxSize {
		return fmt.Errorf("%s: %s of more than %d bytes is too large; split it into several files", name, f.Noun, MaxSize)
	}
	dec := yaml.NewDecoder(bytes.NewReader(data))
	dec.KnownFields(true)
	if err := dec.Decode(out); err != nil && !errors.Is(err, io.EOF) {
		return f.Explain(name, err)
	}
	if err := dec.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return fmt.Errorf("%s: more than one YAML document; write one, without a line ---", name)
	}
	return nil
}

var unknownField = regexp.MustCompile(`^field (.*) not found in type .*$`)

// Explain puts file and line before what the decoder says, and the remedy behind it.
func (f Form) Explain(name string, err error) error {
	var te *yaml.TypeError
	if !errors.As(err, &te) {
		return fmt.Errorf("%s: %w; correct the YAML syntax there", name, err)
	}
	all := make([]error, len(te.Errors))
	for i, msg := range te.Errors {
		line, _, rest := Place(msg)
		if m := unknownField.FindStringSubmatch(rest); m != nil {
			rest = fmt.Sprintf("unknown key %q; remove it or correct its spelling (%s lists all)", m[1], f.Manual)
		} else {
			rest += fmt.Sprintf("; correct the value (%s says what each key takes)", f.Manual)
		}
		all[i] = fmt.Errorf("%s:%d: %s", name, line, rest)
	}
	return errors.Join(all...)
}
