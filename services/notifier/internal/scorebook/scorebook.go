// Package scorebook keeps score of the predictions, and makes the next ones better by it.
//
// It adds up what workers say became of their predictions: as the models made them, which calibration tables are fitted
// to once a day, and as people were told, which is the track record. Both reach back three to six months, since models
// and machines change. What it guarantees:
//
//  1. A summary counts once, however often it comes, also after a crash at any point.
//  2. The same summaries in the same order give the same tables. It reads no clock: time is that of the summaries.
//  3. A new table is announced to all workers before the summary that it was fitted after is done with.
//
// What people say of an incident (it was prevented, it was a false alarm, it is expected) is kept with the incident, and corrects the
// scorecard ([Hear]).
package scorebook

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"go.uber.org/zap"

	"github.com/forewarn/forewarn/models/calibration"
	"github.com/forewarn/forewarn/shared/bus"
	"github.com/forewarn/forewarn/shared/outcome"
)

// key of the book in the bucket [bus.BucketCalibration].
const key = "scorebook"

// Book is the score. Add is for one goroutine; Scorecard may be called beside it.
type Book struct {
	kv       jetstream.KeyValue
	announce func(ctx context.Context, id string, table []byte) error
	prior    *calibration.Prior
	log      *zap.Logger
}

// Open returns the book of an install.
func Open(ctx context.Context, b *bus.Bus, log *zap.Logger) (*Book, error) {
	kv, err := b.KeyValue(ctx, bus.BucketCalibration)
	if err != nil {
		return nil, err
	}
	announce := func(ctx context.Context, id string, table []byte) error {
		return b.AnnounceCalibration(ctx, bus.Metrics, id, table)
	}
	return &Book{kv: kv, announce: announce, prior: calibration.Shipped(), log: log}, nil
}

// ErrUnusable means that a summary cannot be counted, now or later.
var ErrUnusable = errors.New("outcomes cannot be counted")

// Add counts a summary, and returns when that and what follows from it is safe on the bus. ErrUnusable: it holds no
// ledgers, or the store has no room. After any other error it is to be called again with the same summary.
func (b *Book) Add(ctx context.Context, s *outcome.Summary) error {
	for {
		p, revision, err := b.load(ctx)
		if err != nil {
			return err
		}
		changed, err := p.add(s, b.prior)
		if err != nil {
			return fmt.Errorf("%w: %w", ErrUnusable, err)
		}
		if changed {
			if err := b.store(ctx, p, revision); errors.Is(err, errMoved) {
				continue
			} else if err != nil {
				return err
			}
		}
		if p.FittedBy != s.ID || p.Table == nil {
			return nil
		}
		return b.publish(ctx, p)
	}
}

// publish announces the table. It does so every day, also if it is the same: a worker that began without its state
// learns of it then.
func (b *Book) publish(ctx context.Context, p *pages) error {
	table, err := json.Marshal(p.Table)
	if err != nil {
		return fmt.Errorf("encode calibration: %w", err)
	}
	data, err := json.Marshal(outcome.Calibration{Schema: outcome.SchemaVersion, Basis: p.Basis, Table: table})
	if err != nil {
		return fmt.Errorf("encode calibration: %w", err)
	}
	b.log.Info("calibration table announced", zap.Uint64("version", p.Table.Version()), zap.Uint64("outcomes", p.FittedOn))
	return b.announce(ctx, fmt.Sprintf("%s:%d:%d", p.Basis, p.Table.Version(), p.Fitted.Unix()), data)
}

// errMoved means that somebody else has changed the book since it was read.
var errMoved = errors.New("scorebook was changed by another writer")

// load reads the book; one that cannot be read begins anew.
func (b *Book) load(ctx context.Context) (*pages, uint64, error) {
	e, err := b.kv.Get(ctx, key)
	if errors.Is(err, jetstream.ErrKeyNotFound) {
		return newPages(b.prior.Basis, time.Time{}), 0, nil
	}
	if err != nil {
		return nil, 0, fmt.Errorf("read scorebook: %w", err)
	}
	p, err := decode(e.Value())
	if err != nil {
		b.log.Error("scorebook cannot be read and begins anew; what predictions have become is lost", zap.Error(err))
		p = newPages(b.prior.Basis, time.Time{})
	}
	return p, e.Revision(), nil
}

func (b *Book) store(ctx context.Context, p *pages, revision uint64) error {
	data, err := encode(p)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrUnusable, err)
	}
	_, err = b.kv.Update(ctx, key, data, revision)
	var refused *jetstream.APIError
	switch {
	case errors.Is(err, jetstream.ErrKeyRevisionMismatch), errors.Is(err, jetstream.ErrKeyExists):
		return errMoved
	case errors.As(err, &refused): // such as for want of room; incidents must not wait behind it
		return fmt.Errorf("%w: store scorebook of %d bytes: %w", ErrUnusable, len(data), err)
	case err != nil:
		return fmt.Errorf("store scorebook: %w", err)
	}
	return nil
}
