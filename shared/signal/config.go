package signal

import (
	"errors"
	"fmt"

	"github.com/forewarn/forewarn/shared/entity"
)

// Config is the section "catalogue" of the configuration.
type Config struct {
	// Files are users' catalogues, read in this order after the built-in one; later rules replace earlier ones.
	Files []string `yaml:"files" env:"FILES"`
	// Aliases give hosts the one name that they are known by: {"10.0.0.5": "erp-01"}. They win over aliases
	// in Files.
	Aliases map[string]string `yaml:"aliases"`
}

// DefaultConfig returns the configuration of the built-in catalogue alone.
func DefaultConfig() Config { return Config{} }

// Validate checks what can be told without reading the files.
func (c *Config) Validate() error {
	var errs []error
	for i, path := range c.Files {
		if path == "" {
			errs = append(errs, fmt.Errorf("files[%d]: an empty path names no file; write the path or remove the entry", i))
		}
	}
	if _, err := entity.NewResolver(c.Aliases); err != nil {
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// Open reads the built-in catalogue and the users' files. It returns all errors joined.
func Open(cfg Config) (*Catalogue, error) {
	var files []File
	unread := form().Open(cfg.Files, func(name string, data []byte) { files = append(files, File{Name: name, Data: data}) })
	c, err := load(cfg.Aliases, withBuiltin(files))
	if err = errors.Join(unread, err); err != nil {
		return nil, err
	}
	return c, nil
}
