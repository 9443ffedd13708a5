package examiner

import (
	"errors"
	"fmt"
	"time"

	"github.com/forewarn/forewarn/models/signature"
	"github.com/forewarn/forewarn/shared/signal"
	"github.com/forewarn/forewarn/shared/transaction"
)

// Config is the section "transactions": which business transactions there are, and how they are examined.
type Config struct {
	// Files describe the transactions; without any nothing is examined.
	Files []string `yaml:"files" env:"FILES"`
	// Delay is how long after an incident has opened its examination begins, so that what belongs to it has been stored.
	Delay time.Duration `yaml:"delay" env:"DELAY"`
	// Timeout bounds an examination.
	Timeout time.Duration `yaml:"timeout" env:"TIMEOUT"`
	// CompareDays is with how many days before it is compared.
	CompareDays int `yaml:"compare_days" env:"COMPARE_DAYS"`
	// AtOnce is how many examinations run at once; others wait.
	AtOnce int `yaml:"at_once" env:"AT_ONCE"`
}

// DefaultConfig returns what holds where the file says nothing.
func DefaultConfig() Config {
	return Config{Delay: 10 * time.Second, Timeout: 20 * time.Second, CompareDays: 7, AtOnce: 2}
}

// Validate returns all that is wrong with the section, joined.
func (c *Config) Validate() error {
	var errs []error
	check := func(ok bool, key string, value any, rule string) {
		if !ok {
			errs = append(errs, fmt.Errorf("%s: %v %s", key, value, rule))
		}
	}
	for i, path := range c.Files {
		check(path != "", fmt.Sprintf("files[%d]", i), `""`, "names no file; write the path or remove the entry")
	}
	check(c.Delay >= 0 && c.Delay <= 5*time.Minute, "delay", c.Delay, "is out of range; set 0s to 5m, such as 10s")
	check(c.Timeout >= time.Second && c.Timeout <= 5*time.Minute, "timeout", c.Timeout, "is out of range; set 1s to 5m, such as 20s")
	check(c.CompareDays >= 1 && c.CompareDays <= 31, "compare_days", c.CompareDays, "is out of range; set 1 to 31, 7 to compare with each day of the week")
	check(c.AtOnce >= 1 && c.AtOnce <= 16, "at_once", c.AtOnce, "is out of range; set 1 to 16, such as 2")
	return errors.Join(errs...)
}

// Open reads the files, and checks that the rules and messages that they name are there. It returns all errors joined.
func (c *Config) Open(catalogue *signal.Catalogue, signatures *signature.Dictionary) (*transaction.Book, error) {
	book, err := transaction.Open(c.Files)
	if err != nil {
		return nil, err
	}
	messages := map[string]bool{}
	if signatures != nil {
		for _, s := range signatures.Signatures() {
			messages[s.ID] = true
		}
	}
	var errs []error
	for _, t := range book.All() {
		for i, s := range t.Signals {
			at := fmt.Sprintf("%s: transaction %s: signals[%d]", t.Origin, t.Name, i)
			if catalogue != nil && s.Rule != "" {
				if _, ok := catalogue.Rule(s.Rule); !ok {
					errs = append(errs, fmt.Errorf("%s.rule: %q is no rule of the catalogue; correct it, or write the rule (docs/catalogue.md)", at, s.Rule))
				}
			}
			if signatures != nil && s.Message != "" && !messages[s.Message] {
				errs = append(errs, fmt.Errorf("%s.message: %q is no message that is known; correct it (docs/signatures.md lists all)", at, s.Message))
			}
		}
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return book, nil
}
