package app

import (
	"errors"
	"io"
	"os"

	"github.com/forewarn/forewarn/services/forewarn/internal/secrets"
	"github.com/forewarn/forewarn/shared/process"
	"github.com/forewarn/forewarn/shared/seal"
)

// SecretsOptions say where to read and write.
type SecretsOptions struct {
	// ConfigFile is worked on in place; "" encrypts what Stdin holds.
	ConfigFile string
	Stdin      io.Reader
	Stdout     io.Writer
}

// EncryptSecrets encrypts what stands literally for a secret in the configuration file, or a secret from the standard input.
func EncryptSecrets(o SecretsOptions) error {
	keys, err := keyring()
	if err != nil {
		return err
	}
	if o.ConfigFile == "" {
		return secrets.Encrypt(keys, o.Stdin, o.Stdout)
	}
	c := DefaultConfig()
	return secrets.EncryptFile(keys, o.ConfigFile, o.Stdout, process.Beside(c.sections())...)
}

// RotateSecrets encrypts by the first key what is encrypted in the configuration file.
func RotateSecrets(o SecretsOptions) error {
	keys, err := keyring()
	if err != nil {
		return err
	}
	return secrets.Rotate(keys, o.ConfigFile, o.Stdout)
}

func keyring() (*seal.Ring, error) {
	keys, err := seal.FromEnvironment(os.Getenv, os.ReadFile)
	if err == nil && keys == nil {
		err = errors.New("there is no key; make one by `forewarn secrets key > FILE`, and set " + seal.FileVariable + " to its path")
	}
	return keys, err
}
