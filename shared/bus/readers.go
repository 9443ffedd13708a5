package bus

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// registration is what a reader says about itself in the bucket "reader": it has a safe copy of all it needs
// from the messages up to Seq.
type registration struct {
	Service   string    `json:"-"`
	Kind      Kind      `json:"-"`
	Partition int       `json:"-"`
	Seq       uint64    `json:"seq"`
	Time      time.Time `json:"time"` // when it said so
	// damaged: what it said cannot be read, so nothing of its streams may be purged.
	damaged bool
}

func (r registration) key() string {
	return fmt.Sprintf("%s.%s.%02d", r.Service, r.Kind.token(), r.Partition)
}

// parseReaderKey is the inverse of key.
func parseReaderKey(key string) (r registration, ok bool) {
	part := strings.Split(key, ".")
	if len(part) != 3 {
		return r, false
	}
	p, err := strconv.Atoi(part[2])
	r.Service, r.Partition = part[0], p
	for _, k := range kinds() {
		if k.token() == part[1] {
			r.Kind = k
		}
	}
	return r, err == nil && r.Kind.valid()
}

// register tells the janitor how far a reader is.
func (b *Bus) register(ctx context.Context, r registration) error {
	kv, err := b.bucket(ctx, BucketReader)
	if err != nil {
		return err
	}
	value, err := json.Marshal(r)
	if err == nil {
		_, err = kv.Put(ctx, r.key(), value)
	}
	if err != nil {
		return fmt.Errorf("register reader %s: %w", r.key(), err)
	}
	return nil
}

// registered returns how far the reader of a key has said that it is, 0 if that is not known.
func (b *Bus) registered(ctx context.Context, key string) (uint64, error) {
	kv, err := b.bucket(ctx, BucketReader)
	if err != nil {
		return 0, err
	}
	entry, err := kv.Get(ctx, key)
	if errors.Is(err, jetstream.ErrKeyNotFound) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("read reader %s: %w", key, err)
	}
	var r registration
	if json.Unmarshal(entry.Value(), &r) != nil {
		return 0, nil //nolint:nilerr // the janitor tells of it
	}
	return r.Seq, nil
}

// readers lists every registered reader.
func (b *Bus) readers(ctx context.Context) ([]registration, error) {
	kv, err := b.bucket(ctx, BucketReader)
	if err != nil {
		return nil, err
	}
	keys, err := kv.Keys(ctx)
	if err != nil && !errors.Is(err, jetstream.ErrNoKeysFound) {
		return nil, fmt.Errorf("list readers: %w", err)
	}
	var out []registration
	for _, key := range keys {
		r, ok := parseReaderKey(key)
		if !ok {
			continue
		}
		entry, err := kv.Get(ctx, key)
		if errors.Is(err, jetstream.ErrKeyNotFound) {
			continue // retired meanwhile
		}
		if err != nil {
			return nil, fmt.Errorf("read reader %s: %w", key, err)
		}
		if json.Unmarshal(entry.Value(), &r) != nil {
			r.Seq, r.Time, r.damaged = 0, entry.Created(), true
		}
		out = append(out, r)
	}
	return out, nil
}

// RetireReader forgets that a service reads a kind, in all partitions, so that its unread messages may be
// purged: for a program whose configuration does without a service that it had. A reader that was only away is
// not retired by anything else. Its snapshots stay.
func (b *Bus) RetireReader(ctx context.Context, service string, k Kind) error {
	kv, err := b.bucket(ctx, BucketReader)
	if err != nil {
		return err
	}
	for p := range b.partitionsOf(k) {
		key := registration{Service: service, Kind: k, Partition: p}.key()
		if err := kv.Purge(ctx, key); err != nil {
			return fmt.Errorf("retire reader %s: %w", key, err)
		}
	}
	return nil
}
