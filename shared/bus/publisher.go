package bus

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"go.uber.org/zap"

	"github.com/forewarn/forewarn/shared/obs"
	"github.com/forewarn/forewarn/shared/pause"
)

// headerRoom is what a message's headers may need.
const headerRoom = 4 << 10

// Publisher sends batches to the input streams. It is safe for concurrent use; batches for one kind and
// partition go one after the other, in the order in which Publish was entered.
type Publisher struct {
	bus   *Bus
	name  string
	boot  uint64
	n     atomic.Uint64
	lock  *dirLock
	spool *spool
	wake  chan struct{} // something was spooled
	log   *zap.Logger
	// failed: the last batch could go nowhere, and the health check says so.
	failed atomic.Bool
	// draining is a token, held while spooled batches are sent: Close waits for it.
	draining chan struct{}
	telling  sync.Mutex // held while the health check is set to what the spool holds

	// life ends with Close; attempts that are under way end then, and their batches go to the spool.
	life context.Context //nolint:containedctx // it is the publisher's own life, not a call's
	end  context.CancelFunc

	mu    sync.Mutex
	turns map[lane]chan struct{} // a lane's token: who holds it may send
}

// publisherName keeps names usable as part of ids and as directories.
var publisherName = regexp.MustCompile(`^[a-zA-Z0-9][a-zA-Z0-9_-]{0,63}$`)

// NewPublisher returns the publisher of the given name, with what an earlier process left on its spool
// (DataDir/spool/<name>). Letters, digits, "-" and "_" make a name. A name has one publisher at a time on one
// data directory, and must differ between machines: it identifies who sent a batch.
func (b *Bus) NewPublisher(name string) (*Publisher, error) {
	if !publisherName.MatchString(name) {
		return nil, fmt.Errorf("publisher name %q: use 1 to 64 letters, digits, - and _", name)
	}
	dir := filepath.Join(b.dataDir, "spool", name)
	lock, err := lockDir(dir)
	if err != nil {
		return nil, err
	}
	p := &Publisher{
		bus: b, name: name, lock: lock, wake: make(chan struct{}, 1), draining: make(chan struct{}, 1),
		turns: map[lane]chan struct{}{}, log: b.log.With(zap.String("publisher", name)),
	}
	p.life, p.end = context.WithCancel(context.Background())
	if err := p.open(dir); err != nil {
		p.end()
		lock.release()
		return nil, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.publishers[name] = p
	return p, nil
}

func (p *Publisher) open(dir string) (err error) {
	if p.spool, err = openSpool(dir, int64(p.bus.cfg.SpoolMax), p.bus.metrics); err != nil {
		return err
	}
	if p.boot, err = nextBoot(dir, p.spool.lastBoot(), time.Now().UnixMilli()); err != nil {
		return unwritable(dir, err)
	}
	p.report()
	return nil
}

// Publish sends one payload (what telemetry.AppendBatch or AppendLogs made) to a partition; source names
// where it comes from. It returns nil once the batch is safe: acknowledged by the bus or, if the bus stays away
// or is full, on the local spool and synced, from where Run sends it later under the same id.
//
// It blocks while another batch of the partition is on its way, and at most about Config.SpoolAfter plus
// AckTimeout for its own. If ctx ends before it is this batch's turn, ctx's error is returned and nothing was
// sent; if it ends later, the batch goes to the spool. ErrTooLarge: split the payload. ErrSpool and ErrDiskFull:
// nothing was kept, try again later with a new call; the bus may or may not have the batch already.
func (p *Publisher) Publish(ctx context.Context, k Kind, partition int, source string, payload []byte) error {
	if err := p.check(k, partition, source, payload); err != nil {
		p.count(k, "refused")
		return err
	}
	l := lane{k, partition}
	turn := p.turn(l)
	select {
	case turn <- struct{}{}:
		defer func() { <-turn }()
	case <-ctx.Done():
		return ctx.Err()
	case <-p.life.Done():
		return fmt.Errorf("publisher %q: %w", p.name, ErrClosed)
	}
	if p.life.Err() != nil { // the turn of a lane that Close did not know
		return fmt.Errorf("publisher %q: %w", p.name, ErrClosed)
	}
	ctx, cancel := p.alive(ctx)
	defer cancel()
	s := serial{p.boot, p.n.Add(1)}
	return p.send(ctx, &batch{lane: l, serial: s, id: messageID(p.name, s), source: source, payload: payload})
}

func (p *Publisher) check(k Kind, partition int, source string, payload []byte) error {
	if k == Fleet || !k.valid() || partition < 0 || partition >= p.bus.partitions {
		return fmt.Errorf("publish to %s partition %d: there is none; kinds are MET and LOG, partitions 0 to %d", k, partition, p.bus.partitions-1)
	}
	if limit := p.bus.payloadLimit(); len(payload) > limit || len(source) > headerRoom/2 {
		return fmt.Errorf("publish %d bytes from a source of %d: %w; the limits are %d and %d, split the batch",
			len(payload), len(source), ErrTooLarge, limit, headerRoom/2)
	}
	if p.bus.diskFull.Load() {
		return fmt.Errorf("%w: %s; free space there", ErrDiskFull, p.bus.storeDir())
	}
	return nil
}

// alive returns a context that ends with ctx and, if that is sooner, with the publisher.
func (p *Publisher) alive(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	stop := context.AfterFunc(p.life, cancel)
	return ctx, func() { stop(); cancel() }
}

// turn returns the token of a lane.
func (p *Publisher) turn(l lane) chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	t, ok := p.turns[l]
	if !ok {
		t = make(chan struct{}, 1)
		p.turns[l] = t
	}
	return t
}

// send gives the batch to the bus or, if that fails or older batches still wait, to the spool. The caller
// has the lane's turn.
func (p *Publisher) send(ctx context.Context, b *batch) error {
	if p.spool.waiting(b.lane) == 0 {
		err := p.attempt(ctx, b)
		if err == nil {
			if p.failed.CompareAndSwap(true, false) {
				p.report()
			}
			return nil
		}
		if errors.Is(err, ErrTooLarge) {
			p.count(b.lane.kind, "refused")
			return err
		}
		p.log.Info("batch goes to the spool", zap.String("stream", StreamName(b.lane.kind, b.lane.partition)), zap.Error(err))
	}
	if err := p.spool.add(b); err != nil {
		p.count(b.lane.kind, "refused")
		p.failed.Store(true)
		p.bus.health.Set(p.healthName(), obs.Failed, err.Error())
		return fmt.Errorf("publish: the bus is away and the %w", err)
	}
	p.failed.Store(false)
	p.count(b.lane.kind, "spooled")
	p.report()
	p.nudge()
	return nil
}

// attempt tries to publish, always under the same id, for as long as SpoolAfter allows.
func (p *Publisher) attempt(ctx context.Context, b *batch) error {
	start := time.Now()
	for n := 1; ; n++ {
		err := p.once(ctx, b)
		if err == nil || errors.Is(err, ErrTooLarge) || full(err) {
			return err
		}
		wait := backoff(n)
		if time.Since(start)+wait >= p.bus.cfg.SpoolAfter || !pause.For(ctx, wait) {
			return err
		}
	}
}

// once publishes and waits for the acknowledgement.
func (p *Publisher) once(ctx context.Context, b *batch) error {
	ctx, cancel := context.WithTimeout(ctx, p.bus.cfg.AckTimeout)
	defer cancel()
	m := nats.NewMsg(subjectBatch(b.lane.kind, b.lane.partition))
	m.Data = b.payload
	m.Header.Set(HeaderSource, b.source)
	p.bus.date(m)
	start := time.Now()
	ack, err := p.bus.dataJS.PublishMsg(ctx, m, jetstream.WithMsgID(b.id), jetstream.WithRetryAttempts(0),
		jetstream.WithExpectStream(StreamName(b.lane.kind, b.lane.partition)))
	switch {
	case errors.Is(err, nats.ErrMaxPayload) || errors.Is(err, jetstream.ErrStreamMessageExceedsMaximum):
		return fmt.Errorf("publish %d bytes: %w; split the batch (%w)", len(b.payload), ErrTooLarge, err)
	case err != nil:
		p.bus.metrics.retries.Inc()
		return p.bus.explainDenied(err)
	}
	p.bus.permitted(m.Subject)
	p.bus.metrics.publishTime.Observe(time.Since(start).Seconds())
	if ack.Duplicate {
		p.count(b.lane.kind, "duplicate")
	} else {
		p.count(b.lane.kind, "acked")
	}
	return nil
}

// full tells whether the bus refused for want of space: there is no use in trying again soon.
func full(err error) bool {
	var api *jetstream.APIError
	if !errors.As(err, &api) {
		return false
	}
	return api.ErrorCode == codeStoreFailed || api.ErrorCode == codeResources || api.ErrorCode == codeStorage
}

func (p *Publisher) count(k Kind, result string) {
	if !k.valid() {
		k = "other"
	}
	p.bus.metrics.published.WithLabelValues(string(k), result).Inc()
}

// healthName names the publisher's health check.
func (p *Publisher) healthName() string { return "bus/spool/" + p.name }

// report tells how much waits on the spool.
func (p *Publisher) report() {
	p.telling.Lock()
	defer p.telling.Unlock()
	count, bytes := p.spool.size()
	if count == 0 {
		p.bus.health.Set(p.healthName(), obs.OK, "")
		return
	}
	p.bus.health.Set(p.healthName(), obs.Degraded, fmt.Sprintf(
		"%d batches (%d MiB) wait in %s because the bus was away or full; they are sent when it takes them again, and beyond %s the oldest are dropped",
		count, bytes>>20, p.spool.dir, p.bus.cfg.SpoolMax))
}

// Close ends the attempts that are under way, whose batches go to the spool, and gives the spool's lock back.
// Publish fails with ErrClosed from then on. It blocks for as long as the disk takes, at most a second, and may be
// called more than once.
func (p *Publisher) Close() error {
	p.bus.mu.Lock()
	delete(p.bus.publishers, p.name)
	p.bus.mu.Unlock()
	return p.shut(time.Now().Add(closePublishers))
}

func (p *Publisher) shut(deadline time.Time) error {
	p.mu.Lock()
	if p.life.Err() != nil {
		p.mu.Unlock()
		return nil //nolint:nilerr // closed before
	}
	p.end()
	turns := make([]chan struct{}, 0, len(p.turns))
	for _, t := range p.turns {
		turns = append(turns, t)
	}
	p.mu.Unlock()
	late := time.NewTimer(time.Until(deadline))
	defer late.Stop()
	for _, t := range append(turns, p.draining) {
		select {
		case t <- struct{}{}: // never given back
		case <-late.C:
			// Its lock stays until the process ends: the spool may still be written.
			return fmt.Errorf("close publisher %q: a batch is still being written to %s; look at the load of that disk", p.name, p.spool.dir)
		}
	}
	count, bytes := p.spool.size()
	p.bus.metrics.spoolBytes.Sub(float64(bytes))
	p.bus.metrics.spoolBatches.Sub(float64(count))
	p.lock.release()
	return nil
}
