package bus

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/nats-io/nuid"

	"github.com/forewarn/forewarn/shared/durable"
)

// ErrInstall says that the bus is that of another install than the configuration or the data directory is of.
var ErrInstall = errors.New("the bus belongs to another install")

// keyInstall is where BucketMeta says whose the bus is.
const keyInstall = "install"

// install is whose a bus is: it keeps processes of two installs from working on the same streams.
type install struct {
	// ID is drawn when the bus is prepared first.
	ID string `json:"id"`
	// Name is what the first who named it, by Config.Install, has called it.
	Name string    `json:"name,omitempty"`
	Made time.Time `json:"made"`
}

// String names it for people.
func (i install) String() string {
	name := ""
	if i.Name != "" {
		name = fmt.Sprintf("%q, ", i.Name)
	}
	return fmt.Sprintf("%s%s of %s", name, i.ID, i.Made.Format(time.DateOnly))
}

// settleInstall reads whose the bus is, or makes it ours, and refuses one of somebody else.
func (b *Bus) settleInstall(ctx context.Context) error {
	kv, err := b.bucket(ctx, BucketMeta)
	if err != nil {
		return err
	}
	have, revision, err := readInstall(ctx, kv)
	if err != nil {
		return err
	}
	if have == nil || have.Name == "" && b.cfg.Install != "" {
		if !b.prepares() {
			return nil // one that does will see to it
		}
		if have == nil {
			have = &install{ID: nuid.Next(), Made: time.Now().UTC()}
		}
		have.Name = b.cfg.Install
		if err := writeInstall(ctx, kv, *have, revision); err != nil {
			return err
		}
	}
	if b.cfg.Install != "" && have.Name != b.cfg.Install {
		return fmt.Errorf("%w: bus.install says %q, and the streams at %s are those of %s; two installs on one NATS server need an account each: correct bus.url, "+
			"the keys for it, or bus.install", ErrInstall, b.cfg.Install, b.address(), have)
	}
	return b.checkDataDir(*have)
}

func readInstall(ctx context.Context, kv jetstream.KeyValue) (*install, uint64, error) {
	entry, err := kv.Get(ctx, keyInstall)
	if errors.Is(err, jetstream.ErrKeyNotFound) {
		return nil, 0, nil
	}
	if err != nil {
		return nil, 0, fmt.Errorf("read whose the bus is: %w", err)
	}
	var i install
	if err := json.Unmarshal(entry.Value(), &i); err != nil || i.ID == "" {
		return nil, entry.Revision(), nil //nolint:nilerr // damaged: it is drawn anew
	}
	return &i, entry.Revision(), nil
}

// writeInstall fails if somebody else has written it meanwhile; then it is to be read again.
func writeInstall(ctx context.Context, kv jetstream.KeyValue, i install, revision uint64) error {
	data, err := json.Marshal(i)
	if err != nil {
		return err
	}
	if _, err := kv.Update(ctx, keyInstall, data, revision); err != nil {
		return fmt.Errorf("write whose the bus is: %w", err)
	}
	return nil
}

// checkDataDir refuses a data directory that was used with another bus: what is on its spools would go to the wrong one. That of an
// embedded bus holds the bus itself.
func (b *Bus) checkDataDir(have install) error {
	if b.embedded() || b.socket != "" {
		return nil
	}
	path := filepath.Join(b.dataDir, "install")
	data, err := os.ReadFile(path)
	switch id := strings.TrimSpace(string(data)); {
	case err == nil && id != "" && id != have.ID:
		return fmt.Errorf("%w: the data directory %s was used with install %s, and the streams at %s are those of %s; what waits in it would go to the wrong one: "+
			"correct bus.url or --data-dir. If the bus was made anew on purpose, remove %s", ErrInstall, b.dataDir, id, b.address(), have, path)
	case err == nil && id == have.ID:
		return nil
	}
	if err := os.MkdirAll(b.dataDir, 0o700); err != nil {
		return unwritable(b.dataDir, err)
	}
	if err := durable.Replace(path, []byte(have.ID+"\n")); err != nil {
		return unwritable(b.dataDir, err)
	}
	return nil
}
