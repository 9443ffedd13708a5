// Package secrets makes keys, and encrypts with them what the configuration holds: the commands of `forewarn secrets`.
//
// No secret is taken from the command line, where others on the machine can read it, and none is printed.
package secrets

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/forewarn/forewarn/shared/config"
	"github.com/forewarn/forewarn/shared/seal"
)

// maxSecret is how much of the standard input is taken for a secret, in bytes.
const maxSecret = 64 << 10

// Key writes a new key, with what to do with it as a comment, so that the output is a key file as it is.
func Key(out io.Writer) error {
	text := seal.NewKey()
	r, err := seal.Parse(text)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "# Key %s of forewarn. Keep it where the configuration is not, readable by forewarn only, and keep a copy: without it nothing that it\n"+
		"# encrypted can be read. %s names this file. To replace it, put a new key on a line above, and call forewarn secrets rotate.\n%s\n",
		r.IDs()[0], seal.FileVariable, text)
	return err
}

// Encrypt reads a secret, without the white space around it, and writes its sealed text.
func Encrypt(keys *seal.Ring, in io.Reader, out io.Writer) error {
	data, err := io.ReadAll(io.LimitReader(in, maxSecret+1))
	if err != nil {
		return fmt.Errorf("read the secret from the standard input: %w", err)
	}
	secret := strings.TrimSpace(string(data))
	switch {
	case len(data) > maxSecret:
		return fmt.Errorf("the secret is longer than %d bytes; keep it in a file, and write file:PATH", maxSecret)
	case secret == "":
		return errors.New("the standard input holds no secret; type it and end with Ctrl-D, or use a pipe")
	}
	_, err = fmt.Fprintln(out, keys.Seal(secret))
	return err
}

// EncryptFile seals in place what stands literally for a secret in a configuration file, and says which keys they are.
func EncryptFile(keys *seal.Ring, path string, out io.Writer, sections ...config.Section) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("configuration: %w; correct --config", err)
	}
	after, changed, err := config.Encrypt(data, keys, sections...)
	if err != nil {
		return fmt.Errorf("encrypt the secrets of %s: %w", path, err)
	}
	if len(changed) == 0 {
		_, err = fmt.Fprintf(out, "%s holds no secret that stands there literally; nothing was changed\n", path)
		return err
	}
	if err := rewrite(path, after); err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "encrypted %s by key %s: %s\n", path, keys.IDs()[0], strings.Join(changed, ", "))
	return err
}

// Rotate seals anew by the first key in place what is sealed in a configuration file, and says how many there are.
func Rotate(keys *seal.Ring, path string, out io.Writer) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("configuration: %w; correct --config", err)
	}
	after, found, err := config.Rotate(data, keys)
	if err != nil {
		return fmt.Errorf("%s was not changed: %w", path, err)
	}
	if string(after) != string(data) {
		if err := rewrite(path, after); err != nil {
			return err
		}
	}
	_, err = fmt.Fprintf(out, "%d secrets in %s are encrypted by key %s; other keys are not needed for it any more\n", found, path, keys.IDs()[0])
	return err
}
