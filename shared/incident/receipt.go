package incident

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/forewarn/forewarn/shared/bus"
)

// Outcome is how a delivery ended.
type Outcome string

// The outcomes of a delivery.
const (
	// Delivered: the peer accepted it.
	Delivered Outcome = "delivered"
	// GivenUp: it is in the dead letter.
	GivenUp Outcome = "given_up"
)

// Receipt is the newest delivery of an incident by one channel. A channel delivers a version that its
// receipt covers to nobody again, however often it is asked to.
type Receipt struct {
	Channel  string    `json:"channel"`
	Version  int       `json:"version"`
	Time     time.Time `json:"time"`
	Outcome  Outcome   `json:"outcome"`
	Attempts int       `json:"attempts"`
	// Ref is what the channel's peer calls what it shows of the incident, such as a message's id, so that the next message can
	// replace or answer it; "" if it told nothing. Only the channel reads it.
	Ref string `json:"ref,omitempty"`
}

// PutReceipt stores the receipt of r.Channel for an incident. Each channel has one writer.
func (s *Store) PutReceipt(ctx context.Context, id string, r Receipt) error {
	data, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("encode receipt: %w", err)
	}
	if _, err := s.kv.Put(ctx, receiptKey(id, r.Channel), data); err != nil {
		return fmt.Errorf("store receipt of %s for incident %s: %w", r.Channel, id, roomy(err))
	}
	return nil
}

// PutReceipts is [Store.PutReceipt] for several incidents, by their ids, with few syncs of the disk. What has no room beside the others is
// tried by itself.
func (s *Store) PutReceipts(ctx context.Context, js jetstream.JetStream, receipts map[string]Receipt) error {
	var errs []error
	for ids := range slices.Chunk(slices.Collect(maps.Keys(receipts)), bus.MaxTogether) {
		d := s.Draft()
		for _, id := range ids {
			errs = append(errs, d.PutReceipt(ctx, id, receipts[id]))
		}
		if d.Commit(ctx, js) == nil {
			continue
		}
		for _, id := range ids {
			errs = append(errs, s.PutReceipt(ctx, id, receipts[id]))
		}
	}
	return errors.Join(errs...)
}

// Receipt returns what a channel delivered last of an incident, [ErrNotFound] or [ErrUnreadable].
func (s *Store) Receipt(ctx context.Context, id, channel string) (Receipt, error) {
	e, err := s.get(ctx, receiptKey(id, channel))
	if err != nil {
		return Receipt{}, err
	}
	return decodeReceipt(e.Value())
}

// Receipts returns what every channel delivered last of an incident, in no order; none is not an error, and
// one that cannot be read is left out.
func (s *Store) Receipts(ctx context.Context, id string) ([]Receipt, error) {
	if !ValidID(id) {
		return nil, fmt.Errorf("%w: %q is no incident id", ErrNotFound, id)
	}
	keys, err := s.receiptKeys(ctx, id)
	if err != nil {
		return nil, err
	}
	var out []Receipt
	for _, key := range keys {
		r, err := s.Receipt(ctx, id, strings.TrimPrefix(key, receiptKey(id, "")))
		if passable(err) {
			continue
		}
		if err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	return out, nil
}

// receiptKeys returns the keys of an incident's receipts.
func (s *Store) receiptKeys(ctx context.Context, id string) ([]string, error) {
	l, err := s.kv.ListKeysFiltered(ctx, receiptKey(id, "*"))
	if err != nil {
		return nil, fmt.Errorf("list receipts: %w", err)
	}
	var keys []string
	for key := range l.Keys() {
		keys = append(keys, key)
	}
	if err := ctx.Err(); err != nil { // a list cut short looks complete otherwise
		return nil, fmt.Errorf("list receipts: %w", err)
	}
	return keys, nil
}

func decodeReceipt(data []byte) (Receipt, error) {
	var r Receipt
	if err := json.Unmarshal(data, &r); err != nil {
		return Receipt{}, fmt.Errorf("%w: receipt: %w", ErrUnreadable, err)
	}
	return r, nil
}

func receiptKey(id, channel string) string { return receiptPrefix + id + "." + channel }
