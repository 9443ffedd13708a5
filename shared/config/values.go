package config

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/alecthomas/units"
	"go.yaml.in/yaml/v3"

	"github.com/forewarn/forewarn/shared/seal"
	"github.com/forewarn/forewarn/shared/yamlfile"
)

// Bytes is a size in bytes, written as "512MiB", "1GiB" or a plain number.
type Bytes int64

// UnmarshalYAML reads a size from a document, so that an error knows its line.
func (b *Bytes) UnmarshalYAML(n *yaml.Node) error { return unmarshalText(n, b.UnmarshalText) }

// UnmarshalText reads a size; units are powers of 1024, with or without the i.
func (b *Bytes) UnmarshalText(text []byte) error {
	s := strings.TrimSpace(string(text))
	if s != "" && strings.Trim(s, "0123456789") == "" {
		s += "B"
	}
	v, err := units.ParseBase2Bytes(s)
	if err != nil || v < 0 {
		return fmt.Errorf("%q is no size; write a number with a unit, such as 512MiB or 2GiB", s)
	}
	*b = Bytes(v)
	return nil
}

// MarshalText returns the size with its unit.
func (b Bytes) MarshalText() ([]byte, error) { return []byte(b.String()), nil }

// String returns the size with its unit.
func (b Bytes) String() string { return units.Base2Bytes(b).String() }

// Secret is a value that must not be shown. It is written literally, as "file:PATH" (the file's content
// without surrounding white space), as "env:NAME", or encrypted, as "enc:v1:…" ([seal]), for which the environment names the
// key; what a file or a variable holds may be encrypted, too. It prints, logs and marshals as "***".
//
// One from a file holds, behind a NUL each, the path and what the file held when it was read first.
type Secret string

// UnmarshalYAML reads a secret from a document, so that an error knows its line and hides no other one.
func (s *Secret) UnmarshalYAML(n *yaml.Node) error { return unmarshalText(n, s.UnmarshalText) }

// UnmarshalText reads the secret from where the text says.
func (s *Secret) UnmarshalText(text []byte) error {
	v := string(text)
	if path, ok := strings.CutPrefix(v, "file:"); ok {
		content, err := secretIn(path)
		if err != nil {
			return err
		}
		*s = Secret("\x00" + path + "\x00" + content)
		return nil
	}
	if name, ok := strings.CutPrefix(v, "env:"); ok {
		if v = os.Getenv(name); v == "" {
			return fmt.Errorf("secret: environment variable %s is not set", name)
		}
	}
	v, err := unsealed(v)
	if err != nil {
		return err
	}
	if strings.HasPrefix(v, "\x00") {
		return errors.New("secret: begins with a NUL; remove it")
	}
	*s = Secret(v)
	return nil
}

// unsealed returns the secret of a text that may be encrypted.
func unsealed(text string) (string, error) {
	if !seal.Is(text) {
		return text, nil
	}
	keys, err := seal.FromEnvironment(os.Getenv, os.ReadFile)
	if err == nil {
		text, err = keys.Open(text)
	}
	if err != nil {
		return "", fmt.Errorf("secret: %w", err)
	}
	return text, nil
}

func secretIn(path string) (string, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("secret: %w; create the file or correct the path", err)
	}
	v := strings.TrimSpace(string(data))
	if v == "" {
		return "", fmt.Errorf("secret: file %s is empty", path)
	}
	if v, err = unsealed(v); err != nil {
		return "", fmt.Errorf("file %s: %w", path, err)
	}
	return v, nil
}

// Reveal returns the secret itself, for the one place that needs it. One from a file is what the file holds now,
// since tokens are renewed, or what it held at first while it cannot be read: reveal it where it is used.
func (s Secret) Reveal() string {
	rest, ok := strings.CutPrefix(string(s), "\x00")
	if !ok {
		return string(s)
	}
	path, first, _ := strings.Cut(rest, "\x00")
	if now, err := secretIn(path); err == nil {
		return now
	}
	return first
}

// unmarshalText reads a scalar as the environment is read.
func unmarshalText(n *yaml.Node, read func([]byte) error) error {
	return yamlfile.Scalar(n, func(text string) error { return read([]byte(text)) })
}

const hidden = "***"

// String hides the secret.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return hidden
}

// GoString hides the secret from %#v.
func (s Secret) GoString() string { return s.String() }

// MarshalText hides the secret from JSON and YAML.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }
