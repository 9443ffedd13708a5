package bus

import (
	"context"
	"errors"
	"os"
	"time"

	"go.uber.org/zap"
)

// drainTurn is how many batches of one lane go before that is told.
const drainTurn = 256

// Run sends what is on the spool, in order and under the ids of old, until ctx ends or the publisher is closed;
// then it returns nil at once, whatever waits. Without it, spooled batches stay where they are. Of several calls one
// works, the others wait for its end.
func (p *Publisher) Run(ctx context.Context) error {
	ctx, cancel := p.alive(ctx)
	defer cancel()
	select {
	case p.draining <- struct{}{}:
		defer func() { <-p.draining }() // Close waits for it: the spool is another's afterwards
	case <-ctx.Done():
		return nil
	}
	d := drainer{Publisher: p, busy: map[lane]bool{}, rests: map[lane]rest{}, done: make(chan drained)}
	for {
		p.spool.sweep()
		d.start(ctx)
		t := time.NewTimer(time.Second) // a look now and then costs nothing
		select {
		case <-ctx.Done():
			d.stop()
			return nil
		case o := <-d.done:
			d.settle(o)
		case <-p.wake:
		case <-t.C:
		}
		t.Stop()
	}
}

// drainer sends from all lanes at once, each in order; one whose stream takes nothing holds up no other.
type drainer struct {
	*Publisher
	busy  map[lane]bool
	rests map[lane]rest
	done  chan drained
}

// rest is how long a lane is left alone after its stream took nothing.
type rest struct {
	failures int
	until    time.Time
}

// drained is what became of a lane's turn.
type drained struct {
	lane lane
	sent int
	err  error
}

// start gives a turn to each lane that has something to send and neither works nor rests.
func (d *drainer) start(ctx context.Context) {
	for _, l := range d.spool.full() {
		if d.busy[l] || time.Now().Before(d.rests[l].until) {
			continue
		}
		d.busy[l] = true
		go func() {
			sent, err := d.drainLane(ctx, l)
			d.done <- drained{l, sent, err}
		}()
	}
}

// stop waits for the lanes that work; ctx has ended.
func (d *drainer) stop() {
	for len(d.busy) > 0 {
		d.settle(<-d.done)
	}
}

func (d *drainer) settle(o drained) {
	delete(d.busy, o.lane)
	if o.err == nil {
		delete(d.rests, o.lane)
	} else {
		n := d.rests[o.lane].failures + 1
		d.rests[o.lane] = rest{n, time.Now().Add(min(10*backoff(n), backoffLast))}
	}
	if o.sent > 0 {
		d.log.Info("spooled batches were sent", zap.String("stream", StreamName(o.lane.kind, o.lane.partition)), zap.Int("batches", o.sent))
	}
	if !d.failed.Load() {
		d.report()
	}
}

// drainLane sends from one lane until it is empty, had its turn or failed.
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
	if err != nil && !errors.Is(err, errCorrupt) {
		return err
	}
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

// setAside puts what cannot be sent into the dead letters, if they take it whole, or else beside the spool under
// another name: nothing is removed that is not kept elsewhere. An error means that the bus is away: there is time.
func (p *Publisher) setAside(ctx context.Context, l lane, s serial, raw []byte, cause error) error {
	ctx, cancel := context.WithTimeout(ctx, p.bus.cfg.AckTimeout)
	defer cancel()
	if raw != nil && len(raw) <= p.bus.payloadLimit() {
		err := p.bus.DeadLetter(ctx, subjectBatch(l.kind, l.partition), cause.Error(), raw)
		if err == nil || !p.bus.data.IsConnected() {
			return err
		}
	}
	path := p.spool.path(l, s)
	if err := os.Rename(path, path+".corrupt"); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}
