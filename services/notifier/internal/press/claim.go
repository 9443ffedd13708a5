package press

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/forewarn/forewarn/shared/digest"
)

const (
	// claimed is how long one process may take to print an edition before another does, if nothing else is said.
	claimed = 30 * time.Second
	// kept is how long it is remembered that an edition was sent.
	kept = 400 * 24 * time.Hour
)

// errBusy means that another process prints the edition; if it dies, its claim ends soon.
var errBusy = errors.New("another process is at it")

// claim is the right to send an edition. While one holds it there is the key <edition>.claim, which goes by itself; when it was
// sent there is the key <edition>. Both are made by compare-and-set.
type claim struct {
	kv      jetstream.KeyValue
	edition string
	lasts   time.Duration
}

// take reports whether the edition is to be sent by us; errBusy if another is about to. It is false of what was sent.
func (c claim) take(ctx context.Context) (bool, error) {
	if sent, err := c.sent(ctx); err != nil || sent {
		return false, err
	}
	_, err := c.kv.Create(ctx, c.edition+".claim", []byte(time.Now().UTC().Format(time.RFC3339)), jetstream.KeyTTL(c.lasts))
	if errors.Is(err, jetstream.ErrKeyExists) {
		return false, fmt.Errorf("send %s: %w", c.edition, errBusy)
	}
	if err != nil {
		return false, fmt.Errorf("claim %s: %w", c.edition, err)
	}
	sent, err := c.sent(ctx) // by another, between our look and our claim
	if err != nil || sent {
		c.drop(ctx)
	}
	return !sent, err
}

func (c claim) sent(ctx context.Context) (bool, error) {
	_, err := c.kv.Get(ctx, c.edition)
	if errors.Is(err, jetstream.ErrKeyNotFound) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("read %s: %w", c.edition, err)
	}
	return true, nil
}

// done notes that the edition was sent.
func (c claim) done(ctx context.Context) error {
	_, err := c.kv.Create(ctx, c.edition, []byte(time.Now().UTC().Format(time.RFC3339)), jetstream.KeyTTL(kept))
	if err != nil && !errors.Is(err, jetstream.ErrKeyExists) {
		return fmt.Errorf("note that %s was sent: %w", c.edition, err)
	}
	c.drop(ctx)
	return nil
}

// drop gives the claim up, so that nobody has to wait for its end. Best effort: it ends by itself.
func (c claim) drop(ctx context.Context) {
	c.kv.Purge(ctx, c.edition+".claim") //nolint:errcheck // as the comment says
}

// begin notes at a team's first start that what was due before needs no sending.
func (p *Press) begin(ctx context.Context, s *Subscription, span digest.Span) error {
	first := "digest." + s.name() + "." + string(span)
	_, err := p.s.KV.Get(ctx, first)
	if err == nil {
		return nil
	}
	if !errors.Is(err, jetstream.ErrKeyNotFound) {
		return fmt.Errorf("read %s: %w", first, err)
	}
	c := claim{kv: p.s.KV, edition: "digest." + s.name() + "." + s.latest(span, p.s.Now()).ID}
	if err := c.done(ctx); err != nil {
		return err
	}
	if _, err := p.s.KV.Create(ctx, first, nil); err != nil && !errors.Is(err, jetstream.ErrKeyExists) {
		return fmt.Errorf("note that digests of %s have begun: %w", s.name(), err)
	}
	return nil
}
