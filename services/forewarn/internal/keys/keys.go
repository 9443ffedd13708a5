// Package keys makes what a NATS server needs to tell the services apart when each is a program of its own: a key for each, and
// the subjects that it may use, as their roles say.
package keys

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/nats-io/nkeys"

	"github.com/forewarn/forewarn/services/anomaly"
	"github.com/forewarn/forewarn/services/collector"
	"github.com/forewarn/forewarn/services/console"
	"github.com/forewarn/forewarn/services/examiner"
	"github.com/forewarn/forewarn/services/forewarn/internal/backup"
	"github.com/forewarn/forewarn/services/historian"
	"github.com/forewarn/forewarn/services/notifier"
	"github.com/forewarn/forewarn/services/planner"
	"github.com/forewarn/forewarn/services/trend"
	"github.com/forewarn/forewarn/shared/bus"
)

// Authorization is the file that the server's configuration includes.
const Authorization = "authorization.conf"

// Roles returns the roles of all services, and of the program that copies what they have on the bus.
func Roles() []bus.Role {
	return []bus.Role{
		collector.Role(), historian.Role(), trend.Role(), anomaly.Role(), planner.Role(), examiner.Role(), notifier.Role(), console.Role(), backup.Role(),
	}
}

// Write makes a key for each role, in a file <role>.nk below dir that only its owner can read, and the file Authorization, for an
// install of so many partitions. Keys that are there stay, so that it can be called again after an upgrade.
func Write(dir string, partitions int) error {
	if partitions < 1 || partitions > bus.MaxPartitions {
		return fmt.Errorf("keys: %d partitions: use a number from 1 to %d, that of bus.partitions", partitions, bus.MaxPartitions)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("keys: %w", err)
	}
	var b strings.Builder
	b.WriteString("# Who may do what on the bus, made by `forewarn keys`. In the server's configuration: include " + Authorization + "\n")
	b.WriteString("authorization {\n  users: [\n")
	for _, role := range Roles() {
		public, err := key(filepath.Join(dir, role.Name+".nk"))
		if err != nil {
			return fmt.Errorf("keys: %w", err)
		}
		b.WriteString(role.Config(public, partitions))
	}
	b.WriteString("  ]\n}\n")
	if err := os.WriteFile(filepath.Join(dir, Authorization), []byte(b.String()), 0o600); err != nil {
		return fmt.Errorf("keys: %w", err)
	}
	return nil
}

// key returns the public key of the seed in a file, which is made if there is none.
func key(path string) (public string, err error) {
	seed, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return create(path)
	}
	if err != nil {
		return "", err
	}
	pair, err := nkeys.FromSeed([]byte(strings.TrimSpace(string(seed))))
	if err != nil {
		return "", fmt.Errorf("%s holds no seed of an nkey; restore it, or remove it to have another one made", path)
	}
	return pair.PublicKey()
}

func create(path string) (public string, err error) {
	pair, err := nkeys.CreateUser()
	if err != nil {
		return "", err
	}
	seed, err := pair.Seed()
	if err != nil {
		return "", err
	}
	if err := os.WriteFile(path, append(seed, '\n'), 0o600); err != nil {
		return "", err
	}
	return pair.PublicKey()
}
