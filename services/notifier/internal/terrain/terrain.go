// Package terrain keeps what rests on what: what people have written, and what workers tell in the stream of findings.
//
// Pages of relations come between findings, in the order of the stream, and are stored before they are acknowledged. So each
// finding meets the same relations whenever it is applied: live, again after a crash, and by a process that starts later.
package terrain

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"go.uber.org/zap"

	"github.com/forewarn/forewarn/shared/bus"
	"github.com/forewarn/forewarn/shared/topology"
)

const (
	prefix = "relation."
	// stale is how much older than the newest page one may be and still count: its worker tells every page once a day.
	stale = 72 * time.Hour
)

// ErrUnusable is returned for a message that is no page of relations.
var ErrUnusable = errors.New("relations cannot be used")

// Terrain is what is known of what rests on what. It is not safe for concurrent use: it has the one reader of the findings.
type Terrain struct {
	kv      jetstream.KeyValue
	written []topology.Edge
	pages   map[string]*topology.Page // by key
	graph   *topology.Graph           // nil: out of date
}

// retry is [bus.Bus.Retry].
type retry func(ctx context.Context, what string, attempt func(context.Context) error) error

// Open returns what people have written, and what workers have told that a bucket holds; while the bus does not answer it waits. A
// page that cannot be read is said and passed over: its worker tells it again within a day. An error means that ctx has ended.
func Open(ctx context.Context, b *bus.Bus, kv jetstream.KeyValue, written []topology.Edge, logger *zap.Logger) (*Terrain, error) {
	t := &Terrain{kv: kv, written: written, pages: map[string]*topology.Page{}}
	keys, err := t.keys(ctx, b.Retry)
	if err != nil {
		return nil, err
	}
	for _, key := range keys {
		e, err := t.get(ctx, b.Retry, key)
		if err != nil {
			return nil, err
		}
		if e == nil {
			continue
		}
		p, err := topology.DecodePage(e.Value())
		if err != nil {
			logger.Warn("stored relations not understood, they will be told again", zap.String("key", key), zap.Error(err))
			continue
		}
		t.pages[key] = p
	}
	return t, nil
}

// keys lists the pages in the bucket.
func (t *Terrain) keys(ctx context.Context, again retry) (keys []string, err error) {
	err = again(ctx, "list relations", func(ctx context.Context) error {
		l, err := t.kv.ListKeysFiltered(ctx, prefix+"*")
		if err != nil {
			return fmt.Errorf("list relations: %w", err)
		}
		keys = nil
		for key := range l.Keys() {
			keys = append(keys, key)
		}
		if err := ctx.Err(); err != nil { // a list cut short looks complete otherwise
			return fmt.Errorf("list relations: %w", err)
		}
		return nil
	})
	return keys, err
}

// get returns a page as it is in the bucket, nil if it has gone since it was listed.
func (t *Terrain) get(ctx context.Context, again retry, key string) (e jetstream.KeyValueEntry, err error) {
	err = again(ctx, "read relations", func(ctx context.Context) (err error) {
		if e, err = t.kv.Get(ctx, key); errors.Is(err, jetstream.ErrKeyNotFound) {
			e, err = nil, nil
		}
		if err != nil {
			return fmt.Errorf("read relations %s: %w", key, err)
		}
		return nil
	})
	return e, err
}

// Take stores a page, unless a newer one of its source and number is known already. It returns [ErrUnusable] for what is no page.
func (t *Terrain) Take(ctx context.Context, data []byte) error {
	p, err := topology.DecodePage(data)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrUnusable, err)
	}
	key := keyOf(p)
	if known := t.pages[key]; known != nil && known.Until.After(p.Until) {
		return nil
	}
	if _, err := t.kv.Put(ctx, key, data); err != nil {
		return fmt.Errorf("store relations of %s: %w", p.Source, err)
	}
	t.pages[key], t.graph = p, nil
	return nil
}

// Graph returns what rests on what.
func (t *Terrain) Graph() *topology.Graph {
	if t.graph == nil {
		t.graph = topology.New(t.edges())
	}
	return t.graph
}

// edges returns all edges, without those of pages that are stale: their worker is gone.
func (t *Terrain) edges() []topology.Edge {
	var newest time.Time
	for _, p := range t.pages {
		if p.Until.After(newest) {
			newest = p.Until
		}
	}
	out := append([]topology.Edge(nil), t.written...)
	for _, p := range t.pages {
		if newest.Sub(p.Until) <= stale {
			out = append(out, p.Edges...)
		}
	}
	return out
}

// keyOf names the place of a page in the bucket. Sources may hold what keys may not.
func keyOf(p *topology.Page) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%d %s", p.Number, p.Source))
	return prefix + hex.EncodeToString(sum[:16])
}
