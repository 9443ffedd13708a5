package config

import (
	"fmt"
	"os"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Text is a longer value that may have a file of its own: it is written literally, or as "file:PATH", which is read once.
type Text struct {
	// Body is the text, File the path of the file that it was read from, "" if it stands in the configuration.
	Body string `yaml:"-"`
	File string `yaml:"-"`
}

// UnmarshalYAML reads a text from a document, so that an error knows its line and hides no other one.
func (t *Text) UnmarshalYAML(n *yaml.Node) error { return unmarshalText(n, t.UnmarshalText) }

// UnmarshalText reads the text from where it is.
func (t *Text) UnmarshalText(text []byte) error {
	path, ok := strings.CutPrefix(string(text), "file:")
	if !ok {
		*t = Text{Body: string(text)}
		return nil
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("text: %w; create the file or correct the path", err)
	}
	*t = Text{Body: string(data), File: path}
	return nil
}

// MarshalText returns the text, or where it is.
func (t Text) MarshalText() ([]byte, error) {
	if t.File != "" {
		return []byte("file:" + t.File), nil
	}
	return []byte(t.Body), nil
}

// Name tells people where the text stands: its file, or what is given if it has none.
func (t Text) Name(otherwise string) string {
	if t.File != "" {
		return t.File
	}
	return otherwise
}
