package config

import (
	"fmt"
	"os"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Text is a longer value that may have a file of its own: it is written literally, or as "file:PATH", which is read once.
type Text string

// UnmarshalYAML reads a text from a document, so that an error knows its line and hides no other one.
func (t *Text) UnmarshalYAML(n *yaml.Node) error { return unmarshalText(n, t.UnmarshalText) }

// UnmarshalText reads the text from where it is.
func (t *Text) UnmarshalText(text []byte) error {
	path, ok := strings.CutPrefix(string(text), "file:")
	if !ok {
		*t = Text(text)
		return nil
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("text: %w; create the file or correct the path", err)
	}
	*t = Text(data)
	return nil
}
