package bus

import (
	"context"
	"errors"
	"os"
	"time"

	"go.uber.org/zap"
	"golang.org/x/sync/errgroup"
)

// drainTurn is how many batches of one lane go before the other lanes are looked at again.
const drainTurn = 256

// Run sends what is on the spool, in order and under the ids of old, until ctx ends or the publisher is closed;
// then it returns nil at once, whatever waits. Without it, spooled batches stay where they are.
func (p *Publisher) Run(ctx context.Context) error {
	ctx, cancel := p.alive(ctx)
	defer cancel()
	for failures := 0; ; {
		p.spool.sweep()
		sent, ok := p.drain(ctx)
		wait := time.Second // a look now and then costs nothing
		switch {
		case ok:
			failures = 0
		default:
			failures++
			wait = 10 * backoff(failures)
			wait = min(wait, backoffLast)
		}
		if sent > 0 {
			p.report()
		}
		wake := p.wake
		if !ok {
			wake = nil // the bus is away: new batches do not bring it back
		}
		t := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			t.Stop()
			return nil
		case <-wake:
			t.Stop()
		case <-t.C:
		}
	}
}

// drain sends from all lanes at once, each in order, until they are empty, had their turn or failed.
func (p *Publisher) drain(ctx context.Context) (sent int, ok bool) {
	lanes := p.spool.full()
	counts := make([]int, len(lanes))
	var g errgroup.Group
	for i, l := range lanes {
		g.Go(func() (err error) {
			counts[i], err = p.drainLane(ctx, l)
			return err
		})
	}
	err := g.Wait()
	for _, n := range counts {
		sent += n
	}
	if sent > 0 {
		p.log.Info("spooled batches were sent", zap.Int("batches", sent))
	}
	return sent, err == nil
}

func (p *Publisher) drainLane(ctx context.Context, l lane) (sent int, err error) {
	for sent < drainTurn && ctx.Err() == nil {
		s, ok := p.spool.hold(l)
		if !ok {
			return sent, nil
		}
		err := p.drainOne(ctx, l, s)
		p.spool.done(l, s, err == nil)
		if err != nil {
			return sent, err
		}
		sent++
	}
	if sent == drainTurn {
		p.nudge()
	}
	return sent, nil
}

// nudge makes Run look at the spool again at once.
func (p *Publisher) nudge() {
	select {
	case p.wake <- struct{}{}:
	default:
	}
}

// drainOne sends one spooled batch. Nil means that its file is not needed any more: the bus has it, or it
// can never be sent and was set aside.
func (p *Publisher) drainOne(ctx context.Context, l lane, s serial) error {
	b, raw, err := p.spool.read(p.name, l, s)
	if err == nil && l.partition >= p.bus.partitions {
		err = errors.New("partition does not exist in this install")
	}
	if err == nil {
		if err = p.once(ctx, b); err == nil {
			p.bus.metrics.drained.Inc()
			return nil
		}
		if !errors.Is(err, ErrTooLarge) {
			return err
		}
	}
	if err := p.setAside(ctx, l, s, raw, err); err != nil {
		return err
	}
	p.bus.metrics.spoolCorrupt.Inc()
	p.log.Error("spooled batch cannot be sent and was set aside", zap.String("file", p.spool.path(l, s)), zap.Error(err))
	return nil
}

// setAside puts what cannot be sent into the dead letters or, if they do not take it although the bus is
// there, beside the spool under another name. An error means that the bus is away: there is time.
func (p *Publisher) setAside(ctx context.Context, l lane, s serial, raw []byte, cause error) error {
	ctx, cancel := context.WithTimeout(ctx, p.bus.cfg.AckTimeout)
	defer cancel()
	err := p.bus.DeadLetter(ctx, subjectBatch(l.kind, l.partition), cause.Error(), raw)
	if err == nil || !p.bus.data.IsConnected() {
		return err
	}
	path := p.spool.path(l, s)
	if err := os.Rename(path, path+".corrupt"); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}
